package admin_test

import (
	"strings"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/keysteadtest"
)

// TestRolePermissions: who may do what with roles is decided by policies, and those who may
// not do not learn whether there is a role.
func TestRolePermissions(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.role("Clerk")
		a.role("Chief")
		a.user("Bob")
		a.allow("Bob", `{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": ["iam:GetRole", "iam:TagRole"], "Resource": "arn:aws:iam::*:role/Cl*"},
			{"Effect": "Allow", "Action": "iam:CreateRole", "Resource": "*", "Condition": {"ArnEquals": {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}},
			{"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": "*", "Condition": {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AWSKeyManagement*"}}}]}`)
		bob := a.as(a.accessKey("Bob"))
		denied := func(action, resource string) string {
			return "AccessDenied: User: " + a.userARN("/Bob") + " is not authorized to perform: iam:" + action + " on resource: " + resource + " because no identity-based policy allows the iam:" + action + " action"
		}
		role := func(name string) string { return "arn:aws:iam::" + srv.Account + ":role/" + name }
		create := sdkiam.CreateRoleInput{RoleName: new("New"), AssumeRolePolicyDocument: new(trustEC2)}
		bounded := create
		bounded.PermissionsBoundary = new("arn:aws:iam::aws:policy/ReadOnlyAccess")
		for _, tt := range []struct {
			name string
			err  error
			want string
		}{
			{"a role that may be read", errOf(bob.GetRole(ctx, &sdkiam.GetRoleInput{RoleName: new("Clerk")})), "ok"},
			{"a role that may not be read", errOf(bob.GetRole(ctx, &sdkiam.GetRoleInput{RoleName: new("Chief")})), denied("GetRole", role("Chief"))},
			{"a role that is not there", errOf(bob.GetRole(ctx, &sdkiam.GetRoleInput{RoleName: new("Other")})), denied("GetRole", role("Other"))},
			{"a role without the boundary", errOf(bob.CreateRole(ctx, &create)), denied("CreateRole", role("New"))},
			{"a role with the boundary", errOf(bob.CreateRole(ctx, &bounded)), "ok"},
			{"a policy that may be attached", errOf(bob.AttachRolePolicy(ctx, &sdkiam.AttachRolePolicyInput{RoleName: new("Chief"), PolicyArn: new("arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser")})), "ok"},
			{"a policy that may not", errOf(bob.AttachRolePolicy(ctx, &sdkiam.AttachRolePolicyInput{RoleName: new("Chief"), PolicyArn: new(adminARN)})), denied("AttachRolePolicy", role("Chief"))},
			{"deleting", errOf(bob.DeleteRole(ctx, &sdkiam.DeleteRoleInput{RoleName: new("Clerk")})), denied("DeleteRole", role("Clerk"))},
			{"an update with a bad document", errOf(bob.UpdateAssumeRolePolicy(ctx, &sdkiam.UpdateAssumeRolePolicyInput{RoleName: new("Chief"), PolicyDocument: new("x")})), denied("UpdateAssumeRolePolicy", role("Chief"))},
		} {
			wantOutcome(t, tt.name, tt.err, tt.want)
		}
	})
}

// TestForeignPoliciesAreNotProbed: a caller's own policies don't see the tags of another
// account's policy, so that a denial does not tell of them.
func TestForeignPoliciesAreNotProbed(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a, eve := root(t, srv), newcomer(t, srv, "111122223333")
	made, err := a.CreatePolicy(t.Context(), &sdkiam.CreatePolicyInput{
		PolicyName: new("p"), PolicyDocument: new(allowS3), Tags: []types.Tag{{Key: new("owner"), Value: new("x")}},
	})
	must(t, "CreatePolicy", err)
	eve.user("eve")
	eve.allow("eve", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},
		{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"Null":{"aws:ResourceTag/owner":"false"}}}]}`)
	spy := eve.as(eve.accessKey("eve"))
	_, err = spy.GetPolicy(t.Context(), &sdkiam.GetPolicyInput{PolicyArn: made.Policy.Arn})
	if got := outcome(err); strings.Contains(got, "explicit deny in an identity-based policy") {
		t.Errorf("GetPolicy of another account's policy: %s", got)
	}
}
