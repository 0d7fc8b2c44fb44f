package vpc

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// naive is like by way of a regular expression.
func naive(pattern, s string) bool {
	p := regexp.QuoteMeta(pattern)
	p = strings.NewReplacer(`\*`, "(?s:.*)", `\?`, "(?s:.)").Replace(p)
	return regexp.MustCompile("^" + p + "$").MatchString(s)
}

func FuzzLike(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""}, {"*", ""}, {"?", ""}, {"a*b*c", "axxbyyc"}, {"a*b*c", "axxbyy"}, {"**", "x"}, {"?x", "xx"}, {"a.c", "abc"}, {"*ab", "aab"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 100 || !isASCII(pattern) || !isASCII(s) { // "?" is one byte here
			return
		}
		if got, want := like(pattern, s), naive(pattern, s); got != want {
			t.Errorf("like(%q, %q) is %t", pattern, s, got)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

// TestLikeIsQuick: a pattern of stars takes the product of both lengths, not more.
func TestLikeIsQuick(t *testing.T) {
	start := time.Now()
	if like(strings.Repeat("a*", 10_000)+"b", strings.Repeat("a", 20_000)) {
		t.Error("it matches")
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// FuzzNextToken: what is taken as a token is what was given out.
func FuzzNextToken(f *testing.F) {
	for _, seed := range []string{"", "dnBjZS0x", nextToken("vpce-1"), nextToken("com.amazonaws.us-east-1.kms"), "!!", "AA", "dnBjZS0x=", nextToken("\x00")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		p, err := newPage(nil, &token)
		if err != nil {
			return
		}
		if nextToken(p.after) != token || p.after == "" || strings.ContainsRune(p.after, 0) {
			t.Errorf("%q is taken for the token after %q", token, p.after)
		}
	})
}
