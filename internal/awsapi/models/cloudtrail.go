package models

import "github.com/keystead/keystead/internal/awsapi"

// CloudTrailNames holds the names of members whose Go field is spelled otherwise.
var CloudTrailNames = map[string]string{
	"DescribeTrailsInput.TrailNameList":       "trailNameList",
	"DescribeTrailsInput.IncludeShadowTrails": "includeShadowTrails",
	"DescribeTrailsOutput.TrailList":          "trailList",
}

// CloudTrail holds the constraints of the API version 2013-11-01, for the operations
// that there are.
var CloudTrail = map[string][]awsapi.Constraint{
	"AddTags": {
		{Path: "resourceId", Required: true},
		{Path: "tagsList", Required: true, MaxLen: 200},
		{Path: "tagsList.member.key", Required: true, MinLen: 1, MaxLen: 128},
		{Path: "tagsList.member.value", MinLen: 1, MaxLen: 256},
	},
	"CreateTrail": {
		{Path: "name", Required: true},
		{Path: "s3BucketName", Required: true},
		{Path: "tagsList", MaxLen: 200},
		{Path: "tagsList.member.key", Required: true, MinLen: 1, MaxLen: 128},
		{Path: "tagsList.member.value", MinLen: 1, MaxLen: 256},
	},
	"DeleteTrail": {
		{Path: "name", Required: true},
	},
	"GetEventSelectors": {
		{Path: "trailName", Required: true},
	},
	"GetTrail": {
		{Path: "name", Required: true},
	},
	"GetTrailStatus": {
		{Path: "name", Required: true},
	},
	"ListTags": {
		{Path: "resourceIdList", Required: true},
	},
	"LookupEvents": {
		{Path: "lookupAttributes.member.attributeKey", Required: true},
		{Path: "lookupAttributes.member.attributeValue", Required: true, MinLen: 1, MaxLen: 2000},
		{Path: "maxResults", Min: 1, Max: 50},
	},
	"PutEventSelectors": {
		{Path: "trailName", Required: true},
		{Path: "advancedEventSelectors.member.name", MaxLen: 1000, Pattern: `.*`},
		{Path: "advancedEventSelectors.member.fieldSelectors", Required: true, MinLen: 1},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.field", Required: true, MinLen: 1, MaxLen: 1000, Pattern: `[\w|\d|\.|_]+`},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.equals", MinLen: 1},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.equals.member", MinLen: 1, MaxLen: 2048, Pattern: `.+`},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.startsWith", MinLen: 1},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.startsWith.member", MinLen: 1, MaxLen: 2048, Pattern: `.+`},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.endsWith", MinLen: 1},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.endsWith.member", MinLen: 1, MaxLen: 2048, Pattern: `.+`},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.notEquals", MinLen: 1},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.notEquals.member", MinLen: 1, MaxLen: 2048, Pattern: `.+`},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.notStartsWith", MinLen: 1},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.notStartsWith.member", MinLen: 1, MaxLen: 2048, Pattern: `.+`},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.notEndsWith", MinLen: 1},
		{Path: "advancedEventSelectors.member.fieldSelectors.member.notEndsWith.member", MinLen: 1, MaxLen: 2048, Pattern: `.+`},
	},
	"RemoveTags": {
		{Path: "resourceId", Required: true},
		{Path: "tagsList", Required: true, MaxLen: 200},
		{Path: "tagsList.member.key", Required: true, MinLen: 1, MaxLen: 128},
		{Path: "tagsList.member.value", MinLen: 1, MaxLen: 256},
	},
	"StartLogging": {
		{Path: "name", Required: true},
	},
	"StopLogging": {
		{Path: "name", Required: true},
	},
	"UpdateTrail": {
		{Path: "name", Required: true},
	},
}
