package expression

import (
	"slices"
	"unicode/utf8"
)

// MaxText is how many characters an expression may have.
const MaxText = 2048

var errDeep = wrong("The expression is nested too deeply")

// maxDepth bounds how deeply an expression may be nested.
const maxDepth = 100

// Expression is a parsed expression.
type Expression struct {
	root  node
	names []string // of other queries, each once
	calls []string // of functions, each once
}

// Names are the queries that the expression refers to, each once.
func (e *Expression) Names() []string { return e.names }

// Calls says whether the expression uses a function.
func (e *Expression) Calls(function string) bool { return slices.Contains(e.calls, function) }

// node is a part of an expression.
type node interface {
	eval(m *machine) (Value, error)
}

type (
	numberNode struct{ value float64 }
	textNode   struct{ text string }
	nameNode   struct{ name string }
	wordNode   struct{ word string } // REPEAT, ASC, AVG in SORT
	listNode   struct{ items []node }
	unaryNode  struct{ of node }
	binaryNode struct {
		operator    string
		left, right node
	}
	callNode struct {
		function *functionRule
		name     string
		args     []node
	}
)

// Parse reads an expression.
func Parse(s string) (*Expression, error) {
	if utf8.RuneCountInString(s) > MaxText {
		return nil, wrong("The expression is longer than %d characters", MaxText)
	}
	tokens, err := lex(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, e: new(Expression)}
	p.e.root, err = p.binary(0)
	if err != nil {
		return nil, err
	}
	if p.peek().kind != end {
		return nil, ErrSyntax
	}
	return p.e, nil
}

type parser struct {
	tokens []token
	depth  int
	e      *Expression
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) take() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

// accept takes the token if it is that operator.
func (p *parser) accept(op string) bool {
	if t := p.peek(); t.kind == operator && t.text == op {
		p.take()
		return true
	}
	return false
}

func (p *parser) expect(op string) error {
	if !p.accept(op) {
		return ErrSyntax
	}
	return nil
}

// ErrSyntax is all that AWS says about an expression that can't be read.
var ErrSyntax = wrong("Invalid syntax")

// levels are the binary operators, those that bind least first.
var levels = [][]string{{"||"}, {"&&"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/"}}

// binary reads operators of a level and those that bind more.
func (p *parser) binary(level int) (node, error) {
	if level == len(levels) {
		return p.unary()
	}
	if level == 0 {
		if p.depth++; p.depth > maxDepth {
			return nil, errDeep
		}
		defer func() { p.depth-- }()
	}
	left, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	for p.peek().kind == operator && slices.Contains(levels[level], p.peek().text) {
		op := p.take().text
		right, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		left = &binaryNode{op, left, right}
	}
	return left, nil
}

// unary reads a sign, which binds less than ^: -2^2 is -4.
func (p *parser) unary() (node, error) {
	negative, signed := false, 0
	for p.accept("-") {
		negative = !negative
		if signed++; signed > maxDepth {
			return nil, errDeep
		}
	}
	n, err := p.power()
	if err == nil && negative {
		n = &unaryNode{n}
	}
	return n, err
}

// power reads a^b^c, which is a^(b^c).
func (p *parser) power() (node, error) {
	base, err := p.primary()
	if err != nil || !p.accept("^") {
		return base, err
	}
	if p.depth++; p.depth > maxDepth {
		return nil, errDeep
	}
	defer func() { p.depth-- }()
	exponent, err := p.unary()
	return &binaryNode{"^", base, exponent}, err
}

func (p *parser) primary() (node, error) {
	t := p.take()
	switch {
	case t.kind == number:
		return &numberNode{t.num}, nil
	case t.kind == text:
		return &textNode{t.text}, nil
	case t.kind == name:
		p.e.names = addOnce(p.e.names, t.text)
		return &nameNode{t.text}, nil
	case t.kind == function:
		return p.word(t)
	case t.kind == operator && t.text == "(":
		n, err := p.binary(0)
		if err == nil {
			err = p.expect(")")
		}
		return n, err
	case t.kind == operator && t.text == "[":
		items, err := p.list("]")
		if err == nil && len(items) == 0 {
			err = ErrSyntax
		}
		return &listNode{items}, err
	}
	return nil, ErrSyntax
}

// list reads expressions between commas, and what ends them.
func (p *parser) list(closing string) ([]node, error) {
	var items []node
	if p.accept(closing) {
		return nil, nil
	}
	for {
		n, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		items = append(items, n)
		if p.accept(closing) {
			return items, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

// word reads a call, or one of the words that are arguments.
func (p *parser) word(t token) (node, error) {
	if !p.accept("(") {
		if words[t.text] {
			return &wordNode{t.text}, nil
		}
		return nil, ErrSyntax
	}
	rule := functions[t.text]
	if rule == nil {
		return nil, wrong("Function '%s' not found", t.text)
	}
	args, err := p.list(")")
	if err != nil {
		return nil, err
	}
	if len(args) < rule.least || len(args) > rule.most {
		return nil, wrong("Function '%s' does not take %d arguments", t.text, len(args))
	}
	p.e.calls = addOnce(p.e.calls, t.text)
	return &callNode{rule, t.text, args}, nil
}

// words are the arguments that are neither numbers nor series.
var words = map[string]bool{
	"REPEAT": true, "LINEAR": true, "ASC": true, "DESC": true, "AVG": true, "MIN": true, "MAX": true, "SUM": true,
}

func addOnce(list []string, item string) []string {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}
