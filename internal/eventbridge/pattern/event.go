package pattern

import (
	"bytes"
	"encoding/json"
)

// Event is a JSON document to match with, read once for any number of patterns, and not at all
// if its text tells that none of them matches. It belongs to one goroutine at a time.
type Event struct {
	text    []byte
	escaped bool // characters are escaped by their number: texts may not look as they are
	read    bool
	root    *value // nil if it is no JSON
}

// NewEvent returns a document with a text, which must not change.
func NewEvent(text []byte) *Event {
	return &Event{text: text, escaped: bytes.Contains(text, []byte(`\u`))}
}

// value reads the document.
func (e *Event) value() *value {
	if !e.read {
		e.read = true
		if json.Valid(e.text) {
			p := parser{e.text, 0}
			v := p.value()
			e.root = &v
		}
	}
	return e.root
}

type kind uint8

const (
	isNull kind = iota
	isBool
	isNumber
	isString
	isArray
	isObject
)

// value is a value of a document.
type value struct {
	kind    kind
	text    string // of a string; of a number, true, false and null as it is written
	items   []value
	members []member
}

type member struct {
	name  string
	value value
}

// get returns the member of an object, or nil. Of several with one name the last counts.
func (v *value) get(name string) *value {
	for i := len(v.members) - 1; i >= 0; i-- {
		if v.members[i].name == name {
			return &v.members[i].value
		}
	}
	return nil
}

func (v *value) number() (number, bool) {
	if v.kind != isNumber {
		return 0, false
	}
	return parseNumber(v.text)
}

// parser reads a text that is known to be JSON.
type parser struct {
	text []byte
	at   int
}

// peek returns the next byte that is not white space.
func (p *parser) peek() byte {
	for p.text[p.at] <= ' ' {
		p.at++
	}
	return p.text[p.at]
}

func (p *parser) value() value {
	switch c := p.peek(); c {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return value{kind: isString, text: p.string()}
	case 't', 'f':
		return value{kind: isBool, text: p.word()}
	case 'n':
		return value{kind: isNull, text: p.word()}
	}
	return value{kind: isNumber, text: p.word()}
}

// word reads a number, true, false or null.
func (p *parser) word() string {
	start := p.at
	for p.at < len(p.text) && p.text[p.at] > ' ' && p.text[p.at] != ',' && p.text[p.at] != ']' && p.text[p.at] != '}' {
		p.at++
	}
	return string(p.text[start:p.at])
}

func (p *parser) string() string {
	start := p.at
	simple := true
	for p.at++; p.text[p.at] != '"'; p.at++ {
		if p.text[p.at] == '\\' {
			simple = false
			p.at++
		}
	}
	p.at++
	if simple {
		return string(p.text[start+1 : p.at-1])
	}
	var s string
	if json.Unmarshal(p.text[start:p.at], &s) != nil {
		return ""
	}
	return s
}

func (p *parser) array() value {
	v := value{kind: isArray}
	p.at++
	for p.peek() != ']' {
		if p.text[p.at] == ',' {
			p.at++
		}
		v.items = append(v.items, p.value())
	}
	p.at++
	return v
}

func (p *parser) object() value {
	v := value{kind: isObject}
	p.at++
	for p.peek() != '}' {
		if p.text[p.at] == ',' {
			p.at++
		}
		p.peek()
		name := p.string()
		p.peek()
		p.at++ // the colon
		v.members = append(v.members, member{name, p.value()})
	}
	p.at++
	return v
}
