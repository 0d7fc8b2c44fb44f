package awsapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/awsapi"
)

// wellFormed is what the decoder should take for JSON, by way of encoding/json: a valid
// text in valid UTF-8 without lone surrogates, without a name twice in an object, not too
// deep, and an object.
func wellFormed(body []byte) bool {
	if !json.Valid(body) || !utf8.Valid(body) || !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return false
	}
	if loneSurrogate(string(body)) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var names []map[string]bool // of the objects around, nil for arrays
	isName := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return true
		}
		if err != nil {
			return false
		}
		top := len(names) - 1
		switch token {
		case json.Delim('{'), json.Delim('['):
			if len(names) == awsapi.MaxDepth {
				return false
			}
			names = append(names, nil)
			if token == json.Delim('{') {
				names[top+1] = map[string]bool{}
			}
		case json.Delim('}'), json.Delim(']'):
			names = names[:top]
		default:
			if isName {
				if names[top][token.(string)] {
					return false
				}
				names[top][token.(string)] = true
				isName = false
				continue
			}
			if len(names) == awsapi.MaxDepth {
				return false
			}
		}
		isName = len(names) > 0 && names[len(names)-1] != nil
	}
}

// loneSurrogate looks for an escape that is half of a pair. The text is valid JSON.
func loneSurrogate(s string) bool {
	high := false // just behind the first half
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			if high {
				return true
			}
			i++
			continue
		}
		if s[i+1] != 'u' {
			if high {
				return true
			}
			i += 2
			continue
		}
		unit := strings.ToLower(s[i+2 : i+6])
		isHigh := unit >= "d800" && unit < "dc00"
		isLow := unit >= "dc00" && unit < "e000"
		if high != isLow {
			return true
		}
		high = isHigh
		i += 6
	}
	return false
}

// FuzzJSON holds the decoder beside encoding/json: they take the same texts, and make the
// same strings of them.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"Text":"a","Blob":"aGVsbG8=","Labels":{"k":"v"},"X":[1,-0.5e3,null,true,false,"\u00e9"]}`,
		`{"Text":"\ud83d\ude00\\u0041","Part":{"Name":"\n","Deeper":[{"Name":"x"}]},"Text2":{}}`,
		`{"a":1,"a":2}`, `{"Text":"\ud800"}`, "{\"Text\":\"\xff\"}", `{"When":1e9,"Count":1.0,"Ratio":"NaN"}`,
		`{"X":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, `{"Color":"","Names":["a","b"]} `,
	} {
		f.Add([]byte(seed))
	}
	c := codec(f, &shape{}, nil)
	skip := codec(f, &struct{}{}, nil)
	f.Fuzz(func(t *testing.T, body []byte) {
		want := wellFormed(body)
		if err := skip.DecodeJSON(bytes.Clone(body), &struct{}{}); (err == nil) != want {
			t.Fatalf("skip %q: %v, well formed: %v", body, err, want)
		}
		var got shape
		err := c.DecodeJSON(bytes.Clone(body), &got)
		switch {
		case err == nil && !want:
			t.Fatalf("decode %q: no error", body)
		case err != nil && err.Error() == "" && want:
			t.Fatalf("decode %q: taken for something else than JSON", body)
		case err != nil:
			return
		}
		var peer map[string]json.RawMessage
		if err := json.Unmarshal(body, &peer); err != nil {
			t.Fatal(err)
		}
		var text *string
		if err := json.Unmarshal(orNull(peer["Text"]), &text); err != nil || !equal(text, got.Text) {
			t.Errorf("decode %q: Text is %v, want %v (%v)", body, got.Text, text, err)
		}
		var labels map[string]string
		if err := json.Unmarshal(orNull(peer["Labels"]), &labels); err != nil || len(labels) != len(got.Labels) {
			t.Errorf("decode %q: Labels is %q, want %q (%v)", body, got.Labels, labels, err)
		}
		for k, v := range labels {
			if got.Labels[k] != v {
				t.Errorf("decode %q: Labels[%q] is %q, want %q", body, k, got.Labels[k], v)
			}
		}
		again := c.AppendJSON(nil, &got)
		if !json.Valid(again) {
			t.Errorf("%q became %q", body, again)
		}
		c.Audit(&again, &got)
		c.Validate(&got)
	})
}

func orNull(m json.RawMessage) json.RawMessage {
	if m == nil {
		return json.RawMessage("null")
	}
	return m
}

func equal(a, b *string) bool {
	return a == b || a != nil && b != nil && *a == *b
}
