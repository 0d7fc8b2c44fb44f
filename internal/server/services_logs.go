package server

import (
	sdklogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/logs"
)

func logsService(s *logs.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "logs", TargetPrefix: "Logs_20140328", JSONVersion: "1.1", LowerNames: true, MaxBody: maxBatch,
		InvalidCode: "InvalidParameterException",
		Constraints: models.Logs, Names: models.LogsNames,
		Unlogged: map[string]bool{"logEvents": true, "logEventMessages": true},
		Operations: []awsapi.Operation{
			awsapi.Op("AssociateKmsKey", changes, s.AssociateKmsKey),
			awsapi.Op("CreateLogGroup", changes, s.CreateLogGroup),
			awsapi.Op("CreateLogStream", changes, s.CreateLogStream),
			awsapi.Op("DeleteLogGroup", changes, s.DeleteLogGroup),
			awsapi.Op("DeleteLogStream", changes, s.DeleteLogStream),
			awsapi.Op("DeleteMetricFilter", changes, s.DeleteMetricFilter),
			awsapi.Op("DeleteResourcePolicy", changes, s.DeleteResourcePolicy),
			awsapi.Op("DeleteRetentionPolicy", changes, s.DeleteRetentionPolicy),
			awsapi.Op("DescribeLogGroups", reads, s.DescribeLogGroups),
			awsapi.Op("DescribeLogStreams", reads, s.DescribeLogStreams),
			awsapi.Op("DescribeMetricFilters", reads, s.DescribeMetricFilters),
			awsapi.Op("DescribeResourcePolicies", reads, s.DescribeResourcePolicies),
			awsapi.Op("DisassociateKmsKey", changes, s.DisassociateKmsKey),
			awsapi.Op("FilterLogEvents", reads, s.FilterLogEvents).AsDataEvent(),
			awsapi.Op("GetLogEvents", reads, s.GetLogEvents).AsDataEvent(),
			awsapi.Op("ListLogGroups", reads, s.ListLogGroups),
			awsapi.Op("ListTagsForResource", reads, s.ListTagsForResource),
			awsapi.Op("ListTagsLogGroup", reads, s.ListTagsLogGroup),
			awsapi.Op("PutLogEvents", changes, s.PutLogEvents).AsDataEvent(),
			awsapi.Op("PutMetricFilter", changes, s.PutMetricFilter),
			awsapi.Op("PutResourcePolicy", changes, s.PutResourcePolicy),
			awsapi.Op("PutRetentionPolicy", changes, s.PutRetentionPolicy),
			awsapi.Op("TagLogGroup", changes, s.TagLogGroup),
			awsapi.Op("TagResource", changes, s.TagResource),
			awsapi.Op("TestMetricFilter", reads, s.TestMetricFilter),
			awsapi.Op("UntagLogGroup", changes, s.UntagLogGroup),
			awsapi.Op("UntagResource", changes, s.UntagResource),
		},
	}, (*sdklogs.Client)(nil))
}
