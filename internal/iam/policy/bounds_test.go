package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

// counted counts the condition keys that a decision looks up.
type counted struct {
	keys
	lookups *int
}

func (c counted) Lookup(name string) (policy.Value, bool) {
	*c.lookups++
	return c.keys.Lookup(name)
}

// The work of a decision is one look at each statement: 10,000 of them, none of which
// applies, take no more than one condition each, no memory, and one look at the context.
func TestWorkOfTenThousandStatements(t *testing.T) {
	tests := []struct {
		rule, statement string
		lookups         int
	}{
		{"other actions are done with at once", `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`, 0},
		{"so are other principals", `{"Effect":"Deny","Principal":{"AWS":"1"},"Action":"*","Resource":"*"}`, 0},
		{"so are other resources", `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:*:x"}`, 0},
		{"of two conditions the first that does not hold is enough", `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":true,"a:c":true}}}`, 1},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			n := min(10000, (policy.MaxSize-100)/(len(tt.statement)+1))
			d := parse(t, statements(strings.TrimSuffix(strings.Repeat(tt.statement+",", n), ",")))
			lookups := 0
			r := policy.Request{Principal: alice, Action: "kms:Encrypt", Resource: keyARN, Context: counted{keys{}, &lookups}}
			if got := d.Evaluate(&r).Outcome; got != policy.NoMatch {
				t.Fatalf("%s", got)
			}
			if lookups != tt.lookups {
				t.Errorf("%d condition keys are looked up for %d statements, want %d", lookups, n, tt.lookups)
			}
			if a := testing.AllocsPerRun(1, func() { d.Evaluate(&r) }); a > 0 {
				t.Errorf("%v allocations", a)
			}
		})
	}
}

// Ten thousand statements are more than a document has room for as soon as they say
// something, and what is too large is refused before it is read.
func TestHugeDocumentsAreRefused(t *testing.T) {
	for _, statement := range []string{allow, `{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}`} {
		doc := statements(strings.TrimSuffix(strings.Repeat(statement+",", 10000), ","))
		_, err := policy.Parse([]byte(doc))
		wantMessage(t, err, fmt.Sprintf("larger than %d bytes", policy.MaxSize))
	}
}

// Deep wildcards in each place where a policy may have some, against a request made for
// them. A matcher that tries one place after the other would not come to an end; the texts
// are long enough that one with the square of their length would be noticed.
func TestDeepWildcardsEverywhere(t *testing.T) {
	deep := strings.Repeat("*a", 10000) + "*b"
	as := strings.Repeat("a", 10000)
	for rule, elements := range map[string]string{
		"an action":         `"Action": "kms:` + deep + `", "Resource": "*"`,
		"a service":         `"Action": "` + deep + `:*", "Resource": "*"`,
		"a resource":        `"Action": "*", "Resource": "` + deep + `"`,
		"NotResource":       `"Action": "*", "NotResource": ["` + deep + `", "*"]`,
		"StringLike":        `"Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:x": "` + deep + `"}}`,
		"ArnLike":           `"Action": "*", "Resource": "*", "Condition": {"ArnLike": {"aws:x": "arn:` + deep + `:*:*:*:` + deep + `"}}`,
		"question marks":    `"Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:x": "*` + strings.Repeat("a?", 9000) + `b*"}}`,
		"a variable":        `"Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:x": "*${aws:x}` + deep + `"}}`,
		"ForAnyValue":       `"Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringLike": {"aws:x": ["` + deep + `", "` + deep + `c"]}}`,
		"many of variables": `"Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:x": "` + strings.Repeat("*${aws:x}", 1000) + `"}}`,
	} {
		d := parse(t, statements(`{"Effect": "Allow", "Principal": "*", `+elements+`}`))
		r := policy.Request{Principal: alice, Action: "kms:" + strings.Repeat("a", 60), Resource: as, Context: keys{"aws:x": policy.Single(as)}}
		if got := d.Evaluate(&r).Outcome; got != policy.NoMatch {
			t.Errorf("%s of deep wildcards: %s", rule, got)
		}
	}
}

// A decision remembers the values of some keys; those of the others do not get mixed up.
func TestManyConditionKeys(t *testing.T) {
	context := keys{}
	var holds, fails []string
	for i := range 20 {
		key, value := fmt.Sprintf("aws:k%d", i), fmt.Sprint(i)
		context[key] = policy.Single(value)
		holds = append(holds, fmt.Sprintf(`"AWS:K%d": %q`, i, value))
		fails = append(fails, fmt.Sprintf(`"aws:k%d": %q`, i, fmt.Sprint(i+1)))
	}
	statement := func(sid, condition string) string {
		return fmt.Sprintf(`{"Sid": %q, "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {%s}}}`, sid, condition)
	}
	var list []string
	for i := range fails { // all hold but one
		list = append(list, statement("fails", strings.Join(append(slices.Clone(holds[:i]), append([]string{fails[i]}, holds[i+1:]...)...), ",")))
	}
	list = append(list, statement("holds", strings.Join(holds, ",")))
	want := policy.Decision{Outcome: policy.AllowedByARN, Statement: len(list) - 1, Sid: "holds"}
	if got := decide(parse(t, statements(list...)), alice, context); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
