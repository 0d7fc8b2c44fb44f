// Package pattern is the language of event patterns: EventBridge's rules choose events with it,
// and, in the same words, SNS's filter policies choose messages.
//
// The one rule to know: matching is bounded. Whatever the pattern and the event say, the work is
// at most the size of the one times the size of the other, and there is no backtracking. Begin
// with Parse and Pattern.Match.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html and
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
// Where they are silent, the library that AWS publishes (aws/event-ruler) says what is meant.
package pattern

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// Pattern is a compiled event pattern. It does not change, so that any number of goroutines may
// match with it at once.
type Pattern struct {
	root    *object
	leaves  int // how many fields with values it has
	needles [][][]byte
}

// Error says why a text is not a pattern, in AWS's words.
type Error struct {
	Reason string // without the place
	Place  string // " at [Source: …; line: 1, column: 2]" behind a new line, or ""
}

func (e *Error) Error() string { return e.Reason + e.Place }

// object is a JSON object of a pattern. All its fields must match, and of each group of
// alternatives one.
type object struct {
	fields []field
	groups [][]*object
}

// field is a member of an object of a pattern.
type field struct {
	name   string
	object *object // what the value must match; nil for a leaf
	leaf   *leaf
}

// leaf is the list of what the value of a field may be.
type leaf struct {
	number int      // of the leaf in the pattern
	path   []string // of the field, from the root of the event
	absent bool     // one of the list is {"exists": false}

	strings  map[string]bool
	literals map[string]bool // numbers, true, false and null, as they are written
	numbers  map[number]bool
	tests    []test

	needles [][]byte // each value that matches has one of them in its text
	vague   bool     // there are values without such a needle
}

// test is an operator with its argument.
type test func(v *value) bool

// add adds a rule that has no literal to look for.
func (l *leaf) add(t test) {
	l.tests = append(l.tests, t)
	l.vague = true
}

// addLiteral adds a rule whose values have a text in common.
func (l *leaf) addLiteral(t test, before, text, after string) {
	l.tests = append(l.tests, t)
	l.seek(before, text, after)
}

// seek notes what every value has that one of the rules matches: a text, with the quotes of the
// value before or after it.
func (l *leaf) seek(before, text, after string) {
	needle := before + text + after
	if len(needle) < 2 && text == "" || !plain(text) {
		l.vague = true
		return
	}
	l.needles = append(l.needles, []byte(needle))
}

// plain reports whether JSON has but one way to write s, if it has no escapes by number.
func plain(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x20 || c == '"' || c == '\\' || c == '/' {
			return false
		}
	}
	return true
}

// collect gathers the needles of all that an event must have to match, those of values before
// those of names. An event without any of the needles of one set does not match.
func (o *object) collect(values, names *[][][]byte) {
	for _, f := range o.fields {
		switch {
		case f.object != nil:
			f.object.collect(values, names)
		case f.leaf.absent:
		default:
			if plain(f.name) {
				*names = append(*names, [][]byte{[]byte(`"` + f.name + `"`)})
			}
			if !f.leaf.vague {
				*values = append(*values, f.leaf.needles)
			}
		}
	}
}

// mostNeedles bounds how often an event is searched before it is read.
const mostNeedles = 8

func (p *Pattern) compile() {
	var values, names [][][]byte
	p.root.collect(&values, &names)
	for _, set := range append(values, names...) {
		if len(set) <= mostNeedles && len(p.needles) < mostNeedles {
			p.needles = append(p.needles, set)
		}
	}
}

// possible reports whether an event may match, from its text alone.
func (p *Pattern) possible(e *Event) bool {
	if e.escaped {
		return true
	}
	for _, set := range p.needles {
		if !containsAny(e.text, set) {
			return false
		}
	}
	return true
}

func containsAny(text []byte, needles [][]byte) bool {
	for _, n := range needles {
		if bytes.Contains(text, n) {
			return true
		}
	}
	return false
}

// combinations is how many patterns without $or it takes to say the same, or more than the limit.
func (o *object) combinations() int {
	n := 1
	for _, f := range o.fields {
		if f.object != nil {
			n = min(n*f.object.combinations(), mostCombinations+1)
		}
	}
	for _, group := range o.groups {
		sum := 0
		for _, alternative := range group {
			sum += alternative.combinations()
		}
		n = min(n*sum, mostCombinations+1)
	}
	return n
}

// mostCombinations is AWS's bound of what $or may multiply to.
const mostCombinations = 1000

func reason(format string, args ...any) *Error { return &Error{Reason: fmt.Sprintf(format, args...)} }

// Literals returns the strings that a field may be, if the pattern allows nothing else there;
// path leads to the field.
func (p *Pattern) Literals(path ...string) []string {
	for o, i := p.root, 0; ; i++ {
		j := slices.IndexFunc(o.fields, func(f field) bool { return f.name == path[i] })
		switch {
		case j < 0:
			return nil
		case i < len(path)-1 && o.fields[j].object != nil:
			o = o.fields[j].object
			continue
		case i < len(path)-1 || o.fields[j].leaf == nil:
			return nil
		}
		l := o.fields[j].leaf
		if len(l.tests) > 0 || len(l.literals) > 0 || l.absent {
			return nil
		}
		return slices.Sorted(maps.Keys(l.strings))
	}
}
