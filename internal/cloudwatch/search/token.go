package search

import (
	"slices"
	"strings"
	"unicode"
)

// matcher is a search term's text.
type matcher struct {
	text  string
	exact bool // it was quoted: only the same text matches

	tokens    []string // as they are written
	whole     string   // the text as one token
	delimited bool     // something stands between tokens: then their case does not count
}

func newMatcher(text string, exact bool) matcher {
	m := matcher{text: text, exact: exact}
	if !exact {
		m.tokens, m.whole, m.delimited = tokenize(text)
	}
	return m
}

// match finds the text in a name, in full or in part: one of the name's tokens, or several
// that follow each other.
func (m *matcher) match(name string) bool {
	if m.exact {
		return name == m.text
	}
	tokens, whole, _ := tokenize(name)
	if m.whole == "" {
		return false
	}
	if m.whole == whole {
		return true
	}
	same := strings.EqualFold
	if len(m.tokens) > 1 && !m.delimited {
		same = func(a, b string) bool { return a == b }
	}
	for i := 0; i+len(m.tokens) <= len(tokens); i++ {
		if slices.EqualFunc(m.tokens, tokens[i:i+len(m.tokens)], same) {
			return true
		}
	}
	return false
}

// tokenize cuts a name into tokens: at changes of case as camels have them, before and after
// numbers, and at whatever is neither letter nor digit.
func tokenize(name string) (tokens []string, whole string, delimited bool) {
	runes := []rune(name)
	begin := -1
	end := func(i int) {
		if begin >= 0 {
			tokens = append(tokens, string(runes[begin:i]))
		}
		begin = -1
	}
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end(i)
			delimited = true
			continue
		}
		if begin >= 0 && boundary(runes, i) {
			end(i)
		}
		if begin < 0 {
			begin = i
		}
	}
	end(len(runes))
	return tokens, strings.ToLower(strings.Join(tokens, "")), delimited
}

// boundary says whether a token begins at i, behind a letter or digit.
func boundary(runes []rune, i int) bool {
	before, r := runes[i-1], runes[i]
	switch {
	case unicode.IsDigit(before) != unicode.IsDigit(r):
		return true
	case !unicode.IsUpper(before) && unicode.IsUpper(r):
		return true
	}
	// The last capital of "SDBFailure" begins a word.
	return unicode.IsUpper(before) && unicode.IsUpper(r) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
