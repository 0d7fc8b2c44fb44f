package alarm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Bounds of a rule.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
const (
	maxRule     = 10240
	maxElements = 500
	maxChildren = 100
	maxDepth    = 100 // of parentheses and NOTs; ours
)

// rule is the expression of a composite alarm, parsed.
type rule struct {
	root     term
	children []string // the alarms it names, each once, in the order of the text
}

// term is a part of a rule. It is true or false, given the states of alarms.
type term interface {
	eval(stateOf func(child string) types.StateValue) bool
}

type (
	constant bool
	not      struct{ of term }
	both     struct{ left, right term }
	either   struct{ left, right term }
	// is says that an alarm is in a state.
	is struct {
		child string
		state types.StateValue
	}
	// atLeast says that of several alarms a number is in a state, or is not.
	atLeast struct {
		count    int
		state    types.StateValue
		negated  bool
		children []string
	}
)

func (t constant) eval(func(string) types.StateValue) bool { return bool(t) }
func (t not) eval(s func(string) types.StateValue) bool    { return !t.of.eval(s) }
func (t both) eval(s func(string) types.StateValue) bool   { return t.left.eval(s) && t.right.eval(s) }
func (t either) eval(s func(string) types.StateValue) bool { return t.left.eval(s) || t.right.eval(s) }
func (t is) eval(s func(string) types.StateValue) bool     { return s(t.child) == t.state }

func (t atLeast) eval(s func(string) types.StateValue) bool {
	n := 0
	for _, c := range t.children {
		if (s(c) == t.state) != t.negated {
			n++
		}
	}
	return n >= t.count
}

// ruleError is what is wrong with a rule.
type ruleError struct {
	at   int // byte of the text
	what string
}

func (e *ruleError) Error() string { return fmt.Sprintf("%s at position %d", e.what, e.at) }

// parseRule reads the expression of a composite alarm.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
func parseRule(text string) (*rule, error) {
	if len(text) > maxRule {
		return nil, &ruleError{maxRule, "the rule is too long"}
	}
	p := &ruleParser{text: text, rule: new(rule)}
	t, err := p.either(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.text) {
		return nil, p.wrong("unexpected %s", p.next())
	}
	if len(p.rule.children) > maxChildren {
		return nil, &ruleError{0, fmt.Sprintf("the rule names more than %d alarms", maxChildren)}
	}
	p.rule.root = t
	return p.rule, nil
}

type ruleParser struct {
	text     string
	at       int
	elements int
	rule     *rule
}

func (p *ruleParser) wrong(format string, args ...any) error {
	return &ruleError{p.at, fmt.Sprintf(format, args...)}
}

func (p *ruleParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// next is what stands at the position, for messages.
func (p *ruleParser) next() string {
	if p.at >= len(p.text) {
		return "end"
	}
	rest := p.text[p.at:]
	if n := strings.IndexAny(rest, " \t\r\n()\""); n > 0 {
		rest = rest[:n]
	} else if n == 0 {
		rest = rest[:1]
	}
	if len(rest) > 40 {
		rest = strings.ToValidUTF8(rest[:40], "")
	}
	return strconv.Quote(rest)
}

// word takes a keyword if it stands here. TRUE and FALSE may be written small.
func (p *ruleParser) word(w string) bool {
	p.space()
	end := p.at + len(w)
	if end > len(p.text) {
		return false
	}
	got := p.text[p.at:end]
	if got != w && !((w == "TRUE" || w == "FALSE") && strings.EqualFold(got, w)) {
		return false
	}
	if end < len(p.text) && isWordByte(p.text[end]) {
		return false
	}
	p.at = end
	return true
}

func isWordByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b >= 0x80
}

func (p *ruleParser) symbol(b byte) bool {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == b {
		p.at++
		return true
	}
	return false
}

func (p *ruleParser) expect(b byte) error {
	if !p.symbol(b) {
		return p.wrong("expected %q but found %s", string(b), p.next())
	}
	return nil
}

// element counts what may stand in a rule not more often than maxElements.
func (p *ruleParser) element() error {
	if p.elements++; p.elements > maxElements {
		return p.wrong("the rule has more than %d elements", maxElements)
	}
	return nil
}

func (p *ruleParser) either(depth int) (term, error) {
	left, err := p.both(depth)
	for err == nil && p.word("OR") {
		var right term
		if right, err = p.both(depth); err == nil {
			left = either{left, right}
		}
	}
	return left, err
}

func (p *ruleParser) both(depth int) (term, error) {
	left, err := p.not(depth)
	for err == nil && p.word("AND") {
		var right term
		if right, err = p.not(depth); err == nil {
			left = both{left, right}
		}
	}
	return left, err
}

func (p *ruleParser) not(depth int) (term, error) {
	if depth > maxDepth {
		return nil, p.wrong("the rule is nested too deeply")
	}
	if p.word("NOT") {
		t, err := p.not(depth + 1)
		return not{t}, err
	}
	return p.atom(depth)
}

func (p *ruleParser) atom(depth int) (term, error) {
	if err := p.element(); err != nil {
		return nil, err
	}
	switch {
	case p.symbol('('):
		t, err := p.either(depth + 1)
		if err == nil {
			err = p.expect(')')
		}
		return t, err
	case p.word("TRUE"):
		return constant(true), nil
	case p.word("FALSE"):
		return constant(false), nil
	case p.word("AT_LEAST"):
		return p.atLeast()
	}
	if state, ok := p.state(); ok {
		if err := p.expect('('); err != nil {
			return nil, err
		}
		child, err := p.child()
		if err == nil {
			err = p.expect(')')
		}
		return is{child, state}, err
	}
	return nil, p.wrong("unexpected %s", p.next())
}

func (p *ruleParser) state() (types.StateValue, bool) {
	for _, v := range types.StateValue("").Values() {
		if p.word(string(v)) {
			return v, true
		}
	}
	return "", false
}

// child reads the name or ARN of an alarm, in quotes or without.
func (p *ruleParser) child() (string, error) {
	p.space()
	var name string
	if p.symbol('"') {
		n := strings.IndexByte(p.text[p.at:], '"')
		if n < 0 {
			return "", p.wrong("a quote is not closed")
		}
		name = p.text[p.at : p.at+n]
		p.at += n + 1
	} else {
		n := strings.IndexAny(p.text[p.at:], "(),\"")
		if n < 0 {
			n = len(p.text) - p.at
		}
		name = strings.TrimRight(p.text[p.at:p.at+n], " \t\r\n")
		p.at += n
	}
	if name == "" {
		return "", p.wrong("the name of an alarm is missing")
	}
	if !slices.Contains(p.rule.children, name) {
		p.rule.children = append(p.rule.children, name)
	}
	return name, nil
}

// atLeast reads AT_LEAST(2, ALARM, (a, b, c)), whose number may be a percentage and whose
// state may have NOT before it.
func (p *ruleParser) atLeast() (term, error) {
	if err := p.expect('('); err != nil {
		return nil, err
	}
	n, percent, err := p.number()
	if err == nil {
		err = p.expect(',')
	}
	if err != nil {
		return nil, err
	}
	t := atLeast{count: n, negated: p.word("NOT")}
	var ok bool
	if t.state, ok = p.state(); !ok {
		return nil, p.wrong("expected a state but found %s", p.next())
	}
	if err := p.expect(','); err != nil {
		return nil, err
	}
	if err := p.expect('('); err != nil {
		return nil, err
	}
	for first := true; first || p.symbol(','); first = false {
		if err := p.element(); err != nil {
			return nil, err
		}
		child, err := p.child()
		if err != nil {
			return nil, err
		}
		t.children = append(t.children, child)
	}
	if percent {
		t.count = (n*len(t.children) + 99) / 100
	}
	if t.count < 1 || t.count > len(t.children) {
		return nil, p.wrong("AT_LEAST needs a number between 1 and that of its alarms")
	}
	if err := p.expect(')'); err != nil {
		return nil, err
	}
	return t, p.expect(')')
}

func (p *ruleParser) number() (n int, percent bool, err error) {
	p.space()
	begin := p.at
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		p.at++
	}
	n, err = strconv.Atoi(p.text[begin:p.at])
	if err != nil || n > maxElements {
		return 0, false, p.wrong("expected a number but found %s", p.next())
	}
	if p.at < len(p.text) && p.text[p.at] == '%' {
		p.at++
		percent = true
	}
	if percent && n > 100 {
		return 0, false, p.wrong("a percentage is more than 100")
	}
	return n, percent, nil
}
