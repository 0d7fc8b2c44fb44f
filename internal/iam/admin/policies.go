package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// mostManaged is the quota of the size of a managed policy, white space aside.
const mostManaged = 6144

// CreatePolicy makes a managed policy with its first version.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
func (s *Service) CreatePolicy(ctx context.Context, c *iam.Caller, in *sdkiam.CreatePolicyInput) (*sdkiam.CreatePolicyOutput, error) {
	account, now := c.Principal.Account, s.now()
	p := &iam.ManagedPolicy{
		Name: *in.PolicyName, Path: pathOf(in.Path), ID: iam.NewID("ANPA"), Created: now, Updated: now, Default: "v1", Next: 2,
		Versions: []iam.PolicyVersion{{ID: "v1", Document: *in.PolicyDocument, Created: now}},
	}
	if in.Description != nil {
		p.Description = *in.Description
	}
	arn := iam.PolicyARN(account, p.Path, p.Name)
	if err := authorizeNew(c, request{action: "CreatePolicy", tags: in.Tags}, "TagPolicy", resource{arn: arn}); err != nil {
		return nil, err
	}
	if err := checkManaged(*in.PolicyDocument); err != nil {
		return nil, err
	}
	var err error
	if p.Tags, err = addTags(nil, in.Tags, false); err != nil {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error { return iam.Policies.Insert(tx, account, p.Name, p) })
	if errors.Is(err, iam.ErrEntityExists) {
		return nil, errExists("A policy called %s already exists. Duplicate names are not allowed.", p.Name)
	}
	if err != nil {
		return nil, err
	}
	out := policyOut(arn, p, newUsage())
	if len(p.Tags) > 0 {
		out.Tags = tagsOut(p.Tags)
	}
	return &sdkiam.CreatePolicyOutput{Policy: &out}, nil
}

// checkManaged checks the document of a managed policy.
func checkManaged(document string) error {
	if err := checkDocument(document, (*policy.Document).ValidateManagedPolicy); err != nil {
		return err
	}
	if policySize(document) > mostManaged {
		return errQuota("PolicySize", mostManaged)
	}
	return nil
}

// GetPolicy describes a managed policy.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html
func (s *Service) GetPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.GetPolicyInput) (*sdkiam.GetPolicyOutput, error) {
	p, err := s.findManaged(ctx, c, request{action: "GetPolicy"}, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	u, err := s.usageOf(ctx, c.Principal.Account)
	if err != nil {
		return nil, err
	}
	out := policyOut(*in.PolicyArn, p, u)
	out.Tags = tagsOut(p.Tags)
	if p.Description != "" {
		out.Description = &p.Description
	}
	return &sdkiam.GetPolicyOutput{Policy: &out}, nil
}

// DeletePolicy deletes a managed policy that nobody has, with its last version.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
func (s *Service) DeletePolicy(ctx context.Context, c *iam.Caller, in *sdkiam.DeletePolicyInput) (*sdkiam.DeletePolicyOutput, error) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := openManaged(tx, c, request{action: "DeletePolicy"}, *in.PolicyArn)
		if err != nil {
			return err
		}
		if len(p.Versions) > 1 {
			return errConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		u, err := usageIn(tx, c.Principal.Account)
		if err != nil {
			return err
		}
		if u.attached[*in.PolicyArn]+u.boundary[*in.PolicyArn] > 0 {
			return errConflict("Cannot delete a policy attached to entities.")
		}
		return iam.Policies.Delete(tx, c.Principal.Account, p.Name)
	})
	if err != nil {
		return nil, err
	}
	return &sdkiam.DeletePolicyOutput{}, nil
}

// ListPolicies lists managed policies: the account's in the order of their names, then AWS's.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html
func (s *Service) ListPolicies(ctx context.Context, c *iam.Caller, in *sdkiam.ListPoliciesInput) (*sdkiam.ListPoliciesOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	account := c.Principal.Account
	if err := authorize(c, request{action: "ListPolicies"}, resource{arn: iam.PolicyARN(account, pathPrefix(in.PathPrefix), "")}); err != nil {
		return nil, err
	}
	u, err := s.usageOf(ctx, account)
	if err != nil {
		return nil, err
	}
	l := policyLister{s: s, account: account, in: in, usage: u}
	shown, next, err := l.list(ctx, p)
	if err != nil {
		return nil, err
	}
	return &sdkiam.ListPoliciesOutput{Policies: shown, IsTruncated: next != nil, Marker: next}, nil
}

// policyLister makes one page of ListPolicies.
type policyLister struct {
	s       *Service
	account string
	in      *sdkiam.ListPoliciesInput
	usage   *usage
}

// awsSection stands in a marker before the name of an AWS managed policy. The name of no
// policy begins with it.
const awsSection = "/"

func (l *policyLister) list(ctx context.Context, p page) (shown []types.Policy, next *string, err error) {
	shown = []types.Policy{}
	after, inAWS := strings.CutPrefix(p.after, awsSection)
	if l.in.Scope != types.PolicyScopeTypeAws && !inAWS {
		after = ""
		list, next, err := l.local(ctx, p)
		if err != nil || next != nil {
			return l.describe(shown, l.account, list), next, err
		}
		shown = l.describe(shown, l.account, list)
	}
	if l.in.Scope == types.PolicyScopeTypeLocal {
		return shown, nil, nil
	}
	all := slices.DeleteFunc(slices.Clone(iam.AWSManagedPolicies()), func(p *iam.ManagedPolicy) bool { return !l.keeps(iam.AWSAccount, p) })
	if len(shown) == p.limit && len(all) > 0 {
		return shown, nextMarker(awsSection), nil
	}
	list, _ := cut(page{limit: p.limit - len(shown), after: after}, all, func(p *iam.ManagedPolicy) string { return p.Name })
	if len(list) > 0 && list[len(list)-1] != all[len(all)-1] {
		next = nextMarker(awsSection + list[len(list)-1].Name)
	}
	return l.describe(shown, iam.AWSAccount, list), next, nil
}

// local lists the policies of the account.
func (l *policyLister) local(ctx context.Context, p page) ([]*iam.ManagedPolicy, *string, error) {
	keep := func(p *iam.ManagedPolicy) bool { return l.keeps(l.account, p) }
	return scan(p, keep, func(p *iam.ManagedPolicy) string { return p.Name }, func(after string, limit int) ([]*iam.ManagedPolicy, error) {
		return iam.Policies.Page(ctx, l.s.db, l.account, after, limit)
	})
}

// keeps says whether a policy is among those asked for.
func (l *policyLister) keeps(account string, p *iam.ManagedPolicy) bool {
	arn := iam.PolicyARN(account, p.Path, p.Name)
	used := l.usage.attached[arn] + l.usage.boundary[arn]
	switch l.in.PolicyUsageFilter {
	case types.PolicyUsageTypePermissionsPolicy:
		used = l.usage.attached[arn]
	case types.PolicyUsageTypePermissionsBoundary:
		used = l.usage.boundary[arn]
	}
	wanted := !l.in.OnlyAttached && l.in.PolicyUsageFilter == "" || used > 0
	return wanted && strings.HasPrefix(p.Path, pathPrefix(l.in.PathPrefix))
}

func (l *policyLister) describe(shown []types.Policy, account string, list []*iam.ManagedPolicy) []types.Policy {
	for _, p := range list {
		shown = append(shown, policyOut(iam.PolicyARN(account, p.Path, p.Name), p, l.usage))
	}
	return shown
}
