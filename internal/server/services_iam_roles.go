package server

import (
	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/iam/admin"
)

// iamRoleOperations are the operations of IAM on roles, managed policies and identity
// providers, and its simulations.
func iamRoleOperations(s *admin.Service) []awsapi.Operation {
	return []awsapi.Operation{
		awsapi.Op("AddClientIDToOpenIDConnectProvider", changes, s.AddClientIDToOpenIDConnectProvider),
		awsapi.Op("AttachRolePolicy", changes, s.AttachRolePolicy),
		awsapi.Op("CreateOpenIDConnectProvider", changes, s.CreateOpenIDConnectProvider),
		awsapi.Op("CreatePolicy", changes, s.CreatePolicy),
		awsapi.Op("CreatePolicyVersion", changes, s.CreatePolicyVersion),
		awsapi.Op("CreateRole", changes, s.CreateRole),
		awsapi.Op("DeleteOpenIDConnectProvider", changes, s.DeleteOpenIDConnectProvider),
		awsapi.Op("DeletePolicy", changes, s.DeletePolicy),
		awsapi.Op("DeletePolicyVersion", changes, s.DeletePolicyVersion),
		awsapi.Op("DeleteRole", changes, s.DeleteRole),
		awsapi.Op("DeleteRolePermissionsBoundary", changes, s.DeleteRolePermissionsBoundary),
		awsapi.Op("DeleteRolePolicy", changes, s.DeleteRolePolicy),
		awsapi.Op("DetachRolePolicy", changes, s.DetachRolePolicy),
		awsapi.Op("GetAccountAuthorizationDetails", reads, s.GetAccountAuthorizationDetails),
		awsapi.Op("GetContextKeysForCustomPolicy", reads, s.GetContextKeysForCustomPolicy),
		awsapi.Op("GetContextKeysForPrincipalPolicy", reads, s.GetContextKeysForPrincipalPolicy),
		awsapi.Op("GetOpenIDConnectProvider", reads, s.GetOpenIDConnectProvider),
		awsapi.Op("GetPolicy", reads, s.GetPolicy),
		awsapi.Op("GetPolicyVersion", reads, s.GetPolicyVersion),
		awsapi.Op("GetRole", reads, s.GetRole),
		awsapi.Op("GetRolePolicy", reads, s.GetRolePolicy),
		awsapi.Op("ListAttachedRolePolicies", reads, s.ListAttachedRolePolicies),
		awsapi.Op("ListEntitiesForPolicy", reads, s.ListEntitiesForPolicy),
		awsapi.Op("ListInstanceProfiles", reads, s.ListInstanceProfiles),
		awsapi.Op("ListInstanceProfilesForRole", reads, s.ListInstanceProfilesForRole),
		awsapi.Op("ListOpenIDConnectProviderTags", reads, s.ListOpenIDConnectProviderTags),
		awsapi.Op("ListOpenIDConnectProviders", reads, s.ListOpenIDConnectProviders),
		awsapi.Op("ListPolicies", reads, s.ListPolicies),
		awsapi.Op("ListPolicyTags", reads, s.ListPolicyTags),
		awsapi.Op("ListPolicyVersions", reads, s.ListPolicyVersions),
		awsapi.Op("ListRolePolicies", reads, s.ListRolePolicies),
		awsapi.Op("ListRoleTags", reads, s.ListRoleTags),
		awsapi.Op("ListRoles", reads, s.ListRoles),
		awsapi.Op("PutRolePermissionsBoundary", changes, s.PutRolePermissionsBoundary),
		awsapi.Op("PutRolePolicy", changes, s.PutRolePolicy),
		awsapi.Op("RemoveClientIDFromOpenIDConnectProvider", changes, s.RemoveClientIDFromOpenIDConnectProvider),
		awsapi.Op("SetDefaultPolicyVersion", changes, s.SetDefaultPolicyVersion),
		awsapi.Op("SimulateCustomPolicy", reads, s.SimulateCustomPolicy),
		awsapi.Op("SimulatePrincipalPolicy", reads, s.SimulatePrincipalPolicy),
		awsapi.Op("TagOpenIDConnectProvider", changes, s.TagOpenIDConnectProvider),
		awsapi.Op("TagPolicy", changes, s.TagPolicy),
		awsapi.Op("TagRole", changes, s.TagRole),
		awsapi.Op("UntagOpenIDConnectProvider", changes, s.UntagOpenIDConnectProvider),
		awsapi.Op("UntagPolicy", changes, s.UntagPolicy),
		awsapi.Op("UntagRole", changes, s.UntagRole),
		awsapi.Op("UpdateAssumeRolePolicy", changes, s.UpdateAssumeRolePolicy),
		awsapi.Op("UpdateOpenIDConnectProviderThumbprint", changes, s.UpdateOpenIDConnectProviderThumbprint),
		awsapi.Op("UpdateRole", changes, s.UpdateRole),
		awsapi.Op("UpdateRoleDescription", changes, s.UpdateRoleDescription),
	}
}
