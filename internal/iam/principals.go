package iam

import (
	"context"
	"errors"
	"strings"

	"github.com/keystead/keystead/internal/store"
)

// PrincipalIDs looks up the principals that a policy or grant names: accounts by number or
// root user's ARN, users, roles, and sessions of roles. ids has the unique ids of the users
// and roles among them, by ARN as written. missing is the first of the names that stands for
// nobody, "" if there is none. It sees what any node has answered.
func (s *Service) PrincipalIDs(ctx context.Context, names []string) (ids map[string]string, missing string, err error) {
	if len(names) == 0 {
		return nil, "", nil
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, "", err
	}
	for _, name := range names {
		id, err := s.dir.principalID(ctx, name)
		if errors.Is(err, ErrNoEntity) {
			return nil, name, nil
		}
		if err != nil {
			return nil, "", err
		}
		if id != "" {
			if ids == nil {
				ids = map[string]string{}
			}
			ids[name] = id
		}
	}
	return ids, "", nil
}

// UniqueIDs looks up principals by their ARNs. What is not in the result stands for nobody;
// the value is the unique id of a user, of a role, or of the role of a session, and "" for
// others. It sees what any node has answered.
func (s *Service) UniqueIDs(ctx context.Context, arns []string) (map[string]string, error) {
	ids := make(map[string]string, len(arns))
	if len(arns) == 0 {
		return ids, nil
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	for _, arn := range arns {
		id, err := s.dir.uniqueID(ctx, arn)
		switch {
		case err == nil:
			ids[arn] = id
		case !errors.Is(err, ErrNoEntity):
			return nil, err
		}
	}
	return ids, nil
}

// uniqueID is principalID, but of a session it returns that of its role.
func (d *directory) uniqueID(ctx context.Context, name string) (string, error) {
	arn, ok := ParseARN(name)
	if kind, path, _ := SplitName(arn.Resource); ok && arn.Service == "sts" && kind == "assumed-role" {
		if err := d.accountExists(ctx, arn.Account); err != nil {
			return "", err
		}
		role, err := find(ctx, d.roles, arn.Account, strings.Trim(path, "/"))
		if err != nil {
			return "", err
		}
		return role.ID, nil
	}
	return d.principalID(ctx, name)
}

// principalID returns the unique id of a user or role, "" for other principals, and
// ErrNoEntity for what stands for nobody.
func (d *directory) principalID(ctx context.Context, name string) (string, error) {
	if accountPattern.MatchString(name) {
		return "", d.accountExists(ctx, name)
	}
	arn, ok := ParseARN(name)
	if !ok {
		return "", ErrNoEntity
	}
	if err := d.accountExists(ctx, arn.Account); err != nil {
		return "", err
	}
	kind, path, last := SplitName(arn.Resource)
	switch {
	case arn.Service == "iam" && arn.Resource == "root":
		return "", nil
	case arn.Service == "iam" && kind == "user":
		return idOf(ctx, d.users, arn.Account, path, last)
	case arn.Service == "iam" && kind == "role":
		return idOf(ctx, d.roles, arn.Account, path, last)
	case arn.Service == "sts" && kind == "assumed-role":
		_, err := find(ctx, d.roles, arn.Account, strings.Trim(path, "/"))
		return "", err
	case arn.Service == "sts" && kind == "federated-user" && path == "/" && last != "":
		return "", nil // whoever may federate gives the name
	}
	return "", ErrNoEntity
}

// idOf finds a user or role by its exact path and name.
func idOf(ctx context.Context, from *store.Cache[*holder], account, path, name string) (string, error) {
	h, err := find(ctx, from, account, name)
	if err != nil {
		return "", err
	}
	if h.Name != name || h.Path != path {
		return "", ErrNoEntity
	}
	return h.ID, nil
}

func (d *directory) accountExists(ctx context.Context, id string) error {
	_, err := d.accounts.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoEntity
	}
	return err
}
