package decision_test

import (
	"testing"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// TestAdds: a resource's policy that only adds leaves to the account what it does not speak of,
// and denies what it denies.
func TestAdds(t *testing.T) {
	t.Parallel()
	parse := func(text string) decision.Policy {
		d, err := policy.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return decision.Policy{Document: d, Name: "p"}
	}
	const (
		nothing = `{"Statement":[{"Effect":"Allow","Action":"sns:ListTopics","Resource":"*"}]}`
		allow   = `{"Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}`
		other   = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"},"Action":"sns:Publish","Resource":"*"}]}`
		alice   = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"sns:Publish","Resource":"*"}]}`
		account = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sns:Publish","Resource":"*"}]}`
		deny    = `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*"}]}`
	)
	for _, c := range []struct {
		name, resource, identity string
		owner                    string
		adds, want               bool
	}{
		{"the account's policies suffice", other, allow, "111122223333", true, true},
		{"a key's policy must take part", other, allow, "111122223333", false, false},
		{"neither allows", other, nothing, "111122223333", true, false},
		{"the resource's policy suffices", alice, nothing, "111122223333", true, true},
		{"delegation is not permission", account, nothing, "111122223333", true, false},
		{"a denial stays one", deny, allow, "111122223333", true, false},
		{"another account's resource needs both", other, allow, "444455556666", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := parse(c.resource)
			got, err := decision.Decide(&decision.Request{
				Request: policy.Request{Principal: policy.Principal{ARN: "arn:aws:iam::111122223333:user/alice", Account: "111122223333"}, Action: "sns:Publish", Resource: "arn:aws:sns:us-east-1:" + c.owner + ":t"},
				Owner:   c.owner, Resource: &r, Adds: c.adds, Identity: []decision.Policy{parse(c.identity)},
			})
			if err != nil || got.Allowed != c.want {
				t.Errorf("%v, %v", got.String(), err)
			}
		})
	}
}
