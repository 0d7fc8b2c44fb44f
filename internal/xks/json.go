package xks

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// The decoder of both sides. encoding/json would match names without regard to case, take the last
// of two members of one name, and mend broken UTF-8: two readers of one message could then see
// different ones. This takes exactly one JSON object, each name once, and valid UTF-8.

var errObject = errors.New("the body is not one JSON object")

func missing(name string) error { return fmt.Errorf("%s is missing", name) }

// value is the raw JSON of one member.
type value []byte

// members hands each member of a JSON object to f. Members that f does not know are for the future,
// and f passes over them.
func members(b []byte, f func(name string, v value) error) error {
	if !utf8.Valid(b) || !json.Valid(b) {
		return errObject
	}
	// From here on the grammar is known to be right.
	b = bytes.TrimSpace(b)
	if b[0] != '{' {
		return errObject
	}
	rest := skipSpace(b[1:])
	seen := make([]string, 0, 8)
	for rest[0] != '}' {
		n := skipValue(rest)
		name, err := value(rest[:n]).text()
		if err != nil {
			return err
		}
		for _, s := range seen {
			if s == name {
				return fmt.Errorf("%s is there twice", Printable(strconv.Quote(name), 64))
			}
		}
		if len(seen) == maxMembers {
			return errors.New("the object has too many members")
		}
		seen = append(seen, name)
		rest = skipSpace(skipSpace(rest[n:])[1:]) // the colon
		n = skipValue(rest)
		if err := f(name, value(rest[:n])); err != nil {
			return fmt.Errorf("%s: %w", Printable(name, 64), err)
		}
		if rest = skipSpace(rest[n:]); rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
	}
	return nil
}

// maxMembers bounds the comparisons of names.
const maxMembers = 64

func skipSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

// skipValue returns the length of the value that b begins with.
func skipValue(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // behind a number or a word
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}

var errString = errors.New("it is not a string")

// text returns the string that the value is.
func (v value) text() (string, error) {
	if len(v) < 2 || v[0] != '"' {
		return "", errString
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), nil
	}
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return "", errString
	}
	return s, nil
}

var errBase64 = errors.New("it is not Base64")

// strictBase64 takes one spelling of each value: the standard alphabet, padded, without spare bits.
var strictBase64 = base64.StdEncoding.Strict()

// bytes returns the bytes that the value is the Base64 of. They are never nil.
func (v value) bytes() ([]byte, error) {
	if len(v) < 2 || v[0] != '"' {
		return nil, errString
	}
	raw := []byte(v[1 : len(v)-1])
	if bytes.IndexByte(raw, '\\') >= 0 { // a slash may be escaped
		s, err := v.text()
		if err != nil {
			return nil, err
		}
		raw = []byte(s)
	}
	if bytes.ContainsAny(raw, "\r\n") { // encoding/base64 passes over them
		return nil, errBase64
	}
	out := make([]byte, strictBase64.DecodedLen(len(raw)))
	n, err := strictBase64.Decode(out, raw)
	if err != nil {
		return nil, errBase64
	}
	return out[:n:n], nil
}

// integer returns the integer that the value is.
func (v value) integer() (int64, error) {
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return 0, errors.New("it is not an integer")
	}
	return n, nil
}

// each hands the elements of an array to f, at most limit of them.
func (v value) each(limit int, f func(v value) error) error {
	if len(v) == 0 || v[0] != '[' {
		return errors.New("it is not an array")
	}
	rest := skipSpace(v[1:])
	for n := 0; rest[0] != ']'; n++ {
		if n == limit {
			return fmt.Errorf("it has more than %d elements", limit)
		}
		size := skipValue(rest)
		if err := f(value(rest[:size])); err != nil {
			return err
		}
		if rest = skipSpace(rest[size:]); rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
	}
	return nil
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			q, _ := json.Marshal(s) // a string can't fail
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendBytes appends p as a JSON string in Base64.
func appendBytes(b, p []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, p)
	return append(b, '"')
}

// appendMember appends a member behind others.
func appendMember(b []byte, name, s string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendString(b, s)
}

// appendBinary appends a member in Base64 behind others.
func appendBinary(b []byte, name string, p []byte) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendBytes(b, p)
}
