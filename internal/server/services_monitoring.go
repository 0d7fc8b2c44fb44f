package server

import (
	"slices"

	sdkcloudwatch "github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/alarm"
)

// monitoringCodes holds the codes of awsQuery by the names of the errors.
//
// Source: the traits awsQueryError in the API's model, and the common errors in the API
// reference.
var monitoringCodes = map[string]string{
	"AccessDeniedException":                "AccessDenied",
	"ConcurrentModificationException":      "ConcurrentModificationException",
	"DashboardInvalidInputError":           "InvalidParameterInput",
	"DashboardNotFoundError":               "ResourceNotFound",
	"InternalServiceFault":                 "InternalServiceError",
	"InvalidFormatFault":                   "InvalidFormat",
	"InvalidNextToken":                     "InvalidNextToken",
	"InvalidParameterCombinationException": "InvalidParameterCombination",
	"InvalidParameterValueException":       "InvalidParameterValue",
	"LimitExceededException":               "LimitExceededException",
	"LimitExceededFault":                   "LimitExceeded",
	"MissingRequiredParameterException":    "MissingParameter",
	"ResourceNotFound":                     "ResourceNotFound",
	"ResourceNotFoundException":            "ResourceNotFoundException",
	"ThrottlingException":                  "Throttling",
	"ValidationException":                  "ValidationError",
}

var monitoringStatus = map[string]int{
	"AccessDenied":                    403,
	"ConcurrentModificationException": 429,
	"ConflictException":               409,
	"DashboardNotFoundError":          404,
	"ResourceNotFound":                404,
	"ResourceNotFoundException":       404,
}

// monitoringService is CloudWatch; "monitoring" is its name in signatures.
func monitoringService(s *cloudwatch.Service, a *alarm.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "monitoring", TargetPrefix: "GraniteServiceVersion20100801", JSONVersion: "1.0", RPCv2: true,
		QueryVersion: "2010-08-01", XMLNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/", MaxBody: maxBatch,
		InternalCode: "InternalServiceFault", QueryCodes: monitoringCodes, Wording: monitoringWording, Status: monitoringStatus,
		EmptyResults: map[string]bool{"DeleteDashboards": true, "TagResource": true, "UntagResource": true},
		Constraints:  models.CloudWatch,
		Unlogged:     map[string]bool{"metricData": true, "entityMetricData": true},
		Operations:   slices.Concat(metricOperations(s), alarmOperations(a), monitoringTags(s, a)),
	}, (*sdkcloudwatch.Client)(nil))
}
