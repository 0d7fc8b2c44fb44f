package admin

import (
	"context"
	"errors"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// usualSession is how many seconds the sessions of a role last at most, if nobody says.
const usualSession = 3600

// CreateRole makes a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func (s *Service) CreateRole(ctx context.Context, c *iam.Caller, in *sdkiam.CreateRoleInput) (*sdkiam.CreateRoleOutput, error) {
	account := c.Principal.Account
	r := &iam.Role{
		Holder:     iam.Holder{Name: *in.RoleName, Path: pathOf(in.Path), ID: iam.NewID("AROA"), Created: s.now()},
		Trust:      *in.AssumeRolePolicyDocument,
		MaxSession: usualSession,
	}
	q := request{action: "CreateRole", tags: in.Tags}
	if in.PermissionsBoundary != nil {
		r.Boundary, q.boundary = *in.PermissionsBoundary, *in.PermissionsBoundary
	}
	if in.Description != nil {
		r.Description = *in.Description
	}
	if in.MaxSessionDuration != nil {
		r.MaxSession = *in.MaxSessionDuration
	}
	if err := authorizeNew(c, q, "TagRole", resource{arn: iam.RoleARN(account, r.Path, r.Name)}); err != nil {
		return nil, err
	}
	var err error
	if r.Tags, err = addTags(nil, in.Tags, true); err != nil {
		return nil, err
	}
	if r.TrustIDs, err = s.checkTrust(ctx, r.Trust); err != nil {
		return nil, err
	}
	if err := s.insertRole(ctx, account, r); err != nil {
		return nil, err
	}
	out := roleOut(account, r)
	if len(r.Tags) > 0 {
		out.Tags = tagsOut(r.Tags)
	}
	return &sdkiam.CreateRoleOutput{Role: out}, nil
}

func (s *Service) insertRole(ctx context.Context, account string, r *iam.Role) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if r.Boundary != "" {
			if err := boundable(tx, account, r.Boundary); err != nil {
				return err
			}
		}
		err := iam.Roles.Insert(tx, account, r.Name, r)
		if errors.Is(err, iam.ErrEntityExists) {
			return errExists("Role with name %s already exists.", r.Name)
		}
		return err
	})
}

// GetRole describes a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
func (s *Service) GetRole(ctx context.Context, c *iam.Caller, in *sdkiam.GetRoleInput) (*sdkiam.GetRoleOutput, error) {
	r, err := roles.find(ctx, s, c, request{action: "GetRole"}, *in.RoleName)
	if err != nil {
		return nil, err
	}
	out, err := s.roleInFull(ctx, c.Principal.Account, r)
	if err != nil {
		return nil, err
	}
	return &sdkiam.GetRoleOutput{Role: out}, nil
}

// UpdateRole changes the description of a role and how long its sessions may last.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
func (s *Service) UpdateRole(ctx context.Context, c *iam.Caller, in *sdkiam.UpdateRoleInput) (*sdkiam.UpdateRoleOutput, error) {
	return nil, roles.change(ctx, s, c, request{action: "UpdateRole"}, *in.RoleName, func(_ *store.Tx, r *iam.Role) error {
		if in.Description != nil {
			r.Description = *in.Description
		}
		if in.MaxSessionDuration != nil {
			r.MaxSession = *in.MaxSessionDuration
		}
		return nil
	})
}

// UpdateRoleDescription changes the description of a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html
func (s *Service) UpdateRoleDescription(ctx context.Context, c *iam.Caller, in *sdkiam.UpdateRoleDescriptionInput) (*sdkiam.UpdateRoleDescriptionOutput, error) {
	var r *iam.Role
	err := roles.change(ctx, s, c, request{action: "UpdateRoleDescription"}, *in.RoleName, func(_ *store.Tx, v *iam.Role) error {
		r, v.Description = v, *in.Description
		return nil
	})
	if err != nil {
		return nil, err
	}
	out, err := s.roleInFull(ctx, c.Principal.Account, r)
	if err != nil {
		return nil, err
	}
	return &sdkiam.UpdateRoleDescriptionOutput{Role: out}, nil
}

// DeleteRole deletes a role that has no policies any more.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
func (s *Service) DeleteRole(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteRoleInput) (*sdkiam.DeleteRoleOutput, error) {
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := roles.open(tx, c, request{action: "DeleteRole"}, *in.RoleName)
		if err != nil {
			return err
		}
		switch {
		case len(r.Attached) > 0:
			return errDeleteConflict("must detach all policies first")
		case len(r.Inline) > 0:
			return errDeleteConflict("must delete policies first")
		}
		if err := iam.ForgetRoleUse(tx, r.ID); err != nil {
			return err
		}
		return iam.Roles.Delete(tx, c.Principal.Account, r.Name)
	})
}

// ListRoles lists the roles of the account.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
func (s *Service) ListRoles(ctx context.Context, c *iam.Caller, in *sdkiam.ListRolesInput) (*sdkiam.ListRolesOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	list, next, err := roles.list(ctx, s, c, "ListRoles", in.PathPrefix, p)
	if err != nil {
		return nil, err
	}
	out := &sdkiam.ListRolesOutput{Roles: []types.Role{}, IsTruncated: next != nil, Marker: next}
	for _, r := range list {
		if err := s.showTrust(ctx, r); err != nil {
			return nil, err
		}
		out.Roles = append(out.Roles, *roleOut(c.Principal.Account, r))
	}
	return out, nil
}

// roleInFull describes a role with everything that is known of it.
func (s *Service) roleInFull(ctx context.Context, account string, r *iam.Role) (*types.Role, error) {
	if err := s.showTrust(ctx, r); err != nil {
		return nil, err
	}
	out := roleOut(account, r)
	if len(r.Tags) > 0 {
		out.Tags = tagsOut(r.Tags)
	}
	if r.Boundary != "" {
		out.PermissionsBoundary = boundaryOut(r.Boundary)
	}
	var err error
	out.RoleLastUsed, err = s.roleLastUsed(ctx, r)
	return out, err
}

// roleLastUsed says when a role was used last: nothing, if it never was.
func (s *Service) roleLastUsed(ctx context.Context, r *iam.Role) (*types.RoleLastUsed, error) {
	use, ok, err := s.iam.LastRoleUse(ctx, r.ID)
	if err != nil || !ok {
		return new(types.RoleLastUsed), err
	}
	return &types.RoleLastUsed{LastUsedDate: &use.Time, Region: &use.Region}, nil
}

// roleOut describes a role as lists do, which leave its tags and its boundary out.
func roleOut(account string, r *iam.Role) *types.Role {
	out := &types.Role{
		Arn: new(iam.RoleARN(account, r.Path, r.Name)), RoleId: &r.ID, RoleName: &r.Name, Path: &r.Path, CreateDate: &r.Created,
		AssumeRolePolicyDocument: encoded(r.Trust), MaxSessionDuration: &r.MaxSession,
	}
	if r.Description != "" {
		out.Description = &r.Description
	}
	return out
}
