package decision_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// maker makes up requests and the policies that bear on them.
type maker struct{ *rand.Rand }

func (m maker) one(from ...string) string { return from[m.IntN(len(from))] }

// some is a value alone or a list of them.
func (m maker) some(from ...string) any {
	if m.IntN(2) == 0 {
		return m.one(from...)
	}
	return []string{m.one(from...), m.one(from...)}
}

var callerNames = func() []string {
	var names []string
	for name := range callersByName {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}()

var principals = []string{
	alice.ARN, session.ARN, session.Role, home, "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root",
	"arn:aws:iam::444455556666:user/zoe", "arn:aws:iam::444455556666:role/Batch", "*", "arn:aws:iam::111122223333:user/team/bob",
}

func (m maker) principal() any {
	switch m.IntN(8) {
	case 0, 1:
		return "*"
	case 2:
		return map[string]any{"Service": m.some("s3.amazonaws.com", "ec2.amazonaws.com"), "AWS": m.some(principals...)}
	case 3:
		return map[string]any{"Federated": m.some("arn:aws:iam::111122223333:oidc-provider/token.example.com")}
	}
	return map[string]any{"AWS": m.some(principals...)}
}

// randomOperators are the operators with values to compare with.
var randomOperators = map[string][]string{
	"StringEquals":           {"alice", "Alice", "a*", "${aws:username}", "10", "blue"},
	"StringEqualsIgnoreCase": {"ALICE", "bLue", "${aws:PrincipalTag/Project}"},
	"StringLike":             {"a*", "?lice", "*", "*b*u*", "${aws:username}*", "a${*}", "${aws:none, 'alice'}"},
	"NumericEquals":          {"10", "10.0", "7"},
	"NumericLessThan":        {"10", "11", "-1"},
	"NumericLessThanEquals":  {"10", "9.99"},
	"NumericGreaterThan":     {"9", "10"},
	"NumericGreaterThanEquals": {
		"10", "1e1", "11",
	},
	"DateEquals":            {"2026-11-25T12:00:00Z", "2026-11-25T13:00:00+01:00", "1795608000"},
	"DateLessThan":          {"2026-11-26", "2026-11-25T12:00:00Z"},
	"DateLessThanEquals":    {"2026-11-25T12:00Z", "2020-01"},
	"DateGreaterThan":       {"2026-11-25", "2030-01-01"},
	"DateGreaterThanEquals": {"1795608000", "1795608001"},
	"Bool":                  {"true", "False"},
	"BinaryEquals":          {"Ymx1ZQ==", "YWxpY2U="},
	"IpAddress":             {"192.0.2.0/24", "192.0.2.7", "10.0.0.0/8", "2001:db8::/32"},
	"ArnEquals":             {alice.ARN, "arn:aws:iam::*:user/*", "arn:aws:iam::*:role/*", "*"},
	"ArnLike":               {"arn:*:iam::111122223333:*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam*"},
}

var operatorNames = func() []string {
	var names []string
	for name := range randomOperators {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}()

var negations = map[string]string{
	"StringEquals": "StringNotEquals", "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase", "StringLike": "StringNotLike",
	"NumericEquals": "NumericNotEquals", "DateEquals": "DateNotEquals", "IpAddress": "NotIpAddress", "ArnEquals": "ArnNotEquals", "ArnLike": "ArnNotLike",
}

// randomKeys are condition keys, with values that a request may have.
var randomKeys = map[string][]string{
	"aws:username": nil, "aws:PrincipalArn": nil, // as the caller has them
	"aws:PrincipalTag/Project": {"blue", "", "alice"},
	"kms:RotationPeriodInDays": {"10", "7", "ten"},
	"aws:CurrentTime":          {"2026-11-25T12:00:00Z"},
	"aws:SourceIp":             {"192.0.2.7", "198.51.100.1", "2001:db8::9"},
	"aws:SecureTransport":      {"true", "false"},
	"aws:TagKeys":              {"alice blue", "blue", "", "10 green"}, // a list
}

var keyNames = func() []string {
	var names []string
	for name := range randomKeys {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}()

func (m maker) condition() (operator string, keys map[string]any) {
	key := m.one(keyNames...)
	if m.IntN(3) == 0 {
		key = strings.ToUpper(key)
	}
	if m.IntN(10) == 0 {
		return "Null", map[string]any{key: m.some("true", "false")}
	}
	base := m.one(operatorNames...)
	operator = base
	if not := negations[base]; not != "" && m.IntN(3) == 0 {
		operator = not
	}
	operator = m.one("", "", "", "ForAnyValue:", "ForAllValues:") + operator + m.one("", "", "IfExists")
	return operator, map[string]any{key: m.some(randomOperators[base]...)}
}

func (m maker) statement(withPrincipals, trust bool) map[string]any {
	s := map[string]any{"Effect": m.one("Allow", "Allow", "Allow", "Deny")}
	put := func(name string, v any, oftenNot int) {
		if m.IntN(oftenNot) == 0 {
			name = "Not" + name
		}
		s[name] = v
	}
	if withPrincipals != (m.IntN(30) == 0) {
		put("Principal", m.principal(), 6)
	}
	put("Action", m.some("*", "kms:*", "kms:*", "KMS:enc*", "kms:Decrypt", "kms:?ncrypt", "s3:*"), 8)
	if !trust || m.IntN(10) == 0 {
		put("Resource", m.some("*", "*", keyARN, "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:${aws:none, 'us-east-1'}:*", "arn:aws:kms:eu-*"), 8)
	}
	conditions := make(map[string]any)
	for range max(0, m.IntN(5)-2) {
		operator, keys := m.condition()
		conditions[operator] = keys
	}
	if len(conditions) > 0 {
		s["Condition"] = conditions
	}
	return s
}

func (m maker) document(withPrincipals, trust bool) string {
	var list []any
	for range 1 + m.IntN(3) {
		list = append(list, m.statement(withPrincipals, trust))
	}
	text, err := json.Marshal(map[string]any{"Version": m.one("2012-10-17", "2012-10-17", "2008-10-17"), "Statement": list})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// question makes up a request with its policies.
func (m maker) question() *question {
	q := &question{documents: make(map[decision.Layer][]string)}
	r := &q.request
	p := callersByName[m.one(callerNames...)]
	r.Request = policy.Request{Principal: p, Action: m.one("kms:Encrypt", "kms:Encrypt", "kms:Decrypt", "kms:CreateKey"), Resource: keyARN}
	r.Owner, r.Root = home, strings.HasSuffix(p.ARN, ":root")
	r.Missing, r.Trust = m.IntN(20) == 0, m.IntN(12) == 0
	q.values = valuesOf(p)
	for _, name := range keyNames {
		values := randomKeys[name]
		if len(values) == 0 || m.IntN(3) == 0 {
			continue
		}
		v := m.one(values...)
		if name == "aws:TagKeys" {
			q.values[strings.ToLower(name)] = naiveValue{strings.Fields(v), true}
			continue
		}
		q.values[strings.ToLower(name)] = naiveValue{list: []string{v}}
	}
	r.Context = contextOf(q.values)
	m.layers(q)
	if m.IntN(3) == 0 {
		q.grant = grants{"grant-1", []policy.Outcome{policy.NoMatch, policy.Delegated, policy.Allowed, policy.AllowedByARN}[m.IntN(4)]}
		r.Grants = q.grant
	}
	return q
}

// layers gives the request policies, those that limit less often than the others.
func (m maker) layers(q *question) {
	r := &q.request
	add := func(l decision.Layer, chance, most int) []decision.Policy {
		if m.IntN(chance) > 0 {
			return nil
		}
		list := []decision.Policy{}
		for range 1 + m.IntN(most) {
			withPrincipals := l == decision.Resource || l == decision.Endpoint
			text := m.document(withPrincipals, l == decision.Resource && r.Trust)
			p := named(l.String(), text)
			p.Bind(map[string]string{alice.ARN: alice.ID, session.Role: session.ID})
			list = append(list, *p)
			q.documents[l] = append(q.documents[l], text)
		}
		return list
	}
	one := func(l decision.Layer, chance int) *decision.Policy {
		if list := add(l, chance, 1); len(list) > 0 {
			return &list[0]
		}
		return nil
	}
	if r.Principal.Account != "" { // others have no policies of their own
		r.Controls = add(decision.Control, 4, 2)
		r.Identity = add(decision.Identity, 1, 3)
		r.Boundary = one(decision.Boundary, 4)
		r.Session = add(decision.Session, 4, 2)
	}
	r.Endpoint = one(decision.Endpoint, 4)
	if m.IntN(12) > 0 {
		r.Resource = one(decision.Resource, 1)
	}
}

func checkAgainstNaive(t *testing.T, q *question) string {
	t.Helper()
	result, err := decision.Decide(&q.request)
	if err != nil {
		t.Fatal(err)
	}
	got, want := decided(result), newNaive(q).decide()
	if got != want {
		t.Fatalf("decided %s (%s), naively %s\nrequest: %+v\ncontext: %v\ngrant: %v\ndocuments: %v",
			got, result.String(), want, q.request.Request, q.values, q.grant, q.documents)
	}
	return got
}

// TestDecideAgainstNaive compares decisions about requests that nobody would think of.
func TestDecideAgainstNaive(t *testing.T) {
	t.Parallel()
	m := maker{rand.New(rand.NewPCG(7, 11))}
	seen := make(map[string]int)
	for range 8000 {
		seen[checkAgainstNaive(t, m.question())]++
	}
	for _, outcome := range []string{
		"allow resource", "allow identity", "allow grant", "deny control", "deny endpoint", "deny resource", "deny identity", "deny boundary",
		"deny session", "explicit control", "explicit endpoint", "explicit resource", "explicit identity", "explicit boundary", "explicit session",
	} {
		if seen[outcome] < 10 {
			t.Errorf("only %d of 8,000 decisions are %q: the requests prove little", seen[outcome], outcome)
		}
	}
}

func FuzzDecide(f *testing.F) {
	for i := range uint64(16) {
		f.Add(i, i*i)
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		m := maker{rand.New(rand.NewPCG(a, b))}
		for range 20 {
			checkAgainstNaive(t, m.question())
		}
	})
}
