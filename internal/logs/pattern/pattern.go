// Package pattern is the filter pattern language of CloudWatch Logs: which log events a metric
// filter or a search chooses, and which values it takes from them. There are four kinds of
// patterns, told apart by their first character: a regular expression between percent signs,
// a condition on JSON in braces, one on the fields of a line in brackets, and terms that the
// text must or must not contain.
//
// The one rule: Match decides alike for every caller, so that what TestMetricFilter says is
// what a metric filter does. Begin with Parse.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
package pattern

import "strings"

// maxText is the longest pattern in bytes: 1,024 characters of up to 4 bytes.
const maxText = 4096

// Kind is a kind of pattern.
type Kind int

// The kinds of patterns.
const (
	All    Kind = iota // the empty pattern, which matches every text
	Terms              // ERROR ?WARN -"not this"
	Regex              // %AUTHORIZED%
	JSON               // { $.eventName = "ConsoleLogin" }
	Fields             // [ip, user, ..., status_code = 4*, bytes]
)

// Pattern is a compiled filter pattern. It may be used by several goroutines at once.
type Pattern struct {
	kind    Kind
	form    form
	regexes int // how many regular expressions it has
}

// form is what the kinds of patterns have in common.
type form interface {
	match(text []byte) (Values, bool)
	words() []string // that every matching text has, as eventstore.Words cuts it
	String() string
}

// Parse compiles a pattern. Its errors are *Error, with AWS's texts.
func Parse(text string) (*Pattern, error) {
	if len(text) > maxText {
		return nil, invalid()
	}
	p := &Pattern{}
	c := &cursor{text: strings.Trim(text, " \t\r\n"), regexes: &p.regexes}
	var err error
	switch {
	case c.text == "":
		p.form = all{}
	case c.text[0] == '{':
		p.kind = JSON
		p.form, err = parseJSON(c)
	case c.text[0] == '[':
		p.kind = Fields
		p.form, err = parseFields(c)
	case c.text[0] == '%':
		p.kind = Regex
		p.form, err = parseRegex(c)
	default:
		p.kind = Terms
		p.form, err = parseTerms(c)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Match reports whether a text matches, and which values can be taken from it. The values
// refer to the text, which must not be changed as long as they are used.
func (p *Pattern) Match(text []byte) (Values, bool) { return p.form.match(text) }

// Terms are words that every matching text has, cut as eventstore.Words does. There are none
// if none can be told.
func (p *Pattern) Terms() []string { return p.form.words() }

// Kind is the pattern's kind.
func (p *Pattern) Kind() Kind { return p.kind }

// HasRegex says whether a regular expression is part of the pattern: AWS counts those of a
// log group.
func (p *Pattern) HasRegex() bool { return p.regexes > 0 }

// String is the pattern in one way of writing it. It parses to the same pattern.
func (p *Pattern) String() string { return p.form.String() }

// all is the empty pattern.
type all struct{}

func (all) match([]byte) (Values, bool) { return Values{}, true }
func (all) words() []string             { return nil }
func (all) String() string              { return "" }
