package server

import (
	sdkcloudwatch "github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/alarm"
)

// monitoringService is CloudWatch; "monitoring" is its name in signatures.
func monitoringService(s *cloudwatch.Service, a *alarm.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "monitoring", TargetPrefix: "GraniteServiceVersion20100801", JSONVersion: "1.0",
		QueryVersion: "2010-08-01", XMLNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/", MaxBody: maxBatch,
		Constraints: models.CloudWatch,
		Unlogged:    map[string]bool{"metricData": true, "entityMetricData": true},
		Operations:  append(metricOperations(s), alarmOperations(a)...),
	}, (*sdkcloudwatch.Client)(nil))
}

func metricOperations(s *cloudwatch.Service) []awsapi.Operation {
	return []awsapi.Operation{}
}

func alarmOperations(a *alarm.Service) []awsapi.Operation {
	return []awsapi.Operation{}
}
