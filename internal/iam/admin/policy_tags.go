package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
)

// TagPolicy adds tags to a managed policy or gives its tags new values.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html
func (s *Service) TagPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.TagPolicyInput) (*sdkiam.TagPolicyOutput, error) {
	return nil, s.changeManaged(ctx, c, request{action: "TagPolicy", tags: in.Tags}, *in.PolicyArn, func(p *iam.ManagedPolicy) (err error) {
		p.Tags, err = addTags(p.Tags, in.Tags, false)
		return err
	})
}

// UntagPolicy removes tags of a managed policy.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html
func (s *Service) UntagPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.UntagPolicyInput) (*sdkiam.UntagPolicyOutput, error) {
	return nil, s.changeManaged(ctx, c, request{action: "UntagPolicy", tagKeys: in.TagKeys}, *in.PolicyArn, func(p *iam.ManagedPolicy) (err error) {
		p.Tags, err = removeTags(p.Tags, in.TagKeys, false)
		return err
	})
}

// ListPolicyTags lists the tags of a managed policy.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html
func (s *Service) ListPolicyTags(ctx context.Context, c *iam.Caller, in *sdkiam.ListPolicyTagsInput) (*sdkiam.ListPolicyTagsOutput, error) {
	pg, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	p, err := s.findManaged(ctx, c, request{action: "ListPolicyTags"}, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	tags, next := tagPage(p.Tags, pg)
	return &sdkiam.ListPolicyTagsOutput{Tags: tags, IsTruncated: next != nil, Marker: next}, nil
}
