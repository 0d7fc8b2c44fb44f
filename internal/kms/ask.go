package kms

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
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
	otherKey  string      // the other key of a ReEncrypt, as the caller or the service names it
	newTags   []types.Tag // the tags of the request
	tagKeys   []string    // the keys of these tags, or of those to remove
	further   []condition // what else the operation's input says
	recipient *recipient  // the attested platform that the answer is for, or nil
	child     *grant      // of CreateGrant: what is to be created
	source    *key        // of ReEncrypt's second half: the key of the first, which tokens may be for as well

	// Of the call and the key in question, set by access.go.
	ctx     context.Context
	service *Service
	caller  *iam.Caller
	tx      *store.Tx // of an operation that changes the key; else nil
	key     *key      // nil if there is no such key
	err     error     // of a lookup that failed
	opened  []grantToken
}

// condition is a condition key with its value. The name is in lower case.
type condition struct {
	name  string
	value policy.Value
}

// begin fits the ask to a call.
func (a *ask) begin(ctx context.Context, s *Service, c *iam.Caller) {
	a.ctx, a.service, a.caller = ctx, s, c
}

// of is what the caller asks for, once it is known of which key; k is nil if there is none.
func (a *ask) of(arn, account string, k *key) iam.Access {
	a.key, a.err = k, nil
	access := iam.Access{Action: a.op.action, ARN: arn, Account: account, Missing: k == nil, Context: a}
	if k != nil {
		access.Policy, access.Grants = k.document, a
	}
	return access
}

// authorize decides on what an operation asks of something that is no key: of an alias, of
// a key that is to be made, or of the account with the ARN "*". Only the caller's own
// policies have a say.
func (a *ask) authorize(ctx context.Context, s *Service, c *iam.Caller, arn string) error {
	a.begin(ctx, s, c)
	access := a.of(arn, c.Principal.Account, nil)
	access.Missing = false
	return c.Authorize(&access)
}

var (
	_ iam.ServiceContext = (*ask)(nil)
	_ decision.Grants    = (*ask)(nil)
)

// Lookup implements policy.Context.
func (a *ask) Lookup(name string) (policy.Value, bool) {
	if find := conditionKeys[name]; find != nil {
		if v, ok := find(a); ok {
			return v, true
		}
	}
	for i := range a.further {
		if a.further[i].name == name {
			return a.further[i].value, true
		}
	}
	for i := range conditionFamilies {
		f := &conditionFamilies[i]
		if rest, ok := strings.CutPrefix(name, f.prefix); ok {
			return f.find(a, rest)
		}
	}
	return policy.Value{}, false
}

// Hidden implements iam.ServiceContext. Conditions on tags and aliases of a key are for
// IAM policies.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func (a *ask) Hidden(name string) bool {
	return name == "kms:resourcealiases" || strings.HasPrefix(name, resourceTag)
}

// Err implements iam.ServiceContext.
func (a *ask) Err() error { return a.err }

// fail makes the decision void: the value of a condition key could not be found out.
func (a *ask) fail(err error) (policy.Value, bool) {
	a.err = err
	return policy.Value{}, false
}

// FindGrant implements decision.Grants.
func (a *ask) FindGrant() (id string, by policy.Outcome, err error) {
	return a.service.grantFor(a.ctx, a.caller, a, a.key)
}
