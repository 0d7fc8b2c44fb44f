package policy_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/iam/policy"
)

// quote prints s as a JSON string.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// matches asks the compiled matcher of an operator, with ${aws:v} set to value.
func matches(t testing.TB, operator, pattern, text, value string) bool {
	t.Helper()
	d := parse(t, statements(`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"`+
		operator+`": {"aws:x": `+quote(pattern)+`}}}`))
	context := keys{"aws:x": policy.Single(text), "aws:v": policy.Single(value)}
	return decide(d, alice, context).Outcome == policy.AllowedByARN
}

// covers asks the compiled matcher of actions.
func covers(t testing.TB, pattern, action string) bool {
	t.Helper()
	d := parse(t, statements(`{"Effect": "Allow", "Principal": "*", "Action": `+quote(pattern)+`, "Resource": "*"}`))
	return d.Evaluate(&policy.Request{Principal: alice, Action: action, Resource: keyARN}).Outcome == policy.AllowedByARN
}

// The tokens of the naive matcher that are no characters.
const (
	anyText rune = -1
	anyRune rune = -2
)

// tokens are the characters of s, bytes that are no UTF-8 apart from all others.
func tokens(s string) []rune {
	var list []rune
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			r = utf8.MaxRune + 1 + rune(s[0])
		}
		list = append(list, r)
		s = s[n:]
	}
	return list
}

// naiveTokens are the tokens of a pattern; value replaces ${aws:v}.
func naiveTokens(pattern, value string) []rune {
	var list []rune
	for i, part := range strings.Split(pattern, "${aws:v}") {
		if i > 0 {
			list = append(list, tokens(value)...)
		}
		for _, r := range part {
			switch r {
			case '*':
				r = anyText
			case '?':
				r = anyRune
			}
			list = append(list, r)
		}
	}
	return list
}

// naiveMatch fills in the table of which beginnings of the pattern fit which of the text.
func naiveMatch(pattern, text []rune) bool {
	fits := make([]bool, len(text)+1)
	fits[0] = true
	for _, p := range pattern {
		next := make([]bool, len(text)+1)
		for i := range next {
			switch {
			case p == anyText:
				next[i] = fits[i] || i > 0 && next[i-1]
			case i > 0:
				next[i] = fits[i-1] && (p == anyRune || p == text[i-1])
			}
		}
		fits = next
	}
	return fits[len(text)]
}

// naiveARN compares the six fields one by one.
func naiveARN(pattern, text, value string) bool {
	patterns, fields := strings.SplitN(pattern, ":", 6), strings.SplitN(text, ":", 6)
	if len(patterns) < 6 || len(fields) < 6 {
		return pattern == "*" || pattern == text
	}
	for i, p := range patterns {
		if !naiveMatch(naiveTokens(p, value), tokens(fields[i])) {
			return false
		}
	}
	return true
}

func checkMatch(t *testing.T, pattern, text, value string) {
	t.Helper()
	want := naiveMatch(naiveTokens(pattern, value), tokens(text))
	if got := matches(t, "StringLike", pattern, text, value); got != want {
		t.Errorf("StringLike %q with %q for ${aws:v} fits %q: %v, want %v", pattern, value, text, got, want)
	}
	if strings.Contains(pattern, "$") {
		return // the naive split would cut variables
	}
	want = naiveARN(pattern, text, value)
	if got := matches(t, "ArnLike", pattern, text, value); got != want {
		t.Errorf("ArnLike %q fits %q: %v, want %v", pattern, text, got, want)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("*", "", "")
	f.Add("a*b?c", "aXXbYc", "")
	f.Add("*a?b*", "aaXaXb", "")
	f.Add("*é?é*?", "éééé", "")
	f.Add("*?\uFFFD*", "\xff\xfe\uFFFD", "")
	f.Add("a:*:b:*::c*", "a:x:b:y::c:d", "")
	f.Add("*x${aws:v}?y${aws:v}*", "0x*1y*2", "*")
	f.Add("${aws:v}${aws:v}?", "x", "")
	f.Fuzz(func(t *testing.T, pattern, text, value string) {
		if !utf8.ValidString(pattern) || strings.Contains(strings.ReplaceAll(pattern, "${aws:v}", ""), "${") || len(pattern)*len(text) > 1<<20 {
			t.Skip()
		}
		checkMatch(t, pattern, text, value)
	})
}

func FuzzMatchAction(f *testing.F) {
	f.Add("kms:*", "kms:Encrypt")
	f.Add("K*:?e*crypt", "kms:ReEncrypt")
	f.Add("*a*a*b:*", "aaaaaa:b")
	f.Fuzz(func(t *testing.T, pattern, action string) {
		if !isASCII(pattern+action) || strings.Count(pattern, ":") != 1 {
			t.Skip()
		}
		want := naiveMatch(naiveTokens(strings.ToLower(pattern), ""), tokens(strings.ToLower(action)))
		if got := covers(t, pattern, action); got != want {
			t.Errorf("action %q fits %q: %v, want %v", pattern, action, got, want)
		}
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// Long patterns over few characters, against texts that fit them but for a few: they reach
// each way of searching, and fit about as often as they don't.
func TestMatchLongPatterns(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string, n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(from[random.IntN(len(from))])
		}
		return b.String()
	}
	fitted := 0
	for range 1000 {
		pattern := pick([]string{"a", "a", "a", "b", "é", "\uFFFD", "?", "?", "*"}, 1+random.IntN(20))
		if random.IntN(2) == 0 {
			pattern = "*" + pick([]string{"a", "a", "?"}, 70+random.IntN(70)) + "*" + pattern
		}
		var text strings.Builder
		for _, r := range pattern {
			switch {
			case r == '*':
				text.WriteString(pick([]string{"a", "a", "b", "é", "\xc3"}, random.IntN(100)))
			case r == '?' || r == utf8.RuneError && random.IntN(2) == 0 || random.IntN(200) == 0:
				text.WriteString(pick([]string{"a", "b", "é", "\xff"}, 1))
			default:
				text.WriteRune(r)
			}
		}
		if naiveMatch(naiveTokens(pattern, ""), tokens(text.String())) {
			fitted++
		}
		checkMatch(t, pattern, text.String(), "")
	}
	if fitted < 200 || fitted > 900 {
		t.Errorf("%d of 1000 patterns fit: the texts prove little", fitted)
	}
}

// A matcher that tries the places of the stars one after the other would not come to an
// end with these.
func TestMatchManyStars(t *testing.T) {
	as := strings.Repeat("a", 8000)
	for _, pattern := range []string{
		strings.Repeat("*a", 4000) + "*b",
		strings.Repeat("a*", 4000) + "b",
		strings.Repeat("*?a", 2000) + "*b",
		strings.Repeat("*a?a", 1000) + "*b",
		"*" + strings.Repeat("a?", 2000) + "b*",
		"*" + strings.Repeat("?", 9000) + "*",
	} {
		if matches(t, "StringLike", pattern, as, "") {
			t.Errorf("%.20s… fits 8,000 a's", pattern)
		}
		if !matches(t, "StringLike", strings.Replace(pattern, "b", "a", 1), as+strings.Repeat("a", 1000), "") {
			t.Errorf("%.20s… with its b made an a does not fit 9,000 a's", pattern)
		}
	}
	pattern := "*" + strings.Repeat("?\uFFFD", 1000) + "*"
	for text, want := range map[string]bool{"\uFFFD": true, "\xff": false} {
		if got := matches(t, "StringLike", pattern, strings.Repeat(text, 3000), ""); got != want {
			t.Errorf("1,000 replacement characters fit 3,000 of %q: %v, want %v", text, got, want)
		}
	}
	if invalid := strings.Repeat("\xff", 5000); !matches(t, "StringLike", "*a?${aws:v}*", "ax"+invalid, invalid) {
		t.Error("a variable does not fit a text with its value, which is not UTF-8")
	}
	if covers(t, strings.Repeat("*a", 1000)+"*:b", strings.Repeat("a", 64)+":a") {
		t.Error("an action of many stars fits")
	}
}
