package sigv4

import (
	"bytes"
	"slices"
	"strings"
)

// pair is one parameter of the query: where its name and value stand in scratch.query.
type pair struct{ start, middle, end int }

func (s *scratch) name(p pair) []byte  { return s.query[p.start:p.middle] }
func (s *scratch) value(p pair) []byte { return s.query[p.middle:p.end] }

// parseQuery brings each name and value into its canonical encoding. It reports whether
// all of them were encoded well.
func (s *scratch) parseQuery(raw string) bool {
	for raw != "" {
		var part string
		part, raw, _ = strings.Cut(raw, "&")
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		p := pair{start: len(s.query)}
		var ok1, ok2 bool
		s.query, ok1 = appendReencoded(s.query, name)
		p.middle = len(s.query)
		s.query, ok2 = appendReencoded(s.query, value)
		p.end = len(s.query)
		if !ok1 || !ok2 {
			return false
		}
		s.pairs = append(s.pairs, p)
	}
	return true
}

// hasSignature reports whether the query has the marks of the query form.
func (s *scratch) hasSignature() bool {
	for _, p := range s.pairs {
		switch string(s.name(p)) {
		case "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature":
			return true
		}
	}
	return false
}

// appendQuery writes the canonical query: sorted by name, then value, without the
// signature of the query form.
func (s *scratch) appendQuery(b []byte) []byte {
	slices.SortFunc(s.pairs, func(x, y pair) int {
		if c := bytes.Compare(s.name(x), s.name(y)); c != 0 {
			return c
		}
		return bytes.Compare(s.value(x), s.value(y))
	})
	first := true
	for _, p := range s.pairs {
		if string(s.name(p)) == "X-Amz-Signature" {
			continue
		}
		if !first {
			b = append(b, '&')
		}
		first = false
		b = append(b, s.name(p)...)
		b = append(b, '=')
		b = append(b, s.value(p)...)
	}
	return b
}

// appendReencoded decodes a name or value of a query, in which + is a space, and encodes it
// in the one canonical way.
func appendReencoded(b []byte, part string) ([]byte, bool) {
	for i := 0; i < len(part); i++ {
		c := part[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			if i+2 >= len(part) {
				return b, false
			}
			high, low := unhex(part[i+1]), unhex(part[i+2])
			if high < 0 || low < 0 {
				return b, false
			}
			c = byte(high<<4 | low)
			i += 2
		}
		b = appendEncoded(b, c)
	}
	return b, true
}

// decodeCanonical undoes the canonical encoding.
func decodeCanonical(b []byte) string {
	decoded := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '%' {
			c = byte(unhex(b[i+1])<<4 | unhex(b[i+2]))
			i += 2
		}
		decoded = append(decoded, c)
	}
	return string(decoded)
}

// appendEncoded writes a byte in AWS's percent-encoding: all but RFC 3986's unreserved
// characters as %XX.
func appendEncoded(b []byte, c byte) []byte {
	if unreserved[c] {
		return append(b, c)
	}
	const digits = "0123456789ABCDEF"
	return append(b, '%', digits[c>>4], digits[c&15])
}

var unreserved = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~") {
		table[c] = true
	}
	return table
}()

// unhex returns the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
