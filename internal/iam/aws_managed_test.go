package iam_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

func TestAWSManagedPolicies(t *testing.T) {
	t.Parallel()
	id, seen := regexp.MustCompile(`^ANPA[A-Z2-7]{17}$`), map[string]bool{}
	list := iam.AWSManagedPolicies()
	if len(list) != 27 || !slices.IsSortedFunc(list, func(a, b *iam.ManagedPolicy) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("%d policies, want 27 in order", len(list))
	}
	for _, p := range list {
		if !id.MatchString(p.ID) || seen[p.ID] {
			t.Errorf("%s has the id %s", p.Name, p.ID)
		}
		seen[p.ID] = true
		if found, ok := iam.AWSManagedPolicy("arn:aws:iam::aws:policy" + p.Path + p.Name); !ok || found != p {
			t.Errorf("%s is not found by its ARN", p.Name)
		}
	}
	if _, ok := iam.AWSManagedPolicy("arn:aws:iam::aws:policy/ViewOnlyAccess"); ok {
		t.Error("a policy is found without its path")
	}
}

// TestAWSManagedPoliciesAllow: what the policies are for, and where they end.
//
// Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
func TestAWSManagedPoliciesAllow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ policy, allowed, not string }{
		{"AdministratorAccess", "iam:CreateUser kms:Decrypt organizations:CreateAccount", ""},
		{"PowerUserAccess", "kms:Decrypt ec2:CreateVpcEndpoint iam:ListRoles organizations:DescribeOrganization", "iam:CreateUser organizations:CreateAccount"},
		{"ReadOnlyAccess", "kms:DescribeKey kms:GetPublicKey kms:ListKeys iam:GetUser logs:FilterLogEvents ec2:DescribeVpcEndpoints", "kms:Decrypt kms:Encrypt kms:GenerateDataKey kms:CreateGrant iam:CreateUser sts:AssumeRole"},
		{"SecurityAudit", "kms:GetKeyPolicy kms:ListGrants iam:GetAccountAuthorizationDetails", "kms:GetPublicKey kms:Decrypt iam:PutUserPolicy"},
		{"job-function/ViewOnlyAccess", "kms:ListKeys iam:ListUsers", "kms:DescribeKey iam:GetUser kms:Decrypt"},
		{"IAMFullAccess", "iam:CreateUser iam:PassRole organizations:DescribeOrganization", "kms:ListKeys organizations:CreateAccount sts:AssumeRole"},
		{"IAMReadOnlyAccess", "iam:GetUser iam:ListRoles iam:SimulatePrincipalPolicy", "iam:CreateUser iam:PassRole"},
		{"AWSKeyManagementServicePowerUser", "kms:CreateKey kms:CreateAlias kms:TagResource kms:GenerateRandom iam:ListRoles", "kms:Encrypt kms:Decrypt kms:PutKeyPolicy kms:ScheduleKeyDeletion iam:CreateRole"},
		{"CloudWatchLogsFullAccess", "logs:CreateLogGroup", "kms:Decrypt"},
		{"AWSCloudTrail_FullAccess", "cloudtrail:CreateTrail kms:CreateKey", "kms:Decrypt iam:PassRole"},
		{"AmazonSNSFullAccess", "sns:Publish", "kms:Decrypt"},
		{"AmazonVPCFullAccess", "ec2:CreateVpcEndpoint ec2:ModifyVpcEndpoint ec2:DeleteVpcEndpoints ec2:DescribeVpcEndpointServices", "ec2:RunInstances"},
		{"AWSOrganizationsReadOnlyAccess", "organizations:ListAccounts", "organizations:CreateAccount"},
	} {
		p, ok := iam.AWSManagedPolicy("arn:aws:iam::aws:policy/" + c.policy)
		if !ok {
			t.Errorf("there is no %s", c.policy)
			continue
		}
		doc, err := policy.Parse([]byte(p.Versions[0].Document))
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range strings.Fields(c.allowed + " " + c.not) {
			d := doc.EvaluateIdentity(&policy.Request{Action: action, Resource: "*"})
			if want := slices.Contains(strings.Fields(c.allowed), action); (d.Outcome == policy.Allowed) != want {
				t.Errorf("%s on %s: %v", c.policy, action, d.Outcome)
			}
		}
	}
}
