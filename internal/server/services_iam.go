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
		Unlogged:     map[string]bool{"secretAccessKey": true, "password": true, "oldPassword": true, "newPassword": true, "privateKey": true, "servicePassword": true, "serviceCredentialSecret": true},
		EmptyResults: map[string]bool{"UpdateRole": true},
		Operations: append([]awsapi.Operation{
			awsapi.Op("AddUserToGroup", changes, s.AddUserToGroup),
			awsapi.Op("AttachGroupPolicy", changes, s.AttachGroupPolicy),
			awsapi.Op("AttachUserPolicy", changes, s.AttachUserPolicy),
			awsapi.Op("ChangePassword", changes, s.ChangePassword),
			awsapi.Op("CreateAccessKey", changes, s.CreateAccessKey),
			awsapi.Op("CreateAccountAlias", changes, s.CreateAccountAlias),
			awsapi.Op("CreateGroup", changes, s.CreateGroup),
			awsapi.Op("CreateLoginProfile", changes, s.CreateLoginProfile),
			awsapi.Op("CreateUser", changes, s.CreateUser),
			awsapi.Op("DeleteAccessKey", changes, s.DeleteAccessKey),
			awsapi.Op("DeleteAccountAlias", changes, s.DeleteAccountAlias),
			awsapi.Op("DeleteAccountPasswordPolicy", changes, s.DeleteAccountPasswordPolicy),
			awsapi.Op("DeleteGroup", changes, s.DeleteGroup),
			awsapi.Op("DeleteGroupPolicy", changes, s.DeleteGroupPolicy),
			awsapi.Op("DeleteLoginProfile", changes, s.DeleteLoginProfile),
			awsapi.Op("DeleteUser", changes, s.DeleteUser),
			awsapi.Op("DeleteUserPermissionsBoundary", changes, s.DeleteUserPermissionsBoundary),
			awsapi.Op("DeleteUserPolicy", changes, s.DeleteUserPolicy),
			awsapi.Op("DetachGroupPolicy", changes, s.DetachGroupPolicy),
			awsapi.Op("DetachUserPolicy", changes, s.DetachUserPolicy),
			awsapi.Op("GetAccessKeyLastUsed", reads, s.GetAccessKeyLastUsed),
			awsapi.Op("GetAccountPasswordPolicy", reads, s.GetAccountPasswordPolicy),
			awsapi.Op("GetAccountSummary", reads, s.GetAccountSummary),
			awsapi.Op("GetGroup", reads, s.GetGroup),
			awsapi.Op("GetGroupPolicy", reads, s.GetGroupPolicy),
			awsapi.Op("GetLoginProfile", reads, s.GetLoginProfile),
			awsapi.Op("GetUser", reads, s.GetUser),
			awsapi.Op("GetUserPolicy", reads, s.GetUserPolicy),
			awsapi.Op("ListAccessKeys", reads, s.ListAccessKeys),
			awsapi.Op("ListAccountAliases", reads, s.ListAccountAliases),
			awsapi.Op("ListAttachedGroupPolicies", reads, s.ListAttachedGroupPolicies),
			awsapi.Op("ListAttachedUserPolicies", reads, s.ListAttachedUserPolicies),
			awsapi.Op("ListGroupPolicies", reads, s.ListGroupPolicies),
			awsapi.Op("ListGroups", reads, s.ListGroups),
			awsapi.Op("ListGroupsForUser", reads, s.ListGroupsForUser),
			awsapi.Op("ListMFADevices", reads, s.ListMFADevices),
			awsapi.Op("ListSSHPublicKeys", reads, s.ListSSHPublicKeys),
			awsapi.Op("ListServiceSpecificCredentials", reads, s.ListServiceSpecificCredentials),
			awsapi.Op("ListSigningCertificates", reads, s.ListSigningCertificates),
			awsapi.Op("ListUserPolicies", reads, s.ListUserPolicies),
			awsapi.Op("ListUserTags", reads, s.ListUserTags),
			awsapi.Op("ListUsers", reads, s.ListUsers),
			awsapi.Op("ListVirtualMFADevices", reads, s.ListVirtualMFADevices),
			awsapi.Op("PutGroupPolicy", changes, s.PutGroupPolicy),
			awsapi.Op("PutUserPermissionsBoundary", changes, s.PutUserPermissionsBoundary),
			awsapi.Op("PutUserPolicy", changes, s.PutUserPolicy),
			awsapi.Op("RemoveUserFromGroup", changes, s.RemoveUserFromGroup),
			awsapi.Op("TagUser", changes, s.TagUser),
			awsapi.Op("UntagUser", changes, s.UntagUser),
			awsapi.Op("UpdateAccessKey", changes, s.UpdateAccessKey),
			awsapi.Op("UpdateAccountPasswordPolicy", changes, s.UpdateAccountPasswordPolicy),
			awsapi.Op("UpdateGroup", changes, s.UpdateGroup),
			awsapi.Op("UpdateLoginProfile", changes, s.UpdateLoginProfile),
			awsapi.Op("UpdateUser", changes, s.UpdateUser),
		}, iamRoleOperations(s)...),
	}, (*sdkiam.Client)(nil))
}
