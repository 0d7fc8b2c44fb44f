package models

import "github.com/keystead/keystead/internal/awsapi"

// SNSNames holds the names of members whose Go field is spelled otherwise.
var SNSNames = map[string]string{
	"CheckIfPhoneNumberIsOptedOutInput.PhoneNumber": "phoneNumber",
	"CheckIfPhoneNumberIsOptedOutOutput.IsOptedOut": "isOptedOut",
	"GetSMSAttributesInput.Attributes":              "attributes",
	"GetSMSAttributesOutput.Attributes":             "attributes",
	"ListPhoneNumbersOptedOutInput.NextToken":       "nextToken",
	"ListPhoneNumbersOptedOutOutput.NextToken":      "nextToken",
	"ListPhoneNumbersOptedOutOutput.PhoneNumbers":   "phoneNumbers",
	"OptInPhoneNumberInput.PhoneNumber":             "phoneNumber",
	"SetSMSAttributesInput.Attributes":              "attributes",
}

// SNSEntries holds the maps whose entries are not made of a key and a value.
var SNSEntries = map[string]awsapi.Entry{
	"PublishInput.MessageAttributes":             {Key: "Name", Value: "Value"},
	"PublishBatchRequestEntry.MessageAttributes": {Key: "Name", Value: "Value"},
}

// SNS holds the constraints of the API version 2010-03-31, for the operations
// that there are.
var SNS = map[string][]awsapi.Constraint{
	"AddPermission": {
		{Path: "topicArn", Required: true},
		{Path: "label", Required: true},
		{Path: "aWSAccountId", Required: true},
		{Path: "actionName", Required: true},
	},
	"ConfirmSubscription": {
		{Path: "topicArn", Required: true},
		{Path: "token", Required: true},
	},
	"CreateTopic": {
		{Path: "name", Required: true},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128},
		{Path: "tags.member.value", Required: true, MaxLen: 256},
	},
	"DeleteTopic": {
		{Path: "topicArn", Required: true},
	},
	"GetSubscriptionAttributes": {
		{Path: "subscriptionArn", Required: true},
	},
	"GetTopicAttributes": {
		{Path: "topicArn", Required: true},
	},
	"ListSubscriptionsByTopic": {
		{Path: "topicArn", Required: true},
	},
	"ListTagsForResource": {
		{Path: "resourceArn", Required: true, MinLen: 1, MaxLen: 1011},
	},
	"Publish": {
		{Path: "phoneNumber", Sensitive: true},
		{Path: "message", Required: true},
		{Path: "messageAttributes.value.dataType", Required: true},
	},
	"PublishBatch": {
		{Path: "topicArn", Required: true},
		{Path: "publishBatchRequestEntries", Required: true},
		{Path: "publishBatchRequestEntries.member.id", Required: true},
		{Path: "publishBatchRequestEntries.member.message", Required: true},
		{Path: "publishBatchRequestEntries.member.messageAttributes.value.dataType", Required: true},
	},
	"RemovePermission": {
		{Path: "topicArn", Required: true},
		{Path: "label", Required: true},
	},
	"SetSubscriptionAttributes": {
		{Path: "subscriptionArn", Required: true},
		{Path: "attributeName", Required: true},
	},
	"SetTopicAttributes": {
		{Path: "topicArn", Required: true},
		{Path: "attributeName", Required: true},
	},
	"Subscribe": {
		{Path: "topicArn", Required: true},
		{Path: "protocol", Required: true},
	},
	"TagResource": {
		{Path: "resourceArn", Required: true, MinLen: 1, MaxLen: 1011},
		{Path: "tags", Required: true},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128},
		{Path: "tags.member.value", Required: true, MaxLen: 256},
	},
	"Unsubscribe": {
		{Path: "subscriptionArn", Required: true},
	},
	"UntagResource": {
		{Path: "resourceArn", Required: true, MinLen: 1, MaxLen: 1011},
		{Path: "tagKeys", Required: true},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128},
	},
}
