package pattern

import (
	"strconv"
	"strings"
)

// maxWildcards is how many selectors of a pattern may have a wildcard.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
const maxWildcards = 3

// maxIndex bounds the position in a list that a selector may name.
const maxIndex = 1 << 20

// step leads from a value of a JSON text to one or all of those in it.
type step struct {
	name  string // of a property
	index int    // in a list, if list
	list  bool
	every bool // all properties, or all elements of a list
}

// path is a selector of JSON values, such as $.users[0].name: the steps to them from the root.
type path []step

// path takes a selector.
func (c *cursor) path() (path, error) {
	if !c.take("$") {
		return nil, c.bad()
	}
	var p path
	wildcards := 0
	for {
		s, ok, err := c.step()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if s.every {
			wildcards++
		}
		p = append(p, s)
	}
	if wildcards > 0 {
		c.wildcards++
	}
	if len(p) == 0 || p[0].list || wildcards > 1 || c.wildcards > maxWildcards {
		return nil, invalid()
	}
	return p, nil
}

// bad is the error for what stands next.
func (c *cursor) bad() error {
	if c.done() {
		return invalid()
	}
	return badTerm(c.text[c.at : c.at+1])
}

// step takes one step, if there is one.
func (c *cursor) step() (s step, ok bool, err error) {
	if c.take(".") {
		if c.take("*") {
			return step{every: true}, true, nil
		}
		if s.name = c.run(isName); s.name != "" {
			return s, true, nil
		}
		if c.peek() != '[' {
			return s, false, c.bad()
		}
	}
	if !c.take("[") {
		return s, false, nil
	}
	switch ch := c.peek(); {
	case ch == '\'' || ch == '"':
		s.name, err = c.property(ch)
	case ch == '*':
		c.at++
		s.list, s.every = true, true
	default:
		s.list = true
		var n uint64
		n, err = strconv.ParseUint(c.run(isDigit), 10, 32)
		if s.index = int(n); err != nil || n > maxIndex {
			return s, false, invalid()
		}
	}
	if err == nil && !c.take("]") {
		err = invalid()
	}
	return s, err == nil, err
}

// property takes the name of a property in quotes of one kind.
func (c *cursor) property(quote byte) (string, error) {
	if quote == '"' {
		return c.quoted()
	}
	c.at++
	end := strings.IndexByte(c.text[c.at:], '\'')
	if end < 0 {
		return "", invalid()
	}
	name := c.text[c.at : c.at+end]
	c.at += end + 1
	return name, nil
}

func (s step) String() string {
	switch {
	case s.list && s.every:
		return "[*]"
	case s.list:
		return "[" + strconv.Itoa(s.index) + "]"
	case s.every:
		return ".*"
	case s.name != "" && strings.IndexFunc(s.name, func(r rune) bool { return r >= 0x80 || !isName(byte(r)) }) < 0:
		return "." + s.name
	}
	return ".[" + quote(s.name) + "]"
}

func (p path) String() string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range p {
		b.WriteString(s.String())
	}
	return b.String()
}

func (p path) hasWildcard() bool {
	for _, s := range p {
		if s.every {
			return true
		}
	}
	return false
}

// name is the last property on the path.
func (p path) name() (name string, last, ok bool) {
	for i := len(p) - 1; i >= 0; i-- {
		if !p[i].list && !p[i].every {
			return p[i].name, i == len(p)-1, true
		}
	}
	return "", false, false
}
