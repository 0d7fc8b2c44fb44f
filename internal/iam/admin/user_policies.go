package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
)

// PutUserPolicy gives a user an inline policy.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html
func (s *Service) PutUserPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.PutUserPolicyInput) (*sdkiam.PutUserPolicyOutput, error) {
	return nil, users.putPolicy(ctx, s, c, "PutUserPolicy", *in.UserName, *in.PolicyName, *in.PolicyDocument)
}

// GetUserPolicy returns an inline policy of a user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html
func (s *Service) GetUserPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.GetUserPolicyInput) (*sdkiam.GetUserPolicyOutput, error) {
	u, p, err := users.getPolicy(ctx, s, c, "GetUserPolicy", *in.UserName, *in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &sdkiam.GetUserPolicyOutput{UserName: &u.Name, PolicyName: &p.Name, PolicyDocument: encoded(p.Document)}, nil
}

// DeleteUserPolicy removes an inline policy of a user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html
func (s *Service) DeleteUserPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteUserPolicyInput) (*sdkiam.DeleteUserPolicyOutput, error) {
	return nil, users.deletePolicy(ctx, s, c, "DeleteUserPolicy", *in.UserName, *in.PolicyName)
}

// ListUserPolicies lists the inline policies of a user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html
func (s *Service) ListUserPolicies(ctx context.Context, c *iam.Caller, in *sdkiam.ListUserPoliciesInput) (*sdkiam.ListUserPoliciesOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	names, next, err := users.listPolicies(ctx, s, c, "ListUserPolicies", *in.UserName, p)
	if err != nil {
		return nil, err
	}
	return &sdkiam.ListUserPoliciesOutput{PolicyNames: names, IsTruncated: next != nil, Marker: next}, nil
}

// AttachUserPolicy attaches a managed policy to a user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
func (s *Service) AttachUserPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.AttachUserPolicyInput) (*sdkiam.AttachUserPolicyOutput, error) {
	return nil, users.attach(ctx, s, c, "AttachUserPolicy", *in.UserName, *in.PolicyArn)
}

// DetachUserPolicy takes a managed policy away from a user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html
func (s *Service) DetachUserPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.DetachUserPolicyInput) (*sdkiam.DetachUserPolicyOutput, error) {
	return nil, users.detach(ctx, s, c, "DetachUserPolicy", *in.UserName, *in.PolicyArn)
}

// ListAttachedUserPolicies lists the managed policies of a user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html
func (s *Service) ListAttachedUserPolicies(ctx context.Context, c *iam.Caller, in *sdkiam.ListAttachedUserPoliciesInput) (*sdkiam.ListAttachedUserPoliciesOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	list, next, err := users.attached(ctx, s, c, "ListAttachedUserPolicies", *in.UserName, in.PathPrefix, p)
	if err != nil {
		return nil, err
	}
	return &sdkiam.ListAttachedUserPoliciesOutput{AttachedPolicies: list, IsTruncated: next != nil, Marker: next}, nil
}

// PutUserPermissionsBoundary gives a user a permissions boundary.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html
func (s *Service) PutUserPermissionsBoundary(ctx context.Context, c *iam.Caller, in *sdkiam.PutUserPermissionsBoundaryInput) (*sdkiam.PutUserPermissionsBoundaryOutput, error) {
	return nil, users.putBoundary(ctx, s, c, "PutUserPermissionsBoundary", *in.UserName, *in.PermissionsBoundary)
}

// DeleteUserPermissionsBoundary takes the permissions boundary of a user away.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html
func (s *Service) DeleteUserPermissionsBoundary(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteUserPermissionsBoundaryInput) (*sdkiam.DeleteUserPermissionsBoundaryOutput, error) {
	return nil, users.deleteBoundary(ctx, s, c, "DeleteUserPermissionsBoundary", *in.UserName)
}
