package awsapi

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
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

// str reads the string at i, which is at its opening quote. What it returns is a part of
// the body.
func (r *jsonReader) str() ([]byte, error) {
	start := r.i + 1
	for i := start; i < len(r.b); {
		switch c := r.b[i]; {
		case c == '"':
			r.i = i + 1
			return r.b[start:i], nil
		case c == '\\':
			return r.unescape(start, i)
		case c < ' ':
			return nil, notJSON
		case c < utf8.RuneSelf:
			i++
		default:
			n := runeLen(r.b[i:])
			if n == 0 {
				return nil, notJSON
			}
			i += n
		}
	}
	return nil, notJSON
}

// runeLen is the length of the valid UTF-8 sequence that b begins with, or 0.
func runeLen(b []byte) int {
	c, n := utf8.DecodeRune(b)
	if c == utf8.RuneError && n == 1 {
		return 0
	}
	return n
}

// unescape goes on reading a string whose first escape is at i. An escape is never
// shorter than what it stands for, so the result fits over it.
func (r *jsonReader) unescape(start, i int) ([]byte, error) {
	w := i
	for i < len(r.b) {
		switch c := r.b[i]; {
		case c == '"':
			r.i = i + 1
			return r.b[start:w], nil
		case c == '\\':
			c, n := escaped(r.b[i:])
			if n == 0 {
				return nil, notJSON
			}
			w += utf8.EncodeRune(r.b[w:i+n], c)
			i += n
		case c < ' ':
			return nil, notJSON
		case c < utf8.RuneSelf:
			r.b[w] = c
			w, i = w+1, i+1
		default:
			n := runeLen(r.b[i:])
			if n == 0 {
				return nil, notJSON
			}
			copy(r.b[w:], r.b[i:i+n])
			w, i = w+n, i+n
		}
	}
	return nil, notJSON
}

// escaped decodes the escape that b begins with and returns its length, or 0.
func escaped(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	c, ok := codeUnit(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(c) {
		return c, 6
	}
	low, ok := codeUnit(b[6:])
	if !ok {
		return 0, 0
	}
	if c = utf16.DecodeRune(c, low); c == utf8.RuneError {
		return 0, 0
	}
	return c, 12
}

// codeUnit reads \uXXXX.
func codeUnit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var u rune
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		u = u<<4 | rune(c)
	}
	return u, true
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

// skip reads a value that nobody asked for, as strictly as any other.
func (r *jsonReader) skip(depth int) error {
	if depth > maxDepth {
		return notJSON
	}
	var err error
	switch c := r.peek(); c {
	case '{':
		return r.skipObject(depth)
	case '[':
		return r.skipArray(depth)
	case '"':
		_, err = r.str()
	case 't':
		err = r.literal("true")
	case 'f':
		err = r.literal("false")
	case 'n':
		err = r.literal("null")
	default:
		_, _, err = r.number()
	}
	return err
}

func (r *jsonReader) skipObject(depth int) error {
	var seen nameSet
	r.i++
	if r.accept('}') {
		return nil
	}
	for {
		name, err := r.name()
		if err != nil {
			return err
		}
		if !seen.add(name) {
			return notJSON
		}
		if err := r.skip(depth + 1); err != nil {
			return err
		}
		if more, err := r.more('}'); !more {
			return err
		}
	}
}

func (r *jsonReader) skipArray(depth int) error {
	r.i++
	if r.accept(']') {
		return nil
	}
	for {
		if err := r.skip(depth + 1); err != nil {
			return err
		}
		if more, err := r.more(']'); !more {
			return err
		}
	}
}

// nameSet finds names that stand twice in an object. The names must not change.
type nameSet struct {
	few  [4][]byte
	n    int
	many map[string]struct{}
}

// add tells whether the name is new.
func (s *nameSet) add(name []byte) bool {
	for _, old := range s.few[:min(s.n, len(s.few))] {
		if bytes.Equal(old, name) {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.many == nil {
		s.many = map[string]struct{}{}
	}
	before := len(s.many)
	s.many[string(name)] = struct{}{}
	return len(s.many) > before
}
