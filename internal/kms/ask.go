package kms

import (
	"context"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// ask is what an operation asks of a key, as the conditions of policies and the constraints
// of grants see it. An operation fills in what its input says; the functions of access.go
// do the rest. It belongs to one call.
type ask struct {
	op     operation
	name   string   // of the key, as the caller named it; "" if a ciphertext names it
	tokens []string // grant tokens

	// The encryption context. Operations without one have encrypts false.
	encrypts bool
	context  map[string]string

	algorithm string      // the encryption algorithm; "" for operations without one
	further   []condition // what else the operation's input says

	// Of the call and the key in question, set by access.go.
	ctx     context.Context
	service *Service
	caller  *iam.Caller
	key     *key // nil if there is no such key
}

// condition is a condition key with its value. The name is in lower case.
type condition struct {
	name  string
	value policy.Value
}

// begin fits the ask to a call.
func (a *ask) begin(ctx context.Context, s *Service, c *iam.Caller) {
	a.ctx, a.service, a.caller, a.key = ctx, s, c, nil
}

// access is what the caller asks for, once it is known of which key; k is nil if there is
// no such key.
func (a *ask) access(arn, account string, k *key) iam.Access {
	a.key = k
	access := iam.Access{Action: a.op.action, ARN: arn, Account: account, Missing: k == nil, Context: a}
	if k != nil {
		access.Policy, access.Grants = k.document, a
	}
	return access
}

var (
	_ policy.Context  = (*ask)(nil)
	_ decision.Grants = (*ask)(nil)
)

// Lookup implements policy.Context.
func (a *ask) Lookup(name string) (policy.Value, bool) {
	for i := range a.further {
		if a.further[i].name == name {
			return a.further[i].value, true
		}
	}
	return policy.Value{}, false
}

// FindGrant implements decision.Grants.
func (a *ask) FindGrant() (id string, by policy.Outcome, err error) {
	return a.service.grantFor(a.ctx, a.caller, a, a.key)
}
