package pattern

import (
	"bytes"
	"strings"
)

// sieve rejects most texts that don't match without reading them as JSON. Each condition is
// about the value of a property; so the name of the property must be in the text, with a value
// behind it that the condition accepts, somewhere. A text in which letters may be hidden in
// escapes passes: its names and values can't be found in this way.
type sieve struct {
	names []name  // each once
	of    []probe // by condition
}

// name is the name of a property in quotes. It is found by its rarest byte: there are fast
// instructions to find one.
type name struct {
	text []byte
	rare int // where in text
}

// frequent has the bytes of names from the rare to the frequent, roughly as they are in records
// of CloudTrail. Others are rarer.
const frequent = `QZXJqzjHWVFGYKBUxPLNDOMTCRSIAEwkvfybghupd-clmnosrtaie"`

func newName(s string) name {
	n := name{text: []byte(`"` + s + `"`)}
	for i := 1; i <= len(s); i++ {
		if strings.IndexByte(frequent, n.text[i]) < strings.IndexByte(frequent, n.text[n.rare]) {
			n.rare = i
		}
	}
	return n
}

// next is the end of the first place at or behind at where the name stands; -1 if there is
// none.
func (n *name) next(text []byte, at int) int {
	for at += n.rare; at < len(text); at++ {
		i := bytes.IndexByte(text[at:], n.text[n.rare])
		if i < 0 {
			return -1
		}
		at += i
		start := at - n.rare
		if end := start + len(n.text); end <= len(text) && string(text[start:end]) == string(n.text) {
			return end
		}
	}
	return -1
}

// probe is how a condition is looked for.
type probe struct {
	name  int  // in names; -1: it can't be looked for
	value bool // the property itself is compared, not something in it
}

// maxNames is how many properties are looked for.
const maxNames = 8

func newSieve(conditions []condition) sieve {
	s := sieve{of: make([]probe, len(conditions))}
	for i, c := range conditions {
		s.of[i].name = -1
		name, last, ok := c.name()
		if !ok || c.operator == notExists || !isFindable(name) {
			continue
		}
		s.of[i] = probe{s.number(newName(name)), last}
	}
	return s
}

// number is the position of a name; -1 if there are too many.
func (s *sieve) number(wanted name) int {
	for i, n := range s.names {
		if bytes.Equal(n.text, wanted.text) {
			return i
		}
	}
	if len(s.names) == maxNames {
		return -1
	}
	s.names = append(s.names, wanted)
	return len(s.names) - 1
}

// isFindable says whether a name stands in JSON texts as it is, if no letter is written by its
// number.
func isFindable(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < ' ' || c == '"' || c == '\\' || c == '/' {
			return false
		}
	}
	return true
}

// found are the values of the properties of one name.
type found struct {
	looked, many bool // many: there are more than fit
	count        int
	at           [4]int // where they begin
}

// lets reports whether a text may match.
func (s *sieve) lets(e *expression, conditions []condition, text []byte) bool {
	if i := bytes.IndexByte(text, '\\'); i >= 0 && bytes.Contains(text[i:], []byte(`\u`)) {
		return true
	}
	var values [maxNames]found
	return s.may(e, conditions, text, &values)
}

// may is expression.holds with the conditions looked for.
func (s *sieve) may(e *expression, conditions []condition, text []byte, values *[maxNames]found) bool {
	if len(e.kids) == 0 {
		return s.condition(e.condition, conditions, text, values)
	}
	for i := range e.kids {
		if s.may(&e.kids[i], conditions, text, values) == e.or {
			return e.or
		}
	}
	return !e.or
}

func (s *sieve) condition(i int, conditions []condition, text []byte, values *[maxNames]found) bool {
	p := s.of[i]
	if p.name < 0 {
		return true
	}
	v := &values[p.name]
	if !v.looked {
		v.look(text, &s.names[p.name])
	}
	if v.many || !p.value {
		return v.many || v.count > 0
	}
	for _, at := range v.at[:v.count] {
		if mayAccept(&conditions[i], text[at:]) {
			return true
		}
	}
	return false
}

// look finds the values behind a name.
func (v *found) look(text []byte, n *name) {
	v.looked = true
	for at := 0; ; {
		if at = n.next(text, at); at < 0 {
			return
		}
		s := scanner{text: text, at: at}
		if s.space(); s.take(':') {
			if v.count == len(v.at) {
				v.many = true
				return
			}
			s.space()
			v.at[v.count] = s.at
			v.count++
		}
		at-- // its last quote may be the first of the next
	}
}

// mayAccept decides about the value with which a text begins. One that is no JSON may be
// accepted: others see that.
func mayAccept(c *condition, text []byte) bool {
	s := scanner{text: text}
	switch s.peek() {
	case '{', '[':
		return false
	case '"':
		end := bytes.IndexByte(text[1:], '"')
		if end < 0 || bytes.IndexByte(text[1:1+end], '\\') >= 0 {
			return true
		}
		return c.accepts(stringValue, text[1:1+end])
	}
	kind, value, _, ok := s.scalar()
	return !ok || c.accepts(kind, value)
}
