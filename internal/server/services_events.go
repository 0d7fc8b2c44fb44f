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
		Unlogged:   map[string]bool{"detail": true, "event": true}, // of PutEvents and TestEventPattern
		Operations: []awsapi.Operation{},
	}, (*sdkeventbridge.Client)(nil))
}
