//go:build goexperiment.jsonv2

package awsapi_test

import (
	"bytes"
	"encoding/json/jsontext"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/awsapi"
)

// FuzzJSONText holds the reader beside encoding/json/jsontext, which has the same notion of
// strictness but for the depth.
func FuzzJSONText(f *testing.F) {
	f.Add([]byte(`{"a":[1,-0.5e3,null,true,"\u00e9\ud83d\ude00"],"b":{"a":1}}`))
	f.Add([]byte(`{"a":1,"\u0061":2}`))
	f.Add([]byte("{\"a\":\"\xff\"}"))
	f.Add([]byte(`{"a":"\ud800"}`))
	c := codec(f, &struct{}{}, nil)
	f.Fuzz(func(t *testing.T, body []byte) {
		v := jsontext.Value(bytes.Clone(body))
		want := v.IsValid() && strings.HasPrefix(strings.TrimLeft(string(body), " \t\r\n"), "{")
		if strings.Count(string(body), "[")+strings.Count(string(body), "{") >= awsapi.MaxDepth {
			return
		}
		if err := c.DecodeJSON(bytes.Clone(body), &struct{}{}); (err == nil) != want {
			t.Fatalf("%q: %v, jsontext: %v", body, err, want)
		}
	})
}
