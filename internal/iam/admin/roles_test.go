package admin_test

import (
	"fmt"
	"strings"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/keysteadtest"
)

// trusting is a trust policy for AWS principals.
func trusting(arns ...string) string {
	return `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["` + strings.Join(arns, `", "`) + `"]}, "Action": "sts:AssumeRole"}]}`
}

func (a admin) trust(role string) string {
	a.t.Helper()
	out, err := a.GetRole(a.t.Context(), &sdkiam.GetRoleInput{RoleName: &role})
	must(a.t, "GetRole", err)
	return decoded(a.t, out.Role.AssumeRolePolicyDocument)
}

func TestRoles(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		made, err := a.CreateRole(ctx, &sdkiam.CreateRoleInput{
			RoleName: new("Clerk"), Path: new("/office/"), AssumeRolePolicyDocument: new(trustEC2), Description: new("für alle"), MaxSessionDuration: new(int32(43200)),
			PermissionsBoundary: new(adminARN), Tags: []types.Tag{{Key: new("Team"), Value: new("a")}},
		})
		must(t, "CreateRole", err)
		if r := made.Role; *r.Arn != "arn:aws:iam::"+srv.Account+":role/office/Clerk" || !strings.HasPrefix(*r.RoleId, "AROA") || decoded(t, r.AssumeRolePolicyDocument) != trustEC2 {
			t.Errorf("made %s %s", *r.Arn, *r.RoleId)
		}
		got, err := a.GetRole(ctx, &sdkiam.GetRoleInput{RoleName: new("Clerk")})
		must(t, "GetRole", err)
		r := got.Role
		if *r.Description != "für alle" || *r.MaxSessionDuration != 43200 || *r.PermissionsBoundary.PermissionsBoundaryArn != adminARN || len(r.Tags) != 1 || *r.RoleId != *made.Role.RoleId {
			t.Errorf("got %+v", r)
		}
		_, err = a.UpdateRole(ctx, &sdkiam.UpdateRoleInput{RoleName: new("Clerk"), MaxSessionDuration: new(int32(3600))})
		must(t, "UpdateRole", err)
		updated, err := a.UpdateRoleDescription(ctx, &sdkiam.UpdateRoleDescriptionInput{RoleName: new("Clerk"), Description: new("x")})
		must(t, "UpdateRoleDescription", err)
		if r := updated.Role; *r.Description != "x" || *r.MaxSessionDuration != 3600 || len(r.Tags) != 1 {
			t.Errorf("updated to %+v", r)
		}
		list, err := a.ListRoles(ctx, &sdkiam.ListRolesInput{PathPrefix: new("/office/")})
		must(t, "ListRoles", err)
		if len(list.Roles) != 1 || list.Roles[0].Tags != nil || list.Roles[0].PermissionsBoundary != nil || decoded(t, list.Roles[0].AssumeRolePolicyDocument) != trustEC2 {
			t.Errorf("listed %+v", list.Roles)
		}
		none, err := a.ListInstanceProfilesForRole(ctx, &sdkiam.ListInstanceProfilesForRoleInput{RoleName: new("Clerk")})
		must(t, "ListInstanceProfilesForRole", err)
		if none.InstanceProfiles == nil || len(none.InstanceProfiles) != 0 {
			t.Errorf("instance profiles are %v", none.InstanceProfiles)
		}
		_, err = a.CreateRole(ctx, &sdkiam.CreateRoleInput{RoleName: new("CLERK"), AssumeRolePolicyDocument: new(trustEC2)})
		wantOutcome(t, "a name that differs in case", err, "EntityAlreadyExists: Role with name CLERK already exists.")
		_, err = a.GetRole(ctx, &sdkiam.GetRoleInput{RoleName: new("None")})
		wantOutcome(t, "a role that there is not", err, "NoSuchEntity: The role with name None cannot be found.")
		_, err = a.UpdateRole(ctx, &sdkiam.UpdateRoleInput{RoleName: new("Clerk"), MaxSessionDuration: new(int32(3599))})
		wantOutcome(t, "sessions that are too short", err, "ValidationError: 1 validation error detected: Value '3599' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600")
	})
}

func TestDeleteRole(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.role("Clerk")
		_, err := a.AttachRolePolicy(ctx, &sdkiam.AttachRolePolicyInput{RoleName: new("Clerk"), PolicyArn: new(adminARN)})
		must(t, "AttachRolePolicy", err)
		_, err = a.PutRolePolicy(ctx, &sdkiam.PutRolePolicyInput{RoleName: new("Clerk"), PolicyName: new("keys"), PolicyDocument: new(useKeys)})
		must(t, "PutRolePolicy", err)
		remove := func() error {
			_, err := a.DeleteRole(ctx, &sdkiam.DeleteRoleInput{RoleName: new("Clerk")})
			return err
		}
		wantOutcome(t, "with an attached policy", remove(), "DeleteConflict: Cannot delete entity, must detach all policies first.")
		wantStatus(t, "with an attached policy", remove(), 409)
		attached, err := a.ListAttachedRolePolicies(ctx, &sdkiam.ListAttachedRolePoliciesInput{RoleName: new("Clerk")})
		must(t, "ListAttachedRolePolicies", err)
		if len(attached.AttachedPolicies) != 1 || *attached.AttachedPolicies[0].PolicyName != "AdministratorAccess" {
			t.Errorf("attached are %+v", attached.AttachedPolicies)
		}
		_, err = a.DetachRolePolicy(ctx, &sdkiam.DetachRolePolicyInput{RoleName: new("Clerk"), PolicyArn: new(adminARN)})
		must(t, "DetachRolePolicy", err)
		wantOutcome(t, "with an inline policy", remove(), "DeleteConflict: Cannot delete entity, must delete policies first.")
		inline, err := a.GetRolePolicy(ctx, &sdkiam.GetRolePolicyInput{RoleName: new("Clerk"), PolicyName: new("keys")})
		must(t, "GetRolePolicy", err)
		if doc := decoded(t, inline.PolicyDocument); doc != useKeys {
			t.Errorf("the inline policy is %q", doc)
		}
		names, err := a.ListRolePolicies(ctx, &sdkiam.ListRolePoliciesInput{RoleName: new("Clerk")})
		must(t, "ListRolePolicies", err)
		if fmt.Sprint(names.PolicyNames) != "[keys]" {
			t.Errorf("inline policies are %v", names.PolicyNames)
		}
		_, err = a.DeleteRolePolicy(ctx, &sdkiam.DeleteRolePolicyInput{RoleName: new("Clerk"), PolicyName: new("keys")})
		must(t, "DeleteRolePolicy", err)
		must(t, "DeleteRole", remove())
		wantOutcome(t, "a role that is gone", remove(), "NoSuchEntity: The role with name Clerk cannot be found.")
	})
}

func TestTrustPolicies(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		newcomer(t, srv, "111122223333").user("Stranger")
		a.user("Bob")
		a.role("Existing")
		for _, tt := range []struct{ name, document, want string }{
			{"a service", trustEC2, "ok"},
			{"an account", trusting("111122223333"), "ok"},
			{"a user and a role", trusting(a.userARN("/Bob"), "arn:aws:iam::"+srv.Account+":role/Existing"), "ok"},
			{"a session", trusting("arn:aws:sts::" + srv.Account + ":assumed-role/Existing/x"), "ok"},
			{"a user of another account", trusting("arn:aws:iam::111122223333:user/Stranger"), "ok"},
			{"a provider", strings.Replace(trustEC2, `"Service":"ec2.amazonaws.com"`, `"Federated":"arn:aws:iam::`+srv.Account+`:oidc-provider/example.com"`, 1), "ok"},
			{"a user that there is not", trusting(a.userARN("/Bob"), a.userARN("/None")), `MalformedPolicyDocument: Invalid principal in policy: "AWS":"` + a.userARN("/None") + `"`},
			{"a user by another path", trusting(a.userARN("/x/Bob")), `MalformedPolicyDocument: Invalid principal in policy: "AWS":"` + a.userARN("/x/Bob") + `"`},
			{"the role itself", trusting("arn:aws:iam::" + srv.Account + ":role/New"), `MalformedPolicyDocument: Invalid principal in policy: "AWS":"arn:aws:iam::` + srv.Account + `:role/New"`},
			{"an account that there is not", trusting("999999999999"), `MalformedPolicyDocument: Invalid principal in policy: "AWS":"999999999999"`},
			{"a unique id", trusting("AIDAAAAAAAAAAAAAAAAAA"), `MalformedPolicyDocument: Invalid principal in policy: "AWS":"AIDAAAAAAAAAAAAAAAAAA"`},
			{"a resource", strings.Replace(trustEC2, `"Action"`, `"Resource":"*","Action"`, 1), "MalformedPolicyDocument: Has prohibited field Resource"},
			{"no principal", strings.Replace(trustEC2, `"Principal":{"Service":"ec2.amazonaws.com"},`, "", 1), "MalformedPolicyDocument: Missing required field Principal"},
			{"another action", strings.Replace(trustEC2, "sts:AssumeRole", "kms:Encrypt", 1), "MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions."},
			{"no JSON", "x", "MalformedPolicyDocument: Syntax errors in policy."},
			{"too large", strings.Replace(trustEC2, `{"Effect"`, `{"Sid":"`+strings.Repeat("a", 2048)+`","Effect"`, 1), "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"},
		} {
			_, err := a.CreateRole(ctx, &sdkiam.CreateRoleInput{RoleName: new("New"), AssumeRolePolicyDocument: &tt.document})
			wantOutcome(t, tt.name, err, tt.want)
			_, err = a.UpdateAssumeRolePolicy(ctx, &sdkiam.UpdateAssumeRolePolicyInput{RoleName: new("Existing"), PolicyDocument: &tt.document})
			wantOutcome(t, tt.name+", as an update", err, tt.want)
			if tt.want == "ok" {
				if got := a.trust("Existing"); got != tt.document {
					t.Errorf("%s: reads back as %s", tt.name, got)
				}
				_, err = a.DeleteRole(ctx, &sdkiam.DeleteRoleInput{RoleName: new("New")})
				must(t, "DeleteRole", err)
			}
		}
	})
}

// TestTrustedPrincipalGoes: a trust policy is for the user that there was, not for the next
// one of the name, and shows the unique id in place of the ARN.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func TestTrustedPrincipalGoes(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		made, err := a.CreateUser(ctx, &sdkiam.CreateUserInput{UserName: new("Bob")})
		must(t, "CreateUser", err)
		a.user("Carol")
		document := trusting(a.userARN("/Bob"), a.userARN("/Carol"))
		_, err = a.CreateRole(ctx, &sdkiam.CreateRoleInput{RoleName: new("Clerk"), AssumeRolePolicyDocument: &document})
		must(t, "CreateRole", err)
		if got := a.trust("Clerk"); got != document {
			t.Errorf("with both users: %s", got)
		}
		_, err = a.DeleteUser(ctx, &sdkiam.DeleteUserInput{UserName: new("Bob")})
		must(t, "DeleteUser", err)
		want := trusting(*made.User.UserId, a.userARN("/Carol"))
		if got := a.trust("Clerk"); got != want {
			t.Errorf("without Bob: %s, want %s", got, want)
		}
		a.user("Bob")
		if got := a.trust("Clerk"); got != want {
			t.Errorf("with another Bob: %s, want %s", got, want)
		}
		list, err := a.ListRoles(ctx, &sdkiam.ListRolesInput{})
		must(t, "ListRoles", err)
		if got := decoded(t, list.Roles[0].AssumeRolePolicyDocument); got != want {
			t.Errorf("listed: %s, want %s", got, want)
		}
		_, err = a.UpdateAssumeRolePolicy(ctx, &sdkiam.UpdateAssumeRolePolicyInput{RoleName: new("Clerk"), PolicyDocument: &want})
		wantOutcome(t, "the document as it was read", err, `MalformedPolicyDocument: Invalid principal in policy: "AWS":"`+*made.User.UserId+`"`)
		_, err = a.UpdateAssumeRolePolicy(ctx, &sdkiam.UpdateAssumeRolePolicyInput{RoleName: new("Clerk"), PolicyDocument: &document})
		must(t, "UpdateAssumeRolePolicy", err)
		if got := a.trust("Clerk"); got != document {
			t.Errorf("put again: %s", got)
		}
	})
}
