package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// CreateGroup makes a group.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
func (s *Service) CreateGroup(ctx context.Context, c *iam.Caller, in *sdkiam.CreateGroupInput) (*sdkiam.CreateGroupOutput, error) {
	account := c.Principal.Account
	g := &iam.Group{Holder: iam.Holder{Name: *in.GroupName, Path: pathOf(in.Path), ID: iam.NewID("AGPA"), Created: s.now()}}
	if err := authorize(c, request{action: "CreateGroup"}, groups.resource(c, g)); err != nil {
		return nil, err
	}
	if err := s.db.Update(ctx, func(tx *store.Tx) error { return groups.insert(tx, account, g) }); err != nil {
		return nil, err
	}
	return &sdkiam.CreateGroupOutput{Group: groupOut(account, g)}, nil
}

// GetGroup describes a group and lists its members.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html
func (s *Service) GetGroup(ctx context.Context, c *iam.Caller, in *sdkiam.GetGroupInput) (*sdkiam.GetGroupOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	g, err := groups.find(ctx, s, c, request{action: "GetGroup"}, *in.GroupName)
	if err != nil {
		return nil, err
	}
	members, next, err := users.scan(ctx, s, c.Principal.Account, p, func(u *iam.User) bool { return isMember(u, g.Name) })
	if err != nil {
		return nil, err
	}
	out := &sdkiam.GetGroupOutput{Group: groupOut(c.Principal.Account, g), Users: []types.User{}, IsTruncated: next != nil, Marker: next}
	for _, u := range members {
		out.Users = append(out.Users, *userInList(c.Principal.Account, u))
	}
	return out, nil
}

// ListGroups lists the groups of the account.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html
func (s *Service) ListGroups(ctx context.Context, c *iam.Caller, in *sdkiam.ListGroupsInput) (*sdkiam.ListGroupsOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	list, next, err := groups.list(ctx, s, c, "ListGroups", in.PathPrefix, p)
	if err != nil {
		return nil, err
	}
	return &sdkiam.ListGroupsOutput{Groups: groupsOut(c.Principal.Account, list), IsTruncated: next != nil, Marker: next}, nil
}

// UpdateGroup gives a group another name or path. Its members stay.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
func (s *Service) UpdateGroup(ctx context.Context, c *iam.Caller, in *sdkiam.UpdateGroupInput) (*sdkiam.UpdateGroupOutput, error) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		g, err := groups.open(tx, c, request{action: "UpdateGroup"}, *in.GroupName)
		if err != nil {
			return err
		}
		old := g.Name
		err = groups.move(tx, c, request{action: "UpdateGroup"}, g, in.NewGroupName, in.NewPath)
		if err != nil || g.Name == old {
			return err
		}
		return renameInMembers(tx, c.Principal.Account, old, g.Name)
	})
	return nil, err
}

// DeleteGroup deletes a group that is empty and has no policies.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html
func (s *Service) DeleteGroup(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteGroupInput) (*sdkiam.DeleteGroupOutput, error) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		g, err := groups.open(tx, c, request{action: "DeleteGroup"}, *in.GroupName)
		if err != nil {
			return err
		}
		if err := deletable(&g.Holder); err != nil {
			return err
		}
		list, err := members(tx, c.Principal.Account, g.Name)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			return errDeleteConflict("must remove users from group first")
		}
		return iam.Groups.Delete(tx, c.Principal.Account, g.Name)
	})
	return nil, err
}

func groupOut(account string, g *iam.Group) *types.Group {
	return &types.Group{
		Arn: new(iam.GroupARN(account, g.Path, g.Name)), GroupId: &g.ID, GroupName: &g.Name, Path: &g.Path, CreateDate: &g.Created,
	}
}

func groupsOut(account string, list []*iam.Group) []types.Group {
	out := make([]types.Group, len(list))
	for i, g := range list {
		out[i] = *groupOut(account, g)
	}
	return out
}
