package pattern

import "strings"

// cursor reads a pattern from left to right.
type cursor struct {
	text      string
	at        int
	regexes   *int // regular expressions so far
	wildcards int  // selectors with a wildcard so far
	depth     int  // of parentheses
}

// maxDepth is how deep parentheses may be nested.
const maxDepth = 100

// peek is the next byte; 0 at the end. Patterns can't have the character U+0000: no byte of
// theirs is taken for it.
func (c *cursor) peek() byte {
	if c.at == len(c.text) {
		return 0
	}
	return c.text[c.at]
}

func (c *cursor) done() bool { return c.at == len(c.text) }

// space skips blanks and reports whether there were any.
func (c *cursor) space() bool {
	start := c.at
	for c.at < len(c.text) && isSpace(c.text[c.at]) {
		c.at++
	}
	return c.at > start
}

// take skips a text if it is next.
func (c *cursor) take(s string) bool {
	if !strings.HasPrefix(c.text[c.at:], s) {
		return false
	}
	c.at += len(s)
	return true
}

// run takes the characters that belong to a set.
func (c *cursor) run(in func(byte) bool) string {
	start := c.at
	for c.at < len(c.text) && in(c.text[c.at]) {
		c.at++
	}
	return c.text[start:c.at]
}

// word takes a keyword: nothing that could continue it may follow.
func (c *cursor) word(s string) bool {
	rest, ok := strings.CutPrefix(c.text[c.at:], s)
	if !ok || rest != "" && isName(rest[0]) {
		return false
	}
	c.at += len(s)
	return true
}

// quoted takes a string in double quotes. A backslash takes the special meaning from a quote
// and from a backslash, and stands for itself elsewhere.
func (c *cursor) quoted() (string, error) {
	c.at++
	var b strings.Builder
	for c.at < len(c.text) {
		switch ch := c.text[c.at]; ch {
		case '"':
			c.at++
			return b.String(), nil
		case '\\':
			if next := c.at + 1; next < len(c.text) && (c.text[next] == '"' || c.text[next] == '\\') {
				c.at++
			}
			b.WriteByte(c.text[c.at])
		default:
			b.WriteByte(ch)
		}
		c.at++
	}
	return "", invalid()
}

// quote writes a string so that quoted reads it.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c)
}

// isWord is what a term without quotes consists of.
func isWord(c byte) bool { return isAlnum(c) || c == '_' }

// isName is what the name of a field or a property consists of, without quotes.
func isName(c byte) bool { return isWord(c) || c == '-' }

// isBare is what a value without quotes consists of, in JSON patterns and those of fields.
func isBare(c byte) bool { return isName(c) || c == '.' || c == '*' || c == '+' }
