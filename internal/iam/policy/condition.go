package policy

import (
	"strconv"
	"strings"
)

// condition is one key of one operator of Condition. All conditions of a statement must
// hold; of the values of one condition, one is enough.
type condition struct {
	operator string // as written: "ForAnyValue:StringLikeIfExists"
	key      string // as written; the name is compared regardless of case
	values   []operand

	name     string // the key, lower-case
	slot     int    // where a decision remembers its value
	op       operator
	set      setOperator
	ifExists bool
}

// operand is one value of a condition.
type operand struct {
	source string
	matcher
}

// matcher is a compiled operand: it says whether a value of the request fits.
type matcher interface {
	match(value string, c Context) bool
}

type setOperator uint8

const (
	noSet setOperator = iota
	forAnyValue
	forAllValues
)

var setOperators = map[string]setOperator{
	"foranyvalue": forAnyValue, "forallvalues": forAllValues,
}

// newCondition takes an operator's name apart. Case does not matter in it: policies with
// "bool" and "stringEquals" are in use.
func newCondition(written string) (condition, error) {
	c := condition{operator: written}
	name := strings.ToLower(written)
	known := true
	if set, rest, ok := strings.Cut(name, ":"); ok {
		c.set, known = setOperators[set]
		name = rest
	}
	name, c.ifExists = strings.CutSuffix(name, "ifexists")
	op, ok := operators[name]
	if !ok || !known || op.null && c.ifExists {
		return c, errorf("Invalid condition operator %.64q.", written)
	}
	c.op = op
	return c, nil
}

func (c *condition) compile(variables bool) *Error {
	if !strings.Contains(c.key, ":") {
		return errorf(noVendor)
	}
	for i := range c.values {
		v := &c.values[i]
		m, err := c.op.operand(v.source, variables)
		if err != nil {
			return errorf("%.64s %.64q: %s", c.operator, c.key, err.Message)
		}
		v.matcher = m
	}
	return nil
}

// cost orders conditions by the work that they take, so that most statements that do not
// apply are done with at the first.
func (c *condition) cost() int {
	switch {
	case c.op.null:
		return 0
	case c.set != noSet:
		return 3
	}
	return c.op.cost
}

// holds decides the condition. "IAM JSON policy elements: Condition operators" and
// "Single-valued vs. multivalued context keys" have the rules.
func (c *condition) holds(l *looked) bool {
	v, present := l.lookup(c)
	ctx := l.context
	if present && !v.multi && c.set == noSet && !c.op.null {
		return c.admits(v.one, ctx)
	}
	present = present && v.len() > 0
	if c.op.null {
		return c.anyOperand(strconv.FormatBool(!present), ctx)
	}
	if c.set != noSet && v.isEmptyString() {
		present = false // set operators take it for no value
	}
	if !present {
		switch {
		case c.ifExists || c.set == forAllValues:
			return true
		case c.set == forAnyValue:
			return false
		}
		return c.op.negated
	}
	// A plain operator takes several values as ForAnyValue does, and its negation is
	// the opposite of that, so that a key with one value and the same key in a list
	// of one are decided alike.
	all := c.set == forAllValues || c.set == noSet && c.op.negated
	for i := range v.len() {
		if c.admits(v.at(i), ctx) != all {
			return !all
		}
	}
	return all
}

// admits says whether the operator accepts one value of the request.
func (c *condition) admits(value string, ctx Context) bool {
	return c.anyOperand(value, ctx) != c.op.negated
}

func (c *condition) anyOperand(value string, ctx Context) bool {
	for i := range c.values {
		if c.values[i].match(value, ctx) {
			return true
		}
	}
	return false
}
