package admin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/keysteadtest"
)

// TestTerraform makes the calls that Terraform's resources make, in their order: create, read
// at once what was written, plan again without a difference, update, delete.
func TestTerraform(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		f := terraform{root(t, srv), t}
		policy := f.policy()
		f.role()
		f.attachment(policy)
		f.provider()
		f.destroy(policy)
	})
}

type terraform struct {
	admin
	t *testing.T
}

func (f terraform) same(what, got, want string) {
	f.t.Helper()
	if got != want {
		f.t.Errorf("%s reads back as %s, want %s", what, got, want)
	}
}

// policy is aws_iam_policy: its document is read from the default version.
func (f terraform) policy() string {
	ctx := f.t.Context()
	made, err := f.CreatePolicy(ctx, &sdkiam.CreatePolicyInput{
		PolicyName: new("app"), Path: new("/"), Description: new("What the application may do"), PolicyDocument: new(readKeys),
		Tags: []types.Tag{{Key: new("Owner"), Value: new("team")}},
	})
	must(f.t, "CreatePolicy", err)
	arn := *made.Policy.Arn
	read := func() string {
		got, err := f.GetPolicy(ctx, &sdkiam.GetPolicyInput{PolicyArn: &arn})
		must(f.t, "GetPolicy", err)
		f.same("the description", *got.Policy.Description, "What the application may do")
		f.same("the tag", *got.Policy.Tags[0].Key+"="+*got.Policy.Tags[0].Value, "Owner=team")
		version, err := f.GetPolicyVersion(ctx, &sdkiam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: got.Policy.DefaultVersionId})
		must(f.t, "GetPolicyVersion", err)
		return decoded(f.t, version.PolicyVersion.Document)
	}
	f.same("the policy", read(), readKeys)
	// An update removes the oldest version where there are five.
	for range 6 {
		list, err := f.ListPolicyVersions(ctx, &sdkiam.ListPolicyVersionsInput{PolicyArn: &arn})
		must(f.t, "ListPolicyVersions", err)
		if n := len(list.Versions); n >= 5 {
			_, err := f.DeletePolicyVersion(ctx, &sdkiam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: list.Versions[n-1].VersionId})
			must(f.t, "DeletePolicyVersion", err)
		}
		_, err = f.CreatePolicyVersion(ctx, &sdkiam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: new(useKeys), SetAsDefault: true})
		must(f.t, "CreatePolicyVersion", err)
	}
	f.same("the updated policy", read(), useKeys)
	return arn
}

// role is aws_iam_role with an inline policy, aws_iam_role_policy.
func (f terraform) role() {
	ctx, name := f.t.Context(), new("app")
	_, err := f.CreateRole(ctx, &sdkiam.CreateRoleInput{
		RoleName: name, Path: new("/"), AssumeRolePolicyDocument: new(trustEC2), MaxSessionDuration: new(int32(3600)), Tags: []types.Tag{{Key: new("Owner"), Value: new("team")}},
	})
	must(f.t, "CreateRole", err)
	read := func() *types.Role {
		out, err := f.GetRole(ctx, &sdkiam.GetRoleInput{RoleName: name})
		must(f.t, "GetRole", err)
		return out.Role
	}
	f.same("the trust policy", decoded(f.t, read().AssumeRolePolicyDocument), trustEC2)
	_, err = f.PutRolePolicy(ctx, &sdkiam.PutRolePolicyInput{RoleName: name, PolicyName: new("inline"), PolicyDocument: new(useKeys)})
	must(f.t, "PutRolePolicy", err)
	inline, err := f.GetRolePolicy(ctx, &sdkiam.GetRolePolicyInput{RoleName: name, PolicyName: new("inline")})
	must(f.t, "GetRolePolicy", err)
	f.same("the inline policy", decoded(f.t, inline.PolicyDocument), useKeys)

	changed := strings.Replace(trustEC2, "ec2", "ecs-tasks", 1)
	must(f.t, "UpdateAssumeRolePolicy", errOf(f.UpdateAssumeRolePolicy(ctx, &sdkiam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: &changed})))
	must(f.t, "UpdateRoleDescription", errOf(f.UpdateRoleDescription(ctx, &sdkiam.UpdateRoleDescriptionInput{RoleName: name, Description: new("changed")})))
	must(f.t, "UpdateRole", errOf(f.UpdateRole(ctx, &sdkiam.UpdateRoleInput{RoleName: name, MaxSessionDuration: new(int32(7200))})))
	must(f.t, "PutRolePermissionsBoundary", errOf(f.PutRolePermissionsBoundary(ctx, &sdkiam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: new(adminARN)})))
	must(f.t, "UntagRole", errOf(f.UntagRole(ctx, &sdkiam.UntagRoleInput{RoleName: name, TagKeys: []string{"Owner"}})))
	must(f.t, "TagRole", errOf(f.TagRole(ctx, &sdkiam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: new("Stage"), Value: new("test")}}})))
	r := read()
	f.same("the updated trust policy", decoded(f.t, r.AssumeRolePolicyDocument), changed)
	if *r.Description != "changed" || *r.MaxSessionDuration != 7200 || *r.PermissionsBoundary.PermissionsBoundaryArn != adminARN || len(r.Tags) != 1 || *r.Tags[0].Key != "Stage" {
		f.t.Errorf("the updated role is %+v", r)
	}
}

// attachment is aws_iam_role_policy_attachment.
func (f terraform) attachment(policy string) {
	ctx, name := f.t.Context(), new("app")
	must(f.t, "AttachRolePolicy", errOf(f.AttachRolePolicy(ctx, &sdkiam.AttachRolePolicyInput{RoleName: name, PolicyArn: &policy})))
	list, err := f.ListAttachedRolePolicies(ctx, &sdkiam.ListAttachedRolePoliciesInput{RoleName: name})
	must(f.t, "ListAttachedRolePolicies", err)
	if len(list.AttachedPolicies) != 1 || *list.AttachedPolicies[0].PolicyArn != policy {
		f.t.Errorf("attached are %+v", list.AttachedPolicies)
	}
}

// provider is aws_iam_openid_connect_provider, and a role that trusts it.
func (f terraform) provider() {
	ctx := f.t.Context()
	arn := f.admin.provider("https://ci.example.com")
	must(f.t, "AddClientID", errOf(f.AddClientIDToOpenIDConnectProvider(ctx, &sdkiam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("sts.amazonaws.com")})))
	must(f.t, "RemoveClientID", errOf(f.RemoveClientIDFromOpenIDConnectProvider(ctx, &sdkiam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("app")})))
	out, err := f.GetOpenIDConnectProvider(ctx, &sdkiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
	must(f.t, "GetOpenIDConnectProvider", err)
	f.same("the provider", *out.Url+" "+strings.Join(out.ClientIDList, " ")+" "+strings.Join(out.ThumbprintList, " "), "ci.example.com sts.amazonaws.com "+thumbprint)
	trust := `{"Statement":[{"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"ci.example.com:aud":"sts.amazonaws.com"}},"Effect":"Allow","Principal":{"Federated":"` + arn + `"}}],"Version":"2012-10-17"}`
	must(f.t, "UpdateAssumeRolePolicy", errOf(f.UpdateAssumeRolePolicy(ctx, &sdkiam.UpdateAssumeRolePolicyInput{RoleName: new("app"), PolicyDocument: &trust})))
	f.same("the trust in the provider", f.trust("app"), trust)
	must(f.t, "DeleteOpenIDConnectProvider", errOf(f.DeleteOpenIDConnectProvider(ctx, &sdkiam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})))
}

// destroy takes everything down as Terraform does: with force_detach_policies, a role's
// instance profiles and policies are looked for first.
func (f terraform) destroy(policy string) {
	ctx, name := f.t.Context(), new("app")
	must(f.t, "DetachRolePolicy", errOf(f.DetachRolePolicy(ctx, &sdkiam.DetachRolePolicyInput{RoleName: name, PolicyArn: &policy})))
	must(f.t, "ListInstanceProfilesForRole", errOf(f.ListInstanceProfilesForRole(ctx, &sdkiam.ListInstanceProfilesForRoleInput{RoleName: name})))
	names, err := f.ListRolePolicies(ctx, &sdkiam.ListRolePoliciesInput{RoleName: name})
	must(f.t, "ListRolePolicies", err)
	for _, p := range names.PolicyNames {
		must(f.t, "DeleteRolePolicy", errOf(f.DeleteRolePolicy(ctx, &sdkiam.DeleteRolePolicyInput{RoleName: name, PolicyName: &p})))
	}
	must(f.t, "DeleteRole", errOf(f.DeleteRole(ctx, &sdkiam.DeleteRoleInput{RoleName: name})))
	_, err = f.GetRole(ctx, &sdkiam.GetRoleInput{RoleName: name})
	wantOutcome(f.t, "the role that is gone", err, "NoSuchEntity: The role with name app cannot be found.")
	list, err := f.ListPolicyVersions(ctx, &sdkiam.ListPolicyVersionsInput{PolicyArn: &policy})
	must(f.t, "ListPolicyVersions", err)
	for _, v := range list.Versions {
		if !v.IsDefaultVersion {
			must(f.t, "DeletePolicyVersion", errOf(f.DeletePolicyVersion(ctx, &sdkiam.DeletePolicyVersionInput{PolicyArn: &policy, VersionId: v.VersionId})))
		}
	}
	must(f.t, "DeletePolicy", errOf(f.DeletePolicy(ctx, &sdkiam.DeletePolicyInput{PolicyArn: &policy})))
}

// TestRoleLastUsed: a role tells when a session of it was used last, and where.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html
func TestRoleLastUsed(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("Bob")
		_, err := a.CreateRole(ctx, &sdkiam.CreateRoleInput{RoleName: new("Clerk"), AssumeRolePolicyDocument: new(trusting(a.userARN("/Bob")))})
		must(t, "CreateRole", err)
		last := func() *types.RoleLastUsed {
			out, err := a.GetRole(ctx, &sdkiam.GetRoleInput{RoleName: new("Clerk")})
			must(t, "GetRole", err)
			if out.Role.RoleLastUsed == nil {
				t.Fatal("there is no RoleLastUsed")
			}
			return out.Role.RoleLastUsed
		}
		in := func(c aws.Credentials, region string) *sts.Client {
			cfg := srv.ConfigFor(c)
			cfg.Region = region
			return sts.NewFromConfig(cfg)
		}
		out, err := in(a.accessKey("Bob"), "us-east-1").AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: new("arn:aws:iam::" + srv.Account + ":role/Clerk"), RoleSessionName: new("bob")})
		must(t, "AssumeRole", err)
		if use := last(); use.LastUsedDate != nil || use.Region != nil {
			t.Errorf("before its first use: %+v", use)
		}
		c := out.Credentials
		_, err = in(aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}, "eu-west-1").GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		must(t, "GetCallerIdentity", err)
		if use := last(); use.LastUsedDate == nil || time.Since(*use.LastUsedDate).Abs() > time.Minute || *use.Region != "eu-west-1" {
			t.Errorf("after its use: %+v", use)
		}
		must(t, "DeleteRole", errOf(a.DeleteRole(ctx, &sdkiam.DeleteRoleInput{RoleName: new("Clerk")})))
		a.role("Clerk")
		if use := last(); use.LastUsedDate != nil {
			t.Errorf("another role of the name: %+v", use)
		}
	})
}
