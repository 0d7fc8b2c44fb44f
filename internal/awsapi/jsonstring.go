package awsapi

import (
	"unicode/utf16"
	"unicode/utf8"
)

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
