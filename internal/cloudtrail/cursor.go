package cloudtrail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// cursor reads the lines of a journal in order, from segment to segment, also while they
// are being written. Its memory is bounded by the longest line.
type cursor struct {
	dir     string
	segment uint64 // the segment of the next line
	line    int64  // lines of it that were passed
	offset  int64  // in it, of buf[0]
	mem     []byte // where buf lies
	buf     []byte // read and not returned yet
	f       segmentFile
	ended   bool // a later segment exists, so this one is complete
	tooLong bool // inside a line that is too long to keep
}

func (c *cursor) close() {
	if c.f != nil {
		c.f.Close()
	}
	c.f = nil
}

// next returns the next line. At the moving end of the journal it fails with io.EOF; when
// it is called again then, it looks whether there is more. A *Problem tells of something
// that is not as the writer left it; the next call goes on behind it.
func (c *cursor) next() (line, error) {
	for {
		if i := bytes.IndexByte(c.buf, '\n'); i >= 0 {
			return c.take(i)
		}
		if len(c.buf) >= maxLine {
			c.tooLong = true
			c.offset += int64(len(c.buf))
			c.buf = c.buf[:0]
		}
		n, err := c.fill()
		if err == nil && n == 0 {
			err = c.atEnd()
		}
		if err != nil {
			return line{}, err
		}
	}
}

// take returns the first n bytes of the buffer as a line.
func (c *cursor) take(n int) (line, error) {
	c.line++
	l := line{c.segment, c.line, c.offset, c.buf[:n:n]}
	c.offset += int64(n) + 1
	c.buf = c.buf[n+1:]
	if c.tooLong || n >= maxLine {
		c.tooLong = false
		return line{}, &Problem{l.segment, l.number, "is too long for a journal"}
	}
	return l, nil
}

// fill reads more of the segment. It reads at an offset of its own, because what stands
// behind the last newline may be cut off and written anew.
func (c *cursor) fill() (int, error) {
	if c.f == nil {
		f, err := openSegmentFile(c.dir, c.segment)
		if errors.Is(err, fs.ErrNotExist) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		c.f = f
	}
	if cap(c.buf)-len(c.buf) < 4<<10 { // back to the front, over the lines that were returned
		if cap(c.mem)-len(c.buf) < 4<<10 {
			c.mem = make([]byte, max(64<<10, 2*len(c.buf)))
		}
		c.buf = c.mem[:copy(c.mem, c.buf)]
	}
	n, err := c.f.ReadAt(c.buf[len(c.buf):cap(c.buf)], c.offset+int64(len(c.buf)))
	c.buf = c.buf[:len(c.buf)+n]
	if err == nil || err == io.EOF {
		return n, nil
	}
	if n > 0 {
		return n, nil // the error comes again
	}
	if damaged(c.f, err) {
		return 0, c.giveUp(err)
	}
	return 0, fmt.Errorf("read segment %d: %w", c.segment, err)
}

// giveUp goes on behind a compressed segment of which no more can be unpacked.
func (c *cursor) giveUp(err error) error {
	p := &Problem{c.segment, c.line + 1, fmt.Sprintf("can't be unpacked: %v", err)}
	c.close()
	*c = cursor{dir: c.dir, segment: c.segment + 1, mem: c.mem, buf: c.mem[:0]}
	return p
}

// atEnd moves from a segment that has nothing more to the next, if there is one.
func (c *cursor) atEnd() error {
	following, err := c.following()
	if err != nil {
		return err
	}
	switch {
	case following == 0:
		c.buf = c.buf[:0] // read it again next time: it may have changed
		return io.EOF
	case !c.ended:
		c.ended = true // but perhaps only since the last read, so read once more
		return nil
	}
	last := *c
	c.close()
	*c = cursor{dir: c.dir, segment: c.segment + 1, mem: c.mem, buf: c.mem[:0]}
	if last.f == nil {
		c.segment = following
		return &Problem{Segment: last.segment, Text: "is missing"}
	}
	if len(last.buf) > 0 || last.tooLong {
		return &Problem{last.segment, last.line + 1, "has no end, although a segment follows"}
	}
	return nil
}

// following is the first segment after the current one that exists, or 0.
func (c *cursor) following() (uint64, error) {
	is, err := segmentExists(c.dir, c.segment+1)
	if err != nil {
		return 0, err
	}
	if is {
		return c.segment + 1, nil
	}
	numbers, err := segments(c.dir) // is there one behind a gap?
	for _, n := range numbers {
		if n > c.segment {
			return n, nil
		}
	}
	return 0, err
}

// unfinished is the number of bytes behind the last newline of the newest segment, after
// next returned io.EOF.
func (c *cursor) unfinished() (int64, error) {
	f, ok := c.f.(*os.File)
	if !ok {
		return 0, nil
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return max(0, info.Size()-c.offset), nil
}
