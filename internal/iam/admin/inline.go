package admin

import (
	"context"
	"slices"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// mostInline bounds the inline policies of one entity with their white space, in bytes: they
// are kept in one record.
const mostInline = 1 << 20

// putPolicy gives an entity an inline policy, or replaces the one of that name.
func (k kind[T]) putPolicy(ctx context.Context, s *Service, c *iam.Caller, action, name, policyName, document string) error {
	invalid := checkDocument(document, (*policy.Document).ValidateIdentityPolicy)
	return k.change(ctx, s, c, request{action: action}, name, func(_ *store.Tx, v *T) error {
		if invalid != nil {
			return invalid
		}
		h := k.holder(v)
		p := iam.InlinePolicy{Name: policyName, Document: document}
		if i := findInline(h, policyName); i >= 0 {
			h.Inline[i] = p
		} else {
			h.Inline = append(h.Inline, p)
		}
		size, bytes := 0, 0
		for _, p := range h.Inline {
			size, bytes = size+policySize(p.Document), bytes+len(p.Document)
		}
		if size > k.inline || bytes > mostInline {
			return errLimit("Maximum policy size of %d bytes exceeded for %s %s", k.inline, k.what, h.Name)
		}
		return nil
	})
}

// getPolicy returns an inline policy of an entity, and the entity.
func (k kind[T]) getPolicy(ctx context.Context, s *Service, c *iam.Caller, action, name, policyName string) (*iam.Holder, *iam.InlinePolicy, error) {
	v, err := k.find(ctx, s, c, request{action: action}, name)
	if err != nil {
		return nil, nil, err
	}
	h := k.holder(v)
	i := findInline(h, policyName)
	if i < 0 {
		return nil, nil, errNotFound(k.what+" policy", policyName)
	}
	return h, &h.Inline[i], nil
}

// deletePolicy removes an inline policy of an entity.
func (k kind[T]) deletePolicy(ctx context.Context, s *Service, c *iam.Caller, action, name, policyName string) error {
	return k.change(ctx, s, c, request{action: action}, name, func(_ *store.Tx, v *T) error {
		h := k.holder(v)
		i := findInline(h, policyName)
		if i < 0 {
			return errNotFound(k.what+" policy", policyName)
		}
		h.Inline = slices.Delete(h.Inline, i, i+1)
		return nil
	})
}

// listPolicies lists the names of the inline policies of an entity.
func (k kind[T]) listPolicies(ctx context.Context, s *Service, c *iam.Caller, action, name string, p page) ([]string, *string, error) {
	v, err := k.find(ctx, s, c, request{action: action}, name)
	if err != nil {
		return nil, nil, err
	}
	names := make([]string, 0, len(k.holder(v).Inline))
	for _, policy := range k.holder(v).Inline {
		names = append(names, policy.Name)
	}
	shown, next := cut(p, names, func(s string) string { return s })
	return shown, next, nil
}

// findInline returns the index of an inline policy, or -1. Case tells their names apart.
func findInline(h *iam.Holder, name string) int {
	return slices.IndexFunc(h.Inline, func(p iam.InlinePolicy) bool { return p.Name == name })
}
