package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
)

// PutRolePolicy gives a role an inline policy.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
func (s *Service) PutRolePolicy(ctx context.Context, c *iam.Caller, in *sdkiam.PutRolePolicyInput) (*sdkiam.PutRolePolicyOutput, error) {
	return nil, roles.putPolicy(ctx, s, c, "PutRolePolicy", *in.RoleName, *in.PolicyName, *in.PolicyDocument)
}

// GetRolePolicy returns an inline policy of a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
func (s *Service) GetRolePolicy(ctx context.Context, c *iam.Caller, in *sdkiam.GetRolePolicyInput) (*sdkiam.GetRolePolicyOutput, error) {
	r, p, err := roles.getPolicy(ctx, s, c, "GetRolePolicy", *in.RoleName, *in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &sdkiam.GetRolePolicyOutput{RoleName: &r.Name, PolicyName: &p.Name, PolicyDocument: encoded(p.Document)}, nil
}

// DeleteRolePolicy removes an inline policy of a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html
func (s *Service) DeleteRolePolicy(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteRolePolicyInput) (*sdkiam.DeleteRolePolicyOutput, error) {
	return nil, roles.deletePolicy(ctx, s, c, "DeleteRolePolicy", *in.RoleName, *in.PolicyName)
}

// ListRolePolicies lists the inline policies of a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html
func (s *Service) ListRolePolicies(ctx context.Context, c *iam.Caller, in *sdkiam.ListRolePoliciesInput) (*sdkiam.ListRolePoliciesOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	names, next, err := roles.listPolicies(ctx, s, c, "ListRolePolicies", *in.RoleName, p)
	if err != nil {
		return nil, err
	}
	return &sdkiam.ListRolePoliciesOutput{PolicyNames: names, IsTruncated: next != nil, Marker: next}, nil
}

// AttachRolePolicy attaches a managed policy to a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
func (s *Service) AttachRolePolicy(ctx context.Context, c *iam.Caller, in *sdkiam.AttachRolePolicyInput) (*sdkiam.AttachRolePolicyOutput, error) {
	return nil, roles.attach(ctx, s, c, "AttachRolePolicy", *in.RoleName, *in.PolicyArn)
}

// DetachRolePolicy takes a managed policy away from a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html
func (s *Service) DetachRolePolicy(ctx context.Context, c *iam.Caller, in *sdkiam.DetachRolePolicyInput) (*sdkiam.DetachRolePolicyOutput, error) {
	return nil, roles.detach(ctx, s, c, "DetachRolePolicy", *in.RoleName, *in.PolicyArn)
}

// ListAttachedRolePolicies lists the managed policies of a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html
func (s *Service) ListAttachedRolePolicies(ctx context.Context, c *iam.Caller, in *sdkiam.ListAttachedRolePoliciesInput) (*sdkiam.ListAttachedRolePoliciesOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	list, next, err := roles.attached(ctx, s, c, "ListAttachedRolePolicies", *in.RoleName, in.PathPrefix, p)
	if err != nil {
		return nil, err
	}
	return &sdkiam.ListAttachedRolePoliciesOutput{AttachedPolicies: list, IsTruncated: next != nil, Marker: next}, nil
}

// PutRolePermissionsBoundary gives a role a permissions boundary.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html
func (s *Service) PutRolePermissionsBoundary(ctx context.Context, c *iam.Caller, in *sdkiam.PutRolePermissionsBoundaryInput) (*sdkiam.PutRolePermissionsBoundaryOutput, error) {
	return nil, roles.putBoundary(ctx, s, c, "PutRolePermissionsBoundary", *in.RoleName, *in.PermissionsBoundary)
}

// DeleteRolePermissionsBoundary takes the permissions boundary of a role away.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html
func (s *Service) DeleteRolePermissionsBoundary(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteRolePermissionsBoundaryInput) (*sdkiam.DeleteRolePermissionsBoundaryOutput, error) {
	return nil, roles.deleteBoundary(ctx, s, c, "DeleteRolePermissionsBoundary", *in.RoleName)
}
