package kms

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
)

// Question is what Can answers: whether a caller may do something with a key.
type Question struct {
	Action            string // "Encrypt", "kms:Encrypt"; ReEncrypt is ReEncryptFrom and ReEncryptTo
	Key               string // key id, key ARN, alias name or alias ARN
	EncryptionContext map[string]string
	GrantTokens       []string
}

// Answer is what would be decided.
type Answer struct {
	decision.Result
	KeyARN      string
	State       types.KeyState // of the key, "" if there is none: not every operation works in every state
	Message     string         // of the error that a denied caller would get
	Explanation []string       // for a denied caller: what nearly applies and what is missing
}

// Can finds out whether the caller may do something with a key, without doing it and
// without a record. Conditions see what is known of the caller and the key. The error is one
// that the call itself would give before a decision, such as for a malformed key id.
func (s *Service) Can(ctx context.Context, c *iam.Caller, q Question) (Answer, error) {
	op, err := operationNamed(q.Action)
	if err != nil {
		return Answer{}, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return Answer{}, err
	}
	a := &ask{op: op, name: q.Key, tokens: q.GrantTokens, encrypts: op.encrypts(), context: q.EncryptionContext}
	if a.encrypts {
		a.algorithm = string(types.EncryptionAlgorithmSpecSymmetricDefault)
	}
	a.begin(ctx, s, c)
	if err := a.openTokens(); err != nil {
		return Answer{}, err
	}
	t, err := s.resolve(a)
	if err != nil {
		return Answer{}, err
	}
	k, err := s.lookup(ctx, t)
	if err != nil {
		return Answer{}, err
	}
	access := a.to(t, k)
	result, err := c.Decide(&access)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Result: result, KeyARN: access.ARN}
	if k != nil {
		if answer.State, err = s.state(ctx, k); err != nil {
			return Answer{}, err
		}
		if err := a.fitTokens(); err != nil {
			return Answer{}, err
		}
	}
	if !result.Allowed {
		answer.Message = result.Message(decision.Asked{User: c.Principal.ARN, Action: op.action, Resource: access.ARN})
		answer.Explanation = c.Explain(&result)
	}
	return answer, nil
}

// encrypts reports whether the operation has an encryption context.
func (o operation) encrypts() bool {
	switch o.name {
	case opEncrypt.name, opDecrypt.name, opReEncryptFrom.name, opReEncryptTo.name, opGenerateDataKey.name, opGenerateDataKeyWithoutPlaintext.name,
		opGenerateDataKeyPair.name, opGenerateDataKeyPairWithoutPlaintext.name:
		return true
	}
	return false
}

// operationNamed finds the operation of an action. The case of an action does not matter in
// policies, and so not here.
func operationNamed(action string) (operation, error) {
	name := strings.TrimPrefix(strings.ToLower(action), "kms:")
	i := slices.IndexFunc(keyOperations, func(o operation) bool { return strings.ToLower(o.name) == name })
	if i < 0 {
		return operation{}, fmt.Errorf("%q is not an action on a key", action)
	}
	return keyOperations[i], nil
}
