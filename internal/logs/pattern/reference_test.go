package pattern_test

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// reference decides slowly, with the standard library's JSON and regular expressions, whether
// a text matches a pattern. It reads the form in which Pattern.String writes patterns, with a
// parser of its own.
func reference(canonical string, text []byte) bool {
	r := &reader{tokens: token.FindAllString(canonical, -1)}
	switch {
	case canonical == "":
		return true
	case canonical[0] == '%':
		return referenceRegex(canonical).Match(text)
	case canonical[0] == '{':
		var event map[string]any
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		if !json.Valid(text) || d.Decode(&event) != nil || event == nil {
			return false
		}
		r.next()
		return r.or(func() bool { return r.jsonCondition(event) })
	case canonical[0] == '[':
		return r.line(string(text))
	}
	return r.terms(string(text))
}

var token = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|%[^%]*%|\.\.\.|\$(?:\.\*|\.?\[[^"\]]*\]|\.?\["(?:[^"\\]|\\.)*"\]|\.[A-Za-z0-9_-]+)+|&&|\|\||[!<>]=|[(){}\[\],=<>?]|[^\s(){}\[\],=<>?!"]+`)

type reader struct{ tokens []string }

func (r *reader) peek() string {
	if len(r.tokens) == 0 {
		return ""
	}
	return r.tokens[0]
}

func (r *reader) next() string {
	s := r.peek()
	if s != "" {
		r.tokens = r.tokens[1:]
	}
	return s
}

func (r *reader) or(leaf func() bool) bool {
	result := r.and(leaf)
	for r.peek() == "||" {
		r.next()
		right := r.and(leaf)
		result = result || right
	}
	return result
}

func (r *reader) and(leaf func() bool) bool {
	result := r.operand(leaf)
	for r.peek() == "&&" {
		r.next()
		right := r.operand(leaf)
		result = result && right
	}
	return result
}

func (r *reader) operand(leaf func() bool) bool {
	if r.peek() != "(" {
		return leaf()
	}
	r.next()
	result := r.or(leaf)
	r.next()
	return result
}

func (r *reader) terms(text string) bool {
	ok, any, wanted := true, false, false
	for r.peek() != "" {
		sign := ""
		if s := r.peek(); s == "-" || s == "?" {
			sign = r.next()
		}
		has := strings.Contains(text, unquote(r.next()))
		switch sign {
		case "":
			ok = ok && has
		case "-":
			ok = ok && !has
		case "?":
			wanted, any = true, any || has
		}
	}
	return ok && (any || !wanted)
}

func unquote(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(s[1 : len(s)-1])
}

var pathStep = regexp.MustCompile(`\.\*|\[\*\]|\.\["(?:[^"\\]|\\.)*"\]|\[[0-9]+\]|\.[A-Za-z0-9_-]+`)

func (r *reader) jsonCondition(event any) bool {
	values := []any{event}
	for _, step := range pathStep.FindAllString(r.next(), -1) {
		var inside []any
		for _, v := range values {
			inside = append(inside, in(v, step)...)
		}
		values = inside
	}
	op := r.next()
	if op == "NOT" {
		r.next()
		return len(values) == 0
	}
	literal := r.next()
	for _, v := range values {
		var ok bool
		switch v := v.(type) {
		case nil:
			ok = op == "IS" && literal == "NULL"
		case bool:
			ok = op == "IS" && literal == strings.ToUpper(strconv.FormatBool(v))
		case json.Number:
			ok = op != "IS" && compare(op, literal, v.String(), true)
		case string:
			ok = (op == "=" || op == "!=") && compare(op, literal, v, false)
		}
		if ok {
			return true
		}
	}
	return false
}

// in are the values in v to which a step of a path leads.
func in(v any, step string) (values []any) {
	object, _ := v.(map[string]any)
	list, _ := v.([]any)
	switch {
	case step == ".*":
		for _, each := range object {
			values = append(values, each)
		}
	case step == "[*]":
		values = list
	case step[0] == '[':
		if i, _ := strconv.Atoi(step[1 : len(step)-1]); i < len(list) {
			values = list[i : i+1]
		}
	default:
		name := step[1:]
		if name[0] == '[' {
			name = unquote(name[1 : len(name)-1])
		}
		if each, ok := object[name]; ok {
			values = []any{each}
		}
	}
	return values
}

func referenceNumber(s string) (float64, bool) {
	if !regexp.MustCompile(`^[0-9.eE+-]{1,64}$`).MatchString(s) {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

// compare compares a value with a literal; number says that it may be one.
func compare(op, literal, value string, number bool) bool {
	want, numeric := referenceNumber(literal)
	got, isNumber := referenceNumber(value)
	if numeric && number && isNumber {
		return map[string]bool{"=": got == want, "!=": got != want, "<": got < want, "<=": got <= want, ">": got > want, ">=": got >= want}[op]
	}
	if op != "=" && op != "!=" || number && numeric && !isNumber && op == "" {
		return false
	}
	var like bool
	switch {
	case literal[0] == '%':
		like = referenceRegex(literal).MatchString(value)
	case literal[0] == '"':
		like = glob(unquote(literal), value)
	default:
		like = glob(literal, value)
	}
	return like == (op == "=")
}

func glob(pattern, value string) bool {
	quoted := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
	return regexp.MustCompile(`(?s)^` + quoted + `$`).MatchString(value)
}

func referenceRegex(s string) *regexp.Regexp {
	s = regexp.MustCompile(`\{,([0-9]+)\}`).ReplaceAllString(s[1:len(s)-1], "{0,$1}")
	return regexp.MustCompile(s)
}

// line evaluates a pattern of fields.
func (r *reader) line(text string) bool {
	r.next()
	var conditions []func(string) bool
	ellipsis := -1
	for {
		switch r.peek() {
		case "...":
			r.next()
			ellipsis = len(conditions)
		case ",", "]":
			conditions = append(conditions, func(string) bool { return true })
		default:
			saved := r.tokens
			conditions = append(conditions, func(value string) bool {
				again := &reader{saved}
				return again.or(func() bool { return again.fieldCondition(value) })
			})
			r.or(func() bool { return r.fieldCondition("") })
		}
		if r.next() == "]" {
			break
		}
	}
	fields := split(text, ellipsis < 0, len(conditions))
	if len(fields) < len(conditions) {
		return false
	}
	for i, ok := range conditions {
		at := i
		if ellipsis >= 0 && i >= ellipsis {
			at = len(fields) - len(conditions) + i
		}
		if !ok(fields[at]) {
			return false
		}
	}
	return true
}

func (r *reader) fieldCondition(value string) bool {
	r.next()
	switch r.peek() {
	case "=", "!=", "<", ">", "<=", ">=":
		return compare(r.next(), r.next(), value, true)
	}
	return true
}

var lineField = regexp.MustCompile(`(?s)^(?:"([^"]*)"|\[([^\]]*)\]|([^ \t\r\n]+))[ \t\r\n]*`)

func split(text string, rest bool, n int) (fields []string) {
	text = strings.Trim(text, " \t\r\n")
	for text != "" {
		m := lineField.FindStringSubmatch(text)
		after := text[len(m[0]):]
		if rest && len(fields) == n-1 && after != "" {
			return append(fields, text)
		}
		fields, text = append(fields, m[1]+m[2]+m[3]), after
	}
	return fields
}
