package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/sigv4"
)

// Behalf is what a service says of its call: for whom it calls, or for which resource of its
// own. It is AWS's forward access session, for services whose operator is not AWS.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
type Behalf struct {
	// Principal is the ARN of a user, an account's root user, a role, or a role's session.
	Principal string
	// SessionToken is the principal's, if it called the service with temporary credentials.
	// With it, session policies, session tags and the end of the session count; without it,
	// a role's session has the rights of its role.
	SessionToken string

	// SourceARN and SourceAccount say for which resource a service calls that acts for
	// itself, against confused deputies.
	SourceARN, SourceAccount string
}

// refusal is what a caller is told whose signature is good, and who says things beside it
// that it may not say. Such a call is recorded.
func refusal(format string, args ...any) error {
	return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: fmt.Sprintf(format, args...)}
}

// ActFor lets a caller, whom Identify has completed, call as b says. A call for a principal
// is decided and recorded as that principal's. An error of type smithy.APIError is for the
// caller; c is as it was then.
func (s *Service) ActFor(ctx context.Context, c *Caller, b Behalf) error {
	if c.Principal.Type != TypeService {
		return refusal("%s is no service principal, and may not call on behalf of others.", c.Principal.ARN)
	}
	if b.Principal == "" {
		return s.sourceOf(ctx, c, b)
	}
	if b.SourceARN != "" || b.SourceAccount != "" {
		return refusal("A call on behalf of a principal has no source.")
	}
	before := *c
	err := s.become(ctx, c, b)
	if err != nil {
		*c = before
	}
	if _, ok := errors.AsType[*sigv4.Error](err); ok || errors.Is(err, ErrNoEntity) {
		return refusal("%s can't call on behalf of %.2048q: there is no such principal, or its session is not valid.", c.Principal.Name, b.Principal)
	}
	return err
}

// become makes the caller the principal that b names.
func (s *Service) become(ctx context.Context, c *Caller, b Behalf) error {
	session, err := s.sessionOf(ctx, c, b)
	if err != nil {
		return err
	}
	c.Via = &Via{Service: c.Principal.Name, Region: c.Region}
	if err := s.Identify(ctx, c, session); err != nil {
		return err
	}
	if c.Principal.ARN != b.Principal && (b.SessionToken != "" || c.Principal.Role != b.Principal) {
		return ErrNoEntity // of another path, or of a name that differs in case
	}
	c.standing = c.standing.within(c.service.limit)
	return nil
}

// sessionOf finds out what the credentials of a principal would stand for, and sets the
// caller's access key to them.
func (s *Service) sessionOf(ctx context.Context, c *Caller, b Behalf) (*Session, error) {
	c.AccessKeyID = ""
	if b.SessionToken == "" {
		return s.sessionOfName(ctx, c, b.Principal)
	}
	opened, err := s.openToken(b.SessionToken)
	if err != nil {
		return nil, badToken()
	}
	valid, err := s.sessionCredential(ctx, opened.AccessKeyID, b.SessionToken)
	if err != nil {
		return nil, err
	}
	session := valid.Owner.(*Session)
	if session.Principal.Type == TypeService { // which could name the next principal
		return nil, badToken()
	}
	c.AccessKeyID = valid.AccessKeyID
	return session, nil
}

// sessionOfName is sessionOf for a principal by its ARN, or ErrNoEntity.
func (s *Service) sessionOfName(ctx context.Context, c *Caller, name string) (*Session, error) {
	if !strings.HasPrefix(name, "arn:") { // the number of an account, or another service
		return nil, ErrNoEntity
	}
	p, err := s.principalNamed(ctx, name, c.service.Name)
	if err != nil {
		return nil, err
	}
	session := &Session{Principal: p}
	if p.Type == TypeAssumedRole {
		// One that begins now, so that what policies ask of every session is there.
		session.Created = c.Time.Truncate(time.Second)
		session.Expires = session.Created.Add(time.Minute)
	}
	return session, nil
}

// sourceOf takes over for which resource a service calls.
func (s *Service) sourceOf(ctx context.Context, c *Caller, b Behalf) error {
	if b.SessionToken != "" {
		return refusal("A session token needs the principal whose it is.")
	}
	if b.SourceARN != "" {
		arn, ok := ParseARN(b.SourceARN)
		switch {
		case !ok:
			return refusal("The source %.2048q is no ARN.", b.SourceARN)
		case b.SourceAccount != "" && arn.Account != "" && arn.Account != b.SourceAccount:
			return refusal("The source %.2048q is not in account %.12q.", b.SourceARN, b.SourceAccount)
		}
	}
	if b.SourceAccount != "" {
		err := ErrNoEntity
		if accountPattern.MatchString(b.SourceAccount) {
			err = s.dir.accountExists(ctx, b.SourceAccount)
		}
		if errors.Is(err, ErrNoEntity) {
			return refusal("There is no account %.12q.", b.SourceAccount)
		}
		if err != nil {
			return err
		}
	}
	c.SourceARN, c.SourceAccount = b.SourceARN, b.SourceAccount
	return nil
}
