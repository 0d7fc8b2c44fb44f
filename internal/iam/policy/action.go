package policy

import "strings"

// action is one entry of Action or NotAction.
type action struct {
	source string
	form   actionForm
}

// actionForm says how to compare an action; most are of a form that is quickly compared.
type actionForm uint8

const (
	exactAction  actionForm = iota
	anyAction               // "*" and "*:*"
	actionPrefix            // "kms:Generate*"
	actionGlob              // with other wildcards
)

// newAction says what is wrong with an action, in IAM's words.
func newAction(source string) (action, *Error) {
	switch n := strings.Count(source, ":"); {
	case n > 1:
		return action{}, errorf(manyColons)
	case n == 0 && source != "*":
		return action{}, errorf(noVendor)
	}
	return action{source, formOf(source)}, nil
}

func formOf(source string) actionForm {
	switch i := strings.IndexAny(source, "*?"); {
	case source == "*" || source == "*:*":
		return anyAction
	case i < 0:
		return exactAction
	case i == len(source)-1 && source[i] == '*':
		return actionPrefix
	}
	return actionGlob
}

// match compares regardless of case.
func (a *action) match(name string) bool {
	switch a.form {
	case exactAction:
		return a.source == name || len(a.source) == len(name) && strings.EqualFold(a.source, name)
	case anyAction:
		return true
	case actionPrefix:
		n := len(a.source) - 1
		return len(name) >= n && strings.EqualFold(a.source[:n], name[:n])
	}
	return matchAction(a.source, name)
}

// matchAction compares an action with a pattern, regardless of case. Both are short, so
// that going back to the last star costs little.
func matchAction(pattern, action string) bool {
	if pattern == action {
		return true
	}
	p, a, star, mark := 0, 0, -1, 0
	for a < len(action) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, a
			if p++; p == len(pattern) {
				return true
			}
		case p < len(pattern) && (pattern[p] == '?' || fold(pattern[p]) == fold(action[a])):
			p++
			a++
		case star >= 0:
			mark++
			p, a = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func fold(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
