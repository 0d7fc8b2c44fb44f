package expression

import (
	"strconv"
	"strings"
)

type kind byte

const (
	end kind = iota
	number
	name     // of a query: m1
	function // AVG, and the words REPEAT, DESC, …
	text     // "…" or '…'
	operator
)

type token struct {
	kind kind
	text string // of a text without its quotes
	num  float64
}

// operators, the longer ones first.
var operators = []string{"==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ","}

// lex cuts an expression into tokens.
func lex(s string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(s); {
		if strings.IndexByte(" \t\r\n", s[i]) >= 0 {
			i++
			continue
		}
		t, n, err := lexOne(s[i:])
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		i += n
	}
	return append(tokens, token{kind: end}), nil
}

func lexOne(s string) (token, int, error) {
	c := s[0]
	switch {
	case isDigit(c) || c == '.' && len(s) > 1 && isDigit(s[1]):
		return lexNumber(s)
	case c == '"' || c == '\'':
		n := strings.IndexByte(s[1:], c)
		if n < 0 {
			return token{}, 0, ErrSyntax
		}
		return token{kind: text, text: s[1 : n+1]}, n + 2, nil
	case isLetter(c):
		n := 1
		for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '_') {
			n++
		}
		return word(s[:n]), n, nil
	}
	for _, o := range operators {
		if strings.HasPrefix(s, o) {
			return token{kind: operator, text: o}, len(o), nil
		}
	}
	return token{}, 0, ErrSyntax
}

// word makes the token of a word: queries have names that begin with a small letter.
func word(s string) token {
	switch {
	case s == "AND":
		return token{kind: operator, text: "&&"}
	case s == "OR":
		return token{kind: operator, text: "||"}
	case s[0] >= 'a' && s[0] <= 'z':
		return token{kind: name, text: s}
	}
	return token{kind: function, text: s}
}

func lexNumber(s string) (token, int, error) {
	n := 0
	for n < len(s) && (isDigit(s[n]) || s[n] == '.') {
		n++
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if m < len(s) && isDigit(s[m]) {
			for n = m; n < len(s) && isDigit(s[n]); n++ {
			}
		}
	}
	f, err := strconv.ParseFloat(s[:n], 64)
	if err != nil {
		return token{}, 0, ErrSyntax
	}
	return token{kind: number, text: s[:n], num: f}, n, nil
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
