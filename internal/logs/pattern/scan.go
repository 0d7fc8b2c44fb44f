package pattern

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// valueKind is a kind of JSON value.
type valueKind int

const (
	stringValue valueKind = iota
	numberValue
	nullValue
	trueValue
	falseValue
	objectValue
	listValue
)

// maxNesting is how deep objects and lists may be nested in a text. One that is deeper is
// taken for no JSON.
const maxNesting = 1000

// scanner reads a JSON text once, from left to right, and notes which conditions hold for
// the values that it passes. Of properties with the same name in an object the last counts.
type scanner struct {
	text       []byte
	at         int
	depth      int
	conditions []condition
	exists     set    // conditions with a value
	true       set    // conditions that accept one of their values
	last       []byte // the last value that a condition accepted
}

// object reads the whole text, which must be an object.
func (s *scanner) object(b *branch) bool {
	s.space()
	return s.peek() == '{' && s.value(b) && s.end()
}

func (s *scanner) end() bool {
	s.space()
	return s.at == len(s.text)
}

func (s *scanner) space() {
	for s.at < len(s.text) && isSpace(s.text[s.at]) {
		s.at++
	}
}

// peek is the next byte, or 0, with which nothing in JSON begins.
func (s *scanner) peek() byte {
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// value reads a value. b may be nil: nobody wants anything of it.
func (s *scanner) value(b *branch) bool {
	switch s.peek() {
	case '{':
		return s.nest(b, objectValue, (*scanner).members)
	case '[':
		return s.nest(b, listValue, (*scanner).items)
	}
	kind, text, escaped, ok := s.scalar()
	if ok && b != nil && len(b.ends) > 0 {
		if escaped {
			text = unescape(text)
		}
		s.note(b, kind, text)
	}
	return ok
}

// note evaluates the conditions on a value.
func (s *scanner) note(b *branch, kind valueKind, text []byte) {
	for _, i := range b.ends {
		s.exists.add(i)
		if s.conditions[i].accepts(kind, text) {
			s.true.add(i)
			s.last = text
		}
	}
}

func (s *scanner) nest(b *branch, kind valueKind, read func(*scanner, *branch) bool) bool {
	if s.depth++; s.depth > maxNesting {
		return false
	}
	if b != nil {
		for _, i := range b.ends {
			s.exists.add(i)
		}
	}
	s.at++
	ok := read(s, b)
	s.depth--
	return ok
}

// members reads the inside of an object.
func (s *scanner) members(b *branch) bool {
	if s.space(); s.take('}') {
		return true
	}
	var every *everyMember
	if b != nil && b.anyName != nil {
		every = &everyMember{branch: b.anyName, last: map[string]int{}}
	}
	for {
		name, escaped, ok := s.string()
		if !ok {
			return false
		}
		if escaped {
			name = unescape(name)
		}
		s.space()
		if !s.take(':') {
			return false
		}
		s.space()
		if every != nil {
			every.last[string(name)] = s.at
		}
		if !s.value(s.property(b, name)) {
			return false
		}
		s.space()
		if s.take('}') {
			return s.each(every)
		}
		if !s.take(',') {
			return false
		}
		s.space()
	}
}

// property is the branch of a property, from which what an earlier one of the same name left
// is removed.
func (s *scanner) property(b *branch, name []byte) *branch {
	if b == nil {
		return nil
	}
	for i := range b.names {
		if k := &b.names[i]; k.name == string(name) {
			s.exists.remove(&k.all)
			s.true.remove(&k.all)
			return k.branch
		}
	}
	return nil
}

// everyMember is what a selector wants that takes every property of an object: where the last
// value of each name is.
type everyMember struct {
	*branch
	last map[string]int
}

// each reads the values again that such a selector wants.
func (s *scanner) each(every *everyMember) bool {
	if every == nil {
		return true
	}
	end := s.at
	for _, at := range every.last {
		s.at = at
		if !s.also(every.branch) {
			return false
		}
	}
	s.at = end
	return true
}

// also reads one of several values of a branch: what was true of another stays so.
func (s *scanner) also(b *branch) bool {
	exists, true := s.exists, s.true
	s.exists.remove(&b.all)
	s.true.remove(&b.all)
	ok := s.value(b)
	s.exists.join(&exists)
	s.true.join(&true)
	return ok
}

// items reads the inside of a list.
func (s *scanner) items(b *branch) bool {
	if s.space(); s.take(']') {
		return true
	}
	for n := 0; ; n++ {
		at := s.at
		if !s.value(item(b, n)) {
			return false
		}
		if b != nil && b.anyItem != nil {
			s.at = at
			if !s.also(b.anyItem) {
				return false
			}
		}
		s.space()
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
		s.space()
	}
}

func item(b *branch, n int) *branch {
	if b != nil {
		for i := range b.indexes {
			if b.indexes[i].index == n {
				return b.indexes[i].branch
			}
		}
	}
	return nil
}

// scalar reads a value that has no others in it.
func (s *scanner) scalar() (kind valueKind, text []byte, escaped, ok bool) {
	switch s.peek() {
	case '"':
		text, escaped, ok = s.string()
		return stringValue, text, escaped, ok
	case 'n':
		return nullValue, nil, false, s.word("null")
	case 't':
		return trueValue, nil, false, s.word("true")
	case 'f':
		return falseValue, nil, false, s.word("false")
	}
	start := s.at
	ok = s.number()
	return numberValue, s.text[start:s.at], false, ok
}

func (s *scanner) word(w string) bool {
	if len(s.text)-s.at < len(w) || string(s.text[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

// number reads a number as RFC 8259 has it.
func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	return s.at > start
}

// string reads a string, and returns what is between its quotes.
func (s *scanner) string() (inner []byte, escaped, ok bool) {
	if !s.take('"') {
		return nil, false, false
	}
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], escaped, true
		case c == '\\':
			escaped = true
			n := jsonEscape(s.text[s.at+1:])
			if n == 0 {
				return nil, false, false
			}
			s.at += 1 + n
		case c < ' ':
			return nil, false, false
		default:
			s.at++
		}
	}
	return nil, false, false
}

// jsonEscape is the length of what follows a backslash; 0 if that is no JSON.
func jsonEscape(b []byte) int {
	switch {
	case len(b) == 0:
		return 0
	case bytes.IndexByte([]byte(`"\/bfnrt`), b[0]) >= 0:
		return 1
	case b[0] != 'u' || len(b) < 5 || !isHex(b[1]) || !isHex(b[2]) || !isHex(b[3]) || !isHex(b[4]):
		return 0
	}
	return 5
}

// unescape takes the escapes out of the inside of a string that was read.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			return append(out, b...)
		}
		out, b = append(out, b[:i]...), b[i+1:]
		if b[0] != 'u' {
			out, b = append(out, control(b[0])), b[1:]
			continue
		}
		r := hex4(b)
		b = b[5:]
		if utf16.IsSurrogate(r) {
			second := rune(-1)
			if len(b) > 1 && b[0] == '\\' && b[1] == 'u' {
				second = hex4(b[1:])
			}
			if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
				b = b[6:]
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

func control(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// hex4 is the number in "uXXXX".
func hex4(b []byte) rune {
	var r rune
	for _, c := range b[1:5] {
		switch {
		case isDigit(c):
			c -= '0'
		default:
			c = c&^0x20 - 'A' + 10
		}
		r = r<<4 | rune(c)
	}
	return r
}
