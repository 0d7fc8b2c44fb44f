package xksproxy

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/xks"
)

// FuzzRequest sends bodies of authenticated requests: the answer is one that the specification has,
// in one line of JSON, whatever came.
func FuzzRequest(f *testing.F) {
	s := start(f, config("software: {}", ""))
	s.key(NewKey{ID: "foo"})
	made := s.send(request{target: "keys/foo/encrypt", body: encryptBody(plain1, aad1, true)})
	ops := []xks.Operation{xks.GetHealthStatus, xks.GetKeyMetadata, xks.Encrypt, xks.Decrypt}
	for i, body := range []any{healthBody, map[string]any{"requestMetadata": meta("CreateKey")}, encryptBody(plain1, aad1, true), decryptBody(made, aad1)} {
		b, err := json.Marshal(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), b)
	}
	f.Add(byte(2), []byte(`{"requestMetadata":{"kmsRequestId":"1","kmsOperation":"é","awsPrincipalArn":"","kmsKeyArn":"a"},"plaintext":"=="}`))
	store := s.proxy.setup.Load().stores[prefix+xks.PathSuffix]
	f.Fuzz(func(t *testing.T, op byte, body []byte) {
		c := &call{begin: time.Now(), op: ops[int(op)%len(ops)], path: store.path, key: "foo", store: store}
		answer, err := s.proxy.operate(context.Background(), c, body)
		if err != nil {
			e, ok := errors.AsType[*xks.Error](err)
			if !ok || !e.Name.Known() || e.Name == xks.InternalException {
				t.Fatalf("%s: %v", c.op, err)
			}
			answer = e.Append(nil)
		}
		if !json.Valid(answer) || strings.ContainsAny(string(answer), "\n\r") {
			t.Errorf("%s answers %q", c.op, answer)
		}
	})
}

// FuzzFits compares the matcher with one of regular expressions.
func FuzzFits(f *testing.F) {
	for _, s := range [][2]string{
		{"arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/a/b"}, {"", ""}, {"*", ""}, {"?", ""}, {"a*b*c", "abbc"}, {"**a", "ba"}, {"a?c", "a*c"}, {"a*", "b"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern)+len(text) > 200 {
			return
		}
		for _, r := range pattern + text {
			if r >= utf8.RuneSelf { // "?" is a byte here, and a character there
				return
			}
		}
		expression := regexp.QuoteMeta(pattern)
		expression = strings.ReplaceAll(strings.ReplaceAll(expression, `\*`, ".*"), `\?`, ".")
		want := regexp.MustCompile(`(?s)\A` + expression + `\z`).MatchString(text)
		if got := fits(pattern, text); got != want {
			t.Errorf("fits(%q, %q) = %v", pattern, text, got)
		}
	})
}
