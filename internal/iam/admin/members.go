package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// groupsPerUser is the quota of groups that a user is in.
const groupsPerUser = 10

// AddUserToGroup makes a user a member of a group. It is no error if it is one already.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html
func (s *Service) AddUserToGroup(ctx context.Context, c *iam.Caller, in *sdkiam.AddUserToGroupInput) (*sdkiam.AddUserToGroupOutput, error) {
	err := s.changeMember(ctx, c, "AddUserToGroup", *in.GroupName, *in.UserName, func(u *iam.User, group string) error {
		switch {
		case isMember(u, group):
			return nil
		case len(u.Groups) >= groupsPerUser:
			return errQuota("GroupsPerUser", groupsPerUser)
		}
		u.Groups = append(u.Groups, group)
		return nil
	})
	return nil, err
}

// RemoveUserFromGroup ends the membership of a user in a group. It is no error if there was
// none.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html
func (s *Service) RemoveUserFromGroup(ctx context.Context, c *iam.Caller, in *sdkiam.RemoveUserFromGroupInput) (*sdkiam.RemoveUserFromGroupOutput, error) {
	err := s.changeMember(ctx, c, "RemoveUserFromGroup", *in.GroupName, *in.UserName, func(u *iam.User, group string) error {
		u.Groups = slices.DeleteFunc(u.Groups, func(name string) bool { return strings.EqualFold(name, group) })
		return nil
	})
	return nil, err
}

// ListGroupsForUser lists the groups that a user is in.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html
func (s *Service) ListGroupsForUser(ctx context.Context, c *iam.Caller, in *sdkiam.ListGroupsForUserInput) (*sdkiam.ListGroupsForUserOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	u, err := users.find(ctx, s, c, request{action: "ListGroupsForUser"}, *in.UserName)
	if err != nil {
		return nil, err
	}
	var list []*iam.Group
	for _, name := range u.Groups {
		g, err := iam.Groups.Find(ctx, s.db, c.Principal.Account, name)
		if errors.Is(err, iam.ErrNoEntity) {
			continue // it went away meanwhile
		}
		if err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	shown, next := cut(p, list, func(g *iam.Group) string { return g.Name })
	return &sdkiam.ListGroupsForUserOutput{Groups: groupsOut(c.Principal.Account, shown), IsTruncated: next != nil, Marker: next}, nil
}

// changeMember hands a user to f together with the name of a group, and stores the user. The
// decision is on the group alone, as AWS makes it.
func (s *Service) changeMember(ctx context.Context, c *iam.Caller, action, group, user string, f func(u *iam.User, group string) error) error {
	account := c.Principal.Account
	return s.db.Update(ctx, func(tx *store.Tx) error {
		g, err := groups.open(tx, c, request{action: action}, group)
		if err != nil {
			return err
		}
		u, err := iam.Users.Get(tx, account, user)
		if errors.Is(err, iam.ErrNoEntity) {
			return errNotFound(users.what, user)
		}
		if err != nil {
			return err
		}
		if err := f(u, g.Name); err != nil {
			return err
		}
		return iam.Users.Put(tx, account, u.Name, u)
	})
}

// members lists the users who are in a group.
func members(tx *store.Tx, account, group string) ([]*iam.User, error) {
	all, err := iam.Users.All(tx, account)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(u *iam.User) bool { return !isMember(u, group) }), nil
}

func isMember(u *iam.User, group string) bool {
	return slices.ContainsFunc(u.Groups, func(name string) bool { return strings.EqualFold(name, group) })
}

// renameInMembers tells the members of a group its new name.
func renameInMembers(tx *store.Tx, account, old, name string) error {
	list, err := members(tx, account, old)
	if err != nil {
		return err
	}
	for _, u := range list {
		for i := range u.Groups {
			if strings.EqualFold(u.Groups[i], old) {
				u.Groups[i] = name
			}
		}
		if err := iam.Users.Put(tx, account, u.Name, u); err != nil {
			return err
		}
	}
	return nil
}
