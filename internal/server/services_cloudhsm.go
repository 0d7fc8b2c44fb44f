package server

import (
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/cloudhsm"
)

func cloudhsmService(s *cloudhsm.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "cloudhsm", TargetPrefix: "BaldrApiService", JSONVersion: "1.1", MaxBody: maxBody,
		InternalCode: "CloudHsmInternalFailureException", DeniedCode: "CloudHsmAccessDeniedException",
		Constraints: models.CloudHSM,
		Operations: []awsapi.Operation{
			awsapi.Op("CopyBackupToRegion", changes, s.CopyBackupToRegion),
			awsapi.Op("CreateCluster", changes, s.CreateCluster),
			awsapi.Op("CreateHsm", changes, s.CreateHsm),
			awsapi.Op("DeleteBackup", changes, s.DeleteBackup),
			awsapi.Op("DeleteCluster", changes, s.DeleteCluster),
			awsapi.Op("DeleteHsm", changes, s.DeleteHsm),
			awsapi.Op("DeleteResourcePolicy", changes, s.DeleteResourcePolicy),
			awsapi.Op("DescribeBackups", reads, s.DescribeBackups),
			awsapi.Op("DescribeClusters", reads, s.DescribeClusters),
			awsapi.Op("GetResourcePolicy", reads, s.GetResourcePolicy),
			awsapi.Op("InitializeCluster", changes, s.InitializeCluster),
			awsapi.Op("ListTags", reads, s.ListTags),
			awsapi.Op("ModifyBackupAttributes", changes, s.ModifyBackupAttributes),
			awsapi.Op("ModifyCluster", changes, s.ModifyCluster),
			awsapi.Op("PutResourcePolicy", changes, s.PutResourcePolicy),
			awsapi.Op("RestoreBackup", changes, s.RestoreBackup),
			awsapi.Op("TagResource", changes, s.TagResource),
			awsapi.Op("UntagResource", changes, s.UntagResource),
		},
	}, (*cloudhsmv2.Client)(nil))
}
