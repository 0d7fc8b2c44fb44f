// Package sts hands out temporary credentials: to users, to those who may assume a role, and
// to the web identities that a role trusts. The one rule to know: a session is all in its
// token, and is no more than its principal at the time of each call. So nothing is stored
// here, and what ends a session (its time, the end of its role, a policy) is looked at when
// the session is used.
//
// Begin reading with AssumeRole; assumption.go has what all ways to a role have in common.
package sts

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/oidc"
)

// Service hands out temporary credentials. Its methods may be called at once.
type Service struct {
	iam    *iam.Service
	clock  *clock.Clock
	tokens *oidc.Verifier
}

// New returns a Service. The verifier judges the tokens of web identities.
func New(i *iam.Service, c *clock.Clock, tokens *oidc.Verifier) *Service {
	return &Service{iam: i, clock: c, tokens: tokens}
}

// GetCallerIdentity tells callers who they are. It needs no permission.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func (s *Service) GetCallerIdentity(_ context.Context, c *iam.Caller, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Account: &c.Principal.Account, Arn: &c.Principal.ARN, UserId: &c.Principal.ID}, nil
}

// credentials makes the credentials of a session that begins now and lasts for so long.
func (s *Service) credentials(session iam.Session, length time.Duration, tokenSize *int32) (*types.Credentials, error) {
	session.Created = s.clock.Now().Truncate(time.Second)
	session.Expires = session.Created.Add(length)
	var atLeast int32
	if tokenSize != nil {
		atLeast = *tokenSize
	}
	k, token, err := s.iam.NewSession(session, int(atLeast))
	if err != nil {
		return nil, err
	}
	return &types.Credentials{
		AccessKeyId: &k.ID, SecretAccessKey: new(string(k.Secret.Expose())), SessionToken: &token, Expiration: &session.Expires,
	}, nil
}
