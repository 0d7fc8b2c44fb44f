package server

import (
	sdkcloudtrail "github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/cloudtrail/trail"
)

func cloudtrailService(s *trail.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "cloudtrail", TargetPrefix: "CloudTrail_20131101", JSONVersion: "1.1", MaxBody: maxBody,
		Wording:     cloudtrailWording,
		Constraints: models.CloudTrail, Names: models.CloudTrailNames,
		Operations: []awsapi.Operation{},
	}, (*sdkcloudtrail.Client)(nil))
}
