package pattern_test

import (
	"errors"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/logs/pattern"
)

// FuzzParse sees that no pattern makes the parser panic, that errors are AWS's, and that what
// String writes is the same pattern.
func FuzzParse(f *testing.F) {
	for _, d := range documented {
		f.Add(d.pattern)
	}
	for _, text := range []string{`{ $["a"].b['c'][*] != %a% && ($.x IS NULL || $.y < -1e3) }`, `[a, , ..., b = "x\"y\\" || b != 1]`, `-a "b\"c" - ?d`, `%a{2}{3}%`, "{ $.a = \xff }"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := pattern.Parse(text)
		if err != nil {
			if _, ok := errors.AsType[*pattern.Error](err); !ok {
				t.Fatal(err)
			}
			return
		}
		again, err := pattern.Parse(p.String())
		if err != nil || again.String() != p.String() || !slices.Equal(again.Terms(), p.Terms()) {
			t.Fatalf("%q is written %q, and that %v, %v", text, p.String(), again, err)
		}
	})
}

// FuzzMatch compares the matcher with the reference.
func FuzzMatch(f *testing.F) {
	for _, d := range documented {
		for _, text := range slices.Concat(d.yes, d.no) {
			f.Add(d.pattern, text)
		}
	}
	for _, seed := range [][2]string{
		{`{ $.a.b = 1 }`, `{"a":{"b":1},"a":{"c":2}}`},
		{`{ $.a.b = 1 }`, `{"a":{"b":2},"a":{"b":1}}`},
		{`{ $.* = 1 }`, `{"x":1,"x":2}`},
		{`{ $.a[*].b = 1 || $.a[1].b = 3 }`, `{"a":[{"b":1},{"b":2}]}`},
		{`{ $.a[*].b NOT EXISTS }`, `{"a":[{"c":1},{"b":2}]}`},
		{`{ $.*.b = x && $.a.b = y }`, `{"a":{"b":"y"},"c":{"b":"x"}}`},
		{`{ $.name = "a\b" }`, `{"n\u0061me":"a\\b"}`},
		{`{ $.name = "é" }`, `{"name":"\u00e9"}`},
		{`{ $.name = "*😀" }`, `{"name":"a\ud83d\ude00"}`},
		{`{ $.name = * }`, `{"name":"\ud83d"}`},
		{`{ $.a = "x" }`, `{"b":"\"a\":\"x\"","a":"x"}`},
		{`{ $.a = 1 }`, `{"a" : 1.0}`},
		{`{ $.a = "x/y" }`, `{"a":"x\/y"}`},
		{`[a = 1, b]`, `1.0 "x y" z`},
		{`[a, b = "x y"]`, `q [x y]`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, event string) {
		p, err := pattern.Parse(text)
		if err != nil || strings.Count(event, "[")+strings.Count(event, "{") > 500 || !referenceReads(p) {
			return
		}
		_, got := p.Match([]byte(event))
		if want := reference(p.String(), []byte(event)); got != want {
			t.Fatalf("%s matches %q: %v, by the reference %v", p, event, got, want)
		}
	})
}

// referenceReads says whether the reference can read a pattern's regular expressions, which it
// gives to Go as they are, but for an open lower bound.
func referenceReads(p *pattern.Pattern) bool {
	if !p.HasRegex() {
		return true
	}
	for i, part := range strings.Split(p.String(), "%") {
		if i%2 == 1 {
			if _, err := syntax.Parse(part, syntax.Perl); err != nil || strings.ContainsAny(part, "{[") {
				return false
			}
		}
	}
	return !strings.Contains(p.String(), `"`)
}
