package admin

import (
	"context"
	"errors"
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// kind is one of the kinds of entities that hold policies. Its methods are the only ones
// that hand such entities out, together with the decision.
type kind[T any] struct {
	iam.Entities[T]
	what   string // as error texts say it
	plural string // as quotas are named: "PoliciesPerUser"
	arn    func(account, path, name string) string
	holder func(*T) *iam.Holder
	inline int // bytes of all inline policies of one, white space aside
}

// The kinds.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var (
	users  = kind[iam.User]{iam.Users, "user", "PerUser", iam.UserARN, func(u *iam.User) *iam.Holder { return &u.Holder }, 2048}
	groups = kind[iam.Group]{iam.Groups, "group", "PerGroup", iam.GroupARN, func(g *iam.Group) *iam.Holder { return &g.Holder }, 5120}
	roles  = kind[iam.Role]{iam.Roles, "role", "PerRole", iam.RoleARN, func(r *iam.Role) *iam.Holder { return &r.Holder }, 10240}
)

// find returns the entity of a name for an operation that does not change it.
func (k kind[T]) find(ctx context.Context, s *Service, c *iam.Caller, q request, name string) (*T, error) {
	v, err := k.Find(ctx, s.db, c.Principal.Account, name)
	return k.admit(c, q, name, v, err)
}

// open returns the entity of a name inside a transaction.
func (k kind[T]) open(tx *store.Tx, c *iam.Caller, q request, name string) (*T, error) {
	v, err := k.Get(tx, c.Principal.Account, name)
	return k.admit(c, q, name, v, err)
}

// change hands the entity of a name to f, which changes it, and stores the result. f runs
// inside the transaction that does so, perhaps more than once.
func (k kind[T]) change(ctx context.Context, s *Service, c *iam.Caller, q request, name string, f func(tx *store.Tx, v *T) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		v, err := k.open(tx, c, q, name)
		if err != nil {
			return err
		}
		if err := f(tx, v); err != nil {
			return err
		}
		return k.Put(tx, c.Principal.Account, k.holder(v).Name, v)
	})
}

// deletable checks that an entity has no policies any more.
func deletable(h *iam.Holder) error {
	switch {
	case len(h.Inline) > 0:
		return errDeleteConflict("must delete policies first")
	case len(h.Attached) > 0:
		return errDeleteConflict("must detach all policies first")
	}
	return nil
}

// insert adds a new entity.
func (k kind[T]) insert(tx *store.Tx, account string, v *T) error {
	name := k.holder(v).Name
	err := k.Insert(tx, account, name, v)
	if errors.Is(err, iam.ErrEntityExists) {
		return errNameTaken(k.what, name)
	}
	return err
}

// move gives an entity another name or path, or both. The caller must have leave for where
// it goes, too.
func (k kind[T]) move(tx *store.Tx, c *iam.Caller, q request, v *T, name, path *string) error {
	h := k.holder(v)
	old := h.Name
	if name != nil {
		h.Name = *name
	}
	if path != nil {
		h.Path = *path
	}
	if err := authorize(c, q, k.resource(c, v)); err != nil {
		return err
	}
	account := c.Principal.Account
	if strings.EqualFold(h.Name, old) {
		return k.Put(tx, account, old, v)
	}
	if err := k.insert(tx, account, v); err != nil {
		return err
	}
	return k.Delete(tx, account, old)
}

// admit makes the decision on the entity v that was found under a name, or on the one that
// was not.
func (k kind[T]) admit(c *iam.Caller, q request, name string, v *T, err error) (*T, error) {
	missing := errors.Is(err, iam.ErrNoEntity)
	if err != nil && !missing {
		return nil, err
	}
	r := resource{arn: k.arn(c.Principal.Account, "/", name)}
	if !missing {
		r = k.resource(c, v)
	}
	if err := authorize(c, q, r); err != nil {
		return nil, err
	}
	if missing {
		return nil, errNotFound(k.what, name)
	}
	return v, nil
}

// resource is an entity as policies see it.
func (k kind[T]) resource(c *iam.Caller, v *T) resource {
	h := k.holder(v)
	return resource{arn: k.arn(c.Principal.Account, h.Path, h.Name), tags: h.Tags, boundary: h.Boundary}
}

// list lists the entities whose path begins with prefix.
func (k kind[T]) list(ctx context.Context, s *Service, c *iam.Caller, action string, prefix *string, p page) ([]*T, *string, error) {
	path := pathPrefix(prefix)
	if err := authorize(c, request{action: action}, resource{arn: k.arn(c.Principal.Account, path, "")}); err != nil {
		return nil, nil, err
	}
	return k.scan(ctx, s, c.Principal.Account, p, func(v *T) bool { return strings.HasPrefix(k.holder(v).Path, path) })
}

// scan lists the entities that keep says yes to.
func (k kind[T]) scan(ctx context.Context, s *Service, account string, p page, keep func(*T) bool) ([]*T, *string, error) {
	return scan(p, keep, func(v *T) string { return k.holder(v).Name }, func(after string, limit int) ([]*T, error) {
		return k.Page(ctx, s.db, account, after, limit)
	})
}
