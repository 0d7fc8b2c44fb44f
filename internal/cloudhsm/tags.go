package cloudhsm

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// maxTags is how many tags a resource has.
const maxTags = 50

// TagResource adds tags to a cluster or a backup, or gives its tags new values.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_TagResource.html
func (s *Service) TagResource(ctx context.Context, c *iam.Caller, in *cloudhsmv2.TagResourceInput) (*cloudhsmv2.TagResourceOutput, error) {
	tags, err := newTags(in.TagList)
	if err != nil {
		return nil, err
	}
	return nil, s.retag(ctx, c, "TagResource", *in.ResourceId, func() keys { return keys{}.requested(tags) }, func(list []iam.Tag) ([]iam.Tag, error) {
		for _, t := range tags {
			if i := slices.IndexFunc(list, hasKey(t.Key)); i >= 0 {
				list[i].Value = t.Value
			} else {
				list = append(list, t)
			}
		}
		if len(list) > maxTags {
			return nil, tooMany("%s can't have more than %d tags.", *in.ResourceId, maxTags)
		}
		return sortedTags(list), nil
	})
}

// UntagResource removes tags from a cluster or a backup.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_UntagResource.html
func (s *Service) UntagResource(ctx context.Context, c *iam.Caller, in *cloudhsmv2.UntagResourceInput) (*cloudhsmv2.UntagResourceOutput, error) {
	k := func() keys { return keys{"aws:tagkeys": policy.Multi(in.TagKeyList)} }
	return nil, s.retag(ctx, c, "UntagResource", *in.ResourceId, k, func(list []iam.Tag) ([]iam.Tag, error) {
		return slices.DeleteFunc(list, func(t iam.Tag) bool { return slices.Contains(in.TagKeyList, t.Key) }), nil
	})
}

// retag changes the tags of a cluster or a backup.
func (s *Service) retag(ctx context.Context, c *iam.Caller, action, id string, k func() keys, change func([]iam.Tag) ([]iam.Tag, error)) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if strings.HasPrefix(id, "backup-") {
			b, err := s.admitBackup(tx.Get, c, action, id, k())
			if err != nil {
				return err
			}
			if b.Tags, err = change(b.Tags); err != nil {
				return err
			}
			return b.put(tx)
		}
		found, err := s.admitCluster(tx.Get, c, action, id, k())
		if err != nil {
			return err
		}
		if found.declared != nil {
			return errDeclared(id)
		}
		if found.Tags, err = change(found.Tags); err != nil {
			return err
		}
		return found.put(tx)
	})
}

// ListTags lists the tags of a cluster or a backup, by their keys.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_ListTags.html
func (s *Service) ListTags(ctx context.Context, c *iam.Caller, in *cloudhsmv2.ListTagsInput) (*cloudhsmv2.ListTagsOutput, error) {
	if err := s.DB.Sync(ctx); err != nil {
		return nil, err
	}
	tags, err := s.tagsOf(ctx, c, *in.ResourceId)
	if err != nil {
		return nil, err
	}
	after, limit, err := page(in.NextToken, in.MaxResults, 100)
	if err != nil {
		return nil, err
	}
	out := &cloudhsmv2.ListTagsOutput{TagList: []types.Tag{}}
	for _, t := range tags {
		switch {
		case t.Key <= after:
		case len(out.TagList) == limit:
			out.NextToken = token(*out.TagList[limit-1].Key)
			return out, nil
		default:
			out.TagList = append(out.TagList, types.Tag{Key: &t.Key, Value: &t.Value})
		}
	}
	return out, nil
}

func (s *Service) tagsOf(ctx context.Context, c *iam.Caller, id string) ([]iam.Tag, error) {
	if strings.HasPrefix(id, "backup-") {
		b, err := s.admitBackup(s.read(ctx), c, "ListTags", id, nil)
		if err != nil {
			return nil, err
		}
		return b.Tags, nil
	}
	found, err := s.admitCluster(s.read(ctx), c, "ListTags", id, nil)
	if err != nil {
		return nil, err
	}
	return found.Tags, nil
}
