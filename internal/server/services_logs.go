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
		Unlogged:   map[string]bool{"logEvents": true, "logEventMessages": true},
		Operations: []awsapi.Operation{},
	}, (*sdklogs.Client)(nil))
}
