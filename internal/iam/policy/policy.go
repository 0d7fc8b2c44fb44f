// Package policy is the language of access policies: it parses a JSON document, compiles
// it once, and says what the document decides about a request.
//
// The one rule to know: it is pure. It sees documents and requests, never a clock, a
// database or a caller's session; whatever a decision depends on is in the Request. How
// the decisions of several documents combine (key policy, identity policies, boundaries,
// grants) is not decided here either.
//
// Begin reading with Parse and Document.Evaluate. The language is that of the IAM User
// Guide, "IAM JSON policy elements reference"; where the guide is silent a document
// permits less rather than more.
package policy

import (
	"cmp"
	"fmt"
	"slices"
)

// MaxSize is the largest document that Parse reads, in bytes: the 131,072 characters that
// the API accepts, each of which takes at most two.
const MaxSize = 2 * 131072

// Document is a parsed and compiled policy. It does not change, so that any number of
// goroutines may evaluate it at once.
type Document struct {
	version    string // as written; "" means 2008-10-17
	id         string
	statements []statement
}

// statement is one element of Statement. An empty list of principals, actions or
// resources means the same as none: the statement has no effect, but for what
// coversResource and EvaluateIdentity say.
type statement struct {
	sid          string
	deny         bool
	notPrincipal bool
	principals   []principal
	notAction    bool
	actions      []action
	notResource  bool
	resources    []pattern
	conditions   []condition // the cheapest first
}

// Error says why a document is not a valid policy.
type Error struct {
	Message string // a sentence for whoever wrote the document

	grammar bool // the document breaks the grammar that all kinds of policies share
}

func (e *Error) Error() string { return "policy: " + e.Message }

// IAMMessage is Message as IAM, STS and Organizations word it: they do not say where the
// grammar is broken.
func (e *Error) IAMMessage() string {
	if e.grammar {
		return syntaxErrors
	}
	return e.Message
}

func errorf(format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...)}
}

func (e *Error) ofGrammar() *Error {
	e.grammar = true
	return e
}

// variables says whether ${…} is a variable; before 2012-10-17 it is plain text.
func (d *Document) variables() bool { return d.version == "2012-10-17" }

// compile prepares what evaluation needs. It runs after the whole document is read,
// because Version may stand behind the statements that it applies to.
func (d *Document) compile() error {
	for i := range d.statements {
		if err := d.statements[i].compile(d.variables()); err != nil {
			if err.Message == noVendor || err.Message == manyColons {
				return err // IAM's own words
			}
			return errorf("Statement %d: %s", i+1, err.Message).ofGrammar()
		}
	}
	d.assignSlots()
	return nil
}

// assignSlots gives the condition keys that stand first a slot of their own each.
func (d *Document) assignSlots() {
	slots := make(map[string]int)
	for i := range d.statements {
		for j := range d.statements[i].conditions {
			c := &d.statements[i].conditions[j]
			slot, ok := slots[c.name]
			if !ok {
				slot = min(len(slots), remembered-1)
				slots[c.name] = slot
			}
			c.slot = slot
		}
	}
}

func (s *statement) compile(variables bool) *Error {
	for i := range s.actions {
		a, err := newAction(s.actions[i].source)
		if err != nil {
			return err
		}
		s.actions[i] = a
	}
	for i := range s.resources {
		p, err := compilePattern(s.resources[i].source, true, variables)
		if err != nil {
			return err
		}
		s.resources[i] = p
	}
	for i := range s.conditions {
		if err := s.conditions[i].compile(variables); err != nil {
			return err
		}
	}
	slices.SortStableFunc(s.conditions, func(a, b condition) int { return cmp.Compare(a.cost(), b.cost()) })
	return nil
}
