package iam

import (
	"context"
	"fmt"
	"time"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/store"
)

// AssumableRole is a role as it meets who would assume it. It must not be changed.
type AssumableRole struct {
	*Role
	Account     string
	ARN         string
	TrustPolicy *decision.Policy
}

// defaultMaxSession is how long sessions of a role may last that does not say it.
const defaultMaxSession = time.Hour

// MaxDuration is how long a session of the role may last.
func (r *AssumableRole) MaxDuration() time.Duration {
	if r.MaxSession == 0 {
		return defaultMaxSession
	}
	return time.Duration(r.MaxSession) * time.Second
}

// SessionPrincipal is a session of the role under that name.
func (r *AssumableRole) SessionPrincipal(name string) Principal {
	return Principal{
		Type: TypeAssumedRole, ARN: SessionARN(r.Account, r.Name, name), ID: r.ID + ":" + name, Account: r.Account, Name: r.Name,
		Role: r.ARN, RoleID: r.ID,
	}
}

// AssumableRole finds a role by its path and name, as they are written, or returns
// ErrNoEntity. It sees what any node has answered.
func (s *Service) AssumableRole(ctx context.Context, account, path, name string) (*AssumableRole, error) {
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	h, err := find(ctx, s.dir.roles, account, name)
	if err != nil {
		return nil, err
	}
	if h.Name != name || h.Path != path {
		return nil, ErrNoEntity
	}
	return &AssumableRole{h.role, account, RoleARN(account, h.Path, h.Name), h.trust}, nil
}

// IdentityProvider finds an OpenID Connect provider by its URL without "https://", or
// returns ErrNoEntity. It must not be changed.
func (s *Service) IdentityProvider(ctx context.Context, account, name string) (*Provider, error) {
	return find(ctx, s.dir.providers, account, name)
}

func decodeProvider(r store.Record) (*Provider, int64, error) {
	p, err := Providers.decode(r)
	return p, int64(500 + len(r.Body)), err
}

// AccountExists returns ErrNoEntity if there is no such account.
func (s *Service) AccountExists(ctx context.Context, id string) error {
	return s.dir.accountExists(ctx, id)
}

// SessionPolicyExists returns ErrNoEntity if the ARN is not that of a managed policy that a
// session of the account's roles can have: one of the account itself, or of AWS.
func (s *Service) SessionPolicyExists(ctx context.Context, account, arn string) error {
	a, ok := ParseARN(arn)
	if !ok || a.Service != "iam" || a.Account != account && a.Account != "aws" {
		return ErrNoEntity
	}
	if kind, _, _ := SplitName(a.Resource); kind != "policy" {
		return ErrNoEntity
	}
	if _, err := s.dir.managed(ctx, arn); err != nil {
		return fmt.Errorf("find session policy: %w", err)
	}
	return nil
}
