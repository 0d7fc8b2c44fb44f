package pattern

import "strings"

// expression combines conditions, which it knows by their numbers. Without kids it is the
// condition itself.
type expression struct {
	or        bool // one of the kids; else all of them
	kids      []expression
	condition int
}

// maxConditions is how many conditions a pattern may have; a pattern of 1,024 characters has
// no room for more.
const maxConditions = 192

// expression takes conditions with && and || between them and parentheses around them, of
// which && binds more strongly. leaf takes one condition.
func (c *cursor) expression(leaf func() (int, error)) (expression, error) {
	return c.chain("||", func() (expression, error) {
		return c.chain("&&", func() (expression, error) { return c.operand(leaf) })
	})
}

func (c *cursor) chain(operator string, operand func() (expression, error)) (expression, error) {
	e := expression{or: operator == "||"}
	for {
		kid, err := operand()
		if err != nil {
			return e, err
		}
		e.kids = append(e.kids, kid)
		c.space()
		if !c.take(operator) {
			break
		}
		c.space()
	}
	if len(e.kids) == 1 {
		return e.kids[0], nil
	}
	return e, nil
}

func (c *cursor) operand(leaf func() (int, error)) (expression, error) {
	if !c.take("(") {
		n, err := leaf()
		return expression{condition: n}, err
	}
	if c.depth++; c.depth > maxDepth {
		return expression{}, invalid()
	}
	c.space()
	e, err := c.expression(leaf)
	if err != nil {
		return e, err
	}
	c.space()
	if !c.take(")") {
		return e, invalid()
	}
	c.depth--
	return e, nil
}

// holds evaluates the expression.
func (e *expression) holds(condition func(int) bool) bool {
	if len(e.kids) == 0 {
		return condition(e.condition)
	}
	for i := range e.kids {
		if e.kids[i].holds(condition) == e.or {
			return e.or
		}
	}
	return !e.or
}

// words are those that every text has for which the expression holds.
func (e *expression) words(condition func(int) []string) []string {
	if len(e.kids) == 0 {
		return condition(e.condition)
	}
	list := e.kids[0].words(condition)
	for i := range e.kids[1:] {
		more := e.kids[i+1].words(condition)
		if e.or {
			list = common(list, more)
		} else {
			list = append(list, more...)
		}
	}
	return list
}

// write writes the expression with as few parentheses as it needs.
func (e *expression) write(condition func(int) string) string {
	if len(e.kids) == 0 {
		return condition(e.condition)
	}
	parts, operator := make([]string, len(e.kids)), " && "
	if e.or {
		operator = " || "
	}
	for i := range e.kids {
		parts[i] = e.kids[i].write(condition)
		if len(e.kids[i].kids) > 0 && !(e.or && !e.kids[i].or) {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, operator)
}
