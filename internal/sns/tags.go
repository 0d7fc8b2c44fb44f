package sns

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// maxTags is how many tags a topic has.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html
const maxTags = 50

func newTags(in []types.Tag) ([]iam.Tag, error) {
	var list []iam.Tag
	for _, t := range in {
		if strings.HasPrefix(strings.ToLower(*t.Key), "aws:") {
			return nil, invalid("Tag keys starting with 'aws:' are reserved for internal use")
		}
		if i := slices.IndexFunc(list, hasKey(*t.Key)); i >= 0 {
			return nil, invalid("Duplicate keys are not allowed.")
		}
		list = append(list, iam.Tag{Key: *t.Key, Value: *t.Value})
	}
	if len(list) > maxTags {
		return nil, tagLimit()
	}
	return list, nil
}

func hasKey(key string) func(iam.Tag) bool {
	return func(t iam.Tag) bool { return t.Key == key }
}

func tagLimit() error {
	return &types.TagLimitExceededException{Message: new("Could not complete request: tag quota of per resource exceeded")}
}

func sorted(tags []iam.Tag) []iam.Tag {
	return slices.SortedFunc(slices.Values(tags), func(a, b iam.Tag) int { return cmp.Compare(a.Key, b.Key) })
}

// retag changes the tags of a topic.
func (s *Service) retag(ctx context.Context, c *iam.Caller, action, arn string, k keys, change func(*topic) error) error {
	n, err := parseTopic("ResourceArn", arn)
	if err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		t, err := s.authorized(tx.Get, c, action, "ResourceArn", n, k)
		if err != nil {
			return err
		}
		if err := change(t); err != nil {
			return err
		}
		return t.put(tx)
	})
	if isNoTopic(err) {
		return noResource()
	}
	return err
}

// TagResource adds tags to a topic, or gives its tags new values.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html
func (s *Service) TagResource(ctx context.Context, c *iam.Caller, in *sns.TagResourceInput) (*sns.TagResourceOutput, error) {
	tags, err := newTags(in.Tags)
	if err != nil {
		return nil, err
	}
	return nil, s.retag(ctx, c, "TagResource", *in.ResourceArn, keys{}.ofRequest(tags), func(t *topic) error {
		for _, tag := range tags {
			if i := slices.IndexFunc(t.Tags, hasKey(tag.Key)); i >= 0 {
				t.Tags[i].Value = tag.Value
			} else {
				t.Tags = append(t.Tags, tag)
			}
		}
		if len(t.Tags) > maxTags {
			return tagLimit()
		}
		return nil
	})
}

// UntagResource removes tags from a topic.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html
func (s *Service) UntagResource(ctx context.Context, c *iam.Caller, in *sns.UntagResourceInput) (*sns.UntagResourceOutput, error) {
	k := keys{}
	if len(in.TagKeys) > 0 {
		k["aws:tagkeys"] = policy.Multi(in.TagKeys)
	}
	return nil, s.retag(ctx, c, "UntagResource", *in.ResourceArn, k, func(t *topic) error {
		t.Tags = slices.DeleteFunc(t.Tags, func(tag iam.Tag) bool { return slices.Contains(in.TagKeys, tag.Key) })
		return nil
	})
}

// ListTagsForResource lists the tags of a topic.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html
func (s *Service) ListTagsForResource(ctx context.Context, c *iam.Caller, in *sns.ListTagsForResourceInput) (*sns.ListTagsForResourceOutput, error) {
	n, err := parseTopic("ResourceArn", *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	t, err := s.authorized(s.read(ctx), c, "ListTagsForResource", "ResourceArn", n, nil)
	if isNoTopic(err) {
		return nil, noResource()
	}
	if err != nil {
		return nil, err
	}
	out := &sns.ListTagsForResourceOutput{Tags: []types.Tag{}}
	for _, tag := range t.Tags {
		out.Tags = append(out.Tags, types.Tag{Key: &tag.Key, Value: &tag.Value})
	}
	return out, nil
}
