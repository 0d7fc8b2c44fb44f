package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// TagUser adds tags to a user or gives its tags new values.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html
func (s *Service) TagUser(ctx context.Context, c *iam.Caller, in *sdkiam.TagUserInput) (*sdkiam.TagUserOutput, error) {
	return nil, users.tag(ctx, s, c, request{action: "TagUser", tags: in.Tags}, *in.UserName)
}

// UntagUser removes tags of a user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html
func (s *Service) UntagUser(ctx context.Context, c *iam.Caller, in *sdkiam.UntagUserInput) (*sdkiam.UntagUserOutput, error) {
	return nil, users.untag(ctx, s, c, request{action: "UntagUser", tagKeys: in.TagKeys}, *in.UserName)
}

// ListUserTags lists the tags of a user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html
func (s *Service) ListUserTags(ctx context.Context, c *iam.Caller, in *sdkiam.ListUserTagsInput) (*sdkiam.ListUserTagsOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	u, err := users.find(ctx, s, c, request{action: "ListUserTags"}, *in.UserName)
	if err != nil {
		return nil, err
	}
	tags, next := tagPage(u.Tags, p)
	return &sdkiam.ListUserTagsOutput{Tags: tags, IsTruncated: next != nil, Marker: next}, nil
}

// tag adds the tags of a request to a user or role.
func (k kind[T]) tag(ctx context.Context, s *Service, c *iam.Caller, q request, name string) error {
	return k.change(ctx, s, c, q, name, func(_ *store.Tx, v *T) (err error) {
		h := k.holder(v)
		h.Tags, err = addTags(h.Tags, q.tags, true)
		return err
	})
}

// untag removes the tags that a request names from a user or role.
func (k kind[T]) untag(ctx context.Context, s *Service, c *iam.Caller, q request, name string) error {
	return k.change(ctx, s, c, q, name, func(_ *store.Tx, v *T) (err error) {
		h := k.holder(v)
		h.Tags, err = removeTags(h.Tags, q.tagKeys, true)
		return err
	})
}
