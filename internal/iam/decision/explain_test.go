package decision_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	named := statementsByName(t)
	readCases(t, "testdata/explain.txt", func(c aCase) []string {
		q, err := parseCase(c, named)
		if err != nil {
			t.Errorf("%s: %s: %v", c.at, c.rule, err)
			return c.golden
		}
		result, err := decision.Decide(&q.request)
		if err != nil {
			t.Fatal(err)
		}
		if got := decided(result); got != q.want {
			t.Errorf("%s: %s: decided %s, want %s", c.at, c.rule, got, q.want)
		}
		said := decision.Explain(&q.request, result)
		if !*update && !slices.Equal(said, c.golden) {
			t.Errorf("%s: %s\nsaid: %s\nwant: %s", c.at, c.rule, strings.Join(said, "\n      "), strings.Join(c.golden, "\n      "))
		}
		return said
	})
}

// Every denial of the table can be explained in few and short sentences, which name the
// layer that decided.
func TestExplainEveryCase(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("the files are being written")
	}
	named := statementsByName(t)
	readCases(t, "testdata/cases/*.txt", func(c aCase) []string {
		q, err := parseCase(c, named)
		if err != nil {
			t.Fatal(err)
		}
		result, err := decision.Decide(&q.request)
		if err != nil {
			t.Fatal(err)
		}
		checkBounds(t, c.at, decision.Explain(&q.request, result), !result.Allowed)
		return c.golden
	})
}

func checkBounds(t *testing.T, at string, sentences []string, denied bool) {
	t.Helper()
	if len(sentences) > 20 || denied && len(sentences) < 2 {
		t.Errorf("%s: %d sentences: %q", at, len(sentences), sentences)
	}
	for _, s := range sentences {
		if len(s) > 500 || !utf8.ValidString(s) || !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "…") {
			t.Errorf("%s: sentence %q", at, s)
		}
	}
}

// A policy made to have an explanation without end does not get one.
func TestExplainIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 50000)
	values := `"` + strings.Repeat(long[:500]+`", "`, 8) + `x"`
	var statements []string
	for i := range 20 {
		statements = append(statements, fmt.Sprintf(`{"Sid": "%s%d", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"aws:%s": [%s]}, "StringLike": {"aws:x": [%s]}}}`,
			long[:400], i, long[:400], values, values))
	}
	doc := document(statements...)
	r := benchRequest(defaultKeyPolicy, doc)
	for range 10 {
		r.Identity = append(r.Identity, *named(strings.Repeat("ü", 1000), doc))
	}
	r.Boundary = named("the boundary", doc)
	r.Context = keys{"aws:x": policy.Multi(strings.Split(strings.Repeat(long+",", 20), ","))}
	result, err := decision.Decide(r)
	if err != nil || result.Allowed {
		t.Fatalf("%s, %v", result.String(), err)
	}
	checkBounds(t, "hostile", decision.Explain(r, result), true)
}
