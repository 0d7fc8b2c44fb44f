package server

import (
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/sts"
)

// stsSecrets are the members that make a credential of what is recorded, or that tell what
// not everybody may see.
var stsSecrets = map[string]bool{
	"secretAccessKey": true, "sessionToken": true, "webIdentityToken": true, "tokenCode": true, "contextAssertion": true,
	"encodedMessage": true, "decodedMessage": true,
}

func stsService(s *sts.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "sts", QueryVersion: "2011-06-15", XMLNamespace: "https://sts.amazonaws.com/doc/2011-06-15/", MaxBody: maxBody,
		DeniedCode: "AccessDenied", Status: map[string]int{"AccessDenied": 403},
		Constraints: models.STS, Names: models.STSNames, Unlogged: stsSecrets,
		Operations: []awsapi.Operation{
			awsapi.Op("AssumeRole", reads, s.AssumeRole).WithAnswerRecorded(),
			awsapi.Op("AssumeRoleWithWebIdentity", reads, s.AssumeRoleWithWebIdentity).WithoutSignature().WithAnswerRecorded(),
			awsapi.Op("DecodeAuthorizationMessage", reads, s.DecodeAuthorizationMessage),
			awsapi.Op("GetAccessKeyInfo", reads, s.GetAccessKeyInfo),
			awsapi.Op("GetCallerIdentity", reads, s.GetCallerIdentity),
			awsapi.Op("GetSessionToken", reads, s.GetSessionToken).WithAnswerRecorded(),
		},
	}, (*sdksts.Client)(nil))
}
