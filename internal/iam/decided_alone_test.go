package iam_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// TestWhoseDecision: a record says that its account may read why a call was decided only if no
// policy of another account had a say: not a service control policy, which is the management
// account's, nor that of another account's private endpoint.
func TestWhoseDecision(t *testing.T) {
	t.Parallel()
	const only = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"kms:ListKeys","Resource":"*"}}`
	doc, err := policy.Parse([]byte(only))
	if err != nil {
		t.Fatal(err)
	}
	endpoint := func(account string) *iam.Endpoint {
		return &iam.Endpoint{ID: "vpce-1", VPC: "vpc-1", Account: account, Region: "us-east-1", Services: []string{"kms"},
			Policy: decision.Policy{Document: doc, Name: "the endpoint's policy"}}
	}
	encrypt := iam.Access{Action: "kms:Encrypt", ARN: "*", Account: mine}
	for name, tt := range map[string]struct {
		access   iam.Access
		endpoint *iam.Endpoint
		control  string
		allowed  bool
		own      bool
	}{
		"its own policy allows":             {encrypt, nil, "", true, true},
		"its own policies don't allow":      {iam.Access{Action: "kms:Decrypt", ARN: "*", Account: mine}, nil, "", false, true},
		"the organization forbids":          {encrypt, nil, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}}`, false, false},
		"its own endpoint doesn't allow":    {encrypt, endpoint(mine), "", false, true},
		"another's endpoint doesn't allow":  {encrypt, endpoint(theirs), "", false, false},
		"another account owns the resource": {iam.Access{Action: "kms:Encrypt", ARN: "*", Account: theirs}, nil, "", false, false},
	} {
		s := populated(t)
		if tt.control != "" {
			if err := s.PutControl(t.Context(), mine, iam.ControlPolicy{Name: "p-limit", Document: tt.control}); err != nil {
				t.Fatal(err)
			}
		}
		c, err := s.CallerFor(t.Context(), "arn:aws:iam::"+mine+":user/a/Alice")
		if err != nil {
			t.Fatal(err)
		}
		c.Event, c.Endpoint = new(cloudtrail.Event), tt.endpoint
		err = c.Authorize(&tt.access)
		if _, denied := errors.AsType[*iam.Denied](err); denied == tt.allowed || !denied && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		field := func(name string) bool {
			return slices.ContainsFunc(c.Event.AdditionalEventData, func(f cloudtrail.Field) bool { return f.Name == name })
		}
		if !field(cloudtrail.AuthorizationField) || field(cloudtrail.AuthorizationAccountField) != tt.own {
			t.Errorf("%s: the record has %+v", name, c.Event.AdditionalEventData)
		}
	}
}
