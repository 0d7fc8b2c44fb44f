package pattern

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep the objects of a pattern stand in each other.
const maxDepth = 100

// Parse reads a pattern. The error is an *Error.
func Parse(text []byte) (*Pattern, error) {
	if !json.Valid(text) {
		return nil, reason("Invalid JSON")
	}
	r := &reader{text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
	r.decoder.UseNumber()
	p := new(Pattern)
	if r.next() != json.Delim('{') {
		return nil, r.fail("Filter is not an object")
	}
	root, err := r.object(nil, false)
	if err != nil {
		return nil, err
	}
	if root.combinations() > mostCombinations {
		return nil, reason("Rule is too complex - try using fewer OR conditions")
	}
	p.root, p.leaves = root, r.leaves
	p.compile()
	return p, nil
}

// reader reads a text that is known to be JSON, a token at a time.
type reader struct {
	text    []byte
	decoder *json.Decoder
	token   json.Token
	leaves  int
}

// next returns the next token. There is one as long as an object or an array is open.
func (r *reader) next() json.Token {
	t, err := r.decoder.Token()
	if err != nil { // the end; the text is valid
		t = nil
	}
	r.token = t
	return t
}

// string returns the token as a string, if it is one.
func (r *reader) string() (string, bool) {
	s, ok := r.token.(string)
	return s, ok
}

// end reports whether the next token closes an object.
func (r *reader) end() bool { return r.next() == json.Delim('}') }

// most is how much of a pattern stands in an error.
const most = 500

// fail makes an error that names the place, as AWS's parser does.
func (r *reader) fail(format string, args ...any) *Error {
	e := reason(format, args...)
	before := r.text[:r.place()]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	source, rest := string(r.text), ""
	if len(source) > most {
		cut := most
		for !utf8.RuneStart(source[cut]) {
			cut--
		}
		source, rest = source[:cut], fmt.Sprintf("[truncated %d chars]", utf8.RuneCountInString(source[cut:]))
	}
	e.Place = fmt.Sprintf("\n at [Source: (String)\"%s\"%s; line: %d, column: %d]", source, rest, line, column)
	return e
}

// place is up to where AWS's parser has read when it has the token that the reader has: of a
// string it has looked at no more than the quote, and behind a name at the first byte of the value.
func (r *reader) place() int {
	at := min(int(r.decoder.InputOffset()), len(r.text))
	if _, ok := r.string(); !ok {
		return at
	}
	if behind := bytes.TrimLeft(r.text[at:], " \t\r\n"); len(behind) > 0 && behind[0] == ':' {
		value := bytes.TrimLeft(behind[1:], " \t\r\n")
		return min(len(r.text)-len(value)+1, len(r.text))
	}
	start := at - 1
	for start > 0 && (r.text[start-1] != '"' || escaped(r.text[:start-1])) {
		start--
	}
	return start
}

// escaped reports whether what follows b is escaped by a backslash at its end.
func escaped(b []byte) bool { return (len(b)-len(bytes.TrimRight(b, `\`)))%2 == 1 }

// reserved may not be fields inside of $or.
var reserved = []string{
	"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
	"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
	"date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
}

// object reads an object behind its brace. path leads to it.
func (r *reader) object(path []string, inOr bool) (*object, *Error) {
	if len(path) > maxDepth {
		return nil, r.fail("Pattern is too deep")
	}
	o := new(object)
	seen := map[string]bool{}
	for !r.end() {
		name, _ := r.string()
		if seen[name] {
			return nil, r.fail("Path `%s` cannot be allowed multiple times", strings.Join(append(slices.Clone(path), name), "."))
		}
		seen[name] = true
		if name == "$or" {
			group, err := r.or(path)
			if err != nil {
				return nil, err
			}
			o.groups = append(o.groups, group)
			continue
		}
		if inOr && slices.Contains(reserved, name) {
			return nil, r.fail("%s is Ruler reserved fieldName which cannot be used inside $or.", name)
		}
		f, err := r.field(append(slices.Clone(path), name), inOr)
		if err != nil {
			return nil, err
		}
		o.fields = append(o.fields, f)
	}
	if len(seen) == 0 {
		return nil, r.fail("Empty objects are not allowed")
	}
	return o, nil
}

// field reads the value of a field.
func (r *reader) field(path []string, inOr bool) (f field, err *Error) {
	f.name = path[len(path)-1]
	switch r.next() {
	case json.Delim('{'):
		f.object, err = r.object(path, inOr)
	case json.Delim('['):
		f.leaf, err = r.leaf(path)
	default:
		err = r.fail(`"%s" must be an object or an array`, f.name)
	}
	return f, err
}

// or reads the alternatives of $or.
func (r *reader) or(path []string) ([]*object, *Error) {
	if r.next() != json.Delim('[') {
		return nil, r.fail("It must be an Array followed with $or.")
	}
	var group []*object
	for r.next() != json.Delim(']') {
		if r.token != json.Delim('{') {
			return nil, r.fail("Only JSON object is allowed in array of $or relationship.")
		}
		o, err := r.object(path, true)
		if err != nil {
			return nil, err
		}
		group = append(group, o)
	}
	if len(group) < 2 {
		return nil, r.fail("There must have at least 2 Objects in $or relationship.")
	}
	return group, nil
}

// leaf reads the list of what a value may be.
func (r *reader) leaf(path []string) (*leaf, *Error) {
	l := &leaf{number: r.leaves, path: path, strings: map[string]bool{}, literals: map[string]bool{}, numbers: map[number]bool{}}
	r.leaves++
	n := 0
	for ; r.next() != json.Delim(']'); n++ {
		switch t := r.token.(type) {
		case string:
			l.strings[t] = true
			l.seek(`"`, t, `"`)
		case json.Number:
			l.literals[t.String()], l.vague = true, true
			if v, ok := parseNumber(t.String()); ok {
				l.numbers[v] = true
			}
		case bool:
			l.literals[fmt.Sprint(t)], l.vague = true, true
		case nil:
			l.literals["null"], l.vague = true, true
		default:
			if t != json.Delim('{') {
				return nil, r.fail("Match value must be String, number, true, false, or null")
			}
			if err := r.operator(l); err != nil {
				return nil, err
			}
		}
	}
	if n == 0 {
		return nil, r.fail("Empty arrays are not allowed")
	}
	return l, nil
}
