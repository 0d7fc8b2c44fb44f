package pattern

import (
	"encoding/json"
	"strings"
)

// anythingBut reads what a value must not be: one or several strings or numbers, or texts with
// an operator in front.
func (r *reader) anythingBut(l *leaf) *Error {
	var not test
	var err *Error
	switch r.next() {
	case json.Delim('{'):
		not, err = r.butOperator()
	default:
		not, err = r.butValues()
	}
	if err != nil {
		return err
	}
	l.add(func(v *value) bool { return !not(v) })
	if !r.end() {
		return r.fail("Too many elements in numeric expression")
	}
	return nil
}

const butKinds = "Value of anything-but must be an array or single string/number value."

// butValues reads a value or a list of them, from its first token on.
func (r *reader) butValues() (test, *Error) {
	texts, numbers := map[string]bool{}, map[number]bool{}
	one := func(otherwise string) *Error {
		switch t := r.token.(type) {
		case string:
			texts[t] = true
		case json.Number:
			n, ok := parseNumber(t.String())
			if !ok {
				return r.fail("Value must be between -5.0E9 and 5.0E9, inclusive")
			}
			numbers[n] = true
		default:
			return r.fail("%s", otherwise)
		}
		return nil
	}
	if r.token != json.Delim('[') {
		if err := one(butKinds); err != nil {
			return nil, err
		}
	} else {
		for r.next() != json.Delim(']') {
			if err := one("Inside anything but list, start|null|boolean is not supported."); err != nil {
				return nil, err
			}
		}
		if (len(texts) > 0) == (len(numbers) > 0) {
			return nil, r.fail("Inside anything but list, either all values are number or string, mixed type is not supported")
		}
	}
	return func(v *value) bool {
		if v.kind == isString {
			return texts[v.text]
		}
		n, ok := v.number()
		return ok && numbers[n]
	}, nil
}

// butOperator reads {"prefix": …} and its like inside of anything-but, behind the brace.
func (r *reader) butOperator() (test, *Error) {
	if r.end() {
		return nil, r.fail("Anything-But expression name not found")
	}
	name, _ := r.string()
	words := "prefix/suffix match pattern must be a string"
	switch name {
	case "prefix", "suffix":
	case "equals-ignore-case":
		words = "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
	case "wildcard":
		words = "wildcard match pattern must be a string"
	default:
		return nil, r.fail("Unsupported anything-but pattern: %s", name)
	}
	var any []func(string) bool
	one := func() *Error {
		s, ok := r.string()
		if !ok {
			return r.fail("%s", words)
		}
		f, err := r.butText(name, s)
		any = append(any, f)
		return err
	}
	switch t := r.next().(type) {
	case json.Delim:
		if t != '[' {
			return nil, r.fail(butKinds)
		}
		for r.next() != json.Delim(']') {
			if err := one(); err != nil {
				return nil, err
			}
		}
	case string, json.Number:
		if err := one(); err != nil {
			return nil, err
		}
	default:
		return nil, r.fail(butKinds)
	}
	if len(any) == 0 {
		return nil, r.fail("Empty arrays are not allowed")
	}
	if !r.end() {
		return nil, r.fail("Too many elements in numeric expression")
	}
	return func(v *value) bool {
		for _, f := range any {
			if v.kind == isString && f(v.text) {
				return true
			}
		}
		return false
	}, nil
}

// butText compiles one text behind an operator.
func (r *reader) butText(name, s string) (func(string) bool, *Error) {
	switch {
	case (name == "prefix" || name == "suffix") && s == "":
		return nil, r.fail("Null prefix/suffix not allowed")
	case name == "prefix":
		return func(v string) bool { return strings.HasPrefix(v, s) }, nil
	case name == "suffix":
		return func(v string) bool { return strings.HasSuffix(v, s) }, nil
	case name == "equals-ignore-case":
		return func(v string) bool { return strings.EqualFold(v, s) }, nil
	}
	g, err := parseGlob(s)
	if err != nil {
		return nil, r.fail("%s", err.Reason)
	}
	return g.match, nil
}
