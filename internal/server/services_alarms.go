package server

import (
	"context"

	sdkcloudwatch "github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/alarm"
	"github.com/keystead/keystead/internal/iam"
)

// alarmOperations are the rows of CloudWatch's table that are about alarms.
func alarmOperations(a *alarm.Service) []awsapi.Operation {
	return []awsapi.Operation{
		awsapi.Op("DeleteAlarms", changes, a.DeleteAlarms),
		awsapi.Op("DescribeAlarmHistory", reads, a.DescribeAlarmHistory),
		awsapi.Op("DescribeAlarms", reads, a.DescribeAlarms),
		awsapi.Op("DescribeAlarmsForMetric", reads, a.DescribeAlarmsForMetric),
		awsapi.Op("DisableAlarmActions", changes, a.DisableAlarmActions),
		awsapi.Op("EnableAlarmActions", changes, a.EnableAlarmActions),
		awsapi.Op("PutCompositeAlarm", changes, a.PutCompositeAlarm),
		awsapi.Op("PutMetricAlarm", changes, a.PutMetricAlarm),
		awsapi.Op("SetAlarmState", changes, a.SetAlarmState),
	}
}

// monitoringTags are the rows about tags: those of dashboards are kept with the metrics, all
// others with the alarms.
func monitoringTags(s *cloudwatch.Service, a *alarm.Service) []awsapi.Operation {
	return []awsapi.Operation{
		awsapi.Op("ListTagsForResource", reads, func(ctx context.Context, c *iam.Caller, in *sdkcloudwatch.ListTagsForResourceInput) (*sdkcloudwatch.ListTagsForResourceOutput, error) {
			if cloudwatch.IsDashboard(*in.ResourceARN) {
				return s.DashboardTags(ctx, c, in)
			}
			return a.ListTagsForResource(ctx, c, in)
		}),
		awsapi.Op("TagResource", changes, func(ctx context.Context, c *iam.Caller, in *sdkcloudwatch.TagResourceInput) (*sdkcloudwatch.TagResourceOutput, error) {
			if cloudwatch.IsDashboard(*in.ResourceARN) {
				return s.TagDashboard(ctx, c, in)
			}
			return a.TagResource(ctx, c, in)
		}),
		awsapi.Op("UntagResource", changes, func(ctx context.Context, c *iam.Caller, in *sdkcloudwatch.UntagResourceInput) (*sdkcloudwatch.UntagResourceOutput, error) {
			if cloudwatch.IsDashboard(*in.ResourceARN) {
				return s.UntagDashboard(ctx, c, in)
			}
			return a.UntagResource(ctx, c, in)
		}),
	}
}
