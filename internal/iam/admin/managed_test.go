package admin_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/keysteadtest"
)

const (
	readKeys  = `{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["kms:Describe*","kms:List*"],"Resource":"*"}]}`
	useKeys   = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\"}\n}\n"
	adminARN  = "arn:aws:iam::aws:policy/AdministratorAccess"
	trustEC2  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	noVersion = `{"Statement":{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}}`
)

// policy makes a managed policy and returns its ARN.
func (a admin) policy(name string) string {
	a.t.Helper()
	out, err := a.CreatePolicy(a.t.Context(), &sdkiam.CreatePolicyInput{PolicyName: &name, PolicyDocument: new(readKeys)})
	must(a.t, "CreatePolicy", err)
	return *out.Policy.Arn
}

// role makes a role that EC2 may assume.
func (a admin) role(name string) {
	a.t.Helper()
	_, err := a.CreateRole(a.t.Context(), &sdkiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: new(trustEC2)})
	must(a.t, "CreateRole", err)
}

// decoded is a document as it stands in an answer.
func decoded(t testing.TB, document *string) string {
	t.Helper()
	if document == nil {
		return "none"
	}
	text, err := url.PathUnescape(*document)
	if err != nil || strings.ContainsAny(*document, "+ {\"") {
		t.Errorf("%q is not encoded by RFC 3986", *document)
	}
	return text
}

// counts are how often a policy is attached and how often it is a boundary.
func (a admin) counts(arn string) string {
	a.t.Helper()
	out, err := a.GetPolicy(a.t.Context(), &sdkiam.GetPolicyInput{PolicyArn: &arn})
	must(a.t, "GetPolicy", err)
	return fmt.Sprint(*out.Policy.AttachmentCount, " ", *out.Policy.PermissionsBoundaryUsageCount)
}

func TestPolicies(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		made, err := a.CreatePolicy(ctx, &sdkiam.CreatePolicyInput{
			PolicyName: new("Keys"), Path: new("/team/"), PolicyDocument: new(useKeys), Description: new("Usé keys"),
			Tags: []types.Tag{{Key: new("Team"), Value: new("a")}, {Key: new("x"), Value: new("")}},
		})
		must(t, "CreatePolicy", err)
		p := made.Policy
		arn := "arn:aws:iam::" + srv.Account + ":policy/team/Keys"
		if *p.Arn != arn || *p.DefaultVersionId != "v1" || !p.IsAttachable || !strings.HasPrefix(*p.PolicyId, "ANPA") || p.Description != nil || len(p.Tags) != 2 {
			t.Errorf("made %+v", p)
		}
		got, err := a.GetPolicy(ctx, &sdkiam.GetPolicyInput{PolicyArn: &arn})
		must(t, "GetPolicy", err)
		if *got.Policy.Description != "Usé keys" || *got.Policy.PolicyId != *p.PolicyId || *got.Policy.Path != "/team/" || len(got.Policy.Tags) != 2 {
			t.Errorf("got %+v", got.Policy)
		}
		version, err := a.GetPolicyVersion(ctx, &sdkiam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: new("v1")})
		must(t, "GetPolicyVersion", err)
		if doc := decoded(t, version.PolicyVersion.Document); doc != useKeys || !version.PolicyVersion.IsDefaultVersion {
			t.Errorf("version v1 is %q, default: %v", doc, version.PolicyVersion.IsDefaultVersion)
		}
		_, err = a.CreatePolicy(ctx, &sdkiam.CreatePolicyInput{PolicyName: new("KEYS"), PolicyDocument: new(useKeys)})
		wantOutcome(t, "a name that differs in case", err, "EntityAlreadyExists: A policy called KEYS already exists. Duplicate names are not allowed.")
		_, err = a.GetPolicy(ctx, &sdkiam.GetPolicyInput{PolicyArn: new("arn:aws:iam::" + srv.Account + ":policy/Keys")})
		wantOutcome(t, "another path", err, "NoSuchEntity: Policy arn:aws:iam::"+srv.Account+":policy/Keys was not found.")

		_, err = a.DeletePolicy(ctx, &sdkiam.DeletePolicyInput{PolicyArn: &arn})
		must(t, "DeletePolicy", err)
		_, err = a.DeletePolicy(ctx, &sdkiam.DeletePolicyInput{PolicyArn: &arn})
		wantOutcome(t, "a policy that is gone", err, "NoSuchEntity: Policy "+arn+" was not found.")
		wantStatus(t, "a policy that is gone", err, 404)
	})
}

func TestPolicyDocuments(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		long := strings.Replace(useKeys, "kms:Encrypt", "kms:"+strings.Repeat("E", 6144-policySize(useKeys)+len("Encrypt")), 1)
		arn := a.policy("Existing")
		for _, tt := range []struct{ name, document, want string }{
			{"no JSON", `{"Version"`, "MalformedPolicyDocument: Syntax errors in policy."},
			{"not the current version", noVersion, "MalformedPolicyDocument: Policy document must be version 2012-10-17 or greater."},
			{"a principal", strings.Replace(useKeys, `"Action"`, `"Principal": "*", "Action"`, 1), "MalformedPolicyDocument: Policy document should not specify a principal."},
			{"no resource", strings.Replace(useKeys, `, "Resource": "*"`, "", 1), "MalformedPolicyDocument: Policy statement must contain resources."},
			{"as large as can be, white space aside", strings.Replace(long, "{", "{"+strings.Repeat(" ", 5000), 1), "ok"},
			{"one character more", strings.Replace(long, "kms:E", "kms:EE", 1), "LimitExceeded: Cannot exceed quota for PolicySize: 6144"},
		} {
			_, err := a.CreatePolicy(ctx, &sdkiam.CreatePolicyInput{PolicyName: new("New"), PolicyDocument: &tt.document})
			wantOutcome(t, tt.name, err, tt.want)
			_, err = a.CreatePolicyVersion(ctx, &sdkiam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: &tt.document})
			wantOutcome(t, tt.name+", as a version", err, tt.want)
		}
	})
}

func policySize(s string) int { return len(strings.Join(strings.Fields(s), "")) }

func TestPolicyVersions(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		arn := a.policy("Keys")
		add := func(isDefault bool) error {
			_, err := a.CreatePolicyVersion(ctx, &sdkiam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: new(useKeys), SetAsDefault: isDefault})
			return err
		}
		for i := range 4 {
			must(t, "CreatePolicyVersion", add(i == 0))
		}
		wantOutcome(t, "a sixth version", add(false), "LimitExceeded: A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
		wantStatus(t, "a sixth version", add(false), 409)
		list := func() string {
			var ids []string
			pages := sdkiam.NewListPolicyVersionsPaginator(a.Client, &sdkiam.ListPolicyVersionsInput{PolicyArn: &arn, MaxItems: new(int32(2))})
			for pages.HasMorePages() {
				out, err := pages.NextPage(ctx)
				must(t, "ListPolicyVersions", err)
				for _, v := range out.Versions {
					id := *v.VersionId
					if v.IsDefaultVersion {
						id += "*"
					}
					ids = append(ids, id)
				}
			}
			return strings.Join(ids, " ")
		}
		if got := list(); got != "v5 v4 v3 v2* v1" {
			t.Errorf("versions are %s", got)
		}
		remove := func(id string) error {
			_, err := a.DeletePolicyVersion(ctx, &sdkiam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: &id})
			return err
		}
		wantOutcome(t, "the default version", remove("v2"), "DeleteConflict: Cannot delete the default version of a policy.")
		wantOutcome(t, "a version that there never was", remove("v9"), "NoSuchEntity: Policy "+arn+" version v9 does not exist or is not attachable.")
		must(t, "DeletePolicyVersion", remove("v5"))
		_, err := a.SetDefaultPolicyVersion(ctx, &sdkiam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: new("v1")})
		must(t, "SetDefaultPolicyVersion", err)
		must(t, "CreatePolicyVersion", add(false))
		if got := list(); got != "v6 v4 v3 v2 v1*" {
			t.Errorf("versions are %s: numbers are not used again", got)
		}
		_, err = a.SetDefaultPolicyVersion(ctx, &sdkiam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: new("v5")})
		wantOutcome(t, "a version that is gone", err, "NoSuchEntity: Policy "+arn+" version v5 does not exist or is not attachable.")
		_, err = a.DeletePolicy(ctx, &sdkiam.DeletePolicyInput{PolicyArn: &arn})
		wantOutcome(t, "a policy with versions", err, "DeleteConflict: This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	})
}

func TestPolicyUse(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		arn := a.policy("Keys")
		a.user("Bob")
		a.role("Clerk")
		for name, err := range map[string]func() error{
			"AttachUserPolicy": func() error {
				_, err := a.AttachRolePolicy(ctx, &sdkiam.AttachRolePolicyInput{RoleName: new("Clerk"), PolicyArn: &arn})
				return err
			},
			"PutRolePermissionsBoundary": func() error {
				_, err := a.PutRolePermissionsBoundary(ctx, &sdkiam.PutRolePermissionsBoundaryInput{RoleName: new("Clerk"), PermissionsBoundary: &arn})
				return err
			},
		} {
			must(t, name, err())
		}
		if got := a.counts(arn); got != "1 1" {
			t.Errorf("counts are %s", got)
		}
		entities := func(in sdkiam.ListEntitiesForPolicyInput) string {
			in.PolicyArn = &arn
			out, err := a.ListEntitiesForPolicy(ctx, &in)
			must(t, "ListEntitiesForPolicy", err)
			var names []string
			for _, r := range out.PolicyRoles {
				names = append(names, *r.RoleName+" "+(*r.RoleId)[:4])
			}
			return fmt.Sprint(names, len(out.PolicyUsers), len(out.PolicyGroups))
		}
		for _, tt := range []struct {
			name string
			in   sdkiam.ListEntitiesForPolicyInput
			want string
		}{
			{"all", sdkiam.ListEntitiesForPolicyInput{}, "[Clerk AROA] 0 0"},
			{"roles", sdkiam.ListEntitiesForPolicyInput{EntityFilter: types.EntityTypeRole}, "[Clerk AROA] 0 0"},
			{"users", sdkiam.ListEntitiesForPolicyInput{EntityFilter: types.EntityTypeUser}, "[] 0 0"},
			{"as a boundary", sdkiam.ListEntitiesForPolicyInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}, "[Clerk AROA] 0 0"},
			{"another path", sdkiam.ListEntitiesForPolicyInput{PathPrefix: new("/x/")}, "[] 0 0"},
		} {
			if got := entities(tt.in); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
		const attached = "DeleteConflict: Cannot delete a policy attached to entities."
		_, err := a.DeletePolicy(ctx, &sdkiam.DeletePolicyInput{PolicyArn: &arn})
		wantOutcome(t, "an attached policy", err, attached)
		_, err = a.DetachRolePolicy(ctx, &sdkiam.DetachRolePolicyInput{RoleName: new("Clerk"), PolicyArn: &arn})
		must(t, "DetachRolePolicy", err)
		_, err = a.DeletePolicy(ctx, &sdkiam.DeletePolicyInput{PolicyArn: &arn})
		wantOutcome(t, "a boundary", err, attached)
		_, err = a.DeleteRolePermissionsBoundary(ctx, &sdkiam.DeleteRolePermissionsBoundaryInput{RoleName: new("Clerk")})
		must(t, "DeleteRolePermissionsBoundary", err)
		_, err = a.DeletePolicy(ctx, &sdkiam.DeletePolicyInput{PolicyArn: &arn})
		must(t, "DeletePolicy", err)
		_, err = a.AttachRolePolicy(ctx, &sdkiam.AttachRolePolicyInput{RoleName: new("Clerk"), PolicyArn: &arn})
		wantOutcome(t, "a policy that is gone", err, "NoSuchEntity: Policy "+arn+" does not exist or is not attachable.")
	})
}

func TestListPolicies(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		newcomer(t, srv, "111122223333").policy("Foreign")
		var local []string
		for i := range 7 {
			local = append(local, fmt.Sprintf("Keys%d", i))
			a.policy(local[i])
		}
		_, err := a.CreatePolicy(ctx, &sdkiam.CreatePolicyInput{PolicyName: new("AdministratorAccess"), Path: new("/job-function/"), PolicyDocument: new(readKeys)})
		must(t, "CreatePolicy", err)
		local = append([]string{"AdministratorAccess"}, local...)
		a.role("Clerk")
		_, err = a.AttachRolePolicy(ctx, &sdkiam.AttachRolePolicyInput{RoleName: new("Clerk"), PolicyArn: new(adminARN)})
		must(t, "AttachRolePolicy", err)
		_, err = a.PutRolePermissionsBoundary(ctx, &sdkiam.PutRolePermissionsBoundaryInput{RoleName: new("Clerk"), PermissionsBoundary: new("arn:aws:iam::" + a.account + ":policy/Keys3")})
		must(t, "PutRolePermissionsBoundary", err)

		list := func(in sdkiam.ListPoliciesInput) (names []string) {
			pages := sdkiam.NewListPoliciesPaginator(a.Client, &in)
			for pages.HasMorePages() {
				out, err := pages.NextPage(ctx)
				must(t, "ListPolicies", err)
				if in.MaxItems != nil && len(out.Policies) > int(*in.MaxItems) {
					t.Fatalf("a page of %d", len(out.Policies))
				}
				for _, p := range out.Policies {
					names = append(names, *p.PolicyName)
				}
			}
			return names
		}
		aws := list(sdkiam.ListPoliciesInput{Scope: types.PolicyScopeTypeAws})
		if len(aws) != 27 || aws[0] != "AWSCloudHSMFullAccess" {
			t.Errorf("%d AWS managed policies, beginning with %s", len(aws), aws[0])
		}
		all := append(slices.Clone(local), aws...)
		for _, tt := range []struct {
			name string
			in   sdkiam.ListPoliciesInput
			want []string
		}{
			{"all", sdkiam.ListPoliciesInput{}, all},
			{"all, by scope", sdkiam.ListPoliciesInput{Scope: types.PolicyScopeTypeAll, MaxItems: new(int32(1))}, all},
			{"in pages that end with the account's own", sdkiam.ListPoliciesInput{MaxItems: new(int32(4))}, all},
			{"in pages across both", sdkiam.ListPoliciesInput{MaxItems: new(int32(5))}, all},
			{"the account's own", sdkiam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, MaxItems: new(int32(3))}, local},
			{"by path", sdkiam.ListPoliciesInput{PathPrefix: new("/job-function/")}, []string{"AdministratorAccess", "ViewOnlyAccess"}},
			{"that are in use", sdkiam.ListPoliciesInput{OnlyAttached: true}, []string{"Keys3", "AdministratorAccess"}},
			{"as boundaries", sdkiam.ListPoliciesInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary, MaxItems: new(int32(1))}, []string{"Keys3"}},
			{"as permissions", sdkiam.ListPoliciesInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsPolicy}, []string{"AdministratorAccess"}},
		} {
			if got := list(tt.in); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
		}
	})
}

// TestAWSManagedPolicies: they can be read by everybody, and changed by nobody.
func TestAWSManagedPolicies(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		foreign := newcomer(t, srv, "111122223333").policy("Foreign")
		if got := a.counts(adminARN); got != "0 0" {
			t.Errorf("counts are %s", got)
		}
		version, err := a.GetPolicyVersion(ctx, &sdkiam.GetPolicyVersionInput{PolicyArn: new(adminARN), VersionId: new("v1")})
		must(t, "GetPolicyVersion", err)
		if doc := decoded(t, version.PolicyVersion.Document); !strings.Contains(doc, `"Action": "*"`) {
			t.Errorf("the document is %s", doc)
		}
		_, err = a.GetPolicy(ctx, &sdkiam.GetPolicyInput{PolicyArn: new("arn:aws:iam::aws:policy/NoSuchPolicy")})
		wantOutcome(t, "one that there is not", err, "NoSuchEntity: Policy arn:aws:iam::aws:policy/NoSuchPolicy was not found.")
		for name, err := range map[string]error{
			"CreatePolicyVersion": errOf(a.CreatePolicyVersion(ctx, &sdkiam.CreatePolicyVersionInput{PolicyArn: new(adminARN), PolicyDocument: new(useKeys)})),
			"DeletePolicy":        errOf(a.DeletePolicy(ctx, &sdkiam.DeletePolicyInput{PolicyArn: new(adminARN)})),
			"TagPolicy":           errOf(a.TagPolicy(ctx, &sdkiam.TagPolicyInput{PolicyArn: new(adminARN), Tags: []types.Tag{{Key: new("a"), Value: new("b")}}})),
			"GetPolicy":           errOf(a.GetPolicy(ctx, &sdkiam.GetPolicyInput{PolicyArn: &foreign})),
			"UntagPolicy":         errOf(a.UntagPolicy(ctx, &sdkiam.UntagPolicyInput{PolicyArn: &foreign, TagKeys: []string{"a"}})),
		} {
			if got := outcome(err); !strings.HasPrefix(got, "AccessDenied: User: arn:aws:iam::"+srv.Account+":root is not authorized to perform: iam:"+name) {
				t.Errorf("%s: %s", name, got)
			}
			wantStatus(t, name, err, 403)
		}
		for _, arn := range []string{"arn:aws:iam::" + srv.Account + ":user/Bob", "arn:aws:iam::" + srv.Account + ":policy/", "arn:aws:kms:::policy/x", "no ARN of anything at all"} {
			_, err := a.GetPolicy(ctx, &sdkiam.GetPolicyInput{PolicyArn: &arn})
			wantOutcome(t, arn, err, "InvalidInput: ARN "+arn+" is not valid.")
		}
	})
}

func TestPolicyTags(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		arn := a.policy("Keys")
		tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
		_, err := a.TagPolicy(ctx, &sdkiam.TagPolicyInput{PolicyArn: &arn, Tags: []types.Tag{tag("Team", "a"), tag("x", "1")}})
		must(t, "TagPolicy", err)
		_, err = a.TagPolicy(ctx, &sdkiam.TagPolicyInput{PolicyArn: &arn, Tags: []types.Tag{tag("team", "b"), tag("x", "2")}})
		must(t, "TagPolicy", err)
		_, err = a.UntagPolicy(ctx, &sdkiam.UntagPolicyInput{PolicyArn: &arn, TagKeys: []string{"Team", "none"}})
		must(t, "UntagPolicy", err)
		out, err := a.ListPolicyTags(ctx, &sdkiam.ListPolicyTagsInput{PolicyArn: &arn})
		must(t, "ListPolicyTags", err)
		var got []string
		for _, tag := range out.Tags {
			got = append(got, *tag.Key+"="+*tag.Value)
		}
		if want := "team=b x=2"; strings.Join(got, " ") != want { // the case of keys tells the tags of policies apart
			t.Errorf("tags are %v, want %s", got, want)
		}
	})
}
