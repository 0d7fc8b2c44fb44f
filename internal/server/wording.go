package server

import (
	"strings"

	"github.com/keystead/keystead/internal/awsapi"
)

// monitoringWording is how the part of CloudWatch that takes samples words what is wrong
// with an input: one line for each parameter, under the code of the first. Alarms and
// dashboards have the common way.
func monitoringWording(operation string, all []awsapi.Violation) (code, message string) {
	switch operation {
	case "PutMetricData", "GetMetricStatistics", "ListMetrics":
	default:
		return "", ""
	}
	var missing, invalid []string
	for _, v := range all {
		switch {
		case v.Missing, v.Value == "''":
			missing = append(missing, "The parameter "+v.Parameter+" is required.")
		default:
			invalid = append(invalid, "The parameter "+v.Parameter+" "+demand(v))
		}
	}
	if len(missing) > 0 {
		return "MissingRequiredParameterException", strings.Join(missing, "\n")
	}
	return "InvalidParameterValueException", strings.Join(invalid, "\n")
}

// demand turns "Member must satisfy enum value set: [A, B]" into "must be a value in the set
// [ A, B ]." and the other constraints into sentences of the same kind.
func demand(v awsapi.Violation) string {
	constraint := strings.TrimPrefix(v.Constraint, "Member ")
	if set, ok := strings.CutPrefix(constraint, "must satisfy enum value set: ["); ok {
		return "must be a value in the set [ " + strings.TrimSuffix(set, "]") + " ]."
	}
	return constraint + "."
}

// snsWording is how SNS asks for a parameter of a request.
func snsWording(_ string, all []awsapi.Violation) (code, message string) {
	if v := all[0]; v.Missing && !strings.Contains(v.Path, ".") {
		return "InvalidParameter", "Invalid parameter: " + v.Parameter + " Reason: no value for required parameter"
	}
	return "", ""
}

// cloudtrailWording has the codes of CloudTrail for single members.
func cloudtrailWording(_ string, all []awsapi.Violation) (code, message string) {
	if all[0].Path == "maxResults" {
		return "InvalidMaxResultsException", ""
	}
	return "", ""
}
