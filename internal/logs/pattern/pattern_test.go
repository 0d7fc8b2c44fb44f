package pattern_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/logs/pattern"
)

func TestInvalid(t *testing.T) {
	const syntax = "Invalid metric filter pattern"
	for _, c := range []struct{ pattern, want string }{
		{`Status: timeout`, "Invalid character(s) in term ':'"},
		{`level\":\"error`, `Invalid character(s) in term '\'`},
		{`a (b)`, "Invalid character(s) in term '('"},
		{`4*`, "Invalid character(s) in term '*'"},
		{`a"b"`, `Invalid character(s) in term '"'`},
		{`café`, syntax},
		{`"open`, syntax},
		{`-`, syntax},
		{`?`, syntax},
		{`%something!%`, "Invalid character(s) in term '!'"},
		{`%(ab)+%`, "Invalid character(s) in term '('"},
		{`%\(ab\)%`, `Invalid character(s) in term '\('`},
		{`%\p%`, `Invalid character(s) in term '\p'`},
		{`%\xff%`, `Invalid character(s) in term '\x'`},
		{`%%`, syntax},
		{`%abc`, syntax},
		{`%a% %b%`, syntax},
		{`%a{1000}%`, syntax},
		{`%[b-a]%`, syntax},
		{`{ $.a = }`, "Invalid character(s) in term '}'"},
		{`{ $.a }`, syntax},
		{`{ $.a = 1`, syntax},
		{`{ $.a = 1 } trailing`, syntax},
		{`{ a = 1 }`, "Invalid character(s) in term 'a'"},
		{`{ $ = 1 }`, syntax},
		{`{ $[0] = 1 }`, syntax},
		{`{ $.a == 1 }`, "Invalid character(s) in term '='"},
		{`{ $.a = 1 && }`, "Invalid character(s) in term '}'"},
		{`{ ($.a = 1 }`, syntax},
		{`{ $.a IS MAYBE }`, syntax},
		{`{ $.a IS NULLABLE }`, syntax},
		{`{ $.a EXISTS }`, syntax},
		{`{ $.a[x] = 1 }`, syntax},
		{`{ $.a[99999999999999999999] = 1 }`, syntax},
		{`{ $."a" = 1 }`, `Invalid character(s) in term '"'`},
		{`{ $.a = "open }`, syntax},
		{`{ $.a > "1" }`, `Invalid character(s) in term '"1"'`},
		{`{ $.a >= word }`, "Invalid character(s) in term 'word'"},
		{`{ $.a < %1% }`, "Invalid character(s) in term '%1%'"},
		{`{ $.message = "x", $.path = "y" }`, "Invalid character(s) in term ','"},
		{`{ $.a = a:b }`, "Invalid character(s) in term ':'"},
		{`{ $.*[*] = 1 }`, syntax},
		{`{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }`, syntax},
		{`{ $.a = %a% || $.b = %b% || $.c = %c% }`, syntax},
		{`{` + strings.Repeat("(", 200) + `$.a=1` + strings.Repeat(")", 200) + `}`, syntax},
		{`{ ` + strings.Repeat("$.a=1||", 200) + `$.a=1 }`, syntax},
		{`[a, ..., b, ..., c]`, syntax},
		{`[a, a]`, syntax},
		{`[a = ]`, "Invalid character(s) in term ']'"},
		{`[a, b`, syntax},
		{`[a, b] trailing`, syntax},
		{`[a = 1 ||]`, "Invalid character(s) in term ']'"},
		{`[1a]`, "Invalid character(s) in term '1a'"},
		{`[a=x || b=y]`, syntax},
		{`[w1!=ERROR AND w1!=WARNING, w2]`, "Invalid character(s) in term 'A'"},
		{`[w1=ERROR && || w1=WARNING, w2]`, "Invalid character(s) in term '|'"},
		{`[w1==ERROR, w2]`, "Invalid character(s) in term '='"},
		{strings.Repeat("a", 5000), syntax},
	} {
		if p, err := pattern.Parse(c.pattern); err == nil {
			t.Errorf("%q parses as %s", c.pattern, p)
		} else if err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.pattern, err, c.want)
		}
	}
}

// TestComparisons are results that were observed at AWS.
func TestComparisons(t *testing.T) {
	event := []byte(`{"someString":"111.111.111.111","emptyString":"","someInt":123,"someFloat":12.34,"someFloat2":12.0,
		"someEscaped":"error \"message\"","someObject":{},"someArray":[],"someNull":null}`)
	for text, want := range map[string]bool{
		`{ $.someString = "*" }`: true, `{ $.emptyString = "*" }`: true, `{ $.someString = "*.111.111.111" }`: true,
		`{ $.someString = "111*" }`: true, `{ $.someString != "222*" }`: true, `{ $.someInt = "123" }`: true,
		`{ $.someInt != "123.0" }`: true, `{ $.someInt = "*23" }`: true, `{ $.someInt != "321*" }`: true,
		`{ $.someFloat = "12.3*" }`: true, `{ $.someFloat = *34 }`: true, `{ $.someFloat2 != "12" }`: true,
		`{ $.someString = 111.111.111.111 }`: true, `{ $.someInt = 123.0 }`: true, `{ $.someFloat2 = 12 }`: true,
		`{ $.someString != 111 }`: true, `{ $.someEscaped = "error \"message\"" }`: true,
		`{ $.someInt != 111.0 }`: true, `{ $.someInt >= 123.0 }`: true, `{ $.someInt != "abc" }`: true,
		`{ $.someInt = "123.00" }`: false, `{ $.someInt != 123 }`: false, `{ $.someInt != "123" }`: false,
		`{ $.someFloat != "12.34" }`: false, `{ $.someString > 123 }`: false, `{ $.someString = 123 }`: false,
		`{ $.someArray != "someString" }`: false, `{ $.someObject = 123 }`: false, `{ $.someObject != 123 }`: false,
		`{ $.someObject < 123 }`: false, `{ $.notExisted != x }`: false, `{ $.someInt != "1*3" }`: false,
		`{ $.someNull = "*" }`: false, `{ $.someNull IS NULL }`: true, `{ $.someNull NOT EXISTS }`: false,
	} {
		p, err := pattern.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if _, got := p.Match(event); got != want {
			t.Errorf("%s matches: %v", text, got)
		}
	}
}

func TestTerms(t *testing.T) {
	for _, c := range []struct {
		pattern string
		want    []string
	}{
		{``, nil},
		{`ERROR`, nil}, // it may be a part of a word
		{`"Failed to process it"`, []string{"to", "process"}},
		{`-"a b c"`, nil},
		{`%a b c%`, nil},
		{`{ $.eventName = "ConsoleLogin" && $.x = "a b*" }`, []string{"ConsoleLogin", "a"}},
		{`{ $.eventSource = kms* && $.errorMessage = "* is pending deletion."}`, []string{"is", "pending", "deletion"}},
		{`{ $.a = "x y" || $.b = "y z" }`, []string{"y"}},
		{`{ $.a = "x" || $.b != "y" }`, nil},
		{`{ $.latency > 10 }`, []string{"latency"}},
		{`{ $.a.b NOT EXISTS }`, nil},
		{`{ $.status = 200 }`, []string{"status"}},
		{`{ $.x = "caf` + "é" + ` \"quoted\" <tag> plain" }`, []string{"plain"}},
		{`[a, b = "GET it", c = 200, d = *x]`, []string{"GET", "it"}},
	} {
		p, err := pattern.Parse(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
		} else if got := p.Terms(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.pattern, got, c.want)
		}
	}
}

func TestSelectors(t *testing.T) {
	for _, c := range []struct {
		pattern, text, selector, want string
		valid, has                    bool
	}{
		{`{ $.latency = * }`, `{"latency":12.5}`, `$.latency`, "12.5", true, true},
		{`{ $.x = * }`, `{"x":1,"a":{"b":[1,"two"]}}`, `$.a.b[1]`, "two", true, true},
		{`{ $.x = * }`, `{"x":1,"a":{}}`, `$.a`, "", true, true},
		{`{ $.x = * }`, `{"x":1,"a":2,"a":null}`, `$.a`, "", true, true},
		{`{ $.x = * }`, `{"x":1,"a.b":"é\n"}`, `$.['a.b']`, "é\n", true, true},
		{`{ $.x = * }`, `{"x":1}`, `$x`, "", true, false},
		{`{ $.x = * }`, `{"x":1}`, `$.x[*]`, "", false, false},
		{`[a, ..., size]`, `1 2 3 4`, `$size`, "4", true, true},
		{`[a, ..., size]`, `1 2 3 4`, `$3`, "3", true, true},
		{`[a, ..., size]`, `1 2 3 4`, `$9`, "", true, true},
		{`[a, ..., size]`, `1 2 3 4`, `$other`, "", true, false},
		{`[a, ..., size]`, `1 2 3 4`, `$.a`, "", true, false},
		{`ERROR`, `ERROR`, `$.a`, "", true, false},
		{``, ``, `1`, "", false, false},
		{``, ``, `$`, "", false, false},
		{``, ``, `$a b`, "", false, false},
	} {
		p, err := pattern.Parse(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		s, valid := pattern.ParseSelector(c.selector)
		if valid != c.valid || valid && p.Has(s) != c.has {
			t.Errorf("%s of %s: valid %v, has %v", c.selector, c.pattern, valid, p.Has(s))
		}
		v, ok := p.Match([]byte(c.text))
		if got, found := v.Get(s); !ok || valid && (got != c.want || found != (c.want != "")) {
			t.Errorf("%s of %s: %q, %v, %v", c.selector, c.text, got, found, ok)
		}
	}
}

// TestHidden sees that nothing that JSON can write in two ways hides from the quick rejection.
func TestHidden(t *testing.T) {
	p, err := pattern.Parse(`{ $.errorMessage = "* is/was pending deletion." && $.n.name = "x" }`)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`{"errorMessage":"k is/was pending deletion.","n":{"name":"x"}}`,
		`{"errorMessage":"k is\/was pending deletion.","n":{"name":"x"}}`,
		`{"errorMess\u0061ge":"k is/was pending deletion.","n":{"name":"x"}}`,
		`{"errorMessage":"k is/was p\u0065nding deletion.","n":{"name":"x"}}`,
		"{\"errorMessage\" \t:\n\"k is/was pending deletion.\",\"n\":{\"name\" : \"x\"}}",
		`{"q":"\"errorMessage\":\"no\"","errorMessage":"k is/was pending deletion.","n":{"name":"y","name":"x"}}`,
		`{"name":1,"name":2,"name":3,"name":4,"name":5,"errorMessage":"k is/was pending deletion.","n":{"name":"x"}}`,
	} {
		if _, ok := p.Match([]byte(text)); !ok {
			t.Errorf("hidden: %s", text)
		}
	}
}
