package kms

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

const tagsPerKey = 50 // a resource quota of AWS KMS

// TagResource adds tags to a key or gives its tags new values.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html
func (s *Service) TagResource(ctx context.Context, c *iam.Caller, in *kms.TagResourceInput) (*kms.TagResourceOutput, error) {
	_, err := s.change(ctx, c, &ask{op: opTagResource, name: *in.KeyId, newTags: in.Tags}, func(_ *store.Tx, k *key) error {
		return k.setTags(in.Tags)
	})
	if err != nil {
		return nil, err
	}
	return &kms.TagResourceOutput{}, nil
}

// UntagResource removes tags. It is no error if the key does not have one of them.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_UntagResource.html
func (s *Service) UntagResource(ctx context.Context, c *iam.Caller, in *kms.UntagResourceInput) (*kms.UntagResourceOutput, error) {
	_, err := s.change(ctx, c, &ask{op: opUntagResource, name: *in.KeyId, tagKeys: in.TagKeys}, func(_ *store.Tx, k *key) error {
		k.Tags = slices.DeleteFunc(k.Tags, func(t tag) bool { return slices.Contains(in.TagKeys, t.Key) })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &kms.UntagResourceOutput{}, nil
}

// ListResourceTags lists the tags of a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html
func (s *Service) ListResourceTags(ctx context.Context, c *iam.Caller, in *kms.ListResourceTagsInput) (*kms.ListResourceTagsOutput, error) {
	k, err := s.use(ctx, c, &ask{op: opListResourceTags, name: *in.KeyId})
	if err != nil {
		return nil, err
	}
	p, err := newPage(in.Limit, in.Marker, tagsPerKey, tagsPerKey)
	if err != nil {
		return nil, err
	}
	// Paging goes by the tags' own order, so that a tag that is removed between two pages
	// makes no other tag stand twice or fall out.
	tags := slices.SortedFunc(slices.Values(k.Tags), func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
	tags = slices.DeleteFunc(tags, func(t tag) bool { return t.Key <= p.after })
	out := &kms.ListResourceTagsOutput{Tags: []types.Tag{}}
	tags, out.Truncated, out.NextMarker = cut(p, tags, func(t tag) string { return t.Key })
	for _, t := range tags {
		out.Tags = append(out.Tags, types.Tag{TagKey: &t.Key, TagValue: &t.Value})
	}
	return out, nil
}

// setTags adds tags or replaces their values, all or none.
func (k *key) setTags(tags []types.Tag) error {
	seen := make(map[string]bool, len(tags))
	next := slices.Clone(k.Tags)
	for _, t := range tags {
		name, value := *t.TagKey, *t.TagValue
		switch {
		case seen[name]:
			return errTag("Duplicate tag keys")
		case len(name) >= 4 && strings.EqualFold(name[:4], "aws:"):
			return errTag("Tags beginning with aws: are reserved")
		case !tagText(name) || !tagText(value):
			return errTag("Tag keys and values may have letters, digits, spaces and _ . : / = + - @ only")
		}
		seen[name] = true
		if i := slices.IndexFunc(next, func(t tag) bool { return t.Key == name }); i >= 0 {
			next[i].Value = value
		} else {
			next = append(next, tag{name, value})
		}
	}
	if len(next) > tagsPerKey {
		return errTag("Too many tags")
	}
	k.Tags = next
	return nil
}

// tagText reports whether s has only the characters that AWS allows in tags.
func tagText(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Zs, r) && !strings.ContainsRune("_.:/=+-@", r) {
			return false
		}
	}
	return true
}
