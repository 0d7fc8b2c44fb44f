package iam

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

// GetCallerIdentity tells callers who they are. It needs no permission.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func (s *Service) GetCallerIdentity(_ context.Context, c *Caller, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Account: &c.Principal.Account, Arn: &c.Principal.ARN, UserId: &c.Principal.ID}, nil
}

// The lengths of a session that the root user may ask for.
const (
	shortestSession = 15 * time.Minute
	longestSession  = time.Hour
)

// GetSessionToken makes temporary credentials for the caller. Those of a root user last
// an hour at most; a longer wish is cut to that, as AWS does.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
func (s *Service) GetSessionToken(ctx context.Context, c *Caller, in *sts.GetSessionTokenInput) (*sts.GetSessionTokenOutput, error) {
	switch {
	case c.Temporary:
		return nil, accessDenied("Cannot call GetSessionToken with session credentials")
	case in.SerialNumber != nil || in.TokenCode != nil:
		return nil, accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
	}
	length := longestSession
	if in.DurationSeconds != nil {
		length = max(shortestSession, min(longestSession, time.Duration(*in.DurationSeconds)*time.Second))
	}
	by, err := s.ParentOf(ctx, c)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now().Truncate(time.Second)
	expires := now.Add(length)
	k, token, err := s.NewSession(Session{Principal: c.Principal, Created: now, Expires: expires, Parent: by})
	if err != nil {
		return nil, err
	}
	// The record tells which access key the session has. The token is left out: it is half
	// of a credential.
	c.Event.ResponseElements = fmt.Appendf(nil, `{"credentials":{"accessKeyId":%q,"expiration":%q}}`, k.ID, expires.UTC().Format(eventDate))
	return &sts.GetSessionTokenOutput{Credentials: &types.Credentials{
		AccessKeyId: &k.ID, SecretAccessKey: new(string(k.Secret.Expose())), SessionToken: &token, Expiration: &expires,
	}}, nil
}

// eventDate is how CloudTrail writes dates in parameters and answers.
const eventDate = "Jan 2, 2006, 3:04:05 PM"

func accessDenied(text string) error {
	return &smithy.GenericAPIError{Code: "AccessDenied", Message: text}
}
