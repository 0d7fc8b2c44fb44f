package trail

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/marker"
)

// describe is a trail as the API tells of it.
func (t *trail) describe() types.Trail {
	return types.Trail{
		Name: &t.Name, TrailARN: new(t.arn()), HomeRegion: &t.Home, S3BucketName: &t.Bucket, S3KeyPrefix: optional(t.Prefix),
		SnsTopicName: optional(t.TopicName), SnsTopicARN: optional(t.Topic), IncludeGlobalServiceEvents: &t.Global,
		IsMultiRegionTrail: &t.Multi, IsOrganizationTrail: &t.Org, LogFileValidationEnabled: &t.Validation,
		CloudWatchLogsLogGroupArn: optional(t.Group), CloudWatchLogsRoleArn: optional(t.Role), KmsKeyId: optional(t.KMSKey),
		HasCustomEventSelectors: new(t.Selectors.custom()), HasInsightSelectors: new(false),
	}
}

// GetTrail tells of one trail.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html
func (s *Service) GetTrail(ctx context.Context, c *iam.Caller, in *cloudtrail.GetTrailInput) (*cloudtrail.GetTrailOutput, error) {
	t, err := s.read(ctx, c, "GetTrail", *in.Name)
	if err != nil {
		return nil, err
	}
	return &cloudtrail.GetTrailOutput{Trail: new(t.describe())}, nil
}

// DescribeTrails tells of the trails of a Region, with the shadows of those of other Regions
// unless the caller does not want them. Names that are no trail's are passed over.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
func (s *Service) DescribeTrails(ctx context.Context, c *iam.Caller, in *cloudtrail.DescribeTrailsInput) (*cloudtrail.DescribeTrailsOutput, error) {
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	if err := authorize(c, "DescribeTrails", "*", nil); err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, text := range in.TrailNameList {
		n, err := parseName(c, text)
		if err != nil {
			return nil, err
		}
		if n.byARN {
			wanted[n.arn()] = true
		} else {
			wanted[n.last] = true
		}
	}
	all, err := s.visible(ctx, c)
	if err != nil {
		return nil, err
	}
	shadows := in.IncludeShadowTrails == nil || *in.IncludeShadowTrails
	out := &cloudtrail.DescribeTrailsOutput{TrailList: []types.Trail{}}
	for _, t := range all {
		shadow := t.Home != c.Region || t.Account != c.Principal.Account
		if shadow && !shadows || len(wanted) > 0 && !wanted[t.Name] && !wanted[t.arn()] {
			continue
		}
		out.TrailList = append(out.TrailList, t.describe())
	}
	return out, nil
}

// listPage is how many trails a page of ListTrails has.
const listPage = 100

// ListTrails lists the trails of an account in all Regions.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html
func (s *Service) ListTrails(ctx context.Context, c *iam.Caller, in *cloudtrail.ListTrailsInput) (*cloudtrail.ListTrailsOutput, error) {
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	if err := authorize(c, "ListTrails", "*", nil); err != nil {
		return nil, err
	}
	after := ""
	if in.NextToken != nil {
		m, ok := marker.Parse(*in.NextToken)
		if !ok {
			return nil, &types.InvalidTokenException{Message: new("The token is not valid.")}
		}
		after = m.After
	}
	all, err := trailsOf(inDB{ctx, s.db}, c.Principal.Account+"/")
	if err != nil {
		return nil, err
	}
	if management, err := s.iam.ManagementAccount(ctx); err != nil {
		return nil, err
	} else if management != c.Principal.Account {
		shared, err := trailsOf(inDB{ctx, s.db}, management+"/")
		if err != nil {
			return nil, err
		}
		for _, t := range shared {
			if t.Org {
				all = append(all, t)
			}
		}
	}
	slices.SortFunc(all, func(a, b *trail) int { return strings.Compare(a.key(), b.key()) })
	out := &cloudtrail.ListTrailsOutput{Trails: []types.TrailInfo{}}
	for _, t := range all {
		if t.key() <= after {
			continue
		}
		if len(out.Trails) == listPage {
			out.NextToken = new(marker.Marker{After: after}.String())
			break
		}
		after = t.key()
		out.Trails = append(out.Trails, types.TrailInfo{Name: &t.Name, TrailARN: new(t.arn()), HomeRegion: &t.Home})
	}
	return out, nil
}
