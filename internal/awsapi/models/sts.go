package models

import "github.com/keystead/keystead/internal/awsapi"

// STSNames holds the names of members whose Go field is spelled otherwise.
var STSNames = map[string]string{"PolicyDescriptorType.Arn": "arn"}

// STS holds the constraints of the API version 2011-06-15.
var STS = map[string][]awsapi.Constraint{
	"AssumeRole": {
		{Path: "roleArn", Required: true, MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "roleSessionName", Required: true, MinLen: 2, MaxLen: 64, Pattern: `[\w+=,.@-]*`},
		{Path: "policyArns.member.arn", MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "policy", MinLen: 1, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "durationSeconds", Min: 900, Max: 43200},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
		{Path: "transitiveTagKeys", MaxLen: 50},
		{Path: "transitiveTagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "externalId", MinLen: 2, MaxLen: 1224, Pattern: `[\w+=,.@:\/-]*`},
		{Path: "serialNumber", MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]*`},
		{Path: "tokenCode", MinLen: 6, MaxLen: 6, Pattern: `[\d]*`},
		{Path: "sourceIdentity", MinLen: 2, MaxLen: 64, Pattern: `[\w+=,.@-]*`},
		{Path: "providedContexts", MinLen: 1, MaxLen: 5},
		{Path: "providedContexts.member.providerArn", MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "providedContexts.member.contextAssertion", MinLen: 4, MaxLen: 2048},
		{Path: "minimumSessionTokenSize", Max: 4096},
	},
	"AssumeRoleWithSAML": {
		{Path: "roleArn", Required: true, MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "principalArn", Required: true, MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "sAMLAssertion", Required: true, MinLen: 4, MaxLen: 100000, Sensitive: true},
		{Path: "policyArns.member.arn", MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "policy", MinLen: 1, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "durationSeconds", Min: 900, Max: 43200},
		{Path: "minimumSessionTokenSize", Max: 4096},
	},
	"AssumeRoleWithWebIdentity": {
		{Path: "roleArn", Required: true, MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "roleSessionName", Required: true, MinLen: 2, MaxLen: 64, Pattern: `[\w+=,.@-]*`},
		{Path: "webIdentityToken", Required: true, MinLen: 4, MaxLen: 20000, Sensitive: true},
		{Path: "providerId", MinLen: 4, MaxLen: 2048},
		{Path: "policyArns.member.arn", MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "policy", MinLen: 1, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "durationSeconds", Min: 900, Max: 43200},
		{Path: "minimumSessionTokenSize", Max: 4096},
	},
	"AssumeRoot": {
		{Path: "targetPrincipal", Required: true, MinLen: 12, MaxLen: 2048},
		{Path: "taskPolicyArn", Required: true},
		{Path: "taskPolicyArn.arn", MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "durationSeconds", Max: 900},
		{Path: "minimumSessionTokenSize", Max: 4096},
	},
	"DecodeAuthorizationMessage": {
		{Path: "encodedMessage", Required: true, MinLen: 1, MaxLen: 10240},
	},
	"GetAccessKeyInfo": {
		{Path: "accessKeyId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w]*`},
	},
	"GetDelegatedAccessToken": {
		{Path: "tradeInToken", Required: true, Sensitive: true},
	},
	"GetFederationToken": {
		{Path: "name", Required: true, MinLen: 2, MaxLen: 32, Pattern: `[\w+=,.@-]*`},
		{Path: "policy", MinLen: 1, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "policyArns.member.arn", MinLen: 20, MaxLen: 2048, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`},
		{Path: "durationSeconds", Min: 900, Max: 129600},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
		{Path: "minimumSessionTokenSize", Max: 4096},
	},
	"GetSessionToken": {
		{Path: "durationSeconds", Min: 900, Max: 129600},
		{Path: "serialNumber", MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]*`},
		{Path: "tokenCode", MinLen: 6, MaxLen: 6, Pattern: `[\d]*`},
		{Path: "minimumSessionTokenSize", Max: 4096},
	},
	"GetWebIdentityToken": {
		{Path: "audience", Required: true, MinLen: 1, MaxLen: 10},
		{Path: "audience.member", MinLen: 1, MaxLen: 1000},
		{Path: "durationSeconds", Min: 60, Max: 3600},
		{Path: "signingAlgorithm", Required: true, MinLen: 5, MaxLen: 5},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
}
