package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// condition says whether a value of the message is one of those that are wanted. A value is a
// string, a json.Number, a bool, or nil for null.
type condition struct {
	matches func(v any) bool
	// absent is set for a condition that is about the absence of the value; exists for one that
	// any value satisfies, of whatever type.
	absent, exists bool
}

func newCondition(v any) (condition, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return literal(v)
	}
	if len(m) != 1 {
		return condition{}, errors.New("a condition must be an object with one operator")
	}
	for operator, operand := range m {
		return operation(operator, operand)
	}
	panic("unreachable")
}

func literal(v any) (condition, error) {
	switch v := v.(type) {
	case string:
		return condition{matches: func(x any) bool { return x == v }}, nil
	case json.Number:
		n, err := number(v)
		return condition{matches: func(x any) bool { y, ok := toNumber(x); return ok && y == n }}, err
	case bool:
		return condition{matches: func(x any) bool { return x == v }}, nil
	case nil:
		return condition{matches: func(x any) bool { return x == nil }}, nil
	}
	return condition{}, errors.New("a condition must be a string, a number, true, false, null or an object")
}

func operation(operator string, operand any) (condition, error) {
	switch operator {
	case "exists":
		want, ok := operand.(bool)
		if !ok {
			return condition{}, errors.New("exists must be true or false")
		}
		return condition{matches: func(any) bool { return want }, absent: !want, exists: want}, nil
	case "anything-but":
		return anythingBut(operand)
	case "numeric":
		return numeric(operand)
	case "cidr":
		text, _ := operand.(string)
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return condition{}, errors.New("cidr must be a range of addresses such as 10.0.0.0/24")
		}
		p = p.Masked()
		return onString(func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && p.Contains(a.Unmap()) }), nil
	}
	text, ok := operand.(string)
	if !ok {
		return condition{}, fmt.Errorf("%.64s must be a string", operator)
	}
	match, err := textOperator(operator, text)
	if err != nil {
		return condition{}, err
	}
	return onString(match), nil
}

func onString(match func(string) bool) condition {
	return condition{matches: func(x any) bool { s, ok := x.(string); return ok && match(s) }}
}

// textOperator is an operator on strings.
func textOperator(operator, text string) (func(string) bool, error) {
	if text == "" && operator != "equals-ignore-case" {
		return nil, fmt.Errorf("%.64s must not be empty", operator)
	}
	switch operator {
	case "prefix":
		return func(s string) bool { return strings.HasPrefix(s, text) }, nil
	case "suffix":
		return func(s string) bool { return strings.HasSuffix(s, text) }, nil
	case "equals-ignore-case":
		return func(s string) bool { return strings.EqualFold(s, text) }, nil
	case "wildcard":
		parts, err := wildcard(text)
		return func(s string) bool { return matchParts(parts, s) }, err
	}
	//lint:ignore ST1005 AWS words it so
	return nil, fmt.Errorf("Unrecognized match type %.64s", operator)
}

// wildcard splits a pattern at its stars. A backslash makes a star or a backslash stand for
// itself.
func wildcard(text string) (parts []string, err error) {
	var part strings.Builder
	star := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '*':
			if star {
				return nil, errors.New("wildcard must not have two stars in a row")
			}
			star = true
			parts = append(parts, part.String())
			part.Reset()
			continue
		case '\\':
			if i++; i == len(text) || text[i] != '*' && text[i] != '\\' {
				return nil, errors.New(`wildcard: a backslash must come before * or \`)
			}
			part.WriteByte(text[i])
		default:
			part.WriteByte(c)
		}
		star = false
	}
	return append(parts, part.String()), nil
}

// matchParts finds the parts in their order: the first at the beginning, the last at the end,
// the others as early as can be.
func matchParts(parts []string, s string) bool {
	if len(parts) == 1 {
		return s == parts[0]
	}
	s, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(s, p)
		if !ok {
			return false
		}
		s = after
	}
	return strings.HasSuffix(s, last)
}

// anythingBut is the negation of strings, numbers, or one operator on strings. It is about
// strings and numbers: other values do not match it.
func anythingBut(operand any) (condition, error) {
	if m, ok := operand.(map[string]any); ok {
		if len(m) != 1 {
			return condition{}, errors.New("anything-but must have one operator")
		}
		for operator, v := range m {
			match, err := anyText(operator, v)
			return onString(func(s string) bool { return !match(s) }), err
		}
	}
	list, ok := operand.([]any)
	if !ok {
		list = []any{operand}
	}
	if len(list) == 0 {
		return condition{}, errors.New("anything-but must not be empty")
	}
	var not []condition
	for _, v := range list {
		switch v.(type) {
		case string, json.Number:
		default:
			return condition{}, errors.New("anything-but must have strings or numbers")
		}
		c, err := literal(v)
		if err != nil {
			return condition{}, err
		}
		not = append(not, c)
	}
	return condition{matches: func(x any) bool {
		switch x.(type) {
		case string, json.Number:
		default:
			return false
		}
		for _, c := range not {
			if c.matches(x) {
				return false
			}
		}
		return true
	}}, nil
}

// anyText is an operator with a string, or with a list of which one has to match.
func anyText(operator string, v any) (func(string) bool, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var any []func(string) bool
	for _, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil, fmt.Errorf("%.64s must be a string", operator)
		}
		match, err := textOperator(operator, text)
		if err != nil {
			return nil, err
		}
		any = append(any, match)
	}
	if len(any) == 0 {
		return nil, fmt.Errorf("%.64s must not be empty", operator)
	}
	return func(s string) bool {
		for _, match := range any {
			if match(s) {
				return true
			}
		}
		return false
	}, nil
}

// numeric is a comparison with a number, or a range: [">", 0, "<=", 5].
func numeric(operand any) (condition, error) {
	list, ok := operand.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return condition{}, errors.New("numeric must have one comparison or two")
	}
	var all []func(float64) bool
	var signs []string
	for i := 0; i < len(list); i += 2 {
		sign, isText := list[i].(string)
		operand, isNumber := list[i+1].(json.Number)
		if !isText || !isNumber {
			return condition{}, errors.New("numeric must have operators and numbers in turn")
		}
		n, err := number(operand)
		if err != nil {
			return condition{}, err
		}
		c, err := comparison(sign, n)
		if err != nil {
			return condition{}, err
		}
		all, signs = append(all, c), append(signs, sign)
	}
	if len(signs) == 2 && !(signs[0][0] == '>' && signs[1][0] == '<') {
		return condition{}, errors.New("a numeric range must begin with > or >= and end with < or <=")
	}
	return condition{matches: func(x any) bool {
		y, ok := toNumber(x)
		if !ok {
			return false
		}
		for _, c := range all {
			if !c(y) {
				return false
			}
		}
		return true
	}}, nil
}

func comparison(sign string, n float64) (func(float64) bool, error) {
	switch sign {
	case "=":
		return func(x float64) bool { return x == n }, nil
	case "<":
		return func(x float64) bool { return x < n }, nil
	case "<=":
		return func(x float64) bool { return x <= n }, nil
	case ">":
		return func(x float64) bool { return x > n }, nil
	case ">=":
		return func(x float64) bool { return x >= n }, nil
	}
	return nil, errors.New("numeric knows the operators =, <, <=, > and >=")
}

// maxNumber bounds the numbers of policies.
const maxNumber = 1e9

func number(n json.Number) (float64, error) {
	f, err := n.Float64()
	if err != nil || math.Abs(f) > maxNumber {
		return 0, errors.New("numbers must be between -10^9 and 10^9")
	}
	return f, nil
}

func toNumber(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

var numberPattern = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// IsNumber says whether an attribute of type Number may have the value.
func IsNumber(s string) bool {
	if !numberPattern.MatchString(s) || strings.ContainsFunc(s, unicode.IsSpace) {
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}
