package pattern

import "slices"

// condition says something about the values that a selector chooses.
type condition struct {
	path
	operator
	*literal // nil unless the operator compares
}

// jsonForm is a pattern for JSON texts.
type jsonForm struct {
	expression
	conditions []condition
	tree       *branch
	sieve      sieve
}

// parseJSON reads a pattern such as: { $.eventName = "ConsoleLogin" && $.latency > 100 }.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
func parseJSON(c *cursor) (form, error) {
	c.at++
	c.space()
	f := &jsonForm{}
	var err error
	f.expression, err = c.expression(func() (int, error) {
		if len(f.conditions) == maxConditions {
			return 0, invalid()
		}
		cond, err := c.condition()
		f.conditions = append(f.conditions, cond)
		return len(f.conditions) - 1, err
	})
	if err != nil {
		return nil, err
	}
	c.space()
	if !c.take("}") {
		return nil, c.bad()
	}
	if !c.done() {
		return nil, invalid()
	}
	f.tree = newTree(f.conditions)
	f.sieve = newSieve(f.conditions)
	return f, nil
}

// condition takes a selector and what must be true of it.
func (c *cursor) condition() (condition, error) {
	p, err := c.path()
	if err != nil {
		return condition{}, err
	}
	if c.space() {
		for _, op := range []operator{isNull, isTrue, isFalse, notExists} {
			if c.words(string(op)) {
				return condition{path: p, operator: op}, nil
			}
		}
	}
	op, err := c.operator()
	if err != nil {
		return condition{}, err
	}
	c.space()
	l, err := c.literal(op)
	return condition{p, op, l}, err
}

// words takes two keywords with blanks between them.
func (c *cursor) words(both string) bool {
	start := c.at
	i := slices.Index([]byte(both), ' ')
	if c.word(both[:i]) && c.space() && c.word(both[i+1:]) {
		return true
	}
	c.at = start
	return false
}

// accepts decides about a value that is neither an object nor a list. text is a string
// without its quotes and escapes, or a number as it is written.
func (c *condition) accepts(kind valueKind, text []byte) bool {
	switch c.operator {
	case isNull:
		return kind == nullValue
	case isTrue:
		return kind == trueValue
	case isFalse:
		return kind == falseValue
	case notExists:
		return false
	}
	switch {
	case kind == numberValue && c.numeric:
		n, ok := parseNumber(text)
		return ok && order(c.operator, n, c.number)
	case kind != stringValue && kind != numberValue, c.operator != equal && c.operator != notEqual:
		return false
	}
	return c.like(text) == (c.operator == equal)
}

// match evaluates the pattern. A text that is no JSON object does not match.
func (f *jsonForm) match(text []byte) (Values, bool) {
	if !f.sieve.lets(&f.expression, f.conditions, text) {
		return Values{}, false
	}
	s := scanner{text: text, conditions: f.conditions}
	if !s.object(f.tree) {
		return Values{}, false
	}
	matches := f.holds(func(i int) bool {
		if f.conditions[i].operator == notExists {
			return !s.exists.has(i)
		}
		return s.true.has(i)
	})
	return Values{text: text, kind: JSON}, matches
}

// words are those of strings that must be equal to something, and else the properties.
func (f *jsonForm) words() []string {
	list := f.expression.words(func(i int) []string {
		if c := &f.conditions[i]; c.operator == equal {
			return c.literal.words()
		}
		return nil
	})
	if len(list) > 0 {
		return list
	}
	return f.expression.words(func(i int) []string {
		c := &f.conditions[i]
		if name, _, ok := c.name(); ok && c.operator != notExists {
			return innerWords(name, false, false)
		}
		return nil
	})
}

func (f *jsonForm) String() string {
	return "{ " + f.write(func(i int) string {
		c := &f.conditions[i]
		s := c.path.String() + " " + string(c.operator)
		if c.literal != nil {
			s += " " + c.literal.String()
		}
		return s
	}) + " }"
}
