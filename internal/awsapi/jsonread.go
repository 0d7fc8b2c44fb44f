package awsapi

import (
	"bytes"
)

// maxDepth bounds how deep values may nest. AWS's inputs are less than ten deep.
const maxDepth = 64

// malformed is a body that is not what the protocol asks for. The text is AWS's, and
// never has anything of the body in it; empty for what is not JSON at all.
type malformed string

func (m malformed) Error() string { return string(m) }

const notJSON = malformed("")

// jsonReader reads one JSON text, strictly as RFC 8259 and I-JSON (RFC 7493) have it:
// valid UTF-8, no lone surrogates, no name twice in an object. Strings with escapes are
// unescaped in place, so the body is spoiled afterwards.
type jsonReader struct {
	b []byte
	i int
}

// peek skips white space and returns the next byte, or 0 at the end.
func (r *jsonReader) peek() byte {
	for r.i < len(r.b) {
		switch c := r.b[r.i]; c {
		case ' ', '\t', '\n', '\r':
			r.i++
		default:
			return c
		}
	}
	return 0
}

// accept skips white space and, if the next byte is c, that too.
func (r *jsonReader) accept(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.i++
	return true
}

// literal reads true, false or null.
func (r *jsonReader) literal(s string) error {
	if !bytes.HasPrefix(r.b[r.i:], []byte(s)) {
		return notJSON
	}
	r.i += len(s)
	return nil
}

// name reads a member's name and the colon behind it.
func (r *jsonReader) name() ([]byte, error) {
	if r.peek() != '"' {
		return nil, notJSON
	}
	s, err := r.str()
	if err == nil && !r.accept(':') {
		err = notJSON
	}
	return s, err
}

// more is called behind a member or an element: it reads the comma, or the closing
// bracket, and tells whether another one follows.
func (r *jsonReader) more(closing byte) (bool, error) {
	if r.accept(',') {
		return true, nil
	}
	if r.accept(closing) {
		return false, nil
	}
	return false, notJSON
}

// number reads a number; whole tells that it has neither fraction nor exponent.
func (r *jsonReader) number() (text []byte, whole bool, err error) {
	start := r.i
	if r.i < len(r.b) && r.b[r.i] == '-' {
		r.i++
	}
	leadingZero := r.i < len(r.b) && r.b[r.i] == '0'
	if n := r.digits(); n == 0 || leadingZero && n > 1 {
		return nil, false, notJSON
	}
	whole = true
	if r.i < len(r.b) && r.b[r.i] == '.' {
		whole = false
		r.i++
		if r.digits() == 0 {
			return nil, false, notJSON
		}
	}
	if r.i < len(r.b) && r.b[r.i]|0x20 == 'e' {
		whole = false
		r.i++
		if r.i < len(r.b) && (r.b[r.i] == '+' || r.b[r.i] == '-') {
			r.i++
		}
		if r.digits() == 0 {
			return nil, false, notJSON
		}
	}
	return r.b[start:r.i], whole, nil
}

func (r *jsonReader) digits() int {
	start := r.i
	for r.i < len(r.b) && '0' <= r.b[r.i] && r.b[r.i] <= '9' {
		r.i++
	}
	return r.i - start
}
