package decision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

const (
	home      = "111122223333"
	elsewhere = "444455556666"
	keyARN    = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// The callers of the tests.
var (
	alice   = policy.Principal{ARN: "arn:aws:iam::111122223333:user/alice", ID: "AIDAALICE", Account: home}
	session = policy.Principal{
		ARN: "arn:aws:sts::111122223333:assumed-role/App/run-1", Role: "arn:aws:iam::111122223333:role/service/App",
		ID: "AROAAPP", Account: home,
	}
)

// defaultKeyPolicy is what a key gets that is created without a policy.
const defaultKeyPolicy = `{"Version": "2012-10-17", "Id": "key-default-1", "Statement": [{"Sid": "Enable IAM User Permissions", "Effect": "Allow",
	"Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]}`

// keys is a policy.Context.
type keys map[string]policy.Value

func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// grants is a decision.Grants that finds the one grant.
type grants struct {
	id string
	by policy.Outcome
}

func (g grants) FindGrant() (string, policy.Outcome, error) { return g.id, g.by, nil }

func document(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`
}

func named(name, doc string) *decision.Policy {
	d, err := policy.Parse([]byte(doc))
	if err != nil {
		panic(name + ": " + err.Error())
	}
	return &decision.Policy{Document: d, Name: name}
}

// TestResourceContext: keys that are for identity policies only are hidden from key policies,
// and from nothing else. Source: KMS Developer Guide, "kms:ResourceAliases".
func TestResourceContext(t *testing.T) {
	const condition = `"Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}}`
	hidden := keys{}
	all := keys{"kms:resourcealiases": policy.Multi([]string{"alias/app"})}
	tests := []struct{ rule, key, identity, want string }{
		{"a condition of the key policy does not see the key", `"Action": "*", "Resource": "*", ` + condition, allowAll, "denied because no resource-based policy allows it"},
		{"one of the identity policy does", `"Action": "*", "Resource": "*"`, strings.Replace(allowAll, `"Resource": "*"`, `"Resource": "*", `+condition, 1),
			"allowed by statement 1 of the identity policy, which may decide by statement 1 of the key policy"},
	}
	for _, tt := range tests {
		r := benchRequest(document(`{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, `+tt.key+`}`), document(tt.identity))
		r.Context, r.ResourceContext = all, hidden
		if got, err := decision.Decide(r); err != nil || got.String() != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.rule, got.String(), err, tt.want)
		}
	}
}

// failing is a decision.Grants that can't be asked.
type failing struct{ error }

func (f failing) FindGrant() (string, policy.Outcome, error) { return "", policy.Allowed, f.error }

func TestGrantsFail(t *testing.T) {
	broken := errors.New("broken")
	r := benchRequest(document(`{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "*", "Resource": "*"}`), document(allowAll))
	r.Grants = failing{broken}
	if got, err := decision.Decide(r); !errors.Is(err, broken) || got.Allowed {
		t.Errorf("%s, %v; want no decision but the error", got.String(), err)
	}
	r.Resource = named("the key policy", defaultKeyPolicy)
	if got, err := decision.Decide(r); err != nil || !got.Allowed {
		t.Errorf("%s, %v; want grants not to be asked", got.String(), err)
	}
}

// A decision that takes in every layer, and in which the resource's policy sees the request
// differently, allocates nothing.
func TestDecideAllocatesNothing(t *testing.T) {
	r := benchRequest(twentyStatements(), document(allowAll))
	r.Boundary, r.Endpoint = named("the boundary", document(allowAll)), named("the endpoint policy", document(anyEndpoint))
	r.ResourceContext = benchContext
	if n := testing.AllocsPerRun(100, func() {
		if got, err := decision.Decide(r); err != nil || !got.Allowed {
			t.Fatal(got.String(), err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
