package filter_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/sns/filter"
)

// attrs makes attributes of a JSON object: strings, numbers and lists become attributes of
// their types.
func attrs(t testing.TB, text string) map[string]filter.Attribute {
	t.Helper()
	var in map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	out := map[string]filter.Attribute{}
	for name, v := range in {
		var s string
		switch {
		case v[0] == '[':
			out[name] = filter.Attribute{Type: "String.Array", Value: string(v)}
		case v[0] == '{':
			out[name] = filter.Attribute{Type: "Binary", Value: "AA=="}
		case json.Unmarshal(v, &s) == nil:
			out[name] = filter.Attribute{Type: "String", Value: s}
		default:
			out[name] = filter.Attribute{Type: "Number", Value: string(v)}
		}
	}
	return out
}

// TestAttributes is the language on attributes.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html, …/numeric-value-matching.html
func TestAttributes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ policy, message, other string }{
		{`{"a":["x","y"]}`, `{"a":"y","b":"z"}`, `{"a":"z"}`},
		{`{"a":["x"]}`, `{"a":["w","x"]}`, `{"a":["w"]}`},
		{`{"a":["x"],"b":["y"]}`, `{"a":"x","b":"y"}`, `{"a":"x"}`},
		{`{"a":[{"prefix":"bas"}]}`, `{"a":"baseball"}`, `{"a":"rugby"}`},
		{`{"a":[{"suffix":"ball"}]}`, `{"a":"baseball"}`, `{"a":"ballet"}`},
		{`{"a":[{"equals-ignore-case":"tennis"}]}`, `{"a":"TENnis"}`, `{"a":"tenni"}`},
		{`{"a":[{"wildcard":"*ball"}]}`, `{"a":"baseball"}`, `{"a":"balls"}`},
		{`{"a":[{"wildcard":"a*b*c"}]}`, `{"a":"a12b3bc"}`, `{"a":"acb"}`},
		{`{"a":[{"wildcard":"a\\*b"}]}`, `{"a":"a*b"}`, `{"a":"axb"}`},
		{`{"a":[{"wildcard":"ab*ba"}]}`, `{"a":"abba"}`, `{"a":"aba"}`},
		{`{"a":[{"anything-but":["rugby","tennis"]}]}`, `{"a":"baseball"}`, `{"a":"rugby"}`},
		{`{"a":[{"anything-but":["rugby","tennis"]}]}`, `{"a":["rugby","baseball"]}`, `{"a":["rugby"]}`},
		{`{"a":[{"anything-but":[100,500]}]}`, `{"a":101}`, `{"a":100.0}`},
		{`{"a":[{"anything-but":{"prefix":"order-"}}]}`, `{"a":"data-entry"}`, `{"a":"order-1"}`},
		{`{"a":[{"anything-but":{"suffix":["x","y"]}}]}`, `{"a":"az"}`, `{"a":"ay"}`},
		{`{"a":[{"anything-but":{"wildcard":"*ball"}}]}`, `{"a":"x"}`, `{"a":"football"}`},
		{`{"a":[{"exists":true}]}`, `{"a":"x"}`, `{"b":"x"}`},
		{`{"a":[{"exists":true}]}`, `{"a":{}}`, `{}`},
		{`{"a":[{"exists":false}]}`, `{"b":"x"}`, `{"a":"x"}`},
		{`{"a":[{"cidr":"10.0.0.0/24"}]}`, `{"a":"10.0.0.255"}`, `{"a":"10.1.1.0"}`},
		{`{"a":[{"cidr":"2001:db8::/32"}]}`, `{"a":"2001:db8::1"}`, `{"a":"nothing"}`},
		{`{"a":[100]}`, `{"a":100.0}`, `{"a":"100"}`},
		{`{"a":[301.5]}`, `{"a":3.015e2}`, `{"a":301}`},
		{`{"a":[{"numeric":["=",301.5]}]}`, `{"a":301.5}`, `{"a":"301.5"}`},
		{`{"a":[{"numeric":[">",0,"<=",150]}]}`, `{"a":150}`, `{"a":0}`},
		{`{"a":[{"numeric":["<",5]}]}`, `{"a":-1}`, `{"a":5}`},
		{`{"a":[{"numeric":[">=",5]}]}`, `{"a":5}`, `{"a":4.999}`},
		{`{"a":[null]}`, `{"a":["x",null]}`, `{"a":["x"]}`},
		{`{"a":[true]}`, `{"a":[true]}`, `{"a":"true"}`},
		{`{"s":["aws.kms"],"$or":[{"m":["x"]},{"n":[{"exists":true}]}]}`, `{"s":"aws.kms","n":"1"}`, `{"s":"aws.kms","m":"y"}`},
		{`{"$or":["a","b"]}`, `{"$or":"a"}`, `{"a":"x"}`},
		{`{}`, `{}`, ``},
	} {
		p, err := filter.Parse(c.policy, "")
		if err != nil {
			t.Errorf("%s: %v", c.policy, err)
			continue
		}
		if !p.Match(attrs(t, c.message), "") {
			t.Errorf("%s does not match %s", c.policy, c.message)
		}
		if c.other != "" && p.Match(attrs(t, c.other), "") {
			t.Errorf("%s matches %s", c.policy, c.other)
		}
	}
}

// TestBody is the language on bodies.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html
func TestBody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ policy, message, other string }{
		{`{"a":{"b":["x"]}}`, `{"a":{"b":"x"}}`, `{"a":{"b":"y"}}`},
		{`{"a":{"b":["x"]}}`, `{"a":[{"b":"y"},{"b":"x"}]}`, `{"a":"x"}`},
		{`{"a":{"b":["x"],"c":[1]}}`, `{"a":[{"b":"x","c":1}]}`, `{"a":[{"b":"x","c":2},{"b":"y","c":1}]}`},
		{`{"a":[true]}`, `{"a":true}`, `{"a":false}`},
		{`{"a":[null]}`, `{"a":null}`, `{}`},
		{`{"a":{"b":[{"exists":false}]}}`, `{"a":{}}`, `{"a":{"b":null}}`},
		{`{"a":[{"exists":true}]}`, `{"a":1}`, `{"a":{"b":1}}`},
		{`{"a":[1]}`, `{"a":[[2],[1]]}`, `[1]`},
		{`{"a":[1]}`, `{"a":1}`, `{"a":1} x`},
		{`{"$or":[{"a":[1]},{"b":{"$or":[{"c":[2]},{"d":[3]}]}}]}`, `{"b":{"d":3}}`, `{"b":{"d":4}}`},
	} {
		p, err := filter.Parse(c.policy, filter.Body)
		if err != nil {
			t.Errorf("%s: %v", c.policy, err)
			continue
		}
		if !p.Match(nil, c.message) || p.Match(nil, c.other) {
			t.Errorf("%s: %v for %s, %v for %s", c.policy, p.Match(nil, c.message), c.message, p.Match(nil, c.other), c.other)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for policy, limit := range map[string]bool{
		``: false, `[]`: false, `"a"`: false, `null x`: false, `{"a":"x"}`: false, `{"a":[]}`: false, `{"a":{"b":["x"]}}`: false, `{"a":[{}]}`: false,
		`{"a":[{"prefix":"a","suffix":"b"}]}`: false, `{"a":[{"prefix":1}]}`: false, `{"a":[{"prefix":""}]}`: false, `{"a":[{"glob":"x"}]}`: false,
		`{"a":[{"numeric":["=","1"]}]}`: false, `{"a":[{"numeric":["<",5,">",1]}]}`: false, `{"a":[{"numeric":[]}]}`: false, `{"a":[1e10]}`: false,
		`{"a":[{"exists":"true"}]}`: false, `{"a":[{"cidr":"10.0.0.0"}]}`: false, `{"a":[{"anything-but":[true]}]}`: false, `{"a":[{"anything-but":[]}]}`: false,
		`{"a":[{"wildcard":"a**b"}]}`: false, `{"a":[{"wildcard":"a\\b"}]}`: false, `{"a":[["x"]]}`: false,
		`{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"e":["x"],"f":["x"]}`:                     true,
		`{"a":[` + strings.Repeat(`"x",`, 150) + `"x"]}`:                                    true,
		`{"a":[` + strings.Repeat(`1,`, 12) + `1],"b":[` + strings.Repeat(`1,`, 12) + `1]}`: true,
	} {
		_, err := filter.Parse(policy, "")
		_, isLimit := errors.AsType[*filter.LimitError](err)
		if err == nil || isLimit != limit {
			t.Errorf("%.80s: %v, limit %v", policy, err, isLimit)
		}
	}
}

// FuzzFilter: no policy and no message make it panic or run for long, and a policy that is
// parsed twice decides the same.
func FuzzFilter(f *testing.F) {
	for _, policy := range []string{
		`{"a":["x",1,true,null,{"prefix":"p"},{"numeric":[">",0,"<",5]},{"exists":false}]}`, `{"$or":[{"a":["x"]},{"b":[{"anything-but":{"suffix":"z"}}]}]}`,
		`{"a":{"b":[{"wildcard":"*x*y*"}]}}`, `{"a":[{"cidr":"::/0"}]}`, `{"a":[{"equals-ignore-case":""}]}`, `{`,
	} {
		f.Add(policy, `{"a":"x","b":{"c":[1,2,{"d":null}]}}`)
		f.Add(policy, `{"a":{"b":"xxyxyy"}}`)
	}
	f.Fuzz(func(t *testing.T, policy, body string) {
		for _, scope := range []string{filter.Attributes, filter.Body} {
			p, err := filter.Parse(policy, scope)
			if err != nil {
				continue
			}
			q, err := filter.Parse(policy, scope)
			if err != nil {
				t.Fatalf("the second time: %v", err)
			}
			a := map[string]filter.Attribute{"a": {Type: "String", Value: body}, "b": {Type: "Number", Value: body}, "c": {Type: "String.Array", Value: body}, "d": {Type: "Binary"}}
			if p.Match(a, body) != q.Match(a, body) {
				t.Errorf("%s decides differently", policy)
			}
		}
	})
}
