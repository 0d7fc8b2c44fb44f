package admin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/keysteadtest"
)

// permission is an operation, the resource that its permission is for, and a call of it
// whose answer is the same with the permission every time.
type permission struct {
	operation string
	resource  string // behind "arn:aws:iam::ACCOUNT:"; "*" for none
	call      func(context.Context, *sdkiam.Client) error
	want      string // the code of its error; "" if it succeeds
}

// op makes a call of a client's method with an input.
func op[In, Out any](method func(*sdkiam.Client, context.Context, *In, ...func(*sdkiam.Options)) (*Out, error), in In) func(context.Context, *sdkiam.Client) error {
	return func(ctx context.Context, c *sdkiam.Client) error {
		_, err := method(c, ctx, &in)
		return err
	}
}

const (
	policyARN = "arn:aws:iam::aws:policy/PowerUserAccess"
	noKey     = "AKIAAAAAAAAAAAAAAAAA"
)

// permissions has every operation on users and groups, on an entity that is not there: what
// is denied then is denied for all others, too.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
var permissions = []permission{
	{"AddUserToGroup", "group/none", op((*sdkiam.Client).AddUserToGroup, sdkiam.AddUserToGroupInput{GroupName: new("none"), UserName: new("none")}), "NoSuchEntity"},
	{"AttachGroupPolicy", "group/none", op((*sdkiam.Client).AttachGroupPolicy, sdkiam.AttachGroupPolicyInput{GroupName: new("none"), PolicyArn: new(policyARN)}), "NoSuchEntity"},
	{"AttachUserPolicy", "user/none", op((*sdkiam.Client).AttachUserPolicy, sdkiam.AttachUserPolicyInput{UserName: new("none"), PolicyArn: new(policyARN)}), "NoSuchEntity"},
	{"CreateAccessKey", "user/none", op((*sdkiam.Client).CreateAccessKey, sdkiam.CreateAccessKeyInput{UserName: new("none")}), "NoSuchEntity"},
	{"CreateAccountAlias", "*", op((*sdkiam.Client).CreateAccountAlias, sdkiam.CreateAccountAliasInput{AccountAlias: new("taken")}), "EntityAlreadyExists"},
	{"CreateGroup", "group/x/taken", op((*sdkiam.Client).CreateGroup, sdkiam.CreateGroupInput{GroupName: new("taken"), Path: new("/x/")}), "EntityAlreadyExists"},
	{"CreateLoginProfile", "user/none", op((*sdkiam.Client).CreateLoginProfile, sdkiam.CreateLoginProfileInput{UserName: new("none"), Password: new("Passw0rd")}), "NoSuchEntity"},
	{"CreateUser", "user/x/taken", op((*sdkiam.Client).CreateUser, sdkiam.CreateUserInput{UserName: new("taken"), Path: new("/x/")}), "EntityAlreadyExists"},
	{"DeleteAccessKey", "user/none", op((*sdkiam.Client).DeleteAccessKey, sdkiam.DeleteAccessKeyInput{UserName: new("none"), AccessKeyId: new(noKey)}), "NoSuchEntity"},
	{"DeleteAccountAlias", "*", op((*sdkiam.Client).DeleteAccountAlias, sdkiam.DeleteAccountAliasInput{AccountAlias: new("none")}), "NoSuchEntity"},
	{"DeleteAccountPasswordPolicy", "*", op((*sdkiam.Client).DeleteAccountPasswordPolicy, sdkiam.DeleteAccountPasswordPolicyInput{}), "NoSuchEntity"},
	{"DeleteGroup", "group/none", op((*sdkiam.Client).DeleteGroup, sdkiam.DeleteGroupInput{GroupName: new("none")}), "NoSuchEntity"},
	{"DeleteGroupPolicy", "group/none", op((*sdkiam.Client).DeleteGroupPolicy, sdkiam.DeleteGroupPolicyInput{GroupName: new("none"), PolicyName: new("p")}), "NoSuchEntity"},
	{"DeleteLoginProfile", "user/none", op((*sdkiam.Client).DeleteLoginProfile, sdkiam.DeleteLoginProfileInput{UserName: new("none")}), "NoSuchEntity"},
	{"DeleteUser", "user/none", op((*sdkiam.Client).DeleteUser, sdkiam.DeleteUserInput{UserName: new("none")}), "NoSuchEntity"},
	{"DeleteUserPermissionsBoundary", "user/none", op((*sdkiam.Client).DeleteUserPermissionsBoundary, sdkiam.DeleteUserPermissionsBoundaryInput{UserName: new("none")}), "NoSuchEntity"},
	{"DeleteUserPolicy", "user/none", op((*sdkiam.Client).DeleteUserPolicy, sdkiam.DeleteUserPolicyInput{UserName: new("none"), PolicyName: new("p")}), "NoSuchEntity"},
	{"DetachGroupPolicy", "group/none", op((*sdkiam.Client).DetachGroupPolicy, sdkiam.DetachGroupPolicyInput{GroupName: new("none"), PolicyArn: new(policyARN)}), "NoSuchEntity"},
	{"DetachUserPolicy", "user/none", op((*sdkiam.Client).DetachUserPolicy, sdkiam.DetachUserPolicyInput{UserName: new("none"), PolicyArn: new(policyARN)}), "NoSuchEntity"},
	{"GetAccessKeyLastUsed", "*", op((*sdkiam.Client).GetAccessKeyLastUsed, sdkiam.GetAccessKeyLastUsedInput{AccessKeyId: new(noKey)}), "NoSuchEntity"},
	{"GetAccountPasswordPolicy", "*", op((*sdkiam.Client).GetAccountPasswordPolicy, sdkiam.GetAccountPasswordPolicyInput{}), "NoSuchEntity"},
	{"GetAccountSummary", "*", op((*sdkiam.Client).GetAccountSummary, sdkiam.GetAccountSummaryInput{}), ""},
	{"GetGroup", "group/none", op((*sdkiam.Client).GetGroup, sdkiam.GetGroupInput{GroupName: new("none")}), "NoSuchEntity"},
	{"GetGroupPolicy", "group/none", op((*sdkiam.Client).GetGroupPolicy, sdkiam.GetGroupPolicyInput{GroupName: new("none"), PolicyName: new("p")}), "NoSuchEntity"},
	{"GetLoginProfile", "user/none", op((*sdkiam.Client).GetLoginProfile, sdkiam.GetLoginProfileInput{UserName: new("none")}), "NoSuchEntity"},
	{"GetUser", "user/none", op((*sdkiam.Client).GetUser, sdkiam.GetUserInput{UserName: new("none")}), "NoSuchEntity"},
	{"GetUserPolicy", "user/none", op((*sdkiam.Client).GetUserPolicy, sdkiam.GetUserPolicyInput{UserName: new("none"), PolicyName: new("p")}), "NoSuchEntity"},
	{"ListAccessKeys", "user/none", op((*sdkiam.Client).ListAccessKeys, sdkiam.ListAccessKeysInput{UserName: new("none")}), "NoSuchEntity"},
	{"ListAccountAliases", "*", op((*sdkiam.Client).ListAccountAliases, sdkiam.ListAccountAliasesInput{}), ""},
	{"ListAttachedGroupPolicies", "group/none", op((*sdkiam.Client).ListAttachedGroupPolicies, sdkiam.ListAttachedGroupPoliciesInput{GroupName: new("none")}), "NoSuchEntity"},
	{"ListAttachedUserPolicies", "user/none", op((*sdkiam.Client).ListAttachedUserPolicies, sdkiam.ListAttachedUserPoliciesInput{UserName: new("none")}), "NoSuchEntity"},
	{"ListGroupPolicies", "group/none", op((*sdkiam.Client).ListGroupPolicies, sdkiam.ListGroupPoliciesInput{GroupName: new("none")}), "NoSuchEntity"},
	{"ListGroups", "group/x/", op((*sdkiam.Client).ListGroups, sdkiam.ListGroupsInput{PathPrefix: new("/x/")}), ""},
	{"ListGroupsForUser", "user/none", op((*sdkiam.Client).ListGroupsForUser, sdkiam.ListGroupsForUserInput{UserName: new("none")}), "NoSuchEntity"},
	{"ListMFADevices", "user/none", op((*sdkiam.Client).ListMFADevices, sdkiam.ListMFADevicesInput{UserName: new("none")}), "NoSuchEntity"},
	{"ListSSHPublicKeys", "user/none", op((*sdkiam.Client).ListSSHPublicKeys, sdkiam.ListSSHPublicKeysInput{UserName: new("none")}), "NoSuchEntity"},
	{"ListServiceSpecificCredentials", "user/none", op((*sdkiam.Client).ListServiceSpecificCredentials, sdkiam.ListServiceSpecificCredentialsInput{UserName: new("none")}), "NoSuchEntity"},
	{"ListSigningCertificates", "user/none", op((*sdkiam.Client).ListSigningCertificates, sdkiam.ListSigningCertificatesInput{UserName: new("none")}), "NoSuchEntity"},
	{"ListUserPolicies", "user/none", op((*sdkiam.Client).ListUserPolicies, sdkiam.ListUserPoliciesInput{UserName: new("none")}), "NoSuchEntity"},
	{"ListUserTags", "user/none", op((*sdkiam.Client).ListUserTags, sdkiam.ListUserTagsInput{UserName: new("none")}), "NoSuchEntity"},
	{"ListUsers", "user/", op((*sdkiam.Client).ListUsers, sdkiam.ListUsersInput{}), ""},
	{"ListVirtualMFADevices", "mfa/", op((*sdkiam.Client).ListVirtualMFADevices, sdkiam.ListVirtualMFADevicesInput{}), ""},
	{"PutGroupPolicy", "group/none", op((*sdkiam.Client).PutGroupPolicy, sdkiam.PutGroupPolicyInput{GroupName: new("none"), PolicyName: new("p"), PolicyDocument: new(everything)}), "NoSuchEntity"},
	{"PutUserPermissionsBoundary", "user/none", op((*sdkiam.Client).PutUserPermissionsBoundary, sdkiam.PutUserPermissionsBoundaryInput{UserName: new("none"), PermissionsBoundary: new(policyARN)}), "NoSuchEntity"},
	{"PutUserPolicy", "user/none", op((*sdkiam.Client).PutUserPolicy, sdkiam.PutUserPolicyInput{UserName: new("none"), PolicyName: new("p"), PolicyDocument: new(everything)}), "NoSuchEntity"},
	{"RemoveUserFromGroup", "group/none", op((*sdkiam.Client).RemoveUserFromGroup, sdkiam.RemoveUserFromGroupInput{GroupName: new("none"), UserName: new("none")}), "NoSuchEntity"},
	{"TagUser", "user/none", op((*sdkiam.Client).TagUser, sdkiam.TagUserInput{UserName: new("none"), Tags: tagList("a", "b")}), "NoSuchEntity"},
	{"UntagUser", "user/none", op((*sdkiam.Client).UntagUser, sdkiam.UntagUserInput{UserName: new("none"), TagKeys: []string{"a"}}), "NoSuchEntity"},
	{"UpdateAccessKey", "user/none", op((*sdkiam.Client).UpdateAccessKey, sdkiam.UpdateAccessKeyInput{UserName: new("none"), AccessKeyId: new(noKey), Status: "Active"}), "NoSuchEntity"},
	{"UpdateLoginProfile", "user/none", op((*sdkiam.Client).UpdateLoginProfile, sdkiam.UpdateLoginProfileInput{UserName: new("none"), Password: new("Passw0rd")}), "NoSuchEntity"},
	{"UpdateGroup", "group/none", op((*sdkiam.Client).UpdateGroup, sdkiam.UpdateGroupInput{GroupName: new("none")}), "NoSuchEntity"},
	{"UpdateUser", "user/none", op((*sdkiam.Client).UpdateUser, sdkiam.UpdateUserInput{UserName: new("none")}), "NoSuchEntity"},
}

// TestPermissions: a user may do what one statement allows, and nothing else; whoever may
// not is denied before the answer tells whether the entity exists.
func TestPermissions(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a, ctx := root(t, srv), t.Context()
	a.user("caller", "taken")
	a.group("taken")
	_, err := a.CreateAccountAlias(ctx, &sdkiam.CreateAccountAliasInput{AccountAlias: new("taken")})
	must(t, "CreateAccountAlias", err)
	caller := a.as(a.accessKey("caller"))
	arn := func(p permission) string {
		if p.resource == "*" {
			return "*"
		}
		return "arn:aws:iam::" + a.account + ":" + p.resource
	}
	for _, p := range permissions {
		a.allow("caller", fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": "iam:%s", "Resource": "%s"},
			{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}`, p.operation, arn(p)))
		for _, other := range permissions {
			if other.operation != p.operation && len(other.operation) != len(p.operation)+1 { // some of the others
				continue
			}
			got := outcome(other.call(ctx, caller.Client))
			denied := "AccessDenied: User: " + a.userARN("/caller") + " is not authorized to perform: iam:" + other.operation + " on resource: " + arn(other) +
				" because no identity-based policy allows the iam:" + other.operation + " action"
			code, _, _ := strings.Cut(got, ":")
			switch {
			case other.operation != p.operation && got != denied:
				t.Errorf("%s, allowed %s:\n got %s\nwant %s", other.operation, p.operation, got, denied)
			case other.operation == p.operation && code != p.want && (code != "ok" || p.want != ""):
				t.Errorf("%s on %s: %s, want %q", p.operation, arn(p), got, p.want)
			}
		}
	}
}

// TestNoPermissions: whom nothing is allowed is denied everything.
func TestNoPermissions(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a := root(t, srv)
	a.user("caller")
	caller := a.as(a.accessKey("caller"))
	for _, p := range permissions {
		if got := outcome(p.call(t.Context(), caller.Client)); !strings.HasPrefix(got, "AccessDenied: ") {
			t.Errorf("%s, allowed nothing: %s", p.operation, got)
		}
	}
}

// TestConditions: what a request brings and what an entity has, as conditions see it.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
func TestConditions(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a := root(t, srv)
	a.user("caller", "plain")
	_, err := a.CreateUser(t.Context(), &sdkiam.CreateUserInput{UserName: new("red"), Tags: tagList("Team", "red"), PermissionsBoundary: new(policyARN)})
	must(t, "CreateUser", err)
	a.group("g")
	caller := a.as(a.accessKey("caller"))
	const administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
	attach := func(user, arn string) func(context.Context, *sdkiam.Client) error {
		return op((*sdkiam.Client).AttachUserPolicy, sdkiam.AttachUserPolicyInput{UserName: &user, PolicyArn: &arn})
	}
	putBoundary := func(user, arn string) func(context.Context, *sdkiam.Client) error {
		return op((*sdkiam.Client).PutUserPermissionsBoundary, sdkiam.PutUserPermissionsBoundaryInput{UserName: &user, PermissionsBoundary: &arn})
	}
	create := func(name string, tags ...string) func(context.Context, *sdkiam.Client) error {
		return op((*sdkiam.Client).CreateUser, sdkiam.CreateUserInput{UserName: &name, Tags: tagList(tags...)})
	}
	tag := func(user string, tags ...string) func(context.Context, *sdkiam.Client) error {
		return op((*sdkiam.Client).TagUser, sdkiam.TagUserInput{UserName: &user, Tags: tagList(tags...)})
	}
	get := func(user string) func(context.Context, *sdkiam.Client) error {
		return op((*sdkiam.Client).GetUser, sdkiam.GetUserInput{UserName: &user})
	}
	for _, tt := range []struct {
		name, actions, condition string
		call                     func(context.Context, *sdkiam.Client) error
		want                     bool
	}{
		{"the policy that is attached", "iam:AttachUserPolicy", `"ArnEquals": {"iam:PolicyARN": "` + policyARN + `"}`, attach("plain", policyARN), true},
		{"another policy", "iam:AttachUserPolicy", `"ArnEquals": {"iam:PolicyARN": "` + policyARN + `"}`, attach("plain", administrator), false},
		{"a policy of a group", "iam:AttachGroupPolicy", `"ArnEquals": {"iam:PolicyARN": "` + policyARN + `"}`,
			op((*sdkiam.Client).AttachGroupPolicy, sdkiam.AttachGroupPolicyInput{GroupName: new("g"), PolicyArn: new(policyARN)}), true},
		{"within the boundary", "iam:AttachUserPolicy", `"StringEquals": {"iam:PermissionsBoundary": "` + policyARN + `"}`, attach("red", administrator), true},
		{"without the boundary", "iam:AttachUserPolicy", `"StringEquals": {"iam:PermissionsBoundary": "` + policyARN + `"}`, attach("plain", administrator), false},
		{"the boundary that is set", "iam:PutUserPermissionsBoundary", `"StringEquals": {"iam:PermissionsBoundary": "` + policyARN + `"}`, putBoundary("plain", policyARN), true},
		{"another boundary in its place", "iam:PutUserPermissionsBoundary", `"StringEquals": {"iam:PermissionsBoundary": "` + policyARN + `"}`, putBoundary("red", administrator), false},
		{"a new user without a boundary", "iam:CreateUser", `"StringEquals": {"iam:PermissionsBoundary": "` + policyARN + `"}`, create("u1"), false},
		{"a new user within the boundary", "iam:CreateUser", `"StringEquals": {"iam:PermissionsBoundary": "` + policyARN + `"}`,
			op((*sdkiam.Client).CreateUser, sdkiam.CreateUserInput{UserName: new("u2"), PermissionsBoundary: new(policyARN)}), true},
		{"the boundary is no key of GetUser", "iam:GetUser", `"StringEquals": {"iam:PermissionsBoundary": "` + policyARN + `"}`, get("red"), false},
		{"a tag of the user", "iam:GetUser", `"StringEquals": {"iam:ResourceTag/team": "red"}`, get("red"), true},
		{"a tag of the user, by the global key", "iam:GetUser", `"StringEquals": {"aws:ResourceTag/Team": "red"}`, get("red"), true},
		{"a user without the tag", "iam:GetUser", `"StringEquals": {"iam:ResourceTag/Team": "red"}`, get("plain"), false},
		{"no such user has no tag", "iam:GetUser", `"StringEquals": {"iam:ResourceTag/Team": "red"}`, get("nobody"), false},
		{"a tag of the request", "iam:TagUser", `"StringEquals": {"aws:RequestTag/team": "blue"}`, tag("plain", "Team", "blue"), true},
		{"another value of it", "iam:TagUser", `"StringEquals": {"aws:RequestTag/team": "blue"}`, tag("plain", "Team", "green"), false},
		{"all keys are allowed", "iam:TagUser", `"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}`, tag("plain", "a", "1", "b", "2"), true},
		{"one key is not", "iam:TagUser", `"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}`, tag("plain", "a", "1", "c", "2"), false},
		{"a key that goes", "iam:UntagUser", `"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}`,
			op((*sdkiam.Client).UntagUser, sdkiam.UntagUserInput{UserName: new("plain"), TagKeys: []string{"a"}}), true},
		{"a new user with tags, without TagUser", "iam:CreateUser", `"StringEquals": {"aws:RequestTag/team": "blue"}`, create("u3", "team", "blue"), false},
		{"a new user with tags", `iam:CreateUser", "iam:TagUser`, `"StringEquals": {"aws:RequestTag/team": "blue"}`, create("u4", "team", "blue"), true},
		{"the Region is us-east-1", "iam:GetUser", `"StringEquals": {"aws:RequestedRegion": "us-east-1"}`, get("plain"), true},
	} {
		a.allow("caller", `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["`+tt.actions+`"], "Resource": "*", "Condition": {`+tt.condition+`}}}`)
		err := tt.call(t.Context(), caller.Client)
		if got := outcome(err); tt.want && got != "ok" || !tt.want && !strings.HasPrefix(got, "AccessDenied: ") {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

// TestRenameNeedsBoth: whoever gives a user another name needs leave for both.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
func TestRenameNeedsBoth(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a, ctx := root(t, srv), t.Context()
	a.user("caller", "bob")
	caller := a.as(a.accessKey("caller"))
	a.allow("caller", `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:UpdateUser", "Resource": ["`+a.userARN("/bob")+`", "`+a.userARN("/x/*")+`"]}}`)
	for _, tt := range []struct{ name, path, want string }{
		{"rob", "/", "no"}, {"admin", "/y/", "no"}, {"rob", "/x/", "yes"},
	} {
		_, err := caller.UpdateUser(ctx, &sdkiam.UpdateUserInput{UserName: new("bob"), NewUserName: &tt.name, NewPath: &tt.path})
		if (err == nil) != (tt.want == "yes") {
			t.Errorf("to %s%s: %v, want %s", tt.path, tt.name, err, tt.want)
		}
	}
}

// TestAccountsApart: names are an account's own.
func TestAccountsApart(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a, other := root(t, srv), newcomer(t, srv, "111122223333")
	a.user("bob")
	a.group("bob")
	for _, p := range []func(context.Context, *sdkiam.Client) error{
		op((*sdkiam.Client).GetUser, sdkiam.GetUserInput{UserName: new("bob")}),
		op((*sdkiam.Client).DeleteUser, sdkiam.DeleteUserInput{UserName: new("bob")}),
		op((*sdkiam.Client).GetGroup, sdkiam.GetGroupInput{GroupName: new("bob")}),
		op((*sdkiam.Client).DeleteGroup, sdkiam.DeleteGroupInput{GroupName: new("bob")}),
	} {
		if got := outcome(p(t.Context(), other.Client)); !strings.HasPrefix(got, "NoSuchEntity: ") {
			t.Errorf("the root user of another account: %s", got)
		}
	}
	list, err := other.ListUsers(t.Context(), &sdkiam.ListUsersInput{})
	if err != nil || len(list.Users) != 0 {
		t.Errorf("another account has %d users, %v", len(list.Users), err)
	}
}
