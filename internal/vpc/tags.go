package vpc

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// Bounds of tags.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
const (
	tagsPerEndpoint = 50
	maxTagKey       = 128
	maxTagValue     = 256
)

// CreateTags adds tags to endpoints, or gives their tags new values.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html
func (s *Service) CreateTags(ctx context.Context, c *iam.Caller, in *CreateTagsInput) (*CreateTagsOutput, error) {
	if len(in.Tags) == 0 {
		return nil, errMissing("Tag")
	}
	tags, err := newTags(in.Tags)
	if err != nil {
		return nil, err
	}
	err = s.retag(ctx, c, "CreateTags", in.Resources, tags, in.DryRun, func(e *endpoint) error {
		for _, t := range tags {
			switch i := slices.IndexFunc(e.Tags, sameKey(t.Key)); {
			case i < 0:
				e.Tags = append(e.Tags, t)
			case e.Tags[i].Key == t.Key:
				e.Tags[i].Value = t.Value
			default:
				return errValue("The tag key '%s' differs from '%s' in nothing but case.", t.Key, e.Tags[i].Key)
			}
		}
		if len(e.Tags) > tagsPerEndpoint {
			return errTagLimit()
		}
		return nil
	})
	return &CreateTagsOutput{new(true)}, err
}

// DeleteTags removes tags from endpoints: all, those with a key, or those with a key and a
// value.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html
func (s *Service) DeleteTags(ctx context.Context, c *iam.Caller, in *DeleteTagsInput) (*DeleteTagsOutput, error) {
	var asked []iam.Tag
	for _, t := range in.Tags {
		if t.Key == nil {
			return nil, errMissing("Tag.Key")
		}
		tag := iam.Tag{Key: *t.Key}
		if t.Value != nil {
			tag.Value = *t.Value
		}
		asked = append(asked, tag)
	}
	err := s.retag(ctx, c, "DeleteTags", in.Resources, asked, in.DryRun, func(e *endpoint) error {
		e.Tags = slices.DeleteFunc(e.Tags, func(old iam.Tag) bool {
			return len(in.Tags) == 0 || slices.ContainsFunc(in.Tags, func(t Tag) bool {
				return *t.Key == old.Key && (t.Value == nil || *t.Value == old.Value)
			})
		})
		return nil
	})
	return &DeleteTagsOutput{new(true)}, err
}

// maxTagged is how many resources one call tags at most.
const maxTagged = 1000

// retag changes the tags of all resources or of none.
func (s *Service) retag(ctx context.Context, c *iam.Caller, action string, ids []string, tags []iam.Tag, dryRun *bool, change func(*endpoint) error) error {
	if len(ids) == 0 {
		return errMissing("ResourceId")
	}
	if len(ids) > maxTagged {
		return errInvalid("At most %d resources can be tagged at once.", maxTagged)
	}
	for _, id := range ids {
		if !validID(idPrefix, id) {
			return apiError("InvalidID", "The ID '%s' is not valid", id)
		}
	}
	return s.tell(ctx, s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := admitted(tx, c, action, ids, newKeys(c).ofRequest(tags))
		if err != nil {
			return err
		}
		if err := endDryRun(dryRun); err != nil {
			return err
		}
		for _, f := range found {
			if f.endpoint == nil {
				return errNoEndpoint(f.id)
			}
			if err := change(f.endpoint); err != nil {
				return err
			}
			if err := f.put(tx); err != nil {
				return err
			}
		}
		return nil
	}))
}

// specified are the tags of a new endpoint.
func specified(list []TagSpecification) ([]iam.Tag, error) {
	var all []Tag
	for _, s := range list {
		switch {
		case s.ResourceType == nil:
			return nil, errMissing("TagSpecification.ResourceType")
		case *s.ResourceType != "vpc-endpoint":
			return nil, errValue("'%s' is not a valid taggable resource type for this operation.", *s.ResourceType)
		}
		all = append(all, s.Tags...)
	}
	return newTags(all)
}

func newTags(in []Tag) ([]iam.Tag, error) {
	if len(in) > tagsPerEndpoint {
		return nil, errTagLimit()
	}
	var list []iam.Tag
	for _, t := range in {
		tag := iam.Tag{}
		if t.Key == nil || *t.Key == "" {
			return nil, errMissing("Tag.Key")
		}
		tag.Key = *t.Key
		if t.Value != nil {
			tag.Value = *t.Value
		}
		switch {
		case strings.HasPrefix(strings.ToLower(tag.Key), "aws:"):
			return nil, errValue("Tag keys starting with 'aws:' are reserved for internal use")
		case utf8.RuneCountInString(tag.Key) > maxTagKey:
			return nil, errValue("Tag key exceeds the maximum length of %d characters", maxTagKey)
		case utf8.RuneCountInString(tag.Value) > maxTagValue:
			return nil, errValue("Tag value exceeds the maximum length of %d characters", maxTagValue)
		case slices.ContainsFunc(list, sameKey(tag.Key)):
			return nil, errValue("Duplicate tag key '%s' specified.", tag.Key)
		}
		list = append(list, tag)
	}
	return list, nil
}

// sameKey finds a tag whatever the case of its key. An endpoint has no two that differ in
// nothing but case: condition keys about tags could not tell them apart.
func sameKey(key string) func(iam.Tag) bool {
	return func(t iam.Tag) bool { return strings.EqualFold(t.Key, key) }
}

func errTagLimit() error {
	return apiError("TagLimitExceeded", "The maximum number of tags for a resource has been reached.")
}
