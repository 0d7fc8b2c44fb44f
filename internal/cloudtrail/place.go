package cloudtrail

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Place is where somebody who reads a journal in pieces has come to. The zero Place is the
// beginning.
type Place struct {
	Segment uint64 `json:"segment"`
	Line    int64  `json:"line"`   // lines of the segment that were read
	Offset  int64  `json:"offset"` // of the next line
	Last    int64  `json:"last"`   // of the last line that was read
	Hash    string `json:"hash"`   // of that line: another journal does not have it there
}

// ErrReplaced is returned by Resume if the journal is not the one that was read before.
var ErrReplaced = errors.New("the journal at the place where reading stopped is not the one that was read: it was replaced")

// Follower reads the records of a journal in order, from a place on, as far as they are on
// disk: what it returns is there after a power failure too. It belongs to one goroutine.
type Follower struct {
	cursor cursor
	place  Place
	head   position // up to where lines may be read
}

// Resume opens a journal at a place, or, at the zero Place, where the events of a time begin.
func Resume(dir string, from Place, since time.Time) (*Follower, error) {
	if from == (Place{}) {
		first, err := firstSegment(dir, since)
		if err != nil {
			return nil, fmt.Errorf("read journal %s: %w", dir, err)
		}
		return &Follower{cursor: cursor{dir: dir, segment: first}, place: Place{Segment: first}}, nil
	}
	f := &Follower{cursor: cursor{dir: dir, segment: from.Segment, line: from.Line - 1, offset: from.Last}, place: from}
	l, err := f.cursor.next()
	if err == nil {
		if d, _, ok := l.split(); ok && d.String() == from.Hash && f.cursor.segment == from.Segment && f.cursor.offset == from.Offset {
			return f, nil
		}
		err = ErrReplaced
	}
	f.Close()
	if err == io.EOF || errors.As(err, new(*Problem)) {
		err = ErrReplaced
	}
	return nil, err
}

// Close releases the file.
func (f *Follower) Close() { f.cursor.close() }

// Place is behind the last record that Next returned.
func (f *Follower) Place() Place { return f.place }

// Next returns the next record, which is valid until the next call. At the end of what is on
// disk it fails with io.EOF, and may be called again. A *Problem tells of something that is
// not as it was written; the next call goes on behind it.
func (f *Follower) Next() ([]byte, error) {
	for {
		if !f.ahead() {
			head, _, err := readHead(f.cursor.dir)
			if err != nil {
				return nil, fmt.Errorf("read the end of the journal: %v", err) // no line to pass over
			}
			if f.head = head; !f.ahead() {
				return nil, io.EOF
			}
		}
		l, err := f.cursor.next()
		if err != nil {
			return nil, err
		}
		_, record, ok := l.split()
		f.place = Place{Segment: l.segment, Line: l.number, Offset: l.offset + int64(len(l.text)) + 1, Last: l.offset}
		if !ok {
			return nil, &Problem{l.segment, l.number, "is not a line of a journal"}
		}
		f.place.Hash = string(l.text[:hex.EncodedLen(len(digest{}))])
		if l.number > 1 {
			return record, nil
		}
	}
}

// ahead reports whether the next line is known to be on disk.
func (f *Follower) ahead() bool {
	return position{segment: f.cursor.segment, lines: f.cursor.line}.before(f.head)
}

// Tip is where the journal ends now, on disk or not.
func (f *Follower) Tip() Place {
	tip := Place{Segment: f.place.Segment}
	for {
		more, err := segmentExists(f.cursor.dir, tip.Segment+1)
		if err != nil || !more {
			break
		}
		tip.Segment++
	}
	if info, err := os.Stat(filepath.Join(f.cursor.dir, segmentName(tip.Segment))); err == nil {
		tip.Offset = info.Size()
	}
	return tip
}

// Reached reports whether all before a tip was returned by Next.
func (f *Follower) Reached(tip Place) bool {
	return f.place.Segment > tip.Segment || f.place.Segment == tip.Segment && f.place.Offset >= tip.Offset
}
