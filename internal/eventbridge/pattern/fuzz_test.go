package pattern_test

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/eventbridge/pattern"
)

// FuzzPattern matches with the compiled pattern and with a slow reference that takes both sides
// apart as AWS's own engine does: the event into its leaves, each with its place in the arrays
// that it stands in, and the pattern into one without $or for each combination.
func FuzzPattern(f *testing.F) {
	for _, s := range [][2]string{
		{`{"a":["x"]}`, `{"a":"x"}`},
		{`{"a":{"b":["x"],"c":[{"exists":false}]}}`, `{"a":[{"b":"x"},{"c":1}]}`},
		{`{"a":{"b":["x"],"c":["y"]}}`, `{"a":[{"b":"x"},{"b":"x","c":["z","y"]}]}`},
		{`{"$or":[{"a":[1]},{"b":{"$or":[{"c":[true]},{"d":[null]}]}}]}`, `{"a":2,"b":{"d":null}}`},
		{`{"a":[{"prefix":"x"},{"suffix":"y"},{"wildcard":"a*b*c"}]}`, `{"a":["ab","acbc"]}`},
		{`{"a":[{"anything-but":["x","y"]}]}`, `{"a":["x","\u0079"]}`},
		{`{"a":[{"anything-but":{"prefix":["x"]}},{"numeric":[">",1,"<=",2.5]}]}`, `{"a":["xx",2.5]}`},
		{`{"a":[{"cidr":"10.0.0.0/8"},{"equals-ignore-case":"ß"},1e0]}`, `{"a":["10.1.1.1",1.0]}`},
		{`{"a":[{"prefix":{"equals-ignore-case":"k"}},{"suffix":{"equals-ignore-case":"s"}}]}`, `{"a":"ſK"}`},
		{`{"a":["\"x",{"suffix":"y\""},{"wildcard":"*z\"*"}]}`, `{"a":"az\"b"}`},
	} {
		f.Add([]byte(s[0]), []byte(s[1]))
	}
	f.Fuzz(func(t *testing.T, p, event []byte) {
		compiled, err := pattern.Parse(p)
		if err != nil {
			return
		}
		got := compiled.Match(pattern.NewEvent(event))
		var document any
		d := json.NewDecoder(bytes.NewReader(event))
		d.UseNumber()
		if !json.Valid(event) || d.Decode(&document) != nil {
			if got {
				t.Errorf("%s matches %q", p, event)
			}
			return
		}
		// The engine has the fields of all combinations in one array element; this one has them
		// so within each alternative.
		if !utf8.Valid(event) || !utf8.Valid(p) || bytes.Contains(p, []byte(`r"`)) && bytes.ContainsAny(event, "[") {
			return
		}
		if want := reference(t, p, document); got != want {
			t.Errorf("%s with %s: %v, and the reference says %v", p, event, got, want)
		}
	})
}

// place is where in the arrays around it a value stands: by array, the index.
type place map[string]int

type found struct {
	path  string
	value any
	place place
}

func reference(t *testing.T, p []byte, document any) bool {
	root, ok := document.(map[string]any)
	if !ok {
		return false
	}
	var leaves []found
	flatten("", root, place{}, &leaves)
	for _, rule := range expand(t, p) {
		if consistent(rule, leaves, place{}) {
			return true
		}
	}
	return false
}

func flatten(path string, v any, at place, to *[]found) {
	switch v := v.(type) {
	case map[string]any:
		for name, m := range v {
			flatten(path+"\x00"+name, m, at, to)
		}
	case []any:
		for i, m := range v {
			inner := place{}
			for k, n := range at {
				inner[k] = n
			}
			key := path
			for inner[key] != 0 { // an array in an array
				key += "\x01"
			}
			if _, is := m.([]any); is || isObject(m) {
				inner[key] = i + 1
			}
			flatten(path, m, inner, to)
		}
	default:
		*to = append(*to, found{path, v, at})
	}
}

func isObject(v any) bool { _, is := v.(map[string]any); return is }

type condition struct {
	path string
	any  []any
}

// expand returns the conditions of each combination.
func expand(t *testing.T, p []byte) [][]condition {
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(p))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return combine("", v)
}

func combine(path string, o map[string]any) [][]condition {
	all := [][]condition{nil}
	times := func(more [][]condition) {
		var next [][]condition
		for _, a := range all {
			for _, b := range more {
				next = append(next, append(append([]condition{}, a...), b...))
			}
		}
		all = next
	}
	for name, v := range o {
		switch {
		case name == "$or":
			var more [][]condition
			for _, alternative := range v.([]any) {
				more = append(more, combine(path, alternative.(map[string]any))...)
			}
			times(more)
		case isObject(v):
			times(combine(path+"\x00"+name, v.(map[string]any)))
		default:
			times([][]condition{{{path + "\x00" + name, v.([]any)}}})
		}
	}
	return all
}

// consistent looks for a leaf for each condition, all of them in the same elements of arrays.
func consistent(rule []condition, leaves []found, at place) bool {
	if len(rule) == 0 {
		return true
	}
	c := rule[0]
	there := false
	for _, l := range leaves {
		if l.path != c.path {
			continue
		}
		there = true
		if !fits(c.any, l.value) {
			continue
		}
		merged, ok := place{}, true
		for k, n := range at {
			merged[k] = n
		}
		for k, n := range l.place {
			ok = ok && (merged[k] == 0 || merged[k] == n)
			merged[k] = n
		}
		if ok && consistent(rule[1:], leaves, merged) {
			return true
		}
	}
	if there {
		return false
	}
	for _, r := range c.any {
		if o, is := r.(map[string]any); is && o["exists"] == false {
			return consistent(rule[1:], leaves, at)
		}
	}
	return false
}

func fits(list []any, v any) bool {
	for _, r := range list {
		if one(r, v) {
			return true
		}
	}
	return false
}

func one(r, v any) bool {
	o, operator := r.(map[string]any)
	if !operator {
		a, aOK := r.(json.Number)
		b, bOK := v.(json.Number)
		if aOK && bOK && a != b {
			x, okX := millionths(a)
			y, okY := millionths(b)
			return okX && okY && x == y
		}
		return r == v
	}
	for name, argument := range o {
		s, isText := v.(string)
		switch name {
		case "exactly":
			return v == argument
		case "exists":
			return argument == true
		case "prefix", "suffix":
			if inner, is := argument.(map[string]any); is {
				text := inner["equals-ignore-case"].(string)
				for i := range len(s) + 1 {
					part := s[:i]
					if name == "suffix" {
						part = s[i:]
					}
					if isText && utf8.ValidString(part) && utf8.RuneCountInString(part) == utf8.RuneCountInString(text) && strings.EqualFold(part, text) {
						return true
					}
				}
				return false
			}
			return isText && (name == "prefix" && strings.HasPrefix(s, argument.(string)) || name == "suffix" && strings.HasSuffix(s, argument.(string)))
		case "equals-ignore-case":
			return isText && strings.EqualFold(s, argument.(string))
		case "wildcard":
			return isText && slowGlob(argument.(string), s)
		case "cidr":
			a, err := netip.ParseAddr(s)
			return isText && err == nil && a.Zone() == "" && netip.MustParsePrefix(argument.(string)).Contains(a)
		case "numeric":
			n, isNumber := v.(json.Number)
			x, ok := millionths(n)
			list := argument.([]any)
			for i := 0; i < len(list) && ok; i += 2 {
				y, _ := millionths(list[i+1].(json.Number))
				ok = map[string]bool{"=": x == y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[list[i].(string)]
			}
			return isNumber && ok
		case "anything-but":
			inner, is := argument.(map[string]any)
			if !is {
				return !butOne("", argument, v)
			}
			for operator, argument := range inner {
				return !butOne(operator, argument, v)
			}
		}
	}
	return false
}

func butOne(operator string, argument, v any) bool {
	list, is := argument.([]any)
	if !is {
		list = []any{argument}
	}
	for _, a := range list {
		if operator == "" {
			if _, number := a.(json.Number); number {
				n, is := v.(json.Number)
				x, ok := millionths(n)
				y, _ := millionths(a.(json.Number))
				if is && ok && x == y {
					return true
				}
			} else if a == v {
				return true
			}
		} else if one(map[string]any{operator: a}, v) {
			return true
		}
	}
	return false
}

func millionths(n json.Number) (float64, bool) {
	f, err := n.Float64()
	return math.Round(f * 1e6), err == nil && math.Abs(f) <= 5e9
}

// slowGlob tries everything.
func slowGlob(p, s string) bool {
	switch {
	case p == "":
		return s == ""
	case p[0] == '*':
		return slowGlob(p[1:], s) || s != "" && slowGlob(p, s[1:])
	case p[0] == '\\':
		p = p[1:]
	}
	return s != "" && p[0] == s[0] && slowGlob(p[1:], s[1:])
}
