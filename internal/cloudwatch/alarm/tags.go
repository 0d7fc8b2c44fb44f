package alarm

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// maxTags is how many tags an alarm can have.
const maxTags = 50

func tagsOf(in []types.Tag) []tag {
	var out []tag
	for _, t := range in {
		out = append(out, tag{value(t.Key), value(t.Value)})
	}
	return out
}

func checkTags(tags []tag) error {
	if len(tags) > maxTags {
		return invalid("An alarm can have at most %d tags.", maxTags)
	}
	for i, t := range tags {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > 128 || utf8.RuneCountInString(t.Value) > 256:
			return invalid("The key of a tag must be between 1 and 128 characters long, and its value at most 256.")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return invalid("The tag key %s is reserved: it must not begin with aws:.", t.Key)
		case slices.ContainsFunc(tags[:i], func(o tag) bool { return o.Key == t.Key }):
			return invalid("The tag key %s stands there twice.", t.Key)
		}
	}
	return nil
}

// TagResource adds tags to an alarm, or replaces their values.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html
func (s *Service) TagResource(ctx context.Context, c *iam.Caller, in *cloudwatch.TagResourceInput) (*cloudwatch.TagResourceOutput, error) {
	added := tagsOf(in.Tags)
	return nil, s.retag(ctx, c, "TagResource", *in.ResourceARN, keys{}.ofRequest(added), func(tags []tag) ([]tag, error) {
		if err := checkTags(added); err != nil {
			return nil, err
		}
		for _, t := range added {
			tags = append(slices.DeleteFunc(tags, func(o tag) bool { return o.Key == t.Key }), t)
		}
		return tags, checkTags(tags)
	})
}

// UntagResource removes tags from an alarm.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_UntagResource.html
func (s *Service) UntagResource(ctx context.Context, c *iam.Caller, in *cloudwatch.UntagResourceInput) (*cloudwatch.UntagResourceOutput, error) {
	return nil, s.retag(ctx, c, "UntagResource", *in.ResourceARN, keys{}.ofTagKeys(in.TagKeys), func(tags []tag) ([]tag, error) {
		return slices.DeleteFunc(tags, func(t tag) bool { return slices.Contains(in.TagKeys, t.Key) }), nil
	})
}

// retag changes the tags of an alarm that the caller named by its ARN.
func (s *Service) retag(ctx context.Context, c *iam.Caller, action, arn string, k keys, change func([]tag) ([]tag, error)) error {
	name, err := named(c, action, arn)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := find(tx, c, name)
		if err != nil {
			return err
		}
		if err := authorize(c, action, name, a, k); err != nil {
			return err
		}
		if a == nil {
			return noResource(arn)
		}
		if a.Tags, err = change(slices.Clone(a.Tags)); err != nil {
			return err
		}
		return a.put(tx)
	})
}

// named is the name of the caller's alarm that has the ARN. A caller learns of others only that
// it may not.
func named(c *iam.Caller, action, arn string) (string, error) {
	account, region, name, ok := parseARN(arn)
	if ok && account == c.Principal.Account && region == c.Region {
		return name, nil
	}
	if !ok {
		account = c.Principal.Account
	}
	if err := c.Authorize(&iam.Access{Action: "cloudwatch:" + action, ARN: arn, Account: account, Missing: true, Context: keys{}}); err != nil {
		return "", err
	}
	if !ok {
		return "", &types.InvalidParameterValueException{Message: new("Invalid ARN: " + arn)}
	}
	return "", noResource(arn)
}

func noResource(arn string) error {
	return &types.ResourceNotFoundException{
		Message: new("The resource " + arn + " does not exist."), ResourceType: new("alarm"), ResourceId: &arn,
	}
}

// ListTagsForResource lists the tags of an alarm.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html
func (s *Service) ListTagsForResource(ctx context.Context, c *iam.Caller, in *cloudwatch.ListTagsForResourceInput) (*cloudwatch.ListTagsForResourceOutput, error) {
	name, err := named(c, "ListTagsForResource", *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	a, err := s.get(ctx, c, name)
	if err != nil {
		return nil, err
	}
	if err := authorize(c, "ListTagsForResource", name, a, nil); err != nil {
		return nil, err
	}
	if a == nil {
		return nil, noResource(*in.ResourceARN)
	}
	out := &cloudwatch.ListTagsForResourceOutput{Tags: []types.Tag{}}
	for _, t := range a.Tags {
		out.Tags = append(out.Tags, types.Tag{Key: &t.Key, Value: &t.Value})
	}
	return out, nil
}
