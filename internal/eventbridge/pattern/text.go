package pattern

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// glob is a text with wildcards, cut at them. It has one part if it has no wildcard.
type glob []string

// parseGlob reads a text in which * stands for any characters, \* for itself and \\ for \.
func parseGlob(s string) (glob, *Error) {
	var g glob
	var part strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '*' && i+1 < len(s) && s[i+1] == '*':
			// AWS counts the quote before the text.
			return nil, reason("Consecutive wildcard characters at pos %d", i+1)
		case c == '*':
			g = append(g, part.String())
			part.Reset()
		case c != '\\':
			part.WriteByte(c)
		case i+1 < len(s) && (s[i+1] == '*' || s[i+1] == '\\'):
			i++
			part.WriteByte(s[i])
		default:
			return nil, reason("Invalid escape character at pos %d", i+1)
		}
	}
	return append(g, part.String()), nil
}

// match finds each part at its first place behind the one before, which is enough if there is
// nothing but wildcards between them. It looks at each byte once for each part that it finds
// there, so it does not backtrack.
func (g glob) match(s string) bool {
	first, last := g[0], g[len(g)-1]
	if len(g) == 1 {
		return s == first
	}
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range g[1 : len(g)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}

// longest is the longest part, with the quotes of the value that stand beside it.
func (g glob) longest() (before, text, after string) {
	best := 0
	for i, part := range g {
		if len(part) > len(g[best]) {
			best = i
		}
	}
	if best == 0 {
		before = `"`
	}
	if best == len(g)-1 {
		after = `"`
	}
	return before, g[best], after
}

// hasPrefixFold is strings.HasPrefix without regard to case.
func hasPrefixFold(s, prefix string) bool {
	end := 0
	for range utf8.RuneCountInString(prefix) {
		if end >= len(s) {
			return false
		}
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return strings.EqualFold(s[:end], prefix)
}

// hasSuffixFold is strings.HasSuffix without regard to case.
func hasSuffixFold(s, suffix string) bool {
	start := len(s)
	for range utf8.RuneCountInString(suffix) {
		if start <= 0 {
			return false
		}
		_, size := utf8.DecodeLastRuneInString(s[:start])
		start -= size
	}
	return strings.EqualFold(s[start:], suffix)
}

// number is a number as patterns compare them: in millionths, from -5 to 5 thousand millions.
type number int64

const (
	bound   = 5e9
	lowest  = number(math.MinInt64)
	highest = number(math.MaxInt64)
)

// parseNumber reads a number of JSON. ok is false if it is too large to be compared.
func parseNumber(s string) (n number, ok bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < -bound || f > bound {
		return 0, false
	}
	return number(math.Round(f * 1e6)), true
}

// interval is a range of numbers with both ends in it.
type interval struct{ low, high number }

// limit applies an operator.
func (g *interval) limit(operator string, n number) {
	switch operator {
	case "=":
		g.low, g.high = n, n
	case "<":
		g.high = n - 1
	case "<=":
		g.high = n
	case ">":
		g.low = n + 1
	case ">=":
		g.low = n
	}
}

func (g *interval) contains(n number) bool { return g.low <= n && n <= g.high }
