package logs

import (
	"context"
	"maps"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// maxTags is how many tags a group may have.
const maxTags = 50

// checkTags refuses names that are AWS's own.
func checkTags(tags map[string]string) error {
	for name := range tags {
		if strings.HasPrefix(strings.ToLower(name), "aws:") {
			return invalid("Tag keys starting with 'aws:' are reserved for system use.")
		}
	}
	return nil
}

// tagged finds the group of a call of the API for tags, whose policies have the group's ARN
// without anything behind it.
func (s *Service) tagged(ctx context.Context, c *iam.Caller, action, arn string, k keys) (*group, error) {
	account, region, name, ok := parseGroupARN(arn)
	if !ok {
		return nil, invalid("The specified resourceArn is invalid.")
	}
	g, err := s.fresh(ctx, account, region, name)
	if err != nil {
		return nil, err
	}
	if err := allow(c, action, groupARN(account, region, name), account, g, k); err != nil {
		return nil, err
	}
	if g == nil || region != c.Region {
		return nil, notFound("The specified resource does not exist.")
	}
	return g, nil
}

// legacyTagged is tagged for the older operations, which name the group.
func (s *Service) legacyTagged(ctx context.Context, c *iam.Caller, action, name string, k keys) (*group, error) {
	g, err := s.fresh(ctx, c.Principal.Account, c.Region, name)
	if err != nil {
		return nil, err
	}
	if err := allow(c, action, ofGroup(groupARN(c.Principal.Account, c.Region, name)), c.Principal.Account, g, k); err != nil {
		return nil, err
	}
	if g == nil {
		return nil, noGroup()
	}
	return g, nil
}

func (s *Service) tag(ctx context.Context, g *group, tags map[string]string) error {
	if err := checkTags(tags); err != nil {
		return err
	}
	return s.change(ctx, g, func(_ *store.Tx, g *group) error {
		all := maps.Clone(g.Tags)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, tags)
		if len(all) > maxTags {
			return &types.TooManyTagsException{Message: new("The resource can have no more than 50 tags.")}
		}
		g.Tags = all
		return nil
	})
}

func (s *Service) untag(ctx context.Context, g *group, names []string) error {
	return s.change(ctx, g, func(_ *store.Tx, g *group) error {
		for _, name := range names {
			delete(g.Tags, name)
		}
		return nil
	})
}

// copyTags is never nil: AWS answers an empty object.
func copyTags(g *group) map[string]string {
	tags := map[string]string{}
	maps.Copy(tags, g.Tags)
	return tags
}

// TagResource adds tags to a group.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
func (s *Service) TagResource(ctx context.Context, c *iam.Caller, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	g, err := s.tagged(ctx, c, "TagResource", *in.ResourceArn, keys{}.requested(in.Tags))
	if err != nil {
		return nil, err
	}
	return nil, s.tag(ctx, g, in.Tags)
}

// UntagResource removes tags from a group.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html
func (s *Service) UntagResource(ctx context.Context, c *iam.Caller, in *sdk.UntagResourceInput) (*sdk.UntagResourceOutput, error) {
	g, err := s.tagged(ctx, c, "UntagResource", *in.ResourceArn, keys{}.removed(in.TagKeys))
	if err != nil {
		return nil, err
	}
	return nil, s.untag(ctx, g, in.TagKeys)
}

// ListTagsForResource lists the tags of a group.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html
func (s *Service) ListTagsForResource(ctx context.Context, c *iam.Caller, in *sdk.ListTagsForResourceInput) (*sdk.ListTagsForResourceOutput, error) {
	g, err := s.tagged(ctx, c, "ListTagsForResource", *in.ResourceArn, keys{})
	if err != nil {
		return nil, err
	}
	return &sdk.ListTagsForResourceOutput{Tags: copyTags(g)}, nil
}

// TagLogGroup is the older form of TagResource.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html
func (s *Service) TagLogGroup(ctx context.Context, c *iam.Caller, in *sdk.TagLogGroupInput) (*sdk.TagLogGroupOutput, error) {
	g, err := s.legacyTagged(ctx, c, "TagLogGroup", *in.LogGroupName, keys{}.requested(in.Tags))
	if err != nil {
		return nil, err
	}
	return nil, s.tag(ctx, g, in.Tags)
}

// UntagLogGroup is the older form of UntagResource.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html
func (s *Service) UntagLogGroup(ctx context.Context, c *iam.Caller, in *sdk.UntagLogGroupInput) (*sdk.UntagLogGroupOutput, error) {
	g, err := s.legacyTagged(ctx, c, "UntagLogGroup", *in.LogGroupName, keys{}.removed(in.Tags))
	if err != nil {
		return nil, err
	}
	return nil, s.untag(ctx, g, in.Tags)
}

// ListTagsLogGroup is the older form of ListTagsForResource.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html
func (s *Service) ListTagsLogGroup(ctx context.Context, c *iam.Caller, in *sdk.ListTagsLogGroupInput) (*sdk.ListTagsLogGroupOutput, error) {
	g, err := s.legacyTagged(ctx, c, "ListTagsLogGroup", *in.LogGroupName, keys{})
	if err != nil {
		return nil, err
	}
	return &sdk.ListTagsLogGroupOutput{Tags: copyTags(g)}, nil
}
