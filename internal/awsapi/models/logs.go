package models

import (
	"math"

	"github.com/keystead/keystead/internal/awsapi"
)

// LogsNames holds the names of members that are spelled neither as the Go field nor with a
// lower-case first letter.
var LogsNames = map[string]string{"DescribeDestinationsInput.DestinationNamePrefix": "DestinationNamePrefix"}

// Logs holds the constraints of the API version 2014-03-28, for the operations
// that there are.
var Logs = map[string][]awsapi.Constraint{
	"AssociateKmsKey": {
		{Path: "logGroupName", MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "kmsKeyId", Required: true, MaxLen: 256},
		{Path: "resourceIdentifier", MinLen: 1, MaxLen: 2048, Pattern: `[\w+=/:,.@\-\*]*`},
	},
	"CreateLogGroup": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "kmsKeyId", MaxLen: 256},
		{Path: "tags", MinLen: 1, MaxLen: 50},
		{Path: "tags.key", MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$`},
		{Path: "tags.value", MaxLen: 256, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
	},
	"CreateLogStream": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "logStreamName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
	},
	"DeleteLogGroup": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
	},
	"DeleteLogStream": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "logStreamName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
	},
	"DeleteMetricFilter": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "filterName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
	},
	"DeleteResourcePolicy": {
		{Path: "expectedRevisionId", MinLen: 1},
	},
	"DeleteRetentionPolicy": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
	},
	"DescribeLogGroups": {
		{Path: "accountIdentifiers", MaxLen: 20},
		{Path: "accountIdentifiers.member", MinLen: 12, MaxLen: 12, Pattern: `^\d{12}$`},
		{Path: "logGroupNamePrefix", MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "logGroupNamePattern", MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]*`},
		{Path: "nextToken", MinLen: 1},
		{Path: "limit", Min: 1, Max: 50},
		{Path: "logGroupIdentifiers", MinLen: 1, MaxLen: 50},
		{Path: "logGroupIdentifiers.member", MinLen: 1, MaxLen: 2048, Pattern: `[\w#+=/:,.@-]*`},
	},
	"DescribeLogStreams": {
		{Path: "logGroupName", MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "logGroupIdentifier", MinLen: 1, MaxLen: 2048, Pattern: `[\w#+=/:,.@-]*`},
		{Path: "logStreamNamePrefix", MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
		{Path: "nextToken", MinLen: 1},
		{Path: "limit", Min: 1, Max: 50},
	},
	"DescribeMetricFilters": {
		{Path: "logGroupName", MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "filterNamePrefix", MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
		{Path: "nextToken", MinLen: 1},
		{Path: "limit", Min: 1, Max: 50},
		{Path: "metricName", MaxLen: 255, Pattern: `[^:*$]*`},
		{Path: "metricNamespace", MaxLen: 255, Pattern: `[^:*$]*`},
	},
	"DescribeResourcePolicies": {
		{Path: "nextToken", MinLen: 1},
		{Path: "limit", Min: 1, Max: 50},
	},
	"DisassociateKmsKey": {
		{Path: "logGroupName", MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "resourceIdentifier", MinLen: 1, MaxLen: 2048, Pattern: `[\w+=/:,.@\-\*]*`},
	},
	"FilterLogEvents": {
		{Path: "logGroupName", MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "logGroupIdentifier", MinLen: 1, MaxLen: 2048, Pattern: `[\w#+=/:,.@-]*`},
		{Path: "logStreamNames", MinLen: 1, MaxLen: 100},
		{Path: "logStreamNames.member", MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
		{Path: "logStreamNamePrefix", MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
		{Path: "startTime", Max: math.MaxInt64},
		{Path: "endTime", Max: math.MaxInt64},
		{Path: "filterPattern", MaxLen: 1024},
		{Path: "nextToken", MinLen: 1},
		{Path: "limit", Min: 1, Max: 10000},
	},
	"GetLogEvents": {
		{Path: "logGroupName", MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "logGroupIdentifier", MinLen: 1, MaxLen: 2048, Pattern: `[\w#+=/:,.@-]*`},
		{Path: "logStreamName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
		{Path: "startTime", Max: math.MaxInt64},
		{Path: "endTime", Max: math.MaxInt64},
		{Path: "nextToken", MinLen: 1},
		{Path: "limit", Min: 1, Max: 10000},
	},
	"ListLogGroups": {
		{Path: "logGroupNamePattern", MinLen: 3, MaxLen: 129, Pattern: `(\^?[\.\-_\/#A-Za-z0-9]{3,24})(\|\^?[\.\-_\/#A-Za-z0-9]{3,24}){0,4}`},
		{Path: "accountIdentifiers", MaxLen: 20},
		{Path: "accountIdentifiers.member", MinLen: 12, MaxLen: 12, Pattern: `^\d{12}$`},
		{Path: "nextToken", MinLen: 1},
		{Path: "limit", Min: 1, Max: 1000},
		{Path: "dataSources", MinLen: 1, MaxLen: 5},
		{Path: "dataSources.member.name", Required: true},
		{Path: "fieldIndexNames", MinLen: 1, MaxLen: 20},
		{Path: "fieldIndexNames.member", MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "logGroupTags", MinLen: 1, MaxLen: 5},
		{Path: "logGroupTags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$`},
		{Path: "logGroupTags.member.values", MaxLen: 5},
		{Path: "logGroupTags.member.values.member", MaxLen: 259, Pattern: `^!?\*?([\p{L}\p{Z}\p{N}_.:/=+\-@]*)\*?$`},
	},
	"ListTagsForResource": {
		{Path: "resourceArn", Required: true, MinLen: 1, MaxLen: 1011, Pattern: `[\w+=/:,.@-]*`},
	},
	"ListTagsLogGroup": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
	},
	"PutLogEvents": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "logStreamName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
		{Path: "logEvents", Required: true, MinLen: 1, MaxLen: 10000},
		{Path: "logEvents.member.timestamp", Required: true, Max: math.MaxInt64},
		{Path: "logEvents.member.message", Required: true, MinLen: 1},
		{Path: "sequenceToken", MinLen: 1},
		{Path: "entity.keyAttributes", MinLen: 2, MaxLen: 4},
		{Path: "entity.keyAttributes.key", MinLen: 1, MaxLen: 32},
		{Path: "entity.keyAttributes.value", MinLen: 1, MaxLen: 512},
		{Path: "entity.attributes", MaxLen: 10},
		{Path: "entity.attributes.key", MinLen: 1, MaxLen: 256},
		{Path: "entity.attributes.value", MinLen: 1, MaxLen: 512},
	},
	"PutMetricFilter": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "filterName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[^:*]*`},
		{Path: "filterPattern", Required: true, MaxLen: 1024},
		{Path: "metricTransformations", Required: true, MinLen: 1, MaxLen: 1},
		{Path: "metricTransformations.member.metricName", Required: true, MaxLen: 255, Pattern: `[^:*$]*`},
		{Path: "metricTransformations.member.metricNamespace", Required: true, MaxLen: 255, Pattern: `[^:*$]*`},
		{Path: "metricTransformations.member.metricValue", Required: true, MaxLen: 100},
		{Path: "metricTransformations.member.dimensions.key", MaxLen: 255},
		{Path: "metricTransformations.member.dimensions.value", MaxLen: 255},
		{Path: "fieldSelectionCriteria", MaxLen: 2000},
	},
	"PutResourcePolicy": {
		{Path: "policyDocument", MinLen: 1, MaxLen: 51200},
		{Path: "expectedRevisionId", MinLen: 1},
	},
	"PutRetentionPolicy": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "retentionInDays", Required: true},
	},
	"TagLogGroup": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "tags", Required: true, MinLen: 1, MaxLen: 50},
		{Path: "tags.key", MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$`},
		{Path: "tags.value", MaxLen: 256, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
	},
	"TagResource": {
		{Path: "resourceArn", Required: true, MinLen: 1, MaxLen: 1011, Pattern: `[\w+=/:,.@-]*`},
		{Path: "tags", Required: true, MinLen: 1, MaxLen: 50},
		{Path: "tags.key", MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$`},
		{Path: "tags.value", MaxLen: 256, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
	},
	"TestMetricFilter": {
		{Path: "filterPattern", Required: true, MaxLen: 1024},
		{Path: "logEventMessages", Required: true, MinLen: 1, MaxLen: 50},
		{Path: "logEventMessages.member", MinLen: 1},
	},
	"UntagLogGroup": {
		{Path: "logGroupName", Required: true, MinLen: 1, MaxLen: 512, Pattern: `[\.\-_/#A-Za-z0-9]+`},
		{Path: "tags", Required: true, MinLen: 1},
		{Path: "tags.member", MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$`},
	},
	"UntagResource": {
		{Path: "resourceArn", Required: true, MinLen: 1, MaxLen: 1011, Pattern: `[\w+=/:,.@-]*`},
		{Path: "tagKeys", Required: true, MaxLen: 50},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$`},
	},
}
