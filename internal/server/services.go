package server

import (
	sdkkms "github.com/aws/aws-sdk-go-v2/service/kms"
	sdkorganizations "github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/cloudtrail/trail"
	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/alarm"
	"github.com/keystead/keystead/internal/eventbridge"
	"github.com/keystead/keystead/internal/iam/admin"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/logs"
	"github.com/keystead/keystead/internal/organizations"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/sts"
	"github.com/keystead/keystead/internal/vpc"
)

// Parts are the services behind the API.
type Parts struct {
	KMS           *kms.Service
	STS           *sts.Service
	Admin         *admin.Service
	Organizations *organizations.Service
	VPC           *vpc.Service
	CloudTrail    *trail.Service
	Logs          *logs.Service
	CloudWatch    *cloudwatch.Service
	Alarms        *alarm.Service
	SNS           *sns.Service
	EventBridge   *eventbridge.Service
	CloudHSM      *cloudhsm.Service
}

// Services returns the tables of all services: the whole API. Called without parts, it
// gives the tables for documentation; their operations must not be called then.
func Services(p Parts) []awsapi.Service {
	return []awsapi.Service{
		kmsService(p.KMS), stsService(p.STS), iamService(p.Admin), organizationsService(p.Organizations), ec2Service(p.VPC),
		cloudtrailService(p.CloudTrail), logsService(p.Logs), monitoringService(p.CloudWatch, p.Alarms), snsService(p.SNS), eventsService(p.EventBridge),
		cloudhsmService(p.CloudHSM),
	}
}

// Whether an operation only reads, as CloudTrail classes it.
const (
	reads   = true
	changes = false
)

// maxBody is the largest request: an attestation document or a key policy of the largest
// size, in base64 or escaped, fits several times.
const maxBody = 1 << 20

// maxBatch is the largest request of the services that take batches: a mebibyte of log events,
// of samples or of messages, with room for escapes.
const maxBatch = 4 << 20

func kmsService(s *kms.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "kms", TargetPrefix: "TrentService", JSONVersion: "1.1", MaxBody: maxBody,
		InternalCode:  "KMSInternalException",
		Status:        map[string]int{"DependencyTimeoutException": 503},
		Constraints:   models.KMS,
		Unlogged:      map[string]bool{"grantTokens": true, "grantToken": true, "recipient": true, "importToken": true, "trustAnchorCertificate": true},
		EmptyResponse: firstKey,
		Unenforced:    map[string][]string{"PutKeyPolicy": {"Policy"}, "CreateKey": {"Policy"}},
		Operations: []awsapi.Operation{
			awsapi.Op("CancelKeyDeletion", changes, s.CancelKeyDeletion),
			awsapi.Op("ConnectCustomKeyStore", changes, s.ConnectCustomKeyStore),
			awsapi.Op("CreateAlias", changes, s.CreateAlias),
			awsapi.Op("CreateCustomKeyStore", changes, s.CreateCustomKeyStore),
			awsapi.Op("CreateGrant", changes, s.CreateGrant),
			awsapi.Op("CreateKey", changes, s.CreateKey),
			awsapi.Op("Decapsulate", reads, s.Decapsulate),
			awsapi.Op("Decrypt", reads, s.Decrypt),
			awsapi.Op("DeleteAlias", changes, s.DeleteAlias),
			awsapi.Op("DeleteCustomKeyStore", changes, s.DeleteCustomKeyStore),
			awsapi.Op("DeleteImportedKeyMaterial", changes, s.DeleteImportedKeyMaterial),
			awsapi.Op("DeriveSharedSecret", reads, s.DeriveSharedSecret),
			awsapi.Op("DescribeCustomKeyStores", reads, s.DescribeCustomKeyStores),
			awsapi.Op("DescribeKey", reads, s.DescribeKey),
			awsapi.Op("DisableKey", changes, s.DisableKey),
			awsapi.Op("DisableKeyRotation", changes, s.DisableKeyRotation),
			awsapi.Op("DisconnectCustomKeyStore", changes, s.DisconnectCustomKeyStore),
			awsapi.Op("EnableKey", changes, s.EnableKey),
			awsapi.Op("EnableKeyRotation", changes, s.EnableKeyRotation),
			awsapi.Op("Encapsulate", reads, s.Encapsulate),
			awsapi.Op("Encrypt", reads, s.Encrypt),
			awsapi.Op("GenerateDataKey", reads, s.GenerateDataKey),
			awsapi.Op("GenerateDataKeyPair", reads, s.GenerateDataKeyPair),
			awsapi.Op("GenerateDataKeyPairWithoutPlaintext", reads, s.GenerateDataKeyPairWithoutPlaintext),
			awsapi.Op("GenerateDataKeyWithoutPlaintext", reads, s.GenerateDataKeyWithoutPlaintext),
			awsapi.Op("GenerateMac", reads, s.GenerateMac),
			awsapi.Op("GenerateRandom", reads, s.GenerateRandom),
			awsapi.Op("GetKeyLastUsage", reads, s.GetKeyLastUsage),
			awsapi.Op("GetKeyPolicy", reads, s.GetKeyPolicy),
			awsapi.Op("GetKeyRotationStatus", reads, s.GetKeyRotationStatus),
			awsapi.Op("GetParametersForImport", reads, s.GetParametersForImport),
			awsapi.Op("GetPublicKey", reads, s.GetPublicKey),
			awsapi.Op("ImportKeyMaterial", changes, s.ImportKeyMaterial),
			awsapi.Op("ListAliases", reads, s.ListAliases),
			awsapi.Op("ListGrants", reads, s.ListGrants),
			awsapi.Op("ListKeyPolicies", reads, s.ListKeyPolicies),
			awsapi.Op("ListKeyRotations", reads, s.ListKeyRotations),
			awsapi.Op("ListKeys", reads, s.ListKeys),
			awsapi.Op("ListResourceTags", reads, s.ListResourceTags),
			awsapi.Op("ListRetirableGrants", reads, s.ListRetirableGrants),
			awsapi.Op("PutKeyPolicy", changes, s.PutKeyPolicy),
			awsapi.Op("ReEncrypt", reads, s.ReEncrypt),
			awsapi.Op("ReplicateKey", changes, s.ReplicateKey),
			awsapi.Op("RetireGrant", changes, s.RetireGrant),
			awsapi.Op("RevokeGrant", changes, s.RevokeGrant),
			awsapi.Op("RotateKeyOnDemand", changes, s.RotateKeyOnDemand),
			awsapi.Op("ScheduleKeyDeletion", changes, s.ScheduleKeyDeletion),
			awsapi.Op("Sign", reads, s.Sign),
			awsapi.Op("TagResource", changes, s.TagResource),
			awsapi.Op("UntagResource", changes, s.UntagResource),
			awsapi.Op("UpdateAlias", changes, s.UpdateAlias),
			awsapi.Op("UpdateCustomKeyStore", changes, s.UpdateCustomKeyStore),
			awsapi.Op("UpdateKeyDescription", changes, s.UpdateKeyDescription),
			awsapi.Op("UpdatePrimaryRegion", changes, s.UpdatePrimaryRegion),
			awsapi.Op("Verify", reads, s.Verify),
			awsapi.Op("VerifyMac", reads, s.VerifyMac),
		},
	}, (*sdkkms.Client)(nil))
}

func organizationsService(s *organizations.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "organizations", TargetPrefix: "AWSOrganizationsV20161128", JSONVersion: "1.1", MaxBody: maxBody,
		InternalCode: "ServiceException",
		Constraints:  models.Organizations,
		Unenforced:   map[string][]string{"CreateAccount": {"IamUserAccessToBilling", "Tags"}},
		Operations: []awsapi.Operation{
			awsapi.Op("CreateAccount", changes, s.CreateAccount),
			awsapi.Op("DescribeAccount", reads, s.DescribeAccount),
			awsapi.Op("DescribeCreateAccountStatus", reads, s.DescribeCreateAccountStatus),
			awsapi.Op("DescribeOrganization", reads, s.DescribeOrganization),
			awsapi.Op("ListAccounts", reads, s.ListAccounts),
			awsapi.Op("ListCreateAccountStatus", reads, s.ListCreateAccountStatus),
		},
	}, (*sdkorganizations.Client)(nil))
}

// withMissing adds the operations that the SDK's client has and the table has not.
func withMissing(s awsapi.Service, client any) awsapi.Service {
	s.Missing = awsapi.MissingFrom(awsapi.OperationsOf(client), s.Operations)
	return s
}

// firstKey is the response of a KMS operation that answers nothing, as CloudTrail records
// it: the ARN of the key that was changed.
func firstKey(e *cloudtrail.Event) []byte {
	for _, r := range e.Resources {
		if r.Type == "AWS::KMS::Key" {
			return append(append([]byte(`{"keyId":"`), r.ARN...), `"}`...)
		}
	}
	return nil
}
