package admin

import (
	"context"
	"errors"
	"time"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// CreateUser makes a user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
func (s *Service) CreateUser(ctx context.Context, c *iam.Caller, in *sdkiam.CreateUserInput) (*sdkiam.CreateUserOutput, error) {
	account := c.Principal.Account
	u := &iam.User{Holder: iam.Holder{Name: *in.UserName, Path: pathOf(in.Path), ID: iam.NewID("AIDA"), Created: s.now()}}
	q := request{action: "CreateUser", tags: in.Tags}
	if in.PermissionsBoundary != nil {
		u.Boundary, q.boundary = *in.PermissionsBoundary, *in.PermissionsBoundary
	}
	if err := authorizeNew(c, q, "TagUser", resource{arn: iam.UserARN(account, u.Path, u.Name)}); err != nil {
		return nil, err
	}
	var err error
	if u.Tags, err = addTags(nil, in.Tags, true); err != nil {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if u.Boundary != "" {
			if err := boundable(tx, account, u.Boundary); err != nil {
				return err
			}
		}
		return users.insert(tx, account, u)
	})
	if err != nil {
		return nil, err
	}
	return &sdkiam.CreateUserOutput{User: userOut(account, u)}, nil
}

// GetUser describes a user; the caller itself if the input names none.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
func (s *Service) GetUser(ctx context.Context, c *iam.Caller, in *sdkiam.GetUserInput) (*sdkiam.GetUserOutput, error) {
	name, root, err := userOrSelf(c, in.UserName)
	if err != nil {
		return nil, err
	}
	if root {
		return s.getRoot(ctx, c)
	}
	u, err := users.find(ctx, s, c, request{action: "GetUser"}, name)
	if err != nil {
		return nil, err
	}
	out := userOut(c.Principal.Account, u)
	at, ok, err := s.iam.LastPasswordUse(ctx, c.Principal.Account, u.ID)
	if err != nil {
		return nil, err
	}
	if ok {
		out.PasswordLastUsed = &at
	}
	return &sdkiam.GetUserOutput{User: out}, nil
}

func (s *Service) getRoot(ctx context.Context, c *iam.Caller) (*sdkiam.GetUserOutput, error) {
	p := &c.Principal
	if err := authorize(c, request{action: "GetUser"}, resource{arn: p.ARN}); err != nil {
		return nil, err
	}
	created, err := s.iam.AccountCreated(ctx, p.Account)
	if err != nil {
		return nil, err
	}
	created = created.Truncate(time.Second)
	return &sdkiam.GetUserOutput{User: &types.User{Arn: &p.ARN, UserId: &p.ID, CreateDate: &created}}, nil
}

// ListUsers lists the users of the account.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
func (s *Service) ListUsers(ctx context.Context, c *iam.Caller, in *sdkiam.ListUsersInput) (*sdkiam.ListUsersOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	list, next, err := users.list(ctx, s, c, "ListUsers", in.PathPrefix, p)
	if err != nil {
		return nil, err
	}
	used, err := s.iam.LastPasswordUses(ctx, c.Principal.Account)
	if err != nil {
		return nil, err
	}
	out := &sdkiam.ListUsersOutput{Users: []types.User{}, IsTruncated: next != nil, Marker: next}
	for _, u := range list {
		shown := userInList(c.Principal.Account, u)
		if at, ok := used[u.ID]; ok {
			shown.PasswordLastUsed = &at
		}
		out.Users = append(out.Users, *shown)
	}
	return out, nil
}

// DeleteUser deletes a user that nothing hangs on any more.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
func (s *Service) DeleteUser(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteUserInput) (*sdkiam.DeleteUserOutput, error) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		u, err := users.open(tx, c, request{action: "DeleteUser"}, *in.UserName)
		if err != nil {
			return err
		}
		if err := deletable(&u.Holder); err != nil {
			return err
		}
		if len(u.Groups) > 0 {
			return errDeleteConflict("must remove users from group first")
		}
		owner := ownerOf(c.Principal.Account, u)
		keys, err := iam.KeysOf(tx, owner)
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			return errDeleteConflict("must delete access keys first")
		}
		if _, err := iam.GetLoginProfile(tx, owner); err == nil {
			return errDeleteConflict("must delete login profile first")
		} else if !errors.Is(err, iam.ErrNoLoginProfile) {
			return err
		}
		if err := iam.ForgetPasswordUse(tx, owner); err != nil {
			return err
		}
		return iam.Users.Delete(tx, c.Principal.Account, u.Name)
	})
	return nil, err
}

// UpdateUser gives a user another name or path. Its unique id stays, and so do its groups
// and policies; its access keys and its password follow it.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
func (s *Service) UpdateUser(ctx context.Context, c *iam.Caller, in *sdkiam.UpdateUserInput) (*sdkiam.UpdateUserOutput, error) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		u, err := users.open(tx, c, request{action: "UpdateUser"}, *in.UserName)
		if err != nil {
			return err
		}
		old := u.Name
		err = users.move(tx, c, request{action: "UpdateUser"}, u, in.NewUserName, in.NewPath)
		if err != nil || u.Name == old {
			return err
		}
		owner := ownerOf(c.Principal.Account, u)
		owner.User = old
		if err := iam.RenameLoginProfile(tx, owner, u.Name); err != nil {
			return err
		}
		return iam.RenameKeyOwner(tx, owner, u.Name)
	})
	return nil, err
}

// authorizeNew decides on making an entity, and on tagging it if the request brings tags.
func authorizeNew(c *iam.Caller, q request, tagging string, r resource) error {
	if err := authorize(c, q, r); err != nil || len(q.tags) == 0 {
		return err
	}
	q.action = tagging
	return authorize(c, q, r)
}

// userOrSelf is the user that an input names, or else the caller; root says that the caller
// is the root user, who has no name.
func userOrSelf(c *iam.Caller, name *string) (user string, root bool, err error) {
	switch {
	case name != nil:
		return *name, false, nil
	case c.Principal.Type == iam.TypeUser:
		return c.Principal.Name, false, nil
	case c.Principal.Type == iam.TypeRoot:
		return "", true, nil
	}
	return "", false, errValidation("Must specify userName when calling with non-User credentials")
}

// userOut describes a user in full.
func userOut(account string, u *iam.User) *types.User {
	out := userInList(account, u)
	if len(u.Tags) > 0 {
		out.Tags = tagsOut(u.Tags)
	}
	if u.Boundary != "" {
		out.PermissionsBoundary = boundaryOut(u.Boundary)
	}
	return out
}

// userInList describes a user as lists do, which leave its tags and its boundary out.
func userInList(account string, u *iam.User) *types.User {
	return &types.User{
		Arn: new(iam.UserARN(account, u.Path, u.Name)), UserId: &u.ID, UserName: &u.Name, Path: &u.Path, CreateDate: &u.Created,
	}
}

func boundaryOut(arn string) *types.AttachedPermissionsBoundary {
	return &types.AttachedPermissionsBoundary{
		PermissionsBoundaryArn: &arn, PermissionsBoundaryType: types.PermissionsBoundaryAttachmentTypePolicy,
	}
}
