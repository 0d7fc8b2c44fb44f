package kms

import (
	"context"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// grantFor finds a grant on the key k that allows what a asks for. There are no grants.
func (s *Service) grantFor(context.Context, *iam.Caller, *ask, *key) (id string, by policy.Outcome, err error) {
	return "", policy.NoMatch, nil
}

// checkTokens refuses grant tokens that are not valid: there are no grants, so no token
// can be.
func (a *ask) checkTokens() error {
	if len(a.tokens) > 0 {
		return errGrantToken()
	}
	return nil
}
