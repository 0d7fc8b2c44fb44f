package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"time"
)

// A backup is, within a zstd stream:
//
//	"keystead backup 1\n" ‖ revision(8)
//	for each record, by kind and key:
//	    1 ‖ kind ‖ key ‖ ref ‖ due ‖ version(8) ‖ sealed body
//	2 ‖ number of records(8) ‖ SHA-256 of all before it(32)
//
// Strings and the body have their length in front as a uvarint; due is 0, or 1 and
// microseconds(8); numbers are big-endian.
const (
	backupMagic  = "keystead backup 1\n"
	frameRecord  = 1
	frameTrailer = 2
)

// ErrBackup is returned for a backup that is incomplete or was altered.
var ErrBackup = errors.New("the backup is incomplete or damaged")

// backupWriter writes records; the first error comes back from all later calls.
type backupWriter struct {
	w     *bufio.Writer
	sum   hash.Hash
	count uint64
	frame []byte
}

func newBackupWriter(w io.Writer, revision int64) *backupWriter {
	b := &backupWriter{sum: sha256.New()}
	b.w = bufio.NewWriterSize(io.MultiWriter(w, b.sum), 64<<10)
	b.frame = binary.BigEndian.AppendUint64([]byte(backupMagic), uint64(revision))
	return b
}

// write adds a record whose body is sealed.
func (b *backupWriter) write(r *Record) error {
	b.count++
	b.frame = append(b.frame, frameRecord)
	b.frame = append(b.frame, r.associated()...)
	b.frame = binary.AppendUvarint(b.frame, uint64(len(r.Body)))
	b.frame = append(b.frame, r.Body...)
	return b.flush()
}

// flush hands on what is in frame.
func (b *backupWriter) flush() error {
	_, err := b.w.Write(b.frame)
	b.frame = b.frame[:0]
	return err
}

func (b *backupWriter) close() error {
	b.frame = binary.BigEndian.AppendUint64(append(b.frame, frameTrailer), b.count)
	if err := errors.Join(b.flush(), b.w.Flush()); err != nil {
		return err
	}
	b.frame = b.sum.Sum(b.frame)
	return errors.Join(b.flush(), b.w.Flush())
}

// backupReader reads what a backupWriter wrote. Nothing of it can be trusted before each
// has come to its end without an error.
type backupReader struct {
	r        *bufio.Reader
	sum      hash.Hash
	revision int64
	err      error // the first that came
}

func newBackupReader(r io.Reader) (*backupReader, error) {
	b := &backupReader{r: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	if magic := b.bytes(uint64(len(backupMagic))); b.err == nil && string(magic) != backupMagic {
		b.fail("it does not begin like one")
	}
	b.revision = b.int64()
	return b, b.err
}

// each calls f with the records, several at a time, and checks that they are in order and
// complete.
func (b *backupReader) each(f func([]Record) error) error {
	var records []Record
	var last Record
	for count := uint64(0); ; count++ {
		frame := b.byte()
		if b.err != nil {
			return b.err
		}
		if frame != frameRecord || len(records) == batch {
			if err := f(records); err != nil {
				return err
			}
			records = records[:0]
		}
		if frame != frameRecord {
			return b.trailer(frame, count)
		}
		r := b.record()
		if b.err == nil && count > 0 && (r.Kind < last.Kind || r.Kind == last.Kind && r.Key <= last.Key) {
			b.fail("its records are not in order")
		}
		if b.err != nil {
			return b.err
		}
		last = r
		records = append(records, r)
	}
}

func (b *backupReader) record() Record {
	r := Record{Kind: b.string(MaxKind), Key: b.string(MaxKey), Ref: b.string(MaxRef)}
	switch b.byte() {
	case 0:
	case 1:
		if r.Due = time.UnixMicro(b.int64()).UTC(); r.Due.IsZero() {
			b.fail("a record has an impossible time")
		}
	default:
		b.fail("a record has neither a time nor none")
	}
	r.Version = b.int64()
	if r.Version < 0 || r.Version > b.revision {
		b.fail("a record is newer than the backup")
	}
	r.Body = b.bytes(b.length(MaxBody + 1<<10))
	if err := r.validateColumns(); b.err == nil && err != nil {
		b.fail(err.Error())
	}
	return r
}

// trailer checks the end of the backup.
func (b *backupReader) trailer(frame byte, records uint64) error {
	count := uint64(b.int64())
	sum := b.sum.Sum(nil)
	stored := b.bytes(sha256.Size)
	if b.err != nil {
		return b.err
	}
	if frame != frameTrailer || count != records || !bytes.Equal(sum, stored) {
		b.fail("its checksum is wrong")
	} else if _, err := b.r.ReadByte(); err == nil {
		b.fail("something follows its end")
	} else if err != io.EOF {
		b.fail(err.Error())
	}
	return b.err
}

func (b *backupReader) fail(why string) {
	if b.err == nil {
		b.err = fmt.Errorf("%w: %s", ErrBackup, why)
	}
}

// bytes reads n bytes. It allocates no more than there is to read.
func (b *backupReader) bytes(n uint64) []byte {
	if b.err != nil {
		return nil
	}
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, b.r, int64(n)); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		b.err = fmt.Errorf("%w: %w", ErrBackup, err)
		return nil
	}
	b.sum.Write(buf.Bytes())
	return buf.Bytes()
}

func (b *backupReader) byte() byte {
	if p := b.bytes(1); b.err == nil {
		return p[0]
	}
	return 0
}

func (b *backupReader) int64() int64 {
	p := b.bytes(8)
	if b.err != nil {
		return 0
	}
	n := binary.BigEndian.Uint64(p)
	return int64(n)
}

func (b *backupReader) string(most uint64) string { return string(b.bytes(b.length(most))) }

// length reads a uvarint.
func (b *backupReader) length(most uint64) uint64 {
	n, err := binary.ReadUvarint(lengthReader{b})
	if err != nil && b.err == nil {
		b.fail("a length is not a number")
	}
	if n > min(most, math.MaxInt32) {
		b.fail("a length is out of bounds")
		return 0
	}
	return n
}

// lengthReader is a backupReader as an io.ByteReader.
type lengthReader struct{ b *backupReader }

func (l lengthReader) ReadByte() (byte, error) {
	c := l.b.byte()
	return c, l.b.err
}
