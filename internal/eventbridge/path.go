package eventbridge

import (
	"encoding/json"
	"strconv"
	"strings"
)

// jsonPath is a path into an event: names of members (string), indexes of elements (int), and
// nil for all of either.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
type jsonPath []any

// parsePath reads a path in the notation with dots and brackets.
func parsePath(s string) (jsonPath, bool) {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok {
		return nil, false
	}
	p := jsonPath{}
	for rest != "" {
		var step any
		switch {
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			step, rest = rest[1:end], rest[end:]
			if step == "" || strings.ContainsAny(step.(string), "]'\" ()?@") {
				return nil, false
			}
			if step == "*" {
				step = nil
			}
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, false
			}
			if step, ok = bracket(rest[1:end]); !ok {
				return nil, false
			}
			rest = rest[end+1:]
		default:
			return nil, false
		}
		p = append(p, step)
	}
	return p, true
}

// bracket reads what stands in brackets.
func bracket(s string) (any, bool) {
	if s == "*" {
		return nil, true
	}
	if len(s) > 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1], true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0
}

// find returns the value at the path in JSON, as it is written there.
func (p jsonPath) find(text json.RawMessage) (json.RawMessage, bool) {
	for i, step := range p {
		switch step := step.(type) {
		case string:
			var o map[string]json.RawMessage
			if json.Unmarshal(text, &o) != nil {
				return nil, false
			}
			var ok bool
			if text, ok = o[step]; !ok {
				return nil, false
			}
		case int:
			var a []json.RawMessage
			if json.Unmarshal(text, &a) != nil || step >= len(a) {
				return nil, false
			}
			text = a[step]
		default:
			return p[i+1:].findAll(text)
		}
	}
	return text, true
}

// findAll returns what the path finds in each element, as an array.
func (p jsonPath) findAll(text json.RawMessage) (json.RawMessage, bool) {
	var a []json.RawMessage
	if json.Unmarshal(text, &a) != nil {
		return nil, false
	}
	found := []json.RawMessage{}
	for _, e := range a {
		if v, ok := p.find(e); ok {
			found = append(found, v)
		}
	}
	return encode(found), true
}
