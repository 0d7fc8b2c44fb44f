package models

import "github.com/keystead/keystead/internal/awsapi"

// Organizations holds the constraints of the API version 2016-11-28, for the operations
// that there are.
var Organizations = map[string][]awsapi.Constraint{
	"CreateAccount": {
		{Path: "email", Required: true, MinLen: 6, MaxLen: 64, Pattern: `[^\s@]+@[^\s@]+\.[^\s@]+`, Sensitive: true},
		{Path: "accountName", Required: true, MinLen: 1, MaxLen: 50, Pattern: `[\u0020-\u007E]+`, Sensitive: true},
		{Path: "roleName", MaxLen: 64, Pattern: `[\w+=,.@-]{1,64}`},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
	},
	"DescribeAccount": {
		{Path: "accountId", Required: true, MaxLen: 12, Pattern: `^\d{12}$`},
	},
	"DescribeCreateAccountStatus": {
		{Path: "createAccountRequestId", Required: true, MaxLen: 36, Pattern: `^car-[a-z0-9]{8,32}$`},
	},
	"ListAccounts": {
		{Path: "nextToken", MaxLen: 100000},
		{Path: "maxResults", Min: 1, Max: 20},
	},
	"ListCreateAccountStatus": {
		{Path: "nextToken", MaxLen: 100000},
		{Path: "maxResults", Min: 1, Max: 20},
	},
}
