package preset

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// trail sees to a trail that delivers the events of all Regions to a log group, and returns the
// group's name. A trail that is there keeps the group that it has, unless another was named.
func (s *setup) trail(ctx context.Context) (group string, err error) {
	found, err := s.trails.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: &s.Trail})
	if _, missing := errors.AsType[*trailtypes.TrailNotFoundException](err); err != nil && !missing {
		return "", fmt.Errorf("look for trail %s: %w", s.Trail, err)
	}
	there := err == nil
	has := ""
	if there && found.Trail.CloudWatchLogsLogGroupArn != nil {
		has = groupOf(*found.Trail.CloudWatchLogsLogGroupArn)
	}
	group = either(s.LogGroup, either(has, defaultGroup))
	if err := s.group(ctx, group); err != nil {
		return "", err
	}
	if err := s.role(ctx, group); err != nil {
		return "", err
	}
	arn, role := s.arn("logs", s.region, "log-group:"+group+":*"), s.arn("iam", "", "role/"+roleName)
	switch {
	case !there:
		err = s.do(fmt.Sprintf("make trail %s of all Regions, to bucket %s and log group %s", s.Trail, s.Bucket, group), func() error {
			_, err := s.trails.CreateTrail(ctx, &cloudtrail.CreateTrailInput{
				Name: &s.Trail, S3BucketName: &s.Bucket, IsMultiRegionTrail: new(true), IncludeGlobalServiceEvents: new(true), EnableLogFileValidation: new(true),
				CloudWatchLogsLogGroupArn: &arn, CloudWatchLogsRoleArn: &role,
			})
			return err
		})
	case has != group:
		err = s.do(fmt.Sprintf("let trail %s deliver to log group %s", s.Trail, group), func() error {
			_, err := s.trails.UpdateTrail(ctx, &cloudtrail.UpdateTrailInput{Name: &s.Trail, CloudWatchLogsLogGroupArn: &arn, CloudWatchLogsRoleArn: &role})
			return err
		})
	default:
		s.say("trail %s, to log group %s", s.Trail, group)
	}
	if err != nil {
		return "", err
	}
	return group, s.logging(ctx, there)
}

// groupOf is the name of a group in an ARN.
func groupOf(arn string) string {
	_, name, _ := strings.Cut(arn, ":log-group:")
	return strings.TrimSuffix(name, ":*")
}

// logging starts the trail, and looks whether KMS's events are in it.
func (s *setup) logging(ctx context.Context, there bool) error {
	on := false
	if there {
		status, err := s.trails.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: &s.Trail})
		if err != nil {
			return fmt.Errorf("see whether trail %s is on: %w", s.Trail, err)
		}
		on = status.IsLogging != nil && *status.IsLogging
		if err := s.complete(ctx); err != nil {
			return err
		}
	}
	if on {
		return nil
	}
	return s.do("start trail "+s.Trail, func() error {
		_, err := s.trails.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: &s.Trail})
		return err
	})
}

// complete reports a trail that leaves out what the controls look at. Whoever set it up so had
// a reason, so it is not changed here.
func (s *setup) complete(ctx context.Context) error {
	got, err := s.trails.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: &s.Trail})
	if err != nil {
		return fmt.Errorf("read the event selectors of trail %s: %w", s.Trail, err)
	}
	for _, e := range got.EventSelectors {
		kept := e.IncludeManagementEvents == nil || *e.IncludeManagementEvents
		if !kept || e.ReadWriteType != trailtypes.ReadWriteTypeAll && e.ReadWriteType != "" || len(e.ExcludeManagementEventSources) > 0 {
			fmt.Fprintf(s.out, "  WARNING   the event selectors of trail %s leave out events that the alarms look at\n", s.Trail)
		}
	}
	if len(got.AdvancedEventSelectors) > 0 {
		fmt.Fprintf(s.out, "  WARNING   trail %s has advanced event selectors: see that they keep the events of kms.amazonaws.com\n", s.Trail)
	}
	return nil
}

// group makes the log group.
func (s *setup) group(ctx context.Context, name string) error {
	there, err := s.hasGroup(ctx, name)
	if err != nil {
		return err
	}
	if there {
		s.say("log group %s", name)
		return nil
	}
	return s.do("make log group "+name, func() error {
		_, err := s.logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name})
		if _, raced := errors.AsType[*logtypes.ResourceAlreadyExistsException](err); raced {
			return nil
		}
		return err
	})
}

func (s *setup) hasGroup(ctx context.Context, name string) (bool, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(s.logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, fmt.Errorf("look for log group %s: %w", name, err)
		}
		for _, g := range page.LogGroups {
			if *g.LogGroupName == name {
				return true, nil
			}
		}
	}
	return false, nil
}

// role makes the role with which CloudTrail writes into the group, and nothing else.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
func (s *setup) role(ctx context.Context, group string) error {
	trust := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole",`+
		`"Condition":{"StringEquals":{"aws:SourceAccount":%q}}}]}`, s.account)
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":%q}]}`,
		s.arn("logs", s.region, "log-group:"+group+":log-stream:"+s.account+"_CloudTrail_*"))
	_, err := s.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: new(roleName)})
	_, missing := errors.AsType[*iamtypes.NoSuchEntityException](err)
	switch {
	case missing:
		if err := s.do("make role "+roleName+", with which CloudTrail writes into the log group", func() error {
			_, err := s.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: new(roleName), AssumeRolePolicyDocument: &trust, Description: new("Lets CloudTrail write into a log group")})
			return err
		}); err != nil {
			return err
		}
	case err != nil:
		return fmt.Errorf("look for role %s: %w", roleName, err)
	default:
		has, err := s.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: new(roleName), PolicyName: new(roleName)})
		if err == nil && sameDocument(*has.PolicyDocument, policy) {
			s.say("role %s", roleName)
			return nil
		}
		if _, missing := errors.AsType[*iamtypes.NoSuchEntityException](err); err != nil && !missing {
			return fmt.Errorf("read the policy of role %s: %w", roleName, err)
		}
	}
	return s.do("let role "+roleName+" write into "+group, func() error {
		_, err := s.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: new(roleName), PolicyName: new(roleName), PolicyDocument: &policy})
		return err
	})
}
