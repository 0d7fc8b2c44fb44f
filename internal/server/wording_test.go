package server

import (
	"testing"

	"github.com/keystead/keystead/internal/awsapi"
)

// TestWording has what is wrong with inputs in the words of each service.
func TestWording(t *testing.T) {
	missing := awsapi.Violation{Path: "namespace", Parameter: "Namespace", Value: "null", Constraint: "Member must not be null", Missing: true}
	empty := awsapi.Violation{
		Path: "metricData.12.member.dimensions.1.member.value", Parameter: "MetricData.member.12.Dimensions.member.1.Value", Value: "''",
		Constraint: "Member must have length greater than or equal to 1",
	}
	unit := awsapi.Violation{
		Path: "metricData.1.member.unit", Parameter: "MetricData.member.1.Unit", Value: "'x'",
		Constraint: "Member must satisfy enum value set: [Seconds, Count]",
	}
	topic := awsapi.Violation{Path: "topicArn", Parameter: "TopicArn", Value: "null", Constraint: "Member must not be null", Missing: true}
	tag := awsapi.Violation{Path: "tags.1.member.key", Parameter: "Tags.member.1.Key", Value: "null", Constraint: "Member must not be null", Missing: true}
	results := awsapi.Violation{Path: "maxResults", Parameter: "MaxResults", Value: "'51'", Constraint: "Member must have value less than or equal to 50"}
	for name, tt := range map[string]struct {
		word          func(string, []awsapi.Violation) (string, string)
		operation     string
		all           []awsapi.Violation
		code, message string
	}{
		"missing": {
			monitoringWording, "PutMetricData", []awsapi.Violation{missing, unit, empty}, "MissingRequiredParameterException",
			"The parameter Namespace is required.\nThe parameter MetricData.member.12.Dimensions.member.1.Value is required.",
		},
		"not of the set": {
			monitoringWording, "PutMetricData", []awsapi.Violation{unit}, "InvalidParameterValueException",
			"The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, Count ].",
		},
		"of alarms":            {monitoringWording, "PutMetricAlarm", []awsapi.Violation{missing}, "", ""},
		"a topic":              {snsWording, "Publish", []awsapi.Violation{topic}, "InvalidParameter", "Invalid parameter: TopicArn Reason: no value for required parameter"},
		"a tag":                {snsWording, "TagResource", []awsapi.Violation{tag}, "", ""},
		"the number of events": {cloudtrailWording, "LookupEvents", []awsapi.Violation{results}, "InvalidMaxResultsException", ""},
		"something else":       {cloudtrailWording, "LookupEvents", []awsapi.Violation{tag}, "", ""},
	} {
		if code, message := tt.word(tt.operation, tt.all); code != tt.code || message != tt.message {
			t.Errorf("%s: %s: %q", name, code, message)
		}
	}
}
