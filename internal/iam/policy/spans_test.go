package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

// TestSpans: the places are those that AWS shows for the same texts.
//
// Source: https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html
func TestSpans(t *testing.T) {
	t.Parallel()
	const one = `{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}`
	for _, c := range []struct{ name, doc, want string }{
		{"a statement in no list", `{"Version":"2012-10-17","Statement":` + one + `}`, "1:38-1:167"},
		{"a list of one", "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"*\",\n      \"Resource\": \"*\"\n    }\n  ]\n}", "3:17-8:6"},
		{"two statements", `{"Statement":[{"Effect":"Deny"},{"Effect":"Allow"}]}`, "1:15-1:32 1:32-1:51"},
		{"the version behind", `{"Statement":[{"Effect":"Deny"}],"Version":"2012-10-17"}`, "1:15-1:32"},
		{"nested values before", `{"Id":"Statement","Other":{"Statement":[{}]},"Statement":[{"Effect":"Deny"}]}`, "1:59-1:76"},
		{"characters, not bytes", `{"Id":"é","Statement":[{"Effect":"Deny"}]}`, "1:24-1:41"},
		{"no statements", `{"Version":"2012-10-17"}`, ""},
		{"an empty list", `{"Statement":[]}`, ""},
		{"no JSON", `{"Statement":[{`, "1:15-1:16"},
		{"nothing", ``, ""},
	} {
		var got []string
		for _, s := range policy.Spans([]byte(c.doc)) {
			got = append(got, fmt.Sprintf("%d:%d-%d:%d", s.Begin.Line, s.Begin.Column, s.End.Line, s.End.Column))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

// FuzzSpans: whatever the text, the places are in it and in order.
func FuzzSpans(f *testing.F) {
	f.Add([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow"},` + "\n" + `{"Effect":"Deny"}]}`))
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Resource":["a","b"]}}`))
	f.Add([]byte(`[{"Statement":[{{[`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		at := policy.Position{Line: 1, Column: 1}
		lines := strings.Count(string(doc), "\n") + 1
		for _, s := range policy.Spans(doc) {
			for _, p := range []policy.Position{s.Begin, s.End} {
				if p.Line < at.Line || p.Line == at.Line && p.Column < at.Column || p.Line > lines {
					t.Fatalf("%q: %v behind %v", doc, p, at)
				}
				at = p
			}
		}
	})
}
