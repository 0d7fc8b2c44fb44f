package pattern

import (
	"regexp"
	"strconv"
	"strings"
)

// maxRegexes is how many regular expressions a pattern may have.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
const maxRegexes = 2

// maxRepeats bounds what the repetitions of a regular expression add up to: each costs as
// much as if it were written out.
const maxRepeats = 256

// regex is a pattern that is one regular expression.
type regex struct {
	source string
	re     *regexp.Regexp
}

func parseRegex(c *cursor) (form, error) {
	source, re, err := c.regex()
	if err != nil {
		return nil, err
	}
	if !c.done() {
		return nil, invalid()
	}
	return &regex{source, re}, nil
}

func (r *regex) match(text []byte) (Values, bool) { return Values{}, r.re.Match(text) }
func (r *regex) words() []string                  { return nil }
func (r *regex) String() string                   { return "%" + r.source + "%" }

// regex takes a regular expression between percent signs.
func (c *cursor) regex() (source string, re *regexp.Regexp, err error) {
	c.at++
	end := strings.IndexByte(c.text[c.at:], '%')
	if end <= 0 {
		return "", nil, invalid()
	}
	source = c.text[c.at : c.at+end]
	c.at += end + 1
	if *c.regexes++; *c.regexes > maxRegexes {
		return "", nil, invalid()
	}
	re, err = compile(source)
	return source, re, err
}

// compile checks that an expression has only what AWS has, and compiles it. What is left of
// the syntax means the same in Go, but for a repetition without a lower bound. Go's matches
// take time in proportion to the text.
func compile(source string) (*regexp.Regexp, error) {
	var b strings.Builder
	repeats, class := 0, false
	for i := 0; i < len(source); i++ {
		switch ch := source[i]; {
		case ch == '\\':
			n := escape(source[i+1:])
			if n == 0 {
				return nil, badTerm(source[i:min(i+2, len(source))])
			}
			b.WriteString(source[i : i+1+n])
			i += n
		case class:
			class = ch != ']'
			if !isRegexSymbol(ch) {
				return nil, badTerm(string(ch))
			}
			if ch == '[' { // Go has classes with names there
				b.WriteByte('\\')
			}
			b.WriteByte(ch)
		case ch == '{':
			text, most, ok := repetition(source[i:])
			if !ok { // as a brace in the text that is looked for
				b.WriteString(`\{`)
				continue
			}
			repeats += most
			b.WriteString(text)
			i += strings.IndexByte(source[i:], '}')
		case ch == '}':
			b.WriteString(`\}`)
		case isRegexSymbol(ch):
			class = ch == '['
			b.WriteByte(ch)
		default:
			return nil, badTerm(string(ch))
		}
	}
	if repeats > maxRepeats {
		return nil, invalid()
	}
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, invalid()
	}
	return re, nil
}

// isRegexSymbol says whether a character may stand in a regular expression by itself.
func isRegexSymbol(c byte) bool {
	return isAlnum(c) || strings.IndexByte(` :_#=@/;,-^$?[]{}|*+.`, c) >= 0
}

// escape is the length of what follows a backslash; 0 if that means nothing.
func escape(s string) int {
	switch {
	case s == "":
		return 0
	case strings.IndexByte("dDsSwW", s[0]) >= 0, !isAlnum(s[0]) && (s[0] == '\\' || isRegexSymbol(s[0]) && s[0] != ' '):
		return 1
	case s[0] == 'x' && len(s) > 2 && isHex(s[1]) && isHex(s[2]) && s[1] < '8':
		return 3
	}
	return 0
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// repetition reads {n}, {n,}, {,m} or {n,m}, and writes it as Go has it.
func repetition(s string) (text string, most int, ok bool) {
	inner, _, closed := strings.Cut(s[1:], "}")
	low, high, ranged := strings.Cut(inner, ",")
	if !closed || low == "" && high == "" {
		return "", 0, false
	}
	if low == "" {
		low = "0"
	}
	for _, bound := range []string{low, high} {
		n, err := strconv.ParseUint(bound, 10, 16)
		if bound != "" && err != nil {
			return "", 0, false
		}
		most = max(most, int(n))
	}
	if ranged {
		low += ","
	}
	return "{" + low + high + "}", most, true
}
