package admin_test

import (
	"fmt"
	"slices"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/keysteadtest"
)

func (a admin) groupARN(pathAndName string) string {
	return "arn:aws:iam::" + a.account + ":group" + pathAndName
}

// members lists the members of a group, page by page.
func (a admin) members(group string, size int32) []string {
	a.t.Helper()
	names := []string{}
	p := sdkiam.NewGetGroupPaginator(a.Client, &sdkiam.GetGroupInput{GroupName: &group, MaxItems: &size})
	for p.HasMorePages() {
		out, err := p.NextPage(a.t.Context())
		must(a.t, "GetGroup", err)
		for _, u := range out.Users {
			names = append(names, *u.UserName)
		}
	}
	return names
}

// groupsOf lists the groups of a user, page by page.
func (a admin) groupsOf(user string, size int32) []string {
	a.t.Helper()
	names := []string{}
	p := sdkiam.NewListGroupsForUserPaginator(a.Client, &sdkiam.ListGroupsForUserInput{UserName: &user, MaxItems: &size})
	for p.HasMorePages() {
		out, err := p.NextPage(a.t.Context())
		must(a.t, "ListGroupsForUser", err)
		for _, g := range out.Groups {
			names = append(names, *g.GroupName)
		}
	}
	return names
}

func TestGroups(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		made, err := a.CreateGroup(ctx, &sdkiam.CreateGroupInput{GroupName: new("Ops"), Path: new("/x/")})
		must(t, "CreateGroup", err)
		if g := made.Group; *g.Arn != a.groupARN("/x/Ops") || (*g.GroupId)[:4] != "AGPA" || len(*g.GroupId) != 21 {
			t.Errorf("made %s %s", *g.Arn, *g.GroupId)
		}
		_, err = a.CreateGroup(ctx, &sdkiam.CreateGroupInput{GroupName: new("ops")})
		wantOutcome(t, "a name that differs in case", err, "EntityAlreadyExists: Group with name ops already exists.")
		a.group("dev")
		a.user("alice", "Bob", "carol")
		for _, name := range []string{"alice", "Bob"} {
			a.join(name, "ops", "Ops", "dev") // once more is no error
		}
		for size := range int32(3) {
			if got := a.members("Ops", size+1); !slices.Equal(got, []string{"alice", "Bob"}) {
				t.Errorf("the members are %v", got)
			}
			if got := a.groupsOf("bob", size+1); !slices.Equal(got, []string{"Ops", "dev"}) {
				t.Errorf("the groups of Bob are %v", got)
			}
		}
		if got := a.groupsOf("carol", 1); len(got) != 0 {
			t.Errorf("the groups of carol are %v", got)
		}
		list, err := a.ListGroups(ctx, &sdkiam.ListGroupsInput{PathPrefix: new("/x")})
		must(t, "ListGroups", err)
		if len(list.Groups) != 1 || *list.Groups[0].GroupId != *made.Group.GroupId {
			t.Errorf("with path /x there are %+v", list.Groups)
		}

		_, err = a.UpdateGroup(ctx, &sdkiam.UpdateGroupInput{GroupName: new("ops"), NewGroupName: new("sre"), NewPath: new("/y/")})
		must(t, "UpdateGroup", err)
		moved, err := a.GetGroup(ctx, &sdkiam.GetGroupInput{GroupName: new("sre")})
		must(t, "GetGroup", err)
		if g := moved.Group; *g.Arn != a.groupARN("/y/sre") || *g.GroupId != *made.Group.GroupId || len(moved.Users) != 2 {
			t.Errorf("moved to %s %s with %d members", *g.Arn, *g.GroupId, len(moved.Users))
		}
		_, err = a.UpdateGroup(ctx, &sdkiam.UpdateGroupInput{GroupName: new("sre"), NewGroupName: new("DEV")})
		wantOutcome(t, "a name that is taken", err, "EntityAlreadyExists: Group with name DEV already exists.")
		_, err = a.GetGroup(ctx, &sdkiam.GetGroupInput{GroupName: new("ops")})
		wantOutcome(t, "the old name", err, "NoSuchEntity: The group with name ops cannot be found.")

		const members = "DeleteConflict: Cannot delete entity, must remove users from group first."
		_, err = a.DeleteGroup(ctx, &sdkiam.DeleteGroupInput{GroupName: new("sre")})
		wantOutcome(t, "delete a group with members", err, members)
		_, err = a.DeleteUser(ctx, &sdkiam.DeleteUserInput{UserName: new("alice")})
		wantOutcome(t, "delete a member", err, members)
		for _, name := range []string{"alice", "bob", "bob"} { // once more is no error
			_, err := a.RemoveUserFromGroup(ctx, &sdkiam.RemoveUserFromGroupInput{GroupName: new("sre"), UserName: &name})
			must(t, "RemoveUserFromGroup", err)
		}
		_, err = a.DeleteGroup(ctx, &sdkiam.DeleteGroupInput{GroupName: new("sre")})
		must(t, "DeleteGroup", err)
		if got := a.groupsOf("bob", 9); !slices.Equal(got, []string{"dev"}) {
			t.Errorf("at last the groups of Bob are %v", got)
		}
	})
}

func TestMembershipRefusals(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("bob")
		for i := range 11 {
			a.group(fmt.Sprint("g", i))
		}
		for i := range 10 {
			a.join("bob", fmt.Sprint("g", i))
		}
		for _, tt := range []struct{ name, user, group, want string }{
			{"an eleventh group", "bob", "g10", "LimitExceeded: Cannot exceed quota for GroupsPerUser: 10"},
			{"no such user", "eve", "g1", "NoSuchEntity: The user with name eve cannot be found."},
			{"no such group", "bob", "g11", "NoSuchEntity: The group with name g11 cannot be found."},
		} {
			_, err := a.AddUserToGroup(ctx, &sdkiam.AddUserToGroupInput{UserName: &tt.user, GroupName: &tt.group})
			wantOutcome(t, tt.name, err, tt.want)
		}
		a.join("bob", "g3")
		if got := a.groupsOf("bob", 100); len(got) != 10 {
			t.Errorf("the groups of bob are %v", got)
		}
	})
}

// TestGroupPolicies: what a group may do its members may, for as long as they are members and
// under whichever name.
func TestGroupPolicies(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("bob")
		a.group("ops")
		_, err := a.PutGroupPolicy(ctx, &sdkiam.PutGroupPolicyInput{GroupName: new("ops"), PolicyName: new("p"), PolicyDocument: new(everything)})
		must(t, "PutGroupPolicy", err)
		bob := a.as(a.accessKey("bob"))
		may := func(when string, want bool) {
			t.Helper()
			if _, err := bob.ListUsers(ctx, &sdkiam.ListUsersInput{}); (err == nil) != want {
				t.Errorf("%s: %v", when, err)
			}
		}
		may("before", false)
		a.join("bob", "ops")
		may("as a member", true)
		_, err = a.UpdateGroup(ctx, &sdkiam.UpdateGroupInput{GroupName: new("ops"), NewGroupName: new("sre")})
		must(t, "UpdateGroup", err)
		may("under another name", true)
		a.group("ops")
		_, err = a.RemoveUserFromGroup(ctx, &sdkiam.RemoveUserFromGroupInput{GroupName: new("SRE"), UserName: new("BOB")})
		must(t, "RemoveUserFromGroup", err)
		may("after", false)
	})
}
