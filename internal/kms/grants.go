package kms

import (
	"context"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// grantFor finds a grant on the key k that allows what a asks for. It prefers one that
// names the caller itself, which no boundary and no session policy limits.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func (s *Service) grantFor(ctx context.Context, c *iam.Caller, a *ask, k *key) (id string, by policy.Outcome, err error) {
	q := grantQuery{want: grantable[a.op.name], source: c.SourceARN, context: a.context, equals: a.encrypts, subset: a.encrypts}
	if a.child != nil {
		q = a.child.parents(c)
	}
	if q.want == 0 { // no grant can permit it
		return "", policy.NoMatch, nil
	}
	for _, n := range namesOf(c) {
		id, err := s.grants.find(ctx, k.ref.Path(), n.granteeName, &q)
		if err != nil {
			return "", policy.NoMatch, err
		}
		if id != "" {
			return id, n.by, nil
		}
	}
	return "", policy.NoMatch, nil
}

// parents is the query for the grants that permit their grantee to create this one: they
// permit all that it does, under constraints that are not stricter. So a pair that a
// parent asks for in the encryption context of a request must be in the constraint of the
// child, and what must be equal there must be equal here.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html#grant-creategrant
func (g *grant) parents(c *iam.Caller) grantQuery {
	q := grantQuery{
		want:    grantable["CreateGrant"] | g.set,
		context: g.Constraints.pairs(),
		equals:  g.Constraints.Equals != nil,
		subset:  g.Constraints.onContext(),
	}
	// A parent that is for one resource serves requests for that resource alone, and so
	// must its children.
	if g.Constraints.SourceARN == c.SourceARN {
		q.source = c.SourceARN
	}
	return q
}

// openTokens reads the grant tokens of the call, and waits until this node has seen the
// grants that they are for.
func (a *ask) openTokens() error {
	a.opened = nil
	var revision int64
	for _, text := range a.tokens {
		t, err := openGrantToken(a.service.sealer, text)
		if err != nil {
			return err
		}
		a.opened = append(a.opened, t)
		revision = max(revision, t.revision)
	}
	if len(a.opened) == 0 {
		return nil
	}
	return a.service.db.SyncTo(a.ctx, revision)
}

// fitTokens refuses grant tokens that are for another key than that of the call. Those of
// ReEncrypt may be for either of its keys, and are checked when both are known.
func (a *ask) fitTokens() error {
	if a.op.name == opReEncryptFrom.name {
		return nil
	}
	for _, t := range a.opened {
		if t.path != a.key.ref.Path() && (a.source == nil || t.path != a.source.ref.Path()) {
			return errGrantToken()
		}
	}
	return nil
}
