package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/store"
)

// Session is what a credential stands for: a principal, and for temporary credentials all
// that STS was told when it made them. It is the Owner of a sigv4.Credential, and is not
// changed after that. Session tokens have it sealed in them.
type Session struct {
	Principal      Principal `json:"principal"`
	Created        time.Time `json:"created,omitzero"` // zero for long-term credentials
	Expires        time.Time `json:"expires,omitzero"` // zero for long-term credentials
	MFA            bool      `json:"mfa,omitempty"`
	Tags           []Tag     `json:"tags,omitempty"`
	TransitiveTags []string  `json:"transitiveTags,omitempty"` // keys of the Tags that go on to chained sessions
	SourceIdentity string    `json:"sourceIdentity,omitempty"`
	Federated      string    `json:"federated,omitempty"`  // ARN of the provider of a web identity
	Subject        string    `json:"subject,omitempty"`    // of the web identity
	Audience       string    `json:"audience,omitempty"`   // likewise
	Methods        []string  `json:"methods,omitempty"`    // likewise: how it authenticated
	Policy         string    `json:"policy,omitempty"`     // the inline session policy
	PolicyARNs     []string  `json:"policyArns,omitempty"` // managed session policies

	// Parent is what made the session, for sessions that end with it.
	Parent Parent `json:"parent,omitzero"`

	// Console says that somebody has signed in to the web console. Until is when the session can
	// be renewed no more.
	Console bool      `json:"console,omitempty"`
	Until   time.Time `json:"until,omitzero"`

	policies []decision.Policy // of Policy; those of PolicyARNs are found when the session is used
}

// Parent is what made a session: an access key by its id, and when it got the secret that it
// had then; or a password by the unique id of its user, and the serial that it had.
type Parent struct {
	ID       string    `json:"id"`
	Since    time.Time `json:"since"`
	Password string    `json:"password,omitempty"`
}

// Temporary reports whether the credentials end by themselves.
func (s *Session) Temporary() bool { return !s.Expires.IsZero() }

// lookup has the condition keys that come with the credentials.
func (s *Session) lookup(name string, now time.Time) (policy.Value, bool) {
	if !s.Temporary() {
		return policy.Value{}, false
	}
	switch name {
	case "aws:tokenissuetime":
		return policy.Single(s.Created.UTC().Format(time.RFC3339)), true
	case "aws:multifactorauthpresent":
		return policy.Single(strconv.FormatBool(s.MFA)), true
	case "aws:multifactorauthage":
		return policy.Single(strconv.FormatInt(int64(now.Sub(s.Created)/time.Second), 10)), s.MFA
	case "aws:sourceidentity":
		return policy.Single(s.SourceIdentity), s.SourceIdentity != ""
	case "aws:federatedprovider":
		return policy.Single(s.Federated), s.Federated != ""
	}
	return s.webIdentityKey(name)
}

// webIdentityKey has the condition keys that stay with a session which began with a web
// identity: "oidc.example/id:sub" and the like.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
func (s *Session) webIdentityKey(name string) (policy.Value, bool) {
	if s.Federated == "" {
		return policy.Value{}, false
	}
	_, provider, _ := strings.Cut(s.Federated, "oidc-provider/")
	if len(name) <= len(provider) || name[len(provider)] != ':' || !strings.EqualFold(name[:len(provider)], provider) {
		return policy.Value{}, false
	}
	switch name[len(provider):] {
	case ":sub":
		return policy.Single(s.Subject), s.Subject != ""
	case ":aud":
		return policy.Single(s.Audience), s.Audience != ""
	case ":amr":
		return policy.Multi(s.Methods), len(s.Methods) > 0
	}
	return policy.Value{}, false
}

// Credential finds the credential of an access key id. It is the sigv4.Source.
func (s *Service) Credential(ctx context.Context, accessKeyID, sessionToken string) (*sigv4.Credential, error) {
	if sessionToken != "" {
		return s.sessionCredential(ctx, accessKeyID, sessionToken)
	}
	k, err := s.keys.Get(ctx, accessKeyID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknownKey()
	}
	if err != nil {
		return nil, fmt.Errorf("find access key: %w", err)
	}
	if k.inactive {
		return nil, unknownKey()
	}
	return k.credential, nil
}

func unknownKey() error {
	return &sigv4.Error{Reason: sigv4.UnknownKey, Message: "The security token included in the request is invalid."}
}

func (s *Service) sessionCredential(ctx context.Context, accessKeyID, text string) (*sigv4.Credential, error) {
	c, err := s.openToken(text)
	if err != nil || c.AccessKeyID != accessKeyID {
		return nil, badToken()
	}
	session := c.Owner.(*Session)
	if !s.clock.Now().Before(session.Expires) {
		return nil, &sigv4.Error{Reason: sigv4.ExpiredToken, Message: "The security token included in the request is expired"}
	}
	switch {
	case session.Parent.ID == "":
		return c, nil
	case session.Parent.Password != "":
		_, err := s.passwordOf(ctx, session)
		return c, err
	}
	// The session ends with the access key that made it, and when that gets another secret.
	k, err := s.keys.Get(ctx, session.Parent.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, badToken()
	case err != nil:
		return nil, fmt.Errorf("find the access key of a session: %w", err)
	case k.inactive, !k.since.Equal(session.Parent.Since), k.account != session.Principal.Account:
		return nil, badToken()
	}
	return c, nil
}

// passwordOf finds the password that a session began with. The session ends with it.
func (s *Service) passwordOf(ctx context.Context, session *Session) (*LoginProfile, error) {
	p, err := s.profiles.Get(ctx, loginProfileKey(session.Principal.Account, session.Parent.ID))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, badToken()
	case err != nil:
		return nil, fmt.Errorf("find the password of a session: %w", err)
	case p.body.Serial != session.Parent.Password:
		return nil, badToken()
	}
	return p, nil
}

func badToken() error {
	return &sigv4.Error{Reason: sigv4.BadSessionToken, Message: "The security token included in the request is invalid."}
}

// ParentOf returns the access key of the caller as the parent of a session.
func (s *Service) ParentOf(ctx context.Context, c *Caller) (Parent, error) {
	k, err := s.keys.Get(ctx, c.AccessKeyID)
	if err != nil {
		return Parent{}, fmt.Errorf("find access key: %w", err)
	}
	return Parent{ID: c.AccessKeyID, Since: k.since}, nil
}

// Identify completes a caller whose credentials have been verified: who the principal is
// today, and which policies bear on it. The error is a *sigv4.Error if there is no such
// user or role any more.
func (s *Service) Identify(ctx context.Context, c *Caller, session *Session) error {
	c.Session, c.Principal, c.Temporary = session, session.Principal, session.Temporary()
	p := &c.Principal
	if p.Type == TypeService {
		return s.identifyService(ctx, c)
	}
	if err := s.followParent(ctx, c); err != nil {
		return err
	}
	st, err := s.dir.stand(ctx, p.Type, p.Account, p.Name)
	if errors.Is(err, ErrNoEntity) || err == nil && st.id != p.EntityID() {
		if c.Temporary {
			return badToken()
		}
		return unknownKey()
	}
	if err != nil {
		return fmt.Errorf("find out who %s is: %w", p.ARN, err)
	}
	c.standing = st
	switch p.Type {
	case TypeUser:
		p.Name, p.ARN = st.name, st.arn
	case TypeAssumedRole:
		p.Name, p.Role = st.name, st.arn
	}
	return s.managedSession(ctx, c)
}

// followParent finds out what the user of a session is called today from the access key or the
// password that made the session, which follows the user to a new name.
func (s *Service) followParent(ctx context.Context, c *Caller) error {
	if c.Principal.Type != TypeUser || c.Session.Parent.ID == "" {
		return nil
	}
	if c.Session.Parent.Password != "" {
		p, err := s.passwordOf(ctx, c.Session)
		if err == nil {
			c.Principal.Name = p.User
		}
		return err
	}
	k, err := s.keys.Get(ctx, c.Session.Parent.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return badToken()
	case err != nil:
		return fmt.Errorf("find the access key of a session: %w", err)
	}
	if owner := k.credential.Owner.(*Session).Principal; owner.ID == c.Principal.ID {
		c.Principal.Name = owner.Name
	}
	return nil
}

// managedSession adds the managed session policies. One that is gone allows nothing.
func (s *Service) managedSession(ctx context.Context, c *Caller) error {
	if len(c.Session.PolicyARNs) == 0 {
		return nil
	}
	list := slices.Clip(c.Session.policies)
	for _, arn := range c.Session.PolicyARNs {
		p, err := s.dir.managed(ctx, arn)
		switch {
		case errors.Is(err, ErrNoEntity):
			continue
		case err != nil:
			return fmt.Errorf("find session policy: %w", err)
		}
		list = append(list, p)
	}
	if list == nil {
		list = []decision.Policy{}
	}
	own := *c.Session
	own.policies = list
	c.Session = &own
	return nil
}
