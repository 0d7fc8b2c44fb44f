package sts

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/iam"
)

// The lengths of the sessions of users and of root users.
const (
	shortestSession     = 15 * time.Minute
	defaultUserSession  = 12 * time.Hour
	longestUserSession  = 36 * time.Hour
	longestRootSession  = time.Hour
	defaultRoleSession  = time.Hour
	longestChainSession = time.Hour
)

// GetSessionToken makes temporary credentials for a user. Those of a root user last an hour
// at most; a longer wish is cut to that, as AWS does. The session ends with the access key
// that made it. It needs no permission.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
func (s *Service) GetSessionToken(ctx context.Context, c *iam.Caller, in *sts.GetSessionTokenInput) (*sts.GetSessionTokenOutput, error) {
	if err := ownCredentials(c, "GetSessionToken"); err != nil {
		return nil, err
	}
	switch {
	case c.Temporary:
		return nil, accessDenied("Cannot call GetSessionToken with session credentials")
	case c.Principal.Type == iam.TypeService:
		return nil, accessDenied("Cannot call GetSessionToken as a service")
	case in.SerialNumber != nil || in.TokenCode != nil:
		return nil, badMFA()
	}
	by, err := s.iam.ParentOf(ctx, c)
	if err != nil {
		return nil, err
	}
	length := userSessionLength(c, in.DurationSeconds)
	credentials, err := s.credentials(iam.Session{Principal: c.Principal, Parent: by}, length, in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	return &sts.GetSessionTokenOutput{Credentials: credentials}, nil
}

func userSessionLength(c *iam.Caller, seconds *int32) time.Duration {
	length, longest := defaultUserSession, longestUserSession
	if c.Principal.Type == iam.TypeRoot {
		length, longest = longestRootSession, longestRootSession
	}
	if seconds != nil {
		length = time.Duration(*seconds) * time.Second
	}
	return max(shortestSession, min(longest, length))
}
