package cloudwatch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// IsDashboard says whether an ARN names a dashboard: the operations about tags are then this
// package's, and package alarm's for all others.
func IsDashboard(arn string) bool {
	return strings.HasPrefix(arn, "arn:aws:cloudwatch::") && strings.Contains(arn, ":dashboard/")
}

// ownDashboard is the name in the ARN of a dashboard of an account; "" if it is another's.
func ownDashboard(account, arn string) string {
	name, ok := strings.CutPrefix(arn, dashboardARN(account, ""))
	if !ok {
		return ""
	}
	return name
}

func errNoResource(arn string) error {
	return &types.ResourceNotFoundException{
		Message: new(fmt.Sprintf("Resource %s does not exist", arn)), ResourceType: new("cloudwatch"), ResourceId: new(arn),
	}
}

// TagDashboard is TagResource for dashboards.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html
func (s *Service) TagDashboard(ctx context.Context, c *iam.Caller, in *cloudwatch.TagResourceInput) (*cloudwatch.TagResourceOutput, error) {
	tags := tagMap(in.Tags)
	err := s.changeTags(ctx, c, "TagResource", *in.ResourceARN, tagKeys(tags), func(old map[string]string) error {
		if err := checkTags(tags, len(in.Tags)); err != nil {
			return err
		}
		maps.Copy(old, tags)
		return checkTags(old, 0)
	})
	if err != nil {
		return nil, err
	}
	return &cloudwatch.TagResourceOutput{}, nil
}

// UntagDashboard is UntagResource for dashboards.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_UntagResource.html
func (s *Service) UntagDashboard(ctx context.Context, c *iam.Caller, in *cloudwatch.UntagResourceInput) (*cloudwatch.UntagResourceOutput, error) {
	k := keys{"aws:tagkeys": policy.Multi(in.TagKeys)}
	err := s.changeTags(ctx, c, "UntagResource", *in.ResourceARN, k, func(old map[string]string) error {
		for _, name := range in.TagKeys {
			delete(old, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cloudwatch.UntagResourceOutput{}, nil
}

func (s *Service) changeTags(ctx context.Context, c *iam.Caller, action, arn string, k keys, change func(map[string]string) error) error {
	name := ownDashboard(c.Principal.Account, arn)
	return s.db.Update(ctx, func(tx *store.Tx) error {
		d, err := openDashboard(tx, c.Principal.Account, name)
		if err != nil {
			return err
		}
		if err := authorizeDashboard(c, action, name, d, maps.Clone(k)); err != nil {
			return err
		}
		if d == nil {
			return errNoResource(arn)
		}
		if d.Tags == nil {
			d.Tags = map[string]string{}
		}
		if err := change(d.Tags); err != nil {
			return err
		}
		return d.write(tx, c.Principal.Account, name)
	})
}

// DashboardTags is ListTagsForResource for dashboards.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html
func (s *Service) DashboardTags(ctx context.Context, c *iam.Caller, in *cloudwatch.ListTagsForResourceInput) (*cloudwatch.ListTagsForResourceOutput, error) {
	name := ownDashboard(c.Principal.Account, *in.ResourceARN)
	d, err := openDashboard(outside{ctx, s.db}, c.Principal.Account, name)
	if err != nil {
		return nil, err
	}
	if err := authorizeDashboard(c, "ListTagsForResource", name, d, nil); err != nil {
		return nil, err
	}
	if d == nil {
		return nil, errNoResource(*in.ResourceARN)
	}
	out := &cloudwatch.ListTagsForResourceOutput{Tags: []types.Tag{}}
	for _, key := range slices.Sorted(maps.Keys(d.Tags)) {
		out.Tags = append(out.Tags, types.Tag{Key: new(key), Value: new(d.Tags[key])})
	}
	return out, nil
}
