package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/keysteadtest"
)

// shown is a result of a simulation in one line: the decision, the statements that decided,
// the missing condition keys, and what boundaries and organizations say.
func shown(r types.EvaluationResult) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", *r.EvalActionName, *r.EvalResourceName, r.EvalDecision)
	for _, m := range r.MatchedStatements {
		fmt.Fprintf(&b, " %s@%d:%d-%d:%d", *m.SourcePolicyId, m.StartPosition.Line, m.StartPosition.Column, m.EndPosition.Line, m.EndPosition.Column)
	}
	if len(r.MissingContextValues) > 0 {
		fmt.Fprintf(&b, " missing %v", r.MissingContextValues)
	}
	if d := r.PermissionsBoundaryDecisionDetail; d != nil {
		fmt.Fprintf(&b, " boundary %v", d.AllowedByPermissionsBoundary)
	}
	if d := r.OrganizationsDecisionDetail; d != nil && !d.AllowedByOrganizations {
		b.WriteString(" not by organization")
	}
	return b.String()
}

const (
	allowDynamo = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}`
	allowS3     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	denyDelete  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:Delete*","Resource":"arn:aws:s3:::data/*"}]}`
	allowOwn    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}/*"}]}`
)

// TestSimulateCustomPolicy: what AWS's documentation says of the simulator, and of the
// policies that it evaluates.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
func TestSimulateCustomPolicy(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a := root(t, srv)
		a.user("Bob")
		entry := func(name string, kind types.ContextKeyTypeEnum, values ...string) types.ContextEntry {
			return types.ContextEntry{ContextKeyName: &name, ContextKeyType: kind, ContextKeyValues: values}
		}
		bucket := func(principal string) *string {
			return new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"s3:GetObject","Resource":"*"}]}`)
		}
		bob, stranger := new(a.userARN("/Bob")), new("arn:aws:iam::111122223333:user/Stranger")
		for _, tt := range []struct {
			name string
			in   sdkiam.SimulateCustomPolicyInput
			want []string
		}{
			{"allowed; the positions are those of the documentation", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowDynamo}, ActionNames: []string{"dynamodb:CreateBackup"},
				ContextEntries: []types.ContextEntry{entry("aws:CurrentTime", types.ContextKeyTypeEnumDate, "2019-04-25T11:00:00Z")}},
				[]string{"dynamodb:CreateBackup * allowed PolicyInputList.1@1:38-1:167"}},
			{"a condition that does not hold", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowDynamo}, ActionNames: []string{"dynamodb:CreateBackup"},
				ContextEntries: []types.ContextEntry{entry("AWS:currenttime", types.ContextKeyTypeEnumDate, "2018-04-25T11:00:00Z")}},
				[]string{"dynamodb:CreateBackup * implicitDeny"}},
			{"a condition key that nobody told", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowDynamo}, ActionNames: []string{"dynamodb:CreateBackup"}},
				[]string{"dynamodb:CreateBackup * implicitDeny missing [aws:CurrentTime]"}},
			{"two actions", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowS3}, ActionNames: []string{"s3:GetObject", "kms:Decrypt"}},
				[]string{"s3:GetObject * allowed PolicyInputList.1@1:38-1:87", "kms:Decrypt * implicitDeny"}},
			{"beside a denial nothing counts", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowS3, denyDelete}, ActionNames: []string{"s3:DeleteObject"}, ResourceArns: []string{"arn:aws:s3:::data/x"}},
				[]string{"s3:DeleteObject arn:aws:s3:::data/x explicitDeny PolicyInputList.2@1:87-1:160"}},
			{"several resources are as the worst of them", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{denyDelete}, ActionNames: []string{"s3:DeleteObject"}, ResourceArns: []string{"arn:aws:s3:::other/x", "arn:aws:s3:::data/x"}},
				[]string{"s3:DeleteObject * explicitDeny PolicyInputList.1@1:87-1:160"}},
			{"a boundary that does not allow", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowS3}, PermissionsBoundaryPolicyInputList: []string{allowOwn}, ActionNames: []string{"s3:GetObject"}, CallerArn: bob},
				[]string{"s3:GetObject * implicitDeny PolicyInputList.1@1:38-1:87 boundary false"}},
			{"a boundary that allows; the name of the caller is known", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowS3}, PermissionsBoundaryPolicyInputList: []string{allowOwn}, ActionNames: []string{"s3:GetObject"}, CallerArn: bob, ResourceArns: []string{"arn:aws:s3:::Bob/x"}},
				[]string{"s3:GetObject arn:aws:s3:::Bob/x allowed PolicyInputList.1@1:38-1:87 boundary true"}},
			{"a resource's policy is enough in one account", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowDynamo}, ActionNames: []string{"s3:GetObject"}, CallerArn: bob, ResourcePolicy: bucket(*bob), ResourceArns: []string{"arn:aws:s3:::b/x"}},
				[]string{"s3:GetObject arn:aws:s3:::b/x allowed ResourcePolicy@1:38-1:152"}},
			{"a resource's policy that is silent takes nothing away", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowS3}, ActionNames: []string{"s3:PutObject"}, CallerArn: bob, ResourcePolicy: bucket(*bob), ResourceArns: []string{"arn:aws:s3:::b/x"}},
				[]string{"s3:PutObject arn:aws:s3:::b/x allowed PolicyInputList.1@1:38-1:87"}},
			{"but that of a key does", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{strings.ReplaceAll(allowS3, "s3", "kms")}, ActionNames: []string{"kms:Decrypt"}, CallerArn: bob, ResourcePolicy: bucket(*bob), ResourceArns: []string{"arn:aws:kms:us-east-1:" + srv.Account + ":key/x"}},
				[]string{"kms:Decrypt arn:aws:kms:us-east-1:" + srv.Account + ":key/x implicitDeny PolicyInputList.1@1:38-1:88"}},
			{"two accounts, both sides allow", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowS3}, ActionNames: []string{"s3:GetObject"}, CallerArn: stranger, ResourcePolicy: bucket(*stranger), ResourceOwner: new("arn:aws:iam::" + srv.Account + ":root"), ResourceArns: []string{"arn:aws:s3:::b/x"}},
				[]string{"s3:GetObject arn:aws:s3:::b/x allowed PolicyInputList.1@1:38-1:87 ResourcePolicy@1:38-1:157"}},
			{"two accounts, one side allows", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{allowS3}, ActionNames: []string{"s3:GetObject"}, CallerArn: stranger, ResourcePolicy: bucket(*bob), ResourceOwner: new("arn:aws:iam::" + srv.Account + ":root"), ResourceArns: []string{"arn:aws:s3:::b/x"}},
				[]string{"s3:GetObject arn:aws:s3:::b/x implicitDeny PolicyInputList.1@1:38-1:87"}},
			{"a list of values", sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{strings.Replace(allowS3, `"Resource":"*"`, `"Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`, 1)}, ActionNames: []string{"s3:GetObject"},
				ContextEntries: []types.ContextEntry{entry("aws:TagKeys", types.ContextKeyTypeEnumStringList, "a", "c")}},
				[]string{"s3:GetObject * implicitDeny"}},
		} {
			out, err := a.SimulateCustomPolicy(t.Context(), &tt.in)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			var got []string
			for _, r := range out.EvaluationResults {
				got = append(got, shown(r))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s:\n got %s\nwant %s", tt.name, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
			}
		}
	})
}

func TestSimulationDetails(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		in := sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{denyDelete}, ActionNames: []string{"s3:DeleteObject"}, ResourceArns: []string{"arn:aws:s3:::other/x", "arn:aws:s3:::data/x"}}
		out, err := a.SimulateCustomPolicy(ctx, &in)
		must(t, "SimulateCustomPolicy", err)
		var got []string
		for _, r := range out.EvaluationResults[0].ResourceSpecificResults {
			got = append(got, fmt.Sprint(*r.EvalResourceName, " ", r.EvalResourceDecision, " ", len(r.MatchedStatements), " ", r.MatchedStatements[0].SourcePolicyType))
		}
		if want := "[arn:aws:s3:::other/x allowed 1 IAM Policy arn:aws:s3:::data/x explicitDeny 1 IAM Policy]"; fmt.Sprint(got) != want {
			t.Errorf("by resource: %v, want %s", got, want)
		}
		// The members that AWS leaves out where no resource was named.
		in.ResourceArns = nil
		out, err = a.SimulateCustomPolicy(ctx, &in)
		must(t, "SimulateCustomPolicy", err)
		if r := out.EvaluationResults[0]; r.ResourceSpecificResults != nil || r.EvalDecisionDetails != nil || r.MissingContextValues == nil {
			t.Errorf("without a resource: %+v", r)
		}
		// Pages of actions.
		in.ActionNames, in.MaxItems = []string{"s3:A1", "s3:A2", "s3:A3", "s3:A4", "s3:A5"}, new(int32(2))
		var actions []string
		pages := sdkiam.NewSimulateCustomPolicyPaginator(a.Client, &in)
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			must(t, "SimulateCustomPolicy", err)
			for _, r := range out.EvaluationResults {
				actions = append(actions, *r.EvalActionName)
			}
		}
		if !slices.Equal(actions, in.ActionNames) {
			t.Errorf("pages have %v", actions)
		}
	})
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		newcomer(t, srv, "111122223333").user("Stranger")
		a.user("Bob")
		a.group("Clerks")
		a.join("Bob", "Clerks")
		a.role("Worker")
		arn := a.policy("Keys")
		use := func(what string, err error) { t.Helper(); must(t, what, err) }
		use("PutUserPolicy", errOf(a.PutUserPolicy(ctx, &sdkiam.PutUserPolicyInput{UserName: new("Bob"), PolicyName: new("own"), PolicyDocument: new(allowOwn)})))
		use("PutGroupPolicy", errOf(a.PutGroupPolicy(ctx, &sdkiam.PutGroupPolicyInput{GroupName: new("Clerks"), PolicyName: new("use"), PolicyDocument: new(useKeys)})))
		use("AttachUserPolicy", errOf(a.AttachUserPolicy(ctx, &sdkiam.AttachUserPolicyInput{UserName: new("Bob"), PolicyArn: &arn})))
		use("AttachRolePolicy", errOf(a.AttachRolePolicy(ctx, &sdkiam.AttachRolePolicyInput{RoleName: new("Worker"), PolicyArn: new(adminARN)})))
		use("PutRolePermissionsBoundary", errOf(a.PutRolePermissionsBoundary(ctx, &sdkiam.PutRolePermissionsBoundaryInput{RoleName: new("Worker"), PermissionsBoundary: &arn})))
		group, role := "arn:aws:iam::"+srv.Account+":group/Clerks", "arn:aws:iam::"+srv.Account+":role/Worker"
		for _, tt := range []struct {
			name, source string
			in           sdkiam.SimulatePrincipalPolicyInput
			want         string
		}{
			{"a policy of the user", a.userARN("/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::Bob/x"}}, "s3:GetObject arn:aws:s3:::Bob/x allowed user_Bob_own@1:38-1:116"},
			{"a managed policy", a.userARN("/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"kms:DescribeKey"}}, "kms:DescribeKey * allowed Keys@1:38-1:123"},
			{"a policy of the user's group", a.userARN("/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"kms:Encrypt"}}, "kms:Encrypt * allowed group_Clerks_use@3:17-3:77"},
			{"nothing", a.userARN("/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"kms:Decrypt"}}, "kms:Decrypt * implicitDeny"},
			{"with another policy", a.userARN("/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:PutObject"}, PolicyInputList: []string{allowS3}}, "s3:PutObject * allowed PolicyInputList.1@1:38-1:87"},
			{"the user as another one", a.userARN("/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::Bob/x"}, CallerArn: new(a.userARN("/Carol"))}, "s3:GetObject arn:aws:s3:::Bob/x implicitDeny"},
			{"a group", group, sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"kms:Encrypt"}}, "kms:Encrypt * allowed group_Clerks_use@3:17-3:77"},
			{"a role within its boundary", role, sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"kms:ListKeys"}}, "kms:ListKeys * allowed AdministratorAccess@3:17-8:6 boundary true"},
			{"a role beyond its boundary", role, sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"kms:Decrypt"}}, "kms:Decrypt * implicitDeny AdministratorAccess@3:17-8:6 boundary false"},
			{"a role with another boundary", role, sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, PermissionsBoundaryPolicyInputList: []string{allowS3}}, "s3:GetObject * allowed AdministratorAccess@3:17-8:6 boundary true"},
			{"a user that there is not", a.userARN("/None"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}}, "NoSuchEntity: The user with name None cannot be found."},
			{"a user by another path", a.userARN("/x/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}}, "NoSuchEntity: The user with name Bob cannot be found."},
			{"a session", "arn:aws:sts::" + srv.Account + ":assumed-role/Worker/x", sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}}, "InvalidInput: Invalid Entity Arn: arn:aws:sts::" + srv.Account + ":assumed-role/Worker/x does not clearly define entity type and name."},
			{"a caller that is no user", a.userARN("/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, CallerArn: &role}, "InvalidInput: Invalid Entity Arn: " + role + " does not clearly define entity type and name."},
			{"a policy of the resource without a caller", role, sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, ResourcePolicy: new(trustEC2)}, "InvalidInput: CallerArn is required with a ResourcePolicy if PolicySourceArn is not the ARN of a user."},
			{"a wildcard", a.userARN("/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:Get*"}}, "InvalidInput: Invalid action name: s3:Get*"},
			{"a policy that is none", a.userARN("/Bob"), sdkiam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, PolicyInputList: []string{"{}"}}, "InvalidInput: Policy PolicyInputList.1 is not valid: Syntax errors in policy."},
		} {
			tt.in.PolicySourceArn = &tt.source
			out, err := a.SimulatePrincipalPolicy(ctx, &tt.in)
			got := outcome(err)
			if err == nil {
				got = shown(out.EvaluationResults[0])
			}
			if got != tt.want {
				t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
			}
		}
		_, err := a.SimulatePrincipalPolicy(ctx, &sdkiam.SimulatePrincipalPolicyInput{PolicySourceArn: new("arn:aws:iam::111122223333:user/Stranger"), ActionNames: []string{"s3:GetObject"}})
		if got := outcome(err); !strings.HasPrefix(got, "AccessDenied: ") {
			t.Errorf("a user of another account: %s", got)
		}
	})
}

func TestContextKeys(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("Bob")
		a.allow("Bob", allowOwn)
		custom, err := a.GetContextKeysForCustomPolicy(ctx, &sdkiam.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{allowDynamo, allowOwn, allowDynamo}})
		must(t, "GetContextKeysForCustomPolicy", err)
		if got := fmt.Sprint(custom.ContextKeyNames); got != "[aws:CurrentTime aws:username]" {
			t.Errorf("keys are %s", got)
		}
		principal, err := a.GetContextKeysForPrincipalPolicy(ctx, &sdkiam.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: new(a.userARN("/Bob")), PolicyInputList: []string{allowS3}})
		must(t, "GetContextKeysForPrincipalPolicy", err)
		if got := fmt.Sprint(principal.ContextKeyNames); got != "[aws:username]" {
			t.Errorf("keys are %s", got)
		}
		_, err = a.GetContextKeysForCustomPolicy(ctx, &sdkiam.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{"x"}})
		wantOutcome(t, "no policy", err, "InvalidInput: Policy PolicyInputList.1 is not valid: Syntax errors in policy.")
	})
}

// TestSimulationsAreBounded: the answer to one call is not the product of all that it brings.
// More actions make more pages; more statements on more resources are refused.
func TestSimulationsAreBounded(t *testing.T) {
	t.Parallel()
	a := root(t, keysteadtest.Start(t))
	many := func(n int) string {
		const one = `{"Effect":"Allow","Action":"*","Resource":"*"}`
		return `{"Version":"2012-10-17","Statement":[` + one + strings.Repeat(","+one, n-1) + `]}`
	}
	in := &sdkiam.SimulateCustomPolicyInput{PolicyInputList: []string{many(2500)}, ActionNames: slices.Repeat([]string{"s3:GetObject"}, 100)}
	out, err := a.SimulateCustomPolicy(t.Context(), in)
	must(t, "SimulateCustomPolicy", err)
	if len(out.EvaluationResults) != 20 || !out.IsTruncated {
		t.Errorf("a page has %d results, truncated %v", len(out.EvaluationResults), out.IsTruncated)
	}
	for range 21 {
		in.ResourceArns = append(in.ResourceArns, "arn:aws:s3:::b")
	}
	_, err = a.SimulateCustomPolicy(t.Context(), in)
	wantOutcome(t, "2,500 statements on 21 resources", err, "InvalidInput: A simulation can have up to 50000 statements and resources, multiplied.")
}
