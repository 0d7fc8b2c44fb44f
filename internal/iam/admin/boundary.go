package admin

import (
	"context"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// putBoundary gives an entity a permissions boundary in place of the one that it may have.
func (k kind[T]) putBoundary(ctx context.Context, s *Service, c *iam.Caller, action, name, arn string) error {
	return k.change(ctx, s, c, request{action: action, boundary: arn}, name, func(tx *store.Tx, v *T) error {
		k.holder(v).Boundary = arn
		return boundable(tx, c.Principal.Account, arn)
	})
}

// deleteBoundary takes the permissions boundary of an entity away.
func (k kind[T]) deleteBoundary(ctx context.Context, s *Service, c *iam.Caller, action, name string) error {
	return k.change(ctx, s, c, request{action: action}, name, func(_ *store.Tx, v *T) error {
		h := k.holder(v)
		if h.Boundary == "" {
			return errNoSuchEntity("The %s with name %s has no permissions boundary.", k.what, h.Name)
		}
		h.Boundary = ""
		return nil
	})
}
