package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
)

// PutGroupPolicy gives a group an inline policy.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html
func (s *Service) PutGroupPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.PutGroupPolicyInput) (*sdkiam.PutGroupPolicyOutput, error) {
	return nil, groups.putPolicy(ctx, s, c, "PutGroupPolicy", *in.GroupName, *in.PolicyName, *in.PolicyDocument)
}

// GetGroupPolicy returns an inline policy of a group.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html
func (s *Service) GetGroupPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.GetGroupPolicyInput) (*sdkiam.GetGroupPolicyOutput, error) {
	g, p, err := groups.getPolicy(ctx, s, c, "GetGroupPolicy", *in.GroupName, *in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &sdkiam.GetGroupPolicyOutput{GroupName: &g.Name, PolicyName: &p.Name, PolicyDocument: encoded(p.Document)}, nil
}

// DeleteGroupPolicy removes an inline policy of a group.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html
func (s *Service) DeleteGroupPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteGroupPolicyInput) (*sdkiam.DeleteGroupPolicyOutput, error) {
	return nil, groups.deletePolicy(ctx, s, c, "DeleteGroupPolicy", *in.GroupName, *in.PolicyName)
}

// ListGroupPolicies lists the inline policies of a group.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html
func (s *Service) ListGroupPolicies(ctx context.Context, c *iam.Caller, in *sdkiam.ListGroupPoliciesInput) (*sdkiam.ListGroupPoliciesOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	names, next, err := groups.listPolicies(ctx, s, c, "ListGroupPolicies", *in.GroupName, p)
	if err != nil {
		return nil, err
	}
	return &sdkiam.ListGroupPoliciesOutput{PolicyNames: names, IsTruncated: next != nil, Marker: next}, nil
}

// AttachGroupPolicy attaches a managed policy to a group.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html
func (s *Service) AttachGroupPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.AttachGroupPolicyInput) (*sdkiam.AttachGroupPolicyOutput, error) {
	return nil, groups.attach(ctx, s, c, "AttachGroupPolicy", *in.GroupName, *in.PolicyArn)
}

// DetachGroupPolicy takes a managed policy away from a group.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html
func (s *Service) DetachGroupPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.DetachGroupPolicyInput) (*sdkiam.DetachGroupPolicyOutput, error) {
	return nil, groups.detach(ctx, s, c, "DetachGroupPolicy", *in.GroupName, *in.PolicyArn)
}

// ListAttachedGroupPolicies lists the managed policies of a group.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html
func (s *Service) ListAttachedGroupPolicies(ctx context.Context, c *iam.Caller, in *sdkiam.ListAttachedGroupPoliciesInput) (*sdkiam.ListAttachedGroupPoliciesOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	list, next, err := groups.attached(ctx, s, c, "ListAttachedGroupPolicies", *in.GroupName, in.PathPrefix, p)
	if err != nil {
		return nil, err
	}
	return &sdkiam.ListAttachedGroupPoliciesOutput{AttachedPolicies: list, IsTruncated: next != nil, Marker: next}, nil
}
