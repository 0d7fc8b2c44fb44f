package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
)

// TagOpenIDConnectProvider adds tags to an identity provider or gives its tags new values.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html
func (s *Service) TagOpenIDConnectProvider(ctx context.Context, c *iam.Caller, in *sdkiam.TagOpenIDConnectProviderInput) (*sdkiam.TagOpenIDConnectProviderOutput, error) {
	q := request{action: "TagOpenIDConnectProvider", tags: in.Tags}
	return nil, s.changeProvider(ctx, c, q, *in.OpenIDConnectProviderArn, func(p *iam.Provider) (err error) {
		p.Tags, err = addTags(p.Tags, in.Tags, false)
		return err
	})
}

// UntagOpenIDConnectProvider removes tags of an identity provider.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html
func (s *Service) UntagOpenIDConnectProvider(ctx context.Context, c *iam.Caller, in *sdkiam.UntagOpenIDConnectProviderInput) (*sdkiam.UntagOpenIDConnectProviderOutput, error) {
	q := request{action: "UntagOpenIDConnectProvider", tagKeys: in.TagKeys}
	return nil, s.changeProvider(ctx, c, q, *in.OpenIDConnectProviderArn, func(p *iam.Provider) (err error) {
		p.Tags, err = removeTags(p.Tags, in.TagKeys, false)
		return err
	})
}

// ListOpenIDConnectProviderTags lists the tags of an identity provider.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html
func (s *Service) ListOpenIDConnectProviderTags(ctx context.Context, c *iam.Caller, in *sdkiam.ListOpenIDConnectProviderTagsInput) (*sdkiam.ListOpenIDConnectProviderTagsOutput, error) {
	pg, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	p, err := s.findProvider(ctx, c, request{action: "ListOpenIDConnectProviderTags"}, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	tags, next := tagPage(p.Tags, pg)
	return &sdkiam.ListOpenIDConnectProviderTagsOutput{Tags: tags, IsTruncated: next != nil, Marker: next}, nil
}
