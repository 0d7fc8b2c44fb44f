package cloudtrail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// A segment that is complete can be kept compressed: "….log.zst" in place of "….log". Its lines
// and their hashes are the same. It is compressed beside the plain one, read back, and only
// then takes its place; whoever finds both reads the plain one.
const (
	packedExt = ".zst"
	workExt   = ".tmp" // of a compressed segment that is not complete
)

// segmentFile is a segment that is open for reading.
type segmentFile interface {
	io.ReaderAt
	io.Closer
}

// openSegmentFile opens a segment, compressed or not. Both may be missing.
func openSegmentFile(dir string, n uint64) (segmentFile, error) {
	path := filepath.Join(dir, segmentName(n))
	f, err := os.Open(path)
	if err == nil {
		return f, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if f, err = os.Open(path + packedExt); err != nil {
		return nil, err
	}
	return &packedFile{f: f}, nil
}

// segmentExists reports whether there is a segment, compressed or not.
func segmentExists(dir string, n uint64) (bool, error) {
	path := filepath.Join(dir, segmentName(n))
	for _, name := range [...]string{path, path + packedExt} { // in this order: it may be compressed meanwhile
		_, err := os.Stat(name)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// packedFile reads a compressed segment as if it was not. Reading goes forward; to go back
// begins anew.
type packedFile struct {
	f       *os.File
	decoder *zstd.Decoder
	at      int64
}

// packedWindow bounds the memory of reading: what pack writes with, and no more.
const packedWindow = 4 << 20

func newUnpacker(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(packedWindow))
}

func (p *packedFile) ReadAt(b []byte, at int64) (n int, err error) {
	if p.decoder == nil || at < p.at {
		if err := p.rewind(); err != nil {
			return 0, err
		}
	}
	if at > p.at {
		skipped, err := io.CopyN(io.Discard, p.decoder, at-p.at)
		p.at += skipped
		if err != nil {
			return 0, err
		}
	}
	n, err = io.ReadFull(p.decoder, b)
	p.at += int64(n)
	if err == io.ErrUnexpectedEOF && n > 0 {
		// What ends in the middle of a frame ends with this error too. The decoder says so again.
		var one [1]byte
		_, err = p.decoder.Read(one[:])
	}
	return n, err
}

// damaged reports whether it is not the disk that failed, but what a compressed segment says.
func damaged(f segmentFile, err error) bool {
	_, packed := f.(*packedFile)
	return packed && !errors.As(err, new(*fs.PathError))
}

func (p *packedFile) rewind() (err error) {
	if _, err := p.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	p.at = 0
	if p.decoder == nil {
		p.decoder, err = newUnpacker(p.f)
		return err
	}
	return p.decoder.Reset(p.f)
}

func (p *packedFile) Close() error {
	if p.decoder != nil {
		p.decoder.Close()
	}
	return p.f.Close()
}

// packer has the state of the compressor, which is used again.
var packer = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(packedWindow))
})

// pack puts a compressed segment in the place of a plain one. A kill at any point leaves the
// plain one, or the compressed one, or both. It is in no hurry: calls are answered meanwhile.
func pack(ctx context.Context, dir string, n uint64) error {
	plain := filepath.Join(dir, segmentName(n))
	packed := plain + packedExt
	same, err := unpacksTo(ctx, packed, plain)
	if err != nil {
		return err
	}
	if !same { // there is none, or not of this segment
		if err := compress(ctx, plain, packed+workExt); err != nil {
			return fmt.Errorf("compress segment %d: %w", n, err)
		}
		if same, err = unpacksTo(ctx, packed+workExt, plain); err != nil || !same {
			return fmt.Errorf("compress segment %d: it does not read back: %w", n, errors.Join(err, os.Remove(packed+workExt)))
		}
		if err := errors.Join(os.Rename(packed+workExt, packed), syncDir(dir)); err != nil {
			return fmt.Errorf("compress segment %d: %w", n, err)
		}
	}
	return errors.Join(os.Remove(plain), syncDir(dir))
}

func compress(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	e, err := packer()
	if err == nil {
		e.Reset(out)
		_, err = io.Copy(e, &leisurely{ctx: ctx, r: in, last: time.Now()})
		err = errors.Join(err, e.Close())
	}
	return errors.Join(err, out.Sync(), out.Close())
}

// unpacksTo reports whether a compressed file holds the same bytes as a plain one. One that
// is missing or damaged does not.
func unpacksTo(ctx context.Context, packed, plain string) (bool, error) {
	a, err := os.Open(packed)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := os.Open(plain)
	if err != nil {
		return false, err
	}
	defer b.Close()
	d, err := newUnpacker(a)
	if err != nil {
		return false, nil
	}
	defer d.Close()
	slow := &leisurely{ctx: ctx, r: b, last: time.Now()}
	var x, y [64 << 10]byte
	for {
		n, errPacked := io.ReadFull(d, x[:])
		m, errPlain := io.ReadFull(slow, y[:])
		if errPlain != nil && errPlain != io.EOF && errPlain != io.ErrUnexpectedEOF {
			return false, errPlain
		}
		if !bytes.Equal(x[:n], y[:m]) || errPacked != errPlain {
			return false, nil
		}
		if errPlain != nil {
			_, err := d.Read(x[:1]) // a frame that is cut off fails here
			return err == io.EOF, nil
		}
	}
}

// leisurely is a reader that has its user rest for three times as long as it works, so that
// what is read has a quarter of a processor at most.
type leisurely struct {
	ctx  context.Context
	r    io.Reader
	last time.Time
	read int
}

func (l *leisurely) Read(b []byte) (int, error) {
	n, err := l.r.Read(b)
	if l.read += n; l.read >= 1<<20 {
		if !pause(l.ctx, 3*time.Since(l.last)) {
			return 0, l.ctx.Err()
		}
		l.read, l.last = 0, time.Now()
	}
	return n, err
}
