package models

import "github.com/keystead/keystead/internal/awsapi"

// KMS holds the constraints of the API version 2014-11-01.
var KMS = map[string][]awsapi.Constraint{
	"CancelKeyDeletion": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
	},
	"ConnectCustomKeyStore": {
		{Path: "customKeyStoreId", Required: true, MinLen: 1, MaxLen: 64},
	},
	"CreateAlias": {
		{Path: "aliasName", Required: true, MinLen: 1, MaxLen: 256, Pattern: `^[a-zA-Z0-9:/_-]+$`},
		{Path: "targetKeyId", Required: true, MinLen: 1, MaxLen: 2048},
	},
	"CreateCustomKeyStore": {
		{Path: "customKeyStoreName", Required: true, MinLen: 1, MaxLen: 256},
		{Path: "cloudHsmClusterId", MinLen: 19, MaxLen: 24, Pattern: `cluster-[2-7a-zA-Z]{11,16}`},
		{Path: "trustAnchorCertificate", MinLen: 1, MaxLen: 5000},
		{Path: "keyStorePassword", MinLen: 7, MaxLen: 32, Sensitive: true},
		{Path: "xksProxyUriEndpoint", MinLen: 10, MaxLen: 128, Pattern: `^https://[a-zA-Z0-9.-]+$`},
		{Path: "xksProxyUriPath", MinLen: 10, MaxLen: 128, Pattern: `^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$`},
		{Path: "xksProxyVpcEndpointServiceName", MinLen: 20, MaxLen: 64, Pattern: `^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$`},
		{Path: "xksProxyVpcEndpointServiceOwner", MinLen: 12, MaxLen: 12, Pattern: `[0-9]{12}`},
		{Path: "xksProxyAuthenticationCredential.accessKeyId", Required: true, MinLen: 20, MaxLen: 30, Pattern: `^[A-Z2-7]+$`, Sensitive: true},
		{Path: "xksProxyAuthenticationCredential.rawSecretAccessKey", Required: true, MinLen: 43, MaxLen: 64, Pattern: `^[a-zA-Z0-9\/+=]+$`, Sensitive: true},
	},
	"CreateGrant": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "granteePrincipal", MinLen: 1, MaxLen: 256, Pattern: `^[\w+=,.@:/-]+$`},
		{Path: "retiringPrincipal", MinLen: 1, MaxLen: 256, Pattern: `^[\w+=,.@:/-]+$`},
		{Path: "operations", Required: true},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
		{Path: "name", MinLen: 1, MaxLen: 256, Pattern: `^[a-zA-Z0-9:/_-]+$`},
		{Path: "granteeServicePrincipal", MinLen: 1, MaxLen: 128, Pattern: `^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$`},
		{Path: "retiringServicePrincipal", MinLen: 1, MaxLen: 128, Pattern: `^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$`},
		{Path: "constraints.sourceArn", MinLen: 20, MaxLen: 2048},
	},
	"CreateKey": {
		{Path: "policy", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "description", MaxLen: 8192},
		{Path: "customKeyStoreId", MinLen: 1, MaxLen: 64},
		{Path: "tags.member.tagKey", Required: true, MinLen: 1, MaxLen: 128},
		{Path: "tags.member.tagValue", Required: true, MaxLen: 256},
		{Path: "xksKeyId", MinLen: 1, MaxLen: 128, Pattern: `^[a-zA-Z0-9-_.]+$`},
	},
	"Decapsulate": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "encapsulationAlgorithm", Required: true},
		{Path: "sharedSecretCiphertextBlob", Required: true, MinLen: 1, MaxLen: 6144},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"Decrypt": {
		{Path: "ciphertextBlob", MinLen: 1, MaxLen: 6144},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
		{Path: "keyId", MinLen: 1, MaxLen: 2048},
		{Path: "recipient.attestationDocument", MinLen: 1, MaxLen: 262144},
	},
	"DeleteAlias": {
		{Path: "aliasName", Required: true, MinLen: 1, MaxLen: 256, Pattern: `^[a-zA-Z0-9:/_-]+$`},
	},
	"DeleteCustomKeyStore": {
		{Path: "customKeyStoreId", Required: true, MinLen: 1, MaxLen: 64},
	},
	"DeleteImportedKeyMaterial": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "keyMaterialId", MinLen: 64, MaxLen: 64, Pattern: `^[a-f0-9]+$`},
	},
	"DeriveSharedSecret": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "keyAgreementAlgorithm", Required: true},
		{Path: "publicKey", Required: true, MinLen: 1, MaxLen: 8192},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
		{Path: "recipient.attestationDocument", MinLen: 1, MaxLen: 262144},
	},
	"DescribeCustomKeyStores": {
		{Path: "customKeyStoreId", MinLen: 1, MaxLen: 64},
		{Path: "customKeyStoreName", MinLen: 1, MaxLen: 256},
		{Path: "limit", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 1024, Pattern: `[\u0020-\u00FF]*`},
	},
	"DescribeKey": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"DisableKey": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
	},
	"DisableKeyRotation": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
	},
	"DisconnectCustomKeyStore": {
		{Path: "customKeyStoreId", Required: true, MinLen: 1, MaxLen: 64},
	},
	"EnableKey": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
	},
	"EnableKeyRotation": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "rotationPeriodInDays", Min: 90, Max: 2560},
	},
	"Encapsulate": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "encapsulationAlgorithm", Required: true},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"Encrypt": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "plaintext", Required: true, MinLen: 1, MaxLen: 4096, Sensitive: true},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"GenerateDataKey": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "numberOfBytes", Min: 1, Max: 1024},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
		{Path: "recipient.attestationDocument", MinLen: 1, MaxLen: 262144},
	},
	"GenerateDataKeyPair": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "keyPairSpec", Required: true},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
		{Path: "recipient.attestationDocument", MinLen: 1, MaxLen: 262144},
	},
	"GenerateDataKeyPairWithoutPlaintext": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "keyPairSpec", Required: true},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"GenerateDataKeyWithoutPlaintext": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "numberOfBytes", Min: 1, Max: 1024},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"GenerateMac": {
		{Path: "message", Required: true, MinLen: 1, MaxLen: 4096, Sensitive: true},
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "macAlgorithm", Required: true},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"GenerateRandom": {
		{Path: "numberOfBytes", Min: 1, Max: 1024},
		{Path: "customKeyStoreId", MinLen: 1, MaxLen: 64},
		{Path: "recipient.attestationDocument", MinLen: 1, MaxLen: 262144},
	},
	"GetKeyLastUsage": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
	},
	"GetKeyPolicy": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "policyName", MinLen: 1, MaxLen: 128, Pattern: `[\w]+`},
	},
	"GetKeyRotationStatus": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
	},
	"GetParametersForImport": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "wrappingAlgorithm", Required: true},
		{Path: "wrappingKeySpec", Required: true},
	},
	"GetPublicKey": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"ImportKeyMaterial": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "importToken", Required: true, MinLen: 1, MaxLen: 6144},
		{Path: "encryptedKeyMaterial", Required: true, MinLen: 1, MaxLen: 6144},
		{Path: "keyMaterialDescription", MaxLen: 256, Pattern: `^[a-zA-Z0-9:/_\s.-]+$`},
		{Path: "keyMaterialId", MinLen: 64, MaxLen: 64, Pattern: `^[a-f0-9]+$`},
	},
	"ListAliases": {
		{Path: "keyId", MinLen: 1, MaxLen: 2048},
		{Path: "limit", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 1024, Pattern: `[\u0020-\u00FF]*`},
	},
	"ListGrants": {
		{Path: "limit", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 1024, Pattern: `[\u0020-\u00FF]*`},
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "grantId", MinLen: 1, MaxLen: 128},
		{Path: "granteePrincipal", MinLen: 1, MaxLen: 256, Pattern: `^[\w+=,.@:/-]+$`},
		{Path: "granteeServicePrincipal", MinLen: 1, MaxLen: 128, Pattern: `^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$`},
	},
	"ListKeyPolicies": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "limit", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 1024, Pattern: `[\u0020-\u00FF]*`},
	},
	"ListKeyRotations": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "limit", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 1024, Pattern: `[\u0020-\u00FF]*`},
	},
	"ListKeys": {
		{Path: "limit", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 1024, Pattern: `[\u0020-\u00FF]*`},
	},
	"ListResourceTags": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "limit", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 1024, Pattern: `[\u0020-\u00FF]*`},
	},
	"ListRetirableGrants": {
		{Path: "limit", Min: 1, Max: 1000},
		{Path: "marker", MinLen: 1, MaxLen: 1024, Pattern: `[\u0020-\u00FF]*`},
		{Path: "retiringPrincipal", MinLen: 1, MaxLen: 256, Pattern: `^[\w+=,.@:/-]+$`},
		{Path: "retiringServicePrincipal", MinLen: 1, MaxLen: 128, Pattern: `^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$`},
	},
	"PutKeyPolicy": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "policyName", MinLen: 1, MaxLen: 128, Pattern: `[\w]+`},
		{Path: "policy", Required: true, MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	},
	"ReEncrypt": {
		{Path: "ciphertextBlob", MinLen: 1, MaxLen: 6144},
		{Path: "sourceKeyId", MinLen: 1, MaxLen: 2048},
		{Path: "destinationKeyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"ReplicateKey": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "replicaRegion", Required: true, MinLen: 1, MaxLen: 32, Pattern: `^([a-z]+-){2,3}\d+$`},
		{Path: "policy", MinLen: 1, MaxLen: 131072, Pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
		{Path: "description", MaxLen: 8192},
		{Path: "tags.member.tagKey", Required: true, MinLen: 1, MaxLen: 128},
		{Path: "tags.member.tagValue", Required: true, MaxLen: 256},
	},
	"RetireGrant": {
		{Path: "grantToken", MinLen: 1, MaxLen: 8192},
		{Path: "keyId", MinLen: 1, MaxLen: 2048},
		{Path: "grantId", MinLen: 1, MaxLen: 128},
	},
	"RevokeGrant": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "grantId", Required: true, MinLen: 1, MaxLen: 128},
	},
	"RotateKeyOnDemand": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
	},
	"ScheduleKeyDeletion": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "pendingWindowInDays", Min: 1, Max: 365},
	},
	"Sign": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "message", Required: true, MinLen: 1, MaxLen: 4096, Sensitive: true},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
		{Path: "signingAlgorithm", Required: true},
	},
	"TagResource": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "tags", Required: true},
		{Path: "tags.member.tagKey", Required: true, MinLen: 1, MaxLen: 128},
		{Path: "tags.member.tagValue", Required: true, MaxLen: 256},
	},
	"UntagResource": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "tagKeys", Required: true},
		{Path: "tagKeys.member", MinLen: 1, MaxLen: 128},
	},
	"UpdateAlias": {
		{Path: "aliasName", Required: true, MinLen: 1, MaxLen: 256, Pattern: `^[a-zA-Z0-9:/_-]+$`},
		{Path: "targetKeyId", Required: true, MinLen: 1, MaxLen: 2048},
	},
	"UpdateCustomKeyStore": {
		{Path: "customKeyStoreId", Required: true, MinLen: 1, MaxLen: 64},
		{Path: "newCustomKeyStoreName", MinLen: 1, MaxLen: 256},
		{Path: "keyStorePassword", MinLen: 7, MaxLen: 32, Sensitive: true},
		{Path: "cloudHsmClusterId", MinLen: 19, MaxLen: 24, Pattern: `cluster-[2-7a-zA-Z]{11,16}`},
		{Path: "xksProxyUriEndpoint", MinLen: 10, MaxLen: 128, Pattern: `^https://[a-zA-Z0-9.-]+$`},
		{Path: "xksProxyUriPath", MinLen: 10, MaxLen: 128, Pattern: `^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$`},
		// The API reference has the empty string for none, whatever the model says.
		{Path: "xksProxyVpcEndpointServiceName", MaxLen: 64, Pattern: `^$|^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$`},
		{Path: "xksProxyVpcEndpointServiceOwner", MinLen: 12, MaxLen: 12, Pattern: `[0-9]{12}`},
		{Path: "xksProxyAuthenticationCredential.accessKeyId", Required: true, MinLen: 20, MaxLen: 30, Pattern: `^[A-Z2-7]+$`, Sensitive: true},
		{Path: "xksProxyAuthenticationCredential.rawSecretAccessKey", Required: true, MinLen: 43, MaxLen: 64, Pattern: `^[a-zA-Z0-9\/+=]+$`, Sensitive: true},
	},
	"UpdateKeyDescription": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "description", Required: true, MaxLen: 8192},
	},
	"UpdatePrimaryRegion": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "primaryRegion", Required: true, MinLen: 1, MaxLen: 32, Pattern: `^([a-z]+-){2,3}\d+$`},
	},
	"Verify": {
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "message", Required: true, MinLen: 1, MaxLen: 4096, Sensitive: true},
		{Path: "signature", Required: true, MinLen: 1, MaxLen: 6144},
		{Path: "signingAlgorithm", Required: true},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
	"VerifyMac": {
		{Path: "message", Required: true, MinLen: 1, MaxLen: 4096, Sensitive: true},
		{Path: "keyId", Required: true, MinLen: 1, MaxLen: 2048},
		{Path: "macAlgorithm", Required: true},
		{Path: "mac", Required: true, MinLen: 1, MaxLen: 6144},
		{Path: "grantTokens", MaxLen: 10},
		{Path: "grantTokens.member", MinLen: 1, MaxLen: 8192},
	},
}
