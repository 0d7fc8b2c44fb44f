package models

import "github.com/keystead/keystead/internal/awsapi"

// IAMNames holds the names of members whose Go field is spelled otherwise.
var IAMNames = map[string]string{"ListDelegationRequestsOutput.IsTruncated": "isTruncated"}

// IAM holds the constraints of the API version 2010-05-08.
var IAM = map[string][]awsapi.Constraint{
	"AcceptDelegationRequest": {
		{Path: "delegationRequestId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w-]+`},
	},
	"AcquireRole": {
		{Path: "templateArn", Required: true},
	},
	"AddClientIDToOpenIDConnectProvider": {
		{Path: "openIDConnectProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "clientID", Required: true, MinLen: 1, MaxLen: 255},
	},
	"AddRoleToInstanceProfile": {
		{Path: "instanceProfileName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"AddUserToGroup": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"AssociateDelegationRequest": {
		{Path: "delegationRequestId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w-]+`},
	},
	"AttachGroupPolicy": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"AttachRolePolicy": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"AttachUserPolicy": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"ChangePassword": {
		{Path: "oldPassword", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`, Sensitive: true},
		{Path: "newPassword", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`, Sensitive: true},
	},
	"CreateAccessKey": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"CreateAccountAlias": {
		{Path: "accountAlias", Required: true, MinLen: 3, MaxLen: 63, Pattern: `^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`},
	},
	"CreateDelegationRequest": {
		{Path: "ownerAccountId", Pattern: `\d{12}`},
		{Path: "description", Required: true, MaxLen: 1000, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`},
		{Path: "permissions", Required: true},
		{Path: "permissions.policyTemplateArn", MinLen: 20, MaxLen: 2048},
		{Path: "permissions.parameters", MaxLen: 50},
		{Path: "permissions.parameters.member.name", MinLen: 5, MaxLen: 256, Pattern: `[ -~]+`},
		{Path: "permissions.parameters.member.values.member", Pattern: `[ -~]+`},
		{Path: "requestMessage", MaxLen: 200, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`},
		{Path: "requestorWorkflowId", Required: true, MinLen: 5, MaxLen: 400, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+`},
		{Path: "redirectUrl", MinLen: 1, MaxLen: 255, Pattern: `^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$`},
		{Path: "notificationChannel", Required: true, MinLen: 2, MaxLen: 400, Pattern: `^[a-zA-Z0-9:_.-]+$`},
		{Path: "sessionDuration", Required: true, Min: 300, Max: 43200},
	},
	"CreateGroup": {
		{Path: "path", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"CreateInstanceProfile": {
		{Path: "instanceProfileName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "path", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"CreateLoginProfile": {
		{Path: "userName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "password", MinLen: 1, MaxLen: 128, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`, Sensitive: true},
	},
	"CreateOpenIDConnectProvider": {
		{Path: "url", Required: true, MinLen: 1, MaxLen: 255},
		{Path: "clientIDList.member", MinLen: 1, MaxLen: 255},
		{Path: "thumbprintList.member", MinLen: 40, MaxLen: 40},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"CreatePolicy": {
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "path", MinLen: 1, MaxLen: 512, Pattern: `((/[A-Za-z0-9\.,\+@=_-]+)*)/`},
		{Path: "policyDocument", Required: true, MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "description", MaxLen: 1000},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"CreatePolicyVersion": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "policyDocument", Required: true, MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
	"CreateRole": {
		{Path: "path", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "assumeRolePolicyDocument", Required: true, MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "description", MaxLen: 1000, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`},
		{Path: "maxSessionDuration", Min: 3600, Max: 43200},
		{Path: "permissionsBoundary", MinLen: 20, MaxLen: 2048},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"CreateSAMLProvider": {
		{Path: "sAMLMetadataDocument", Required: true, MinLen: 1000, MaxLen: 10000000},
		{Path: "name", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w._-]+`},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
		{Path: "addPrivateKey", MinLen: 1, MaxLen: 16384, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`, Sensitive: true},
	},
	"CreateServiceLinkedRole": {
		{Path: "aWSServiceName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "description", MaxLen: 1000, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`},
		{Path: "customSuffix", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"CreateServiceSpecificCredential": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "serviceName", Required: true},
		{Path: "credentialAgeDays", Min: 1, Max: 36600},
	},
	"CreateUser": {
		{Path: "path", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "permissionsBoundary", MinLen: 20, MaxLen: 2048},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"CreateVirtualMFADevice": {
		{Path: "path", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "virtualMFADeviceName", Required: true, MinLen: 1, Pattern: `[\w+=,.@-]+`},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"DeactivateMFADevice": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "serialNumber", Required: true, MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]+`},
	},
	"DeleteAccessKey": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "accessKeyId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w]+`},
	},
	"DeleteAccountAlias": {
		{Path: "accountAlias", Required: true, MinLen: 3, MaxLen: 63, Pattern: `^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`},
	},
	"DeleteGroup": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteGroupPolicy": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteInstanceProfile": {
		{Path: "instanceProfileName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteLoginProfile": {
		{Path: "userName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteOpenIDConnectProvider": {
		{Path: "openIDConnectProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"DeletePolicy": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"DeletePolicyVersion": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "versionId", Required: true, Pattern: `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`},
	},
	"DeleteRole": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteRolePermissionsBoundary": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteRolePolicy": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteSAMLProvider": {
		{Path: "sAMLProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"DeleteSSHPublicKey": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "sSHPublicKeyId", Required: true, MinLen: 20, MaxLen: 128, Pattern: `[\w]+`},
	},
	"DeleteServerCertificate": {
		{Path: "serverCertificateName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteServiceLinkedRole": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteServiceSpecificCredential": {
		{Path: "userName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "serviceSpecificCredentialId", Required: true, MinLen: 20, MaxLen: 128, Pattern: `[\w]+`},
	},
	"DeleteSigningCertificate": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "certificateId", Required: true, MinLen: 24, MaxLen: 128, Pattern: `[\w]+`},
	},
	"DeleteUser": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteUserPermissionsBoundary": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteUserPolicy": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"DeleteVirtualMFADevice": {
		{Path: "serialNumber", Required: true, MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]+`},
	},
	"DetachGroupPolicy": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"DetachRolePolicy": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"DetachUserPolicy": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"EnableMFADevice": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "serialNumber", Required: true, MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]+`},
		{Path: "authenticationCode1", Required: true, MinLen: 6, MaxLen: 6, Pattern: `[\d]+`},
		{Path: "authenticationCode2", Required: true, MinLen: 6, MaxLen: 6, Pattern: `[\d]+`},
	},
	"GenerateOrganizationsAccessReport": {
		{Path: "entityPath", Required: true, MinLen: 19, MaxLen: 427, Pattern: `^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]*`},
		{Path: "organizationsPolicyId", Pattern: `^p-[0-9a-zA-Z_]{8,128}$`},
	},
	"GenerateServiceLastAccessedDetails": {
		{Path: "arn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"GetAccessKeyLastUsed": {
		{Path: "accessKeyId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w]+`},
	},
	"GetAccountAuthorizationDetails": {
		{Path: "maxItems", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
	},
	"GetContextKeysForCustomPolicy": {
		{Path: "policyInputList", Required: true},
		{Path: "policyInputList.member", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
	"GetContextKeysForPrincipalPolicy": {
		{Path: "policySourceArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "policyInputList.member", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
	"GetDelegationRequest": {
		{Path: "delegationRequestId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w-]+`},
	},
	"GetGroup": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"GetGroupPolicy": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"GetHumanReadableSummary": {
		{Path: "entityArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "locale", MinLen: 2, MaxLen: 12},
	},
	"GetInstanceProfile": {
		{Path: "instanceProfileName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"GetLoginProfile": {
		{Path: "userName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"GetMFADevice": {
		{Path: "serialNumber", Required: true, MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]+`},
		{Path: "userName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"GetOpenIDConnectProvider": {
		{Path: "openIDConnectProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"GetOrganizationsAccessReport": {
		{Path: "jobId", Required: true, MinLen: 36, MaxLen: 36},
		{Path: "maxItems", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
	},
	"GetPolicy": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"GetPolicyVersion": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "versionId", Required: true, Pattern: `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`},
	},
	"GetRole": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"GetRolePolicy": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"GetRoleTemplateVersion": {
		{Path: "templateArn", Required: true},
	},
	"GetSAMLProvider": {
		{Path: "sAMLProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"GetSSHPublicKey": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "sSHPublicKeyId", Required: true, MinLen: 20, MaxLen: 128, Pattern: `[\w]+`},
		{Path: "encoding", Required: true},
	},
	"GetServerCertificate": {
		{Path: "serverCertificateName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"GetServiceLastAccessedDetails": {
		{Path: "jobId", Required: true, MinLen: 36, MaxLen: 36},
		{Path: "maxItems", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
	},
	"GetServiceLastAccessedDetailsWithEntities": {
		{Path: "jobId", Required: true, MinLen: 36, MaxLen: 36},
		{Path: "serviceNamespace", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w-]*`},
		{Path: "maxItems", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
	},
	"GetServiceLinkedRoleDeletionStatus": {
		{Path: "deletionTaskId", Required: true, MinLen: 1, MaxLen: 1000},
	},
	"GetUser": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"GetUserPolicy": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"ListAccessKeys": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListAccountAliases": {
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListAttachedGroupPolicies": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `((/[A-Za-z0-9\.,\+@=_-]+)*)/`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListAttachedRolePolicies": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `((/[A-Za-z0-9\.,\+@=_-]+)*)/`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListAttachedUserPolicies": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `((/[A-Za-z0-9\.,\+@=_-]+)*)/`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListDelegationRequests": {
		{Path: "ownerId", MinLen: 20, MaxLen: 2048, Pattern: `^[a-zA-Z0-9:/+=,.@_-]+$`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListEntitiesForPolicy": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListGroupPolicies": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListGroups": {
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `\u002F[\u0021-\u007F]*`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListGroupsForUser": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListInstanceProfileTags": {
		{Path: "instanceProfileName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListInstanceProfiles": {
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `\u002F[\u0021-\u007F]*`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListInstanceProfilesForRole": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListMFADeviceTags": {
		{Path: "serialNumber", Required: true, MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListMFADevices": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListOpenIDConnectProviderTags": {
		{Path: "openIDConnectProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListPolicies": {
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `((/[A-Za-z0-9\.,\+@=_-]+)*)/`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListPoliciesGrantingServiceAccess": {
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "arn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "serviceNamespaces", Required: true, MinLen: 1, MaxLen: 200},
		{Path: "serviceNamespaces.member", MinLen: 1, MaxLen: 64, Pattern: `[\w-]*`},
	},
	"ListPolicyTags": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListPolicyVersions": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListRolePolicies": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListRoleTags": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListRoles": {
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `\u002F[\u0021-\u007F]*`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListSAMLProviderTags": {
		{Path: "sAMLProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListSSHPublicKeys": {
		{Path: "userName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListServerCertificateTags": {
		{Path: "serverCertificateName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListServerCertificates": {
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `\u002F[\u0021-\u007F]*`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListServiceSpecificCredentials": {
		{Path: "userName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListSigningCertificates": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListUserPolicies": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListUserTags": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListUsers": {
		{Path: "pathPrefix", MinLen: 1, MaxLen: 512, Pattern: `\u002F[\u0021-\u007F]*`},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"ListVirtualMFADevices": {
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
		{Path: "maxItems", Min: 1, Max: 1000},
	},
	"PutAccountProperties": {
		{Path: "properties", Required: true},
	},
	"PutGroupPolicy": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyDocument", Required: true, MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
	"PutRolePermissionsBoundary": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "permissionsBoundary", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"PutRolePolicy": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyDocument", Required: true, MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
	"PutUserPermissionsBoundary": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "permissionsBoundary", Required: true, MinLen: 20, MaxLen: 2048},
	},
	"PutUserPolicy": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "policyDocument", Required: true, MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
	"RejectDelegationRequest": {
		{Path: "delegationRequestId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w-]+`},
		{Path: "notes", MaxLen: 500, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`},
	},
	"RemoveClientIDFromOpenIDConnectProvider": {
		{Path: "openIDConnectProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "clientID", Required: true, MinLen: 1, MaxLen: 255},
	},
	"RemoveRoleFromInstanceProfile": {
		{Path: "instanceProfileName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"RemoveUserFromGroup": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"ResetServiceSpecificCredential": {
		{Path: "userName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "serviceSpecificCredentialId", Required: true, MinLen: 20, MaxLen: 128, Pattern: `[\w]+`},
	},
	"ResyncMFADevice": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "serialNumber", Required: true, MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]+`},
		{Path: "authenticationCode1", Required: true, MinLen: 6, MaxLen: 6, Pattern: `[\d]+`},
		{Path: "authenticationCode2", Required: true, MinLen: 6, MaxLen: 6, Pattern: `[\d]+`},
	},
	"SendDelegationToken": {
		{Path: "delegationRequestId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w-]+`},
	},
	"SetDefaultPolicyVersion": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "versionId", Required: true, Pattern: `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`},
	},
	"SetSecurityTokenServicePreferences": {
		{Path: "globalEndpointTokenVersion", Required: true},
	},
	"SimulateCustomPolicy": {
		{Path: "policyInputList", Required: true},
		{Path: "policyInputList.member", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "permissionsBoundaryPolicyInputList.member", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "actionNames", Required: true},
		{Path: "actionNames.member", MinLen: 3, MaxLen: 128},
		{Path: "resourceArns.member", MinLen: 1, MaxLen: 2048},
		{Path: "resourcePolicy", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "resourceOwner", MinLen: 1, MaxLen: 2048},
		{Path: "callerArn", MinLen: 1, MaxLen: 2048},
		{Path: "contextEntries.member.contextKeyName", MinLen: 5, MaxLen: 256},
		{Path: "resourceHandlingOption", MinLen: 1, MaxLen: 64},
		{Path: "maxItems", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
	},
	"SimulatePrincipalPolicy": {
		{Path: "policySourceArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "policyInputList.member", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "permissionsBoundaryPolicyInputList.member", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "actionNames", Required: true},
		{Path: "actionNames.member", MinLen: 3, MaxLen: 128},
		{Path: "resourceArns.member", MinLen: 1, MaxLen: 2048},
		{Path: "resourcePolicy", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "resourceOwner", MinLen: 1, MaxLen: 2048},
		{Path: "callerArn", MinLen: 1, MaxLen: 2048},
		{Path: "contextEntries.member.contextKeyName", MinLen: 5, MaxLen: 256},
		{Path: "resourceHandlingOption", MinLen: 1, MaxLen: 64},
		{Path: "maxItems", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 320, Pattern: `[\u0020-\u00FF]+`},
	},
	"TagInstanceProfile": {
		{Path: "instanceProfileName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "tags", Required: true, MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"TagMFADevice": {
		{Path: "serialNumber", Required: true, MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]+`},
		{Path: "tags", Required: true, MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"TagOpenIDConnectProvider": {
		{Path: "openIDConnectProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "tags", Required: true, MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"TagPolicy": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "tags", Required: true, MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"TagRole": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "tags", Required: true, MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"TagSAMLProvider": {
		{Path: "sAMLProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "tags", Required: true, MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"TagServerCertificate": {
		{Path: "serverCertificateName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "tags", Required: true, MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"TagUser": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "tags", Required: true, MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"UntagInstanceProfile": {
		{Path: "instanceProfileName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "tagKeys", Required: true, MaxLen: 50},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
	},
	"UntagMFADevice": {
		{Path: "serialNumber", Required: true, MinLen: 9, MaxLen: 256, Pattern: `[\w+=/:,.@-]+`},
		{Path: "tagKeys", Required: true, MaxLen: 50},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
	},
	"UntagOpenIDConnectProvider": {
		{Path: "openIDConnectProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "tagKeys", Required: true, MaxLen: 50},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
	},
	"UntagPolicy": {
		{Path: "policyArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "tagKeys", Required: true, MaxLen: 50},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
	},
	"UntagRole": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "tagKeys", Required: true, MaxLen: 50},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
	},
	"UntagSAMLProvider": {
		{Path: "sAMLProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "tagKeys", Required: true, MaxLen: 50},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
	},
	"UntagServerCertificate": {
		{Path: "serverCertificateName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "tagKeys", Required: true, MaxLen: 50},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
	},
	"UntagUser": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "tagKeys", Required: true, MaxLen: 50},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
	},
	"UpdateAccessKey": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "accessKeyId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w]+`},
		{Path: "status", Required: true},
	},
	"UpdateAccountPasswordPolicy": {
		{Path: "minimumPasswordLength", Min: 6, Max: 128},
		{Path: "maxPasswordAge", Min: 1, Max: 1095},
		{Path: "passwordReusePrevention", Min: 1, Max: 24},
	},
	"UpdateAssumeRolePolicy": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "policyDocument", Required: true, MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
	"UpdateDelegationRequest": {
		{Path: "delegationRequestId", Required: true, MinLen: 16, MaxLen: 128, Pattern: `[\w-]+`},
		{Path: "notes", MaxLen: 500, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`},
	},
	"UpdateGroup": {
		{Path: "groupName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "newPath", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "newGroupName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"UpdateLoginProfile": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "password", MinLen: 1, MaxLen: 128, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`, Sensitive: true},
	},
	"UpdateOpenIDConnectProviderThumbprint": {
		{Path: "openIDConnectProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "thumbprintList", Required: true},
		{Path: "thumbprintList.member", MinLen: 40, MaxLen: 40},
	},
	"UpdateRole": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "description", MaxLen: 1000, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`},
		{Path: "maxSessionDuration", Min: 3600, Max: 43200},
	},
	"UpdateRoleDescription": {
		{Path: "roleName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "description", Required: true, MaxLen: 1000, Pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`},
	},
	"UpdateSAMLProvider": {
		{Path: "sAMLMetadataDocument", MinLen: 1000, MaxLen: 10000000},
		{Path: "sAMLProviderArn", Required: true, MinLen: 20, MaxLen: 2048},
		{Path: "addPrivateKey", MinLen: 1, MaxLen: 16384, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`, Sensitive: true},
		{Path: "removePrivateKey", MinLen: 22, MaxLen: 64, Pattern: `[A-Z0-9]+`},
	},
	"UpdateSSHPublicKey": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "sSHPublicKeyId", Required: true, MinLen: 20, MaxLen: 128, Pattern: `[\w]+`},
		{Path: "status", Required: true},
	},
	"UpdateServerCertificate": {
		{Path: "serverCertificateName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "newPath", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "newServerCertificateName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
	},
	"UpdateServiceSpecificCredential": {
		{Path: "userName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "serviceSpecificCredentialId", Required: true, MinLen: 20, MaxLen: 128, Pattern: `[\w]+`},
		{Path: "status", Required: true},
	},
	"UpdateSigningCertificate": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "certificateId", Required: true, MinLen: 24, MaxLen: 128, Pattern: `[\w]+`},
		{Path: "status", Required: true},
	},
	"UpdateUser": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "newPath", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "newUserName", MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
	},
	"UploadSSHPublicKey": {
		{Path: "userName", Required: true, MinLen: 1, MaxLen: 64, Pattern: `[\w+=,.@-]+`},
		{Path: "sSHPublicKeyBody", Required: true, MinLen: 1, MaxLen: 16384, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
	"UploadServerCertificate": {
		{Path: "path", MinLen: 1, MaxLen: 512, Pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{Path: "serverCertificateName", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "certificateBody", Required: true, MinLen: 1, MaxLen: 16384, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "privateKey", Required: true, MinLen: 1, MaxLen: 16384, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`, Sensitive: true},
		{Path: "certificateChain", MinLen: 1, MaxLen: 2097152, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "tags", MaxLen: 50},
		{Path: "tags.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{Path: "tags.member.value", Required: true, MaxLen: 256, Pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
	},
	"UploadSigningCertificate": {
		{Path: "userName", MinLen: 1, MaxLen: 128, Pattern: `[\w+=,.@-]+`},
		{Path: "certificateBody", Required: true, MinLen: 1, MaxLen: 16384, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
}
