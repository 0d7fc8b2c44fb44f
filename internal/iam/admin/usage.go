package admin

import (
	"context"
	"errors"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// usage counts, by the ARN of a managed policy, the users, groups and roles of an account
// that have it, and those whose permissions boundary it is.
type usage struct{ attached, boundary map[string]int32 }

func newUsage() *usage { return &usage{map[string]int32{}, map[string]int32{}} }

func (u *usage) add(h *iam.Holder) {
	for _, arn := range h.Attached {
		u.attached[arn]++
	}
	if h.Boundary != "" {
		u.boundary[h.Boundary]++
	}
}

// usageOf counts for a whole account.
func (s *Service) usageOf(ctx context.Context, account string) (*usage, error) {
	u := newUsage()
	return u, errors.Join(
		each(ctx, s, users, account, func(v *iam.User) { u.add(&v.Holder) }),
		each(ctx, s, groups, account, func(v *iam.Group) { u.add(&v.Holder) }),
		each(ctx, s, roles, account, func(v *iam.Role) { u.add(&v.Holder) }),
	)
}

// each shows f all entities of a kind. They are read in portions, so that few are in memory
// at once.
func each[T any](ctx context.Context, s *Service, k kind[T], account string, f func(*T)) error {
	const portion = 200
	for after := ""; ; {
		list, err := k.Page(ctx, s.db, account, after, portion)
		if err != nil {
			return err
		}
		for _, v := range list {
			f(v)
			after = k.holder(v).Name
		}
		if len(list) < portion {
			return nil
		}
	}
}

// usageIn is usageOf inside a transaction: what it counts stays so until the end.
func usageIn(tx *store.Tx, account string) (*usage, error) {
	u := newUsage()
	return u, errors.Join(countIn(tx, users, account, u), countIn(tx, groups, account, u), countIn(tx, roles, account, u))
}

func countIn[T any](tx *store.Tx, k kind[T], account string, u *usage) error {
	list, err := k.All(tx, account)
	for _, v := range list {
		u.add(k.holder(v))
	}
	return err
}
