package trail

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// Limits of tags.
const (
	maxTags      = 50
	maxResources = 20 // of a ListTags call
)

func tagsOf(list []types.Tag) []iam.Tag {
	tags := make([]iam.Tag, len(list))
	for i, t := range list {
		tags[i] = iam.Tag{Key: *t.Key}
		if t.Value != nil {
			tags[i].Value = *t.Value
		}
	}
	return tags
}

// mergeTags adds tags to those that there are; a key that is there gets the new value.
func mergeTags(old []iam.Tag, list []types.Tag) ([]iam.Tag, error) {
	tags := slices.Clone(old)
	seen := map[string]bool{}
	for _, t := range tagsOf(list) {
		switch {
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return nil, &types.InvalidTagParameterException{Message: new("Tag keys must not begin with aws:")}
		case seen[t.Key]:
			return nil, &types.InvalidTagParameterException{Message: new("The tag key " + t.Key + " occurs more than once.")}
		}
		seen[t.Key] = true
		if i := slices.IndexFunc(tags, func(o iam.Tag) bool { return o.Key == t.Key }); i >= 0 {
			tags[i] = t
		} else {
			tags = append(tags, t)
		}
	}
	if len(tags) > maxTags {
		return nil, &types.TagsLimitExceededException{Message: new("The number of tags per trail has exceeded the permitted amount. Currently, the limit is 50.")}
	}
	return tags, nil
}

// AddTags adds tags to a trail.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html
func (s *Service) AddTags(ctx context.Context, c *iam.Caller, in *cloudtrail.AddTagsInput) (*cloudtrail.AddTagsOutput, error) {
	err := s.changeTags(ctx, c, "AddTags", *in.ResourceId, in.TagsList, func(t *trail) error {
		tags, err := mergeTags(t.Tags, in.TagsList)
		t.Tags = tags
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cloudtrail.AddTagsOutput{}, nil
}

// RemoveTags removes tags from a trail. A value that is given must be the tag's.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RemoveTags.html
func (s *Service) RemoveTags(ctx context.Context, c *iam.Caller, in *cloudtrail.RemoveTagsInput) (*cloudtrail.RemoveTagsOutput, error) {
	err := s.changeTags(ctx, c, "RemoveTags", *in.ResourceId, in.TagsList, func(t *trail) error {
		for _, gone := range in.TagsList {
			t.Tags = slices.DeleteFunc(t.Tags, func(o iam.Tag) bool {
				return o.Key == *gone.Key && (gone.Value == nil || *gone.Value == o.Value)
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cloudtrail.RemoveTagsOutput{}, nil
}

// changeTags changes the tags of a trail, which is named by its ARN.
func (s *Service) changeTags(ctx context.Context, c *iam.Caller, action, id string, list []types.Tag, change func(*trail) error) error {
	n, err := parseResource(c, id)
	if err != nil {
		return err
	}
	if err := s.db.Sync(ctx); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		t, err := s.own(inTx{tx}, c, action, n, tagsOf(list))
		if err != nil {
			return resourceMissing(err, id)
		}
		if err := change(t); err != nil {
			return err
		}
		touch(c, t)
		return t.put(tx)
	})
}

// parseResource reads the ARN of a trail where one is asked for.
func parseResource(c *iam.Caller, id string) (name, error) {
	n, err := parseName(c, id)
	if err == nil && !n.byARN {
		return n, badARN(id)
	}
	return n, err
}

// resourceMissing makes of an unknown trail what the operations on tags say.
func resourceMissing(err error, id string) error {
	if errors.As(err, new(*types.TrailNotFoundException)) {
		return &types.ResourceNotFoundException{Message: new("The specified resource is not found: " + id)}
	}
	return err
}

// ListTags lists the tags of trails.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTags.html
func (s *Service) ListTags(ctx context.Context, c *iam.Caller, in *cloudtrail.ListTagsInput) (*cloudtrail.ListTagsOutput, error) {
	if in.NextToken != nil && *in.NextToken != "" {
		return nil, &types.InvalidTokenException{Message: new("The token is not valid.")}
	}
	if n := len(in.ResourceIdList); n == 0 || n > maxResources {
		return nil, badCombination("The number of resource IDs must be between 1 and 20.")
	}
	out := &cloudtrail.ListTagsOutput{ResourceTagList: []types.ResourceTag{}}
	for _, id := range in.ResourceIdList {
		if _, err := parseResource(c, id); err != nil {
			return nil, err
		}
		t, err := s.read(ctx, c, "ListTags", id)
		if err != nil {
			return nil, resourceMissing(err, id)
		}
		tags := make([]types.Tag, len(t.Tags))
		for i := range t.Tags {
			tags[i] = types.Tag{Key: &t.Tags[i].Key, Value: &t.Tags[i].Value}
		}
		out.ResourceTagList = append(out.ResourceTagList, types.ResourceTag{ResourceId: &id, TagsList: tags})
	}
	return out, nil
}
