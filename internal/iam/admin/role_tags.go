package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
)

// TagRole adds tags to a role or gives its tags new values.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html
func (s *Service) TagRole(ctx context.Context, c *iam.Caller, in *sdkiam.TagRoleInput) (*sdkiam.TagRoleOutput, error) {
	return nil, roles.tag(ctx, s, c, request{action: "TagRole", tags: in.Tags}, *in.RoleName)
}

// UntagRole removes tags of a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html
func (s *Service) UntagRole(ctx context.Context, c *iam.Caller, in *sdkiam.UntagRoleInput) (*sdkiam.UntagRoleOutput, error) {
	return nil, roles.untag(ctx, s, c, request{action: "UntagRole", tagKeys: in.TagKeys}, *in.RoleName)
}

// ListRoleTags lists the tags of a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html
func (s *Service) ListRoleTags(ctx context.Context, c *iam.Caller, in *sdkiam.ListRoleTagsInput) (*sdkiam.ListRoleTagsOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	r, err := roles.find(ctx, s, c, request{action: "ListRoleTags"}, *in.RoleName)
	if err != nil {
		return nil, err
	}
	tags, next := tagPage(r.Tags, p)
	return &sdkiam.ListRoleTagsOutput{Tags: tags, IsTruncated: next != nil, Marker: next}, nil
}
