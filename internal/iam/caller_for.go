package iam

import (
	"context"
	"errors"
	"strings"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/sigv4"
)

// anySession is the name of a role's session where only the role was named.
const anySession = "any-session"

// CallerFor is a Caller as it would be if the principal called now, with nothing known of
// the request but its time: for finding out what a principal may do. The principal is an
// account by its number, or the ARN of a root user, a user, a role or the session of a role,
// or the name of a service. It returns ErrNoEntity for what stands for nobody. It sees what
// any node has answered.
func (s *Service) CallerFor(ctx context.Context, principal string) (*Caller, error) {
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	p, err := s.principalNamed(ctx, principal, anySession)
	if err != nil {
		return nil, err
	}
	c := &Caller{Principal: p, SecureTransport: true, Time: s.clock.Now()}
	session := Session{Principal: p}
	if p.Type == TypeAssumedRole {
		session.Created, session.Expires = c.Time, c.Time.Add(defaultMaxSession)
	}
	err = s.Identify(ctx, c, &session)
	if _, unknown := errors.AsType[*sigv4.Error](err); unknown && p.Type == TypeService {
		if !strings.HasSuffix(p.Name, ".amazonaws.com") {
			return nil, ErrNoEntity
		}
		return c, nil // one that the operator has not made yet, and that has no limits
	}
	return c, err
}

// principalNamed finds out who goes by a name. A role of which no session was named has one
// of the name session.
func (s *Service) principalNamed(ctx context.Context, name, session string) (Principal, error) {
	if servicePattern.MatchString(name) {
		return servicePrincipal(name), nil
	}
	id, err := s.dir.principalID(ctx, name)
	if err != nil {
		return Principal{}, err
	}
	arn, ok := ParseARN(name)
	if !ok {
		return rootPrincipal(name), nil
	}
	kind, path, last := SplitName(arn.Resource)
	switch kind {
	case "user":
		return Principal{Type: TypeUser, ARN: name, ID: id, Account: arn.Account, Name: last}, nil
	case "role":
		return s.sessionPrincipal(ctx, arn.Account, last, session)
	case "assumed-role":
		return s.sessionPrincipal(ctx, arn.Account, strings.Trim(path, "/"), last)
	}
	return rootPrincipal(arn.Account), nil
}

// sessionPrincipal is a session of a role.
func (s *Service) sessionPrincipal(ctx context.Context, account, role, session string) (Principal, error) {
	h, err := find(ctx, s.dir.roles, account, role)
	if err != nil {
		return Principal{}, err
	}
	r := AssumableRole{Role: h.role, Account: account, ARN: RoleARN(account, h.Path, h.Name)}
	return r.SessionPrincipal(session), nil
}

// SessionARN is the ARN of a session of a role.
func SessionARN(account, role, session string) string {
	return "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + session
}

// Controls are the service control policies that bear on the caller; nil if its account is
// not limited.
func (c *Caller) Controls() []decision.Policy {
	if c.standing == nil {
		return nil
	}
	return c.standing.controls
}
