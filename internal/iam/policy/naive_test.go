package policy_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

// The naive evaluator below follows the text of the IAM User Guide sentence by sentence,
// on statements that are not compiled, and is compared with the real one on documents
// made up at random.

// naiveStatement is a statement; a nil list is an absent element.
type naiveStatement struct {
	effect                                                            string
	principal, notPrincipal, action, notAction, resource, notResource []string
	conditions                                                        []naiveCondition
}

type naiveCondition struct {
	operator, key string
	values        []string
}

// naiveDecide: "an explicit deny in any statement overrides the allow"; a principal that
// is allowed by name needs nothing else, one allowed by its account needs that account.
func naiveDecide(list []naiveStatement, p policy.Principal, action, resource string, c keys) policy.Outcome {
	outcome := policy.NoMatch
	for _, s := range list {
		how := naiveIncludes(s, p)
		if how == policy.NoMatch ||
			!naiveCovers(s.action, s.notAction, strings.ToLower(action), strings.ToLower) ||
			!naiveCovers(s.resource, s.notResource, resource, strings.Clone) ||
			slices.ContainsFunc(s.conditions, func(one naiveCondition) bool { return !naiveHolds(one, c) }) {
			continue
		}
		switch {
		case s.effect == "Deny":
			return policy.Denied
		default:
			outcome = max(outcome, how)
		}
	}
	return outcome
}

// naiveIncludes: an account stands for all its principals, a role for all its sessions;
// NotPrincipal spares from a Deny who is listed with role and account.
func naiveIncludes(s naiveStatement, p policy.Principal) (how policy.Outcome) {
	account := "arn:aws:iam::" + p.Account + ":root"
	if s.notPrincipal != nil {
		listed := func(name string) bool {
			return slices.Contains(s.notPrincipal, name) || slices.Contains(s.notPrincipal, "*")
		}
		some := listed(account) || listed(p.ARN) || p.Role != "" && listed(p.Role)
		all := listed(account) && listed(p.ARN) && (p.Role == "" || listed(p.Role))
		if s.effect == "Deny" && !all || s.effect != "Deny" && !some {
			return policy.Allowed
		}
		return policy.NoMatch
	}
	for _, name := range s.principal {
		switch {
		case name == "*", name == p.ARN && name != account:
			how = policy.AllowedByARN
		case name == p.Role, name == p.ARN:
			how = max(how, policy.Allowed)
		case name == account:
			how = max(how, policy.Delegated)
		}
	}
	return how
}

// naiveCovers: the element lists it, or the element's opposite does not.
func naiveCovers(list, not []string, text string, normal func(string) string) bool {
	matches := func(pattern string) bool {
		return naiveMatch(naiveTokens(normal(pattern), ""), tokens(text))
	}
	if not != nil {
		return !slices.ContainsFunc(not, matches)
	}
	return slices.ContainsFunc(list, matches)
}

// naiveHolds: "ForAllValues returns true if there are no keys in the request", "ForAnyValue
// returns false"; "if the policy condition requires that the key is not matched and the key
// is not present, the condition is true"; IfExists: "if the key is not present, evaluate
// the condition element as true".
func naiveHolds(c naiveCondition, context keys) bool {
	set, operator, ok := strings.Cut(c.operator, ":")
	if !ok {
		set, operator = "", c.operator
	}
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	positive := strings.Replace(operator, "Not", "", 1)
	value, present := naiveValues[c.key]
	_, inContext := context[c.key]
	present = present && inContext
	if operator == "Null" {
		return slices.Contains(c.values, strconv.FormatBool(!present))
	}
	accepted, refused := 0, 0 // of the request's values
	for _, v := range value {
		fits := slices.ContainsFunc(c.values, func(p string) bool { return naiveCompare(positive, p, v) })
		if fits == (operator == positive) {
			accepted++
		} else {
			refused++
		}
	}
	switch {
	case !present && ifExists:
		return true
	case set == "ForAllValues":
		return !present || refused == 0
	case set == "ForAnyValue":
		return present && accepted > 0
	case !present:
		return operator != positive
	case operator != positive:
		return refused == 0
	}
	return accepted > 0
}

func naiveCompare(operator, pattern, value string) bool {
	number, err := strconv.ParseFloat(value, 64)
	limit, _ := strconv.ParseFloat(pattern, 64)
	switch operator {
	case "StringEquals":
		return pattern == value
	case "StringEqualsIgnoreCase":
		return strings.EqualFold(pattern, value)
	case "StringLike":
		return naiveMatch(naiveTokens(pattern, ""), tokens(value))
	case "NumericEquals":
		return err == nil && number == limit
	case "NumericLessThan":
		return err == nil && number < limit
	case "NumericGreaterThanEquals":
		return err == nil && number >= limit
	case "IpAddress":
		addr, err := netip.ParseAddr(value)
		return err == nil && netip.MustParsePrefix(pattern).Contains(addr)
	}
	panic("naive: " + operator)
}

// naiveValues are the condition keys of the requests; the last is never there.
var naiveValues = map[string][]string{
	"aws:name":   {"Abc"},
	"aws:number": {"10"},
	"aws:addr":   {"10.1.2.3"},
	"aws:many":   {"abc", "10"},
	"aws:none":   nil,
}

// operands are values to compare with, by the beginning of the operator's name.
var operands = map[string][]string{
	"String":  {"abc", "Abc", "a*", "*", "10", "???"},
	"Numeric": {"9", "10", "10.0", "11"},
	"Ip":      {"10.0.0.0/8", "192.0.2.0/24"},
	"Null":    {"true", "false"},
}

// maker makes up statements.
type maker struct{ *rand.Rand }

func (m maker) one(from ...string) string { return from[m.IntN(len(from))] }

func (m maker) some(from ...string) []string {
	list := make([]string, 1+m.IntN(2))
	for i := range list {
		list[i] = m.one(from...)
	}
	return list
}

func (m maker) statement() naiveStatement {
	s := naiveStatement{effect: m.one("Allow", "Allow", "Deny")}
	pick := func(list, not *[]string, from ...string) {
		if m.IntN(4) == 0 {
			list = not
		}
		*list = m.some(from...)
	}
	pick(&s.principal, &s.notPrincipal, "*", root.ARN, alice.ARN, session.ARN, session.Role, "arn:aws:iam::444455556666:root")
	pick(&s.action, &s.notAction, "*", "kms:*", "KMS:enc*", "kms:Decrypt", "kms:?ncrypt", "s3:*")
	pick(&s.resource, &s.notResource, "*", keyARN, "arn:aws:kms:*", "arn:aws:kms:*:*:key/12??abcd-*", "arn:aws:kms:*:*:alias/*")
	for range m.IntN(3) {
		s.conditions = append(s.conditions, m.condition())
	}
	return s
}

func (m maker) condition() naiveCondition {
	base := m.one("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
		"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals", "IpAddress", "NotIpAddress", "Null")
	c := naiveCondition{operator: base, key: m.one("aws:name", "aws:number", "aws:addr", "aws:many", "aws:none")}
	for prefix, values := range operands {
		if strings.HasPrefix(strings.TrimPrefix(base, "Not"), prefix) {
			c.values = m.some(values...)
		}
	}
	if base != "Null" {
		c.operator = m.one("", "ForAllValues:", "ForAnyValue:") + base + m.one("", "IfExists")
	}
	return c
}

// json prints the statement.
func (s naiveStatement) json() string {
	list := func(values []string) string {
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = quote(v)
		}
		return "[" + strings.Join(quoted, ",") + "]"
	}
	var b strings.Builder
	b.WriteString(`{"Effect":` + quote(s.effect))
	element := func(name, before string, values []string, after string) {
		if values != nil {
			b.WriteString("," + quote(name) + ":" + before + list(values) + after)
		}
	}
	element("Principal", `{"AWS":`, s.principal, "}")
	element("NotPrincipal", `{"AWS":`, s.notPrincipal, "}")
	element("Action", "", s.action, "")
	element("NotAction", "", s.notAction, "")
	element("Resource", "", s.resource, "")
	element("NotResource", "", s.notResource, "")
	b.WriteString(`,"Condition":{`)
	for i, c := range s.conditions {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(quote(c.operator) + `:{` + quote(c.key) + ":" + list(c.values) + "}")
	}
	return b.String() + "}}"
}

func TestEvaluateAgainstNaive(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(3, 4))}
	context := make(keys)
	for name, values := range naiveValues {
		switch len(values) {
		case 0:
		case 1:
			context[name] = policy.Single(values[0])
		default:
			context[name] = policy.Multi(values)
		}
	}
	seen := make(map[policy.Outcome]int)
	for range 5000 {
		var list []naiveStatement
		var printed []string
		for range 1 + m.IntN(3) {
			s := m.statement()
			if len(s.conditions) == 2 && s.conditions[0].operator == s.conditions[1].operator {
				s.conditions = s.conditions[:1] // one object can't hold both
			}
			list, printed = append(list, s), append(printed, s.json())
		}
		d := parse(t, statements(printed...))
		for _, p := range []policy.Principal{alice, root, session, foreign} {
			want := naiveDecide(list, p, "kms:Encrypt", keyARN, context)
			seen[want]++
			if got := decide(d, p, context).Outcome; got != want {
				t.Fatalf("%s\n%+v: %s, want %s", d, p, got, want)
			}
		}
	}
	for o := policy.NoMatch; o <= policy.Denied; o++ {
		if seen[o] < 250 {
			t.Errorf("only %d of 20000 decisions are %q: the documents prove little", seen[o], o)
		}
	}
}
