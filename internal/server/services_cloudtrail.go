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
		Operations: []awsapi.Operation{
			awsapi.Op("AddTags", changes, s.AddTags),
			awsapi.Op("CreateTrail", changes, s.CreateTrail),
			awsapi.Op("DeleteTrail", changes, s.DeleteTrail),
			awsapi.Op("DescribeTrails", reads, s.DescribeTrails),
			awsapi.Op("GetEventSelectors", reads, s.GetEventSelectors),
			awsapi.Op("GetTrail", reads, s.GetTrail),
			awsapi.Op("GetTrailStatus", reads, s.GetTrailStatus),
			awsapi.Op("ListPublicKeys", reads, s.ListPublicKeys),
			awsapi.Op("ListTags", reads, s.ListTags),
			awsapi.Op("ListTrails", reads, s.ListTrails),
			awsapi.Op("LookupEvents", reads, s.LookupEvents),
			awsapi.Op("PutEventSelectors", changes, s.PutEventSelectors),
			awsapi.Op("RemoveTags", changes, s.RemoveTags),
			awsapi.Op("StartLogging", changes, s.StartLogging),
			awsapi.Op("StopLogging", changes, s.StopLogging),
			awsapi.Op("UpdateTrail", changes, s.UpdateTrail),
		},
	}, (*sdkcloudtrail.Client)(nil))
}
