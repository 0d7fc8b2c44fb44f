// Package wire is the language that package hsm and the driver process speak: requests go
// to the driver's standard input, responses come from its standard output. A frame is four
// bytes of length (big-endian) and a message; requests carry an id, and responses may come
// in any order. The one rule: nothing here trusts the other side. A frame is at most
// MaxFrame long, and a message that is not exactly as it was written is refused.
package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
)

// Version changes with every change of a message. Both sides must have the same.
const Version = 1

// MaxFrame is the most bytes of one message. It leaves room for 4,300 bytes of plaintext
// with 8,192 bytes of additional data, which every external key store must take (XKS Proxy
// API Specification v1.0.3), several times over.
const MaxFrame = 64 << 10

// MaxData is the most bytes that the byte fields of one message may have in all.
const MaxData = MaxFrame - 4<<10

const header = 4

// ErrFrame is what is no frame or no message of this package.
var ErrFrame = errors.New("malformed frame")

// Reader reads frames.
type Reader struct{ r *bufio.Reader }

// NewReader returns a reader of the frames in r.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReaderSize(r, MaxFrame+header)} }

// Next returns the message in the next frame, in memory of its own. The error at the end
// between two frames is io.EOF, and in the middle of one io.ErrUnexpectedEOF.
func (r *Reader) Next() ([]byte, error) {
	head, err := r.r.Peek(header)
	if err != nil {
		if err == io.EOF && len(head) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	length := binary.BigEndian.Uint32(head)
	if length > MaxFrame {
		return nil, fmt.Errorf("%w: %d bytes", ErrFrame, length)
	}
	frame, err := r.r.Peek(header + int(length)) // which the buffer has room for
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	message := bytes.Clone(frame[header:])
	clear(frame) // PINs and plaintexts
	_, _ = r.r.Discard(len(frame))
	return message, nil
}

// AppendFrame appends a frame with the message that fill appends.
func AppendFrame(b []byte, fill func([]byte) []byte) ([]byte, error) {
	start := len(b)
	b = fill(append(b, 0, 0, 0, 0))
	length := len(b) - start - header
	if length > MaxFrame {
		return b[:start], fmt.Errorf("%w: %d bytes", ErrFrame, length)
	}
	binary.BigEndian.PutUint32(b[start:], uint32(length))
	return b, nil
}

// Sender writes frames. Who sends never waits for the other side: Run does, and writes what
// has come together meanwhile in one go. What is pending is bounded by the calls in flight.
type Sender struct {
	w    io.Writer
	wake chan struct{}

	mu      sync.Mutex
	pending []byte
	err     error
}

// NewSender returns a sender that writes to w while Run runs.
func NewSender(w io.Writer) *Sender { return &Sender{w: w, wake: make(chan struct{}, 1)} }

// Send adds a frame with the message that fill appends.
func (s *Sender) Send(fill func([]byte) []byte) error {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return s.err
	}
	pending, err := AppendFrame(s.pending, fill)
	s.pending = pending
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return err
}

// Run writes frames until writing fails or done ends.
func (s *Sender) Run(done <-chan struct{}) error {
	var spare []byte
	for {
		select {
		case <-done:
			return nil
		case <-s.wake:
		}
		runtime.Gosched() // who is about to send comes along: a write costs more than a message
		for {
			s.mu.Lock()
			batch := s.pending
			s.pending = spare
			s.mu.Unlock()
			if len(batch) == 0 {
				spare = batch
				break
			}
			_, err := s.w.Write(batch)
			clear(batch) // PINs and plaintexts
			spare = batch[:0]
			if err != nil {
				s.mu.Lock()
				s.err = err
				s.mu.Unlock()
				return err
			}
		}
	}
}
