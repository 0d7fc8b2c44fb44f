package server

import (
	sdkeventbridge "github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/eventbridge"
)

func eventsService(s *eventbridge.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "events", TargetPrefix: "AWSEvents", JSONVersion: "1.1", MaxBody: maxBatch,
		Constraints: models.EventBridge, Names: models.EventBridgeNames,
		Unlogged: map[string]bool{"detail": true, "event": true}, // of PutEvents and TestEventPattern
		Operations: []awsapi.Operation{
			awsapi.Op("CreateApiDestination", changes, s.CreateApiDestination),
			awsapi.Op("CreateConnection", changes, s.CreateConnection),
			awsapi.Op("CreateEventBus", changes, s.CreateEventBus),
			awsapi.Op("DeauthorizeConnection", changes, s.DeauthorizeConnection),
			awsapi.Op("DeleteApiDestination", changes, s.DeleteApiDestination),
			awsapi.Op("DeleteConnection", changes, s.DeleteConnection),
			awsapi.Op("DeleteEventBus", changes, s.DeleteEventBus),
			awsapi.Op("DeleteRule", changes, s.DeleteRule),
			awsapi.Op("DescribeApiDestination", reads, s.DescribeApiDestination),
			awsapi.Op("DescribeConnection", reads, s.DescribeConnection),
			awsapi.Op("DescribeEventBus", reads, s.DescribeEventBus),
			awsapi.Op("DescribeRule", reads, s.DescribeRule),
			awsapi.Op("DisableRule", changes, s.DisableRule),
			awsapi.Op("EnableRule", changes, s.EnableRule),
			awsapi.Op("ListApiDestinations", reads, s.ListApiDestinations),
			awsapi.Op("ListConnections", reads, s.ListConnections),
			awsapi.Op("ListEventBuses", reads, s.ListEventBuses),
			awsapi.Op("ListRuleNamesByTarget", reads, s.ListRuleNamesByTarget),
			awsapi.Op("ListRules", reads, s.ListRules),
			awsapi.Op("ListTagsForResource", reads, s.ListTagsForResource),
			awsapi.Op("ListTargetsByRule", reads, s.ListTargetsByRule),
			awsapi.Op("PutEvents", changes, s.PutEvents).AsDataEvent(),
			awsapi.Op("PutRule", changes, s.PutRule),
			awsapi.Op("PutTargets", changes, s.PutTargets),
			awsapi.Op("RemoveTargets", changes, s.RemoveTargets),
			awsapi.Op("TagResource", changes, s.TagResource),
			awsapi.Op("TestEventPattern", reads, s.TestEventPattern),
			awsapi.Op("UntagResource", changes, s.UntagResource),
			awsapi.Op("UpdateApiDestination", changes, s.UpdateApiDestination),
			awsapi.Op("UpdateConnection", changes, s.UpdateConnection),
			awsapi.Op("UpdateEventBus", changes, s.UpdateEventBus),
		},
	}, (*sdkeventbridge.Client)(nil))
}
