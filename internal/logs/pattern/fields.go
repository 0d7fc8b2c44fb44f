package pattern

import (
	"bytes"
	"strconv"
	"strings"
)

// maxFields is how many fields a pattern may name.
const maxFields = 512

// field is one of the fields of a pattern, with what must be true of it.
type field struct {
	name string // "" if it has none
	expression
	conditions []fieldCondition // none: any text will do
}

type fieldCondition struct {
	name string
	operator
	*literal
}

// fieldsForm is a pattern for lines with blanks between their fields.
type fieldsForm struct {
	fields   []field
	ellipsis int // where any number of fields may stand; -1: nowhere
}

// parseFields reads a pattern such as: [ip, user, ..., status_code = 4* && status_code != 404, bytes].
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html
func parseFields(c *cursor) (form, error) {
	f := &fieldsForm{ellipsis: -1}
	c.at++
	if c.space(); c.take("]") {
		if !c.done() {
			return nil, invalid()
		}
		f.ellipsis = 0 // an empty list is about no field: any number may be there
		return f, nil
	}
	for {
		if err := f.next(c); err != nil {
			return nil, err
		}
		if c.take("]") {
			break
		}
		if !c.take(",") {
			return nil, c.bad()
		}
	}
	if !c.done() {
		return nil, invalid()
	}
	return f, nil
}

// next takes one field, which may be empty, or the ellipsis.
func (f *fieldsForm) next(c *cursor) error {
	c.space()
	if c.take("...") {
		if f.ellipsis >= 0 {
			return invalid()
		}
		f.ellipsis = len(f.fields)
		c.space()
		return nil
	}
	if ch := c.peek(); ch == ',' || ch == ']' {
		return f.add(field{})
	}
	start := c.at
	if name := c.run(isName); name != "" {
		if c.space(); c.peek() == ',' || c.peek() == ']' {
			return f.add(field{name: name})
		}
	}
	c.at = start
	return f.conditions(c)
}

// add appends a field to the pattern.
func (f *fieldsForm) add(d field) error {
	if len(f.fields) == maxFields {
		return invalid()
	}
	if d.name != "" {
		if isDigit(d.name[0]) || d.name[0] == '-' { // as the number of a field
			return badTerm(d.name)
		}
		for _, other := range f.fields {
			if other.name == d.name {
				return invalid()
			}
		}
	}
	f.fields = append(f.fields, d)
	return nil
}

// conditions takes the conditions on a field. After && another field may begin, as after a
// comma: AWS has such an example.
func (f *fieldsForm) conditions(c *cursor) error {
	var list []fieldCondition
	e, err := c.expression(func() (int, error) {
		if len(list) == maxConditions {
			return 0, invalid()
		}
		cond, err := c.fieldCondition()
		list = append(list, cond)
		return len(list) - 1, err
	})
	if err != nil {
		return err
	}
	c.space()
	parts := []expression{e}
	if len(e.kids) > 0 && !e.or {
		parts = e.kids
	}
	for len(parts) > 0 {
		d := field{conditions: list}
		for len(parts) > 0 {
			name, ok := nameIn(&parts[0], list)
			if !ok {
				return invalid()
			}
			if d.name != "" && d.name != name {
				break
			}
			d.name = name
			d.expression.kids, parts = append(d.expression.kids, parts[0]), parts[1:]
		}
		if len(d.expression.kids) == 1 {
			d.expression = d.expression.kids[0]
		}
		if err := f.add(d); err != nil {
			return err
		}
	}
	return nil
}

// nameIn is the one field that an expression is about.
func nameIn(e *expression, list []fieldCondition) (string, bool) {
	if len(e.kids) == 0 {
		return list[e.condition].name, true
	}
	name := ""
	for i := range e.kids {
		other, ok := nameIn(&e.kids[i], list)
		if !ok || name != "" && name != other {
			return "", false
		}
		name = other
	}
	return name, true
}

// fieldCondition takes one condition.
func (c *cursor) fieldCondition() (fieldCondition, error) {
	name := c.run(isName)
	if name == "" {
		return fieldCondition{}, c.bad()
	}
	c.space()
	op, err := c.operator()
	if err != nil {
		return fieldCondition{}, err
	}
	c.space()
	l, err := c.literal(op)
	return fieldCondition{name, op, l}, err
}

func (d *field) accepts(text []byte) bool {
	return len(d.conditions) == 0 || d.holds(func(i int) bool { return d.conditions[i].accepts(text) })
}

func (c *fieldCondition) accepts(text []byte) bool {
	if c.numeric {
		if n, ok := parseNumber(text); ok {
			return order(c.operator, n, c.number)
		}
	}
	switch c.operator {
	case equal:
		return c.like(text)
	case notEqual:
		return !c.like(text)
	}
	return false
}

// match takes the line apart, and compares the fields before the ellipsis with its first ones
// and those after it with its last ones. Without an ellipsis the last field has all the rest.
func (f *fieldsForm) match(text []byte) (Values, bool) {
	if !f.mayMatch(text) {
		return Values{}, false
	}
	most := -1
	if f.ellipsis < 0 {
		most = len(f.fields)
	}
	v := Values{text: text, kind: Fields, form: f, parts: cut(text, most)}
	if len(v.parts) < len(f.fields) {
		return Values{}, false
	}
	for i := range f.fields {
		if !f.fields[i].accepts(v.parts[f.position(i, len(v.parts))]) {
			return Values{}, false
		}
	}
	return v, true
}

// position is where a field of the pattern stands in a line of n fields.
func (f *fieldsForm) position(i, n int) int {
	if f.ellipsis >= 0 && i >= f.ellipsis {
		return n - len(f.fields) + i
	}
	return i
}

// mayMatch rejects most lines before they are taken apart.
func (f *fieldsForm) mayMatch(text []byte) bool {
	for i := range f.fields {
		d := &f.fields[i]
		if len(d.conditions) > 0 && !d.holds(func(i int) bool {
			c := &d.conditions[i]
			return c.operator != equal || bytes.Contains(text, c.needle())
		}) {
			return false
		}
	}
	return true
}

// cut takes a line apart at its blanks. What stands in quotes or brackets is one field, without
// them. If most is not negative, the last of that many fields has all the rest of the line.
func cut(text []byte, most int) [][]byte {
	text = bytes.Trim(text, " \t\r\n")
	var parts [][]byte
	for len(text) > 0 {
		part, rest := first(text)
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if len(parts)+1 == most && len(rest) > 0 {
			return append(parts, text)
		}
		parts, text = append(parts, part), rest
	}
	return parts
}

// first takes the first field.
func first(text []byte) (part, rest []byte) {
	var closing byte
	switch text[0] {
	case '"':
		closing = '"'
	case '[':
		closing = ']'
	}
	if closing != 0 {
		if end := bytes.IndexByte(text[1:], closing); end >= 0 {
			return text[1 : 1+end], text[end+2:]
		}
	}
	if end := bytes.IndexAny(text, " \t\r\n"); end >= 0 {
		return text[:end], text[end:]
	}
	return text, nil
}

// words are those of the texts that fields must be equal to: a field ends at a blank, a quote,
// a bracket or an end of the line.
func (f *fieldsForm) words() []string {
	var list []string
	for i := range f.fields {
		if d := &f.fields[i]; len(d.conditions) > 0 {
			list = append(list, d.expression.words(func(i int) []string {
				if c := &d.conditions[i]; c.operator == equal {
					return c.literal.words()
				}
				return nil
			})...)
		}
	}
	return list
}

func (f *fieldsForm) String() string {
	var parts []string
	for i := range f.fields {
		if i == f.ellipsis {
			parts = append(parts, "...")
		}
		d := &f.fields[i]
		if len(d.conditions) == 0 {
			parts = append(parts, d.name)
			continue
		}
		parts = append(parts, d.write(func(i int) string {
			return d.name + " " + string(d.conditions[i].operator) + " " + d.conditions[i].literal.String()
		}))
	}
	if f.ellipsis == len(f.fields) {
		parts = append(parts, "...")
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// named is the field that a reference such as $bytes or $3 means, in a line of n fields; -1 if
// there is none.
func (f *fieldsForm) named(name string, n int) int {
	for i := range f.fields {
		if f.fields[i].name == name {
			return f.position(i, n)
		}
	}
	if i, err := strconv.Atoi(name); err == nil && i > 0 && i <= n {
		return i - 1
	}
	return -1
}
