package server

import (
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/iam/admin"
)

// iamStatus holds the HTTP statuses of IAM's errors that are not 400.
//
// Source: the "Errors" section of each operation in the API reference.
var iamStatus = map[string]int{
	"AccessDenied":                  403,
	"InvalidClientTokenId":          403,
	"InvalidAuthenticationCode":     403,
	"NoSuchEntity":                  404,
	"FeatureDisabled":               404,
	"NotSupportedService":           404,
	"ReportInProgress":              404,
	"ConcurrentModification":        409,
	"DeleteConflict":                409,
	"DuplicateCertificate":          409,
	"EntityAlreadyExists":           409,
	"EntityTemporarilyUnmodifiable": 409,
	"FeatureEnabled":                409,
	"LimitExceeded":                 409,
	"ReportGenerationLimitExceeded": 409,
	"ReportExpired":                 410,
	"ReportNotPresent":              410,
}

func iamService(s *admin.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "iam", QueryVersion: "2010-05-08", XMLNamespace: "https://iam.amazonaws.com/doc/2010-05-08/", MaxBody: maxBody,
		InternalCode: "ServiceFailure", DeniedCode: "AccessDenied", Status: iamStatus,
		Constraints: models.IAM, Names: models.IAMNames,
		Unlogged: map[string]bool{"secretAccessKey": true, "password": true, "privateKey": true, "servicePassword": true, "serviceCredentialSecret": true},
		Operations: []awsapi.Operation{
			awsapi.Op("CreateUser", changes, s.CreateUser),
			awsapi.Op("DeleteUser", changes, s.DeleteUser),
			awsapi.Op("GetUser", reads, s.GetUser),
			awsapi.Op("ListUsers", reads, s.ListUsers),
		},
	}, (*sdkiam.Client)(nil))
}
