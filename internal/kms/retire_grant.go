package kms

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// RetireGrant deletes a grant at the word of whoever the grant itself lets do so. The key
// policy has no say; denials by the caller's own policies count.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
func (s *Service) RetireGrant(ctx context.Context, c *iam.Caller, in *kms.RetireGrantInput) (*kms.RetireGrantOutput, error) {
	c.Event.RequestParameters = []byte("null") // AWS records which grant it was elsewhere
	t, id, err := s.retired(ctx, c, in)
	if err != nil {
		return nil, err
	}
	c.Event.AdditionalEventData = append(c.Event.AdditionalEventData, cloudtrail.Field{Name: "grantId", Value: id})
	k, err := s.lookup(ctx, t)
	if err != nil {
		return nil, err
	}
	var g *grant
	if k != nil {
		if g, err = s.findGrant(ctx, k, id); err != nil {
			return nil, err
		}
	}
	if g == nil && in.GrantToken != nil { // its bearer knows that there was one
		return nil, errGrantToken()
	}
	if err := c.Authorize(accessToRetire(ctx, s, c, t, k, g)); err != nil {
		return nil, err
	}
	switch {
	case k == nil:
		return nil, errKeyNotFound(t.arn())
	case g == nil:
		return nil, errGrantNotFound(id)
	}
	note(c, k)
	if err := s.removeGrant(ctx, k, id, dry(in.DryRun)); err != nil {
		return nil, err
	}
	return &kms.RetireGrantOutput{}, nil
}

// retired says which grant, and on which key, an input names.
func (s *Service) retired(ctx context.Context, c *iam.Caller, in *kms.RetireGrantInput) (t target, id string, err error) {
	switch {
	case in.GrantToken != nil && in.KeyId == nil && in.GrantId == nil:
	case in.GrantToken == nil && in.KeyId != nil && in.GrantId != nil:
	default:
		return t, "", errValidation("You must specify either GrantToken, or both KeyId and GrantId.")
	}
	if err := s.db.Sync(ctx); err != nil {
		return t, "", err
	}
	if in.GrantToken != nil {
		return s.retiredByToken(ctx, c, *in.GrantToken)
	}
	a := &ask{op: opRetireGrant, name: *in.KeyId}
	a.begin(ctx, s, c)
	if t, err = s.resolve(a); err != nil {
		return t, "", err
	}
	if _, _, ok := parseGrantID(*in.GrantId); !ok {
		return t, "", errGrantID(*in.GrantId)
	}
	return t, *in.GrantId, nil
}

func (s *Service) retiredByToken(ctx context.Context, c *iam.Caller, text string) (t target, id string, err error) {
	token, err := openGrantToken(s.sealer, text)
	if err != nil {
		return t, "", err
	}
	if !strings.HasPrefix(token.path, c.Region+"/") {
		return t, "", errGrantToken()
	}
	k, err := s.keys.Get(ctx, token.path)
	if errors.Is(err, store.ErrNotFound) {
		return t, "", errGrantToken()
	}
	if err != nil {
		return t, "", err
	}
	return k.target(), token.id, nil
}

// findGrant reads a grant; it returns nil if there is none.
func (s *Service) findGrant(ctx context.Context, k *key, id string) (*grant, error) {
	r, err := s.db.Get(ctx, grantKind, k.ref.Path()+"/"+id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeGrant(r)
}

// accessToRetire is what the caller asks for. A grant that does not exist can't be told
// from a key that does not.
func accessToRetire(ctx context.Context, s *Service, c *iam.Caller, t target, k *key, g *grant) *iam.Access {
	a := &ask{op: opRetireGrant}
	a.begin(ctx, s, c)
	if g == nil {
		k = nil
	} else {
		a.encrypts, a.context = g.Constraints.onContext(), g.Constraints.pairs()
		if kind := g.Constraints.kind(); kind != "" {
			a.further = []condition{{"kms:grantconstrainttype", policy.Single(kind)}}
		}
	}
	access := a.of(t.arn(), t.account, k)
	access.Policy = &noPolicy
	if g != nil {
		access.Grants = retirement{c, k, g}
	}
	return &access
}

// retirement finds out who may retire a grant.
type retirement struct {
	caller *iam.Caller
	key    *key
	grant  *grant
}

// FindGrant implements decision.Grants. The retiring principal may retire the grant, and
// the grantee if the grant says so. The account that created it, and the one that owns the
// key, may, and may let others do so.
func (r retirement) FindGrant() (id string, by policy.Outcome, err error) {
	names := namesOf(r.caller)
	by = called(names, r.grant.retiring())
	if r.grant.set&grantable["RetireGrant"] != 0 {
		by = max(by, called(names, r.grant.grantee()))
	}
	by = max(by, called(names, accountName(r.grant.Issuer)), called(names, accountName(r.key.Account)))
	return r.grant.id, by, nil
}

// removeGrant deletes a grant.
func (s *Service) removeGrant(ctx context.Context, k *key, id string, dryRun bool) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		// The grants of a deleted key are for deleteAbandonedGrants alone.
		if now, err := s.read(tx, k.target()); err != nil {
			return err
		} else if now == nil {
			return errKeyNotFound(k.arn)
		}
		r, err := tx.Get(grantKind, k.ref.Path()+"/"+id)
		if errors.Is(err, store.ErrNotFound) {
			return errGrantNotFound(id)
		}
		if err != nil {
			return err
		}
		g, err := decodeGrant(r)
		if err != nil || dryRun {
			return dryOr(dryRun, err)
		}
		return deleteGrant(tx, g)
	})
}
