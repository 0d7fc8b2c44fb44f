package server

import (
	sdksns "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/sns"
)

// snsStatus holds the HTTP statuses of SNS's errors that are not 400.
//
// Source: the "Errors" section of each operation in the API reference.
var snsStatus = map[string]int{
	"AuthorizationError":        403,
	"FilterPolicyLimitExceeded": 403,
	"InvalidSecurity":           403,
	"KMSOptInRequired":          403,
	"NotFound":                  404,
	"ReplayLimitExceeded":       403,
	"ResourceNotFound":          404,
	"SubscriptionLimitExceeded": 403,
	"Throttled":                 429,
	"TopicLimitExceeded":        403,
}

// snsSecrets are the members that hold what is sent to subscribers, and the token that
// confirms a subscription for whoever has it.
var snsSecrets = map[string]bool{"message": true, "messageAttributes": true, "subject": true, "token": true}

func snsService(s *sns.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "sns", QueryVersion: "2010-03-31", XMLNamespace: "http://sns.amazonaws.com/doc/2010-03-31/", MaxBody: maxBatch,
		DeniedCode: "AuthorizationError", InternalCode: "InternalError", VersionOptional: true, Wording: snsWording, Status: snsStatus,
		Constraints: models.SNS, Names: models.SNSNames, Entries: models.SNSEntries,
		Unlogged:     snsSecrets,
		EmptyResults: map[string]bool{"TagResource": true, "UntagResource": true},
		Operations: []awsapi.Operation{
			awsapi.Op("AddPermission", changes, s.AddPermission),
			awsapi.Op("ConfirmSubscription", changes, s.ConfirmSubscription).WithoutSignature(),
			awsapi.Op("CreateTopic", changes, s.CreateTopic),
			awsapi.Op("DeleteTopic", changes, s.DeleteTopic),
			awsapi.Op("GetSubscriptionAttributes", reads, s.GetSubscriptionAttributes),
			awsapi.Op("GetTopicAttributes", reads, s.GetTopicAttributes),
			awsapi.Op("ListSubscriptions", reads, s.ListSubscriptions),
			awsapi.Op("ListSubscriptionsByTopic", reads, s.ListSubscriptionsByTopic),
			awsapi.Op("ListTagsForResource", reads, s.ListTagsForResource),
			awsapi.Op("ListTopics", reads, s.ListTopics),
			awsapi.Op("Publish", changes, s.Publish).AsDataEvent(),
			awsapi.Op("PublishBatch", changes, s.PublishBatch).AsDataEvent(),
			awsapi.Op("RemovePermission", changes, s.RemovePermission),
			awsapi.Op("SetSubscriptionAttributes", changes, s.SetSubscriptionAttributes),
			awsapi.Op("SetTopicAttributes", changes, s.SetTopicAttributes),
			awsapi.Op("Subscribe", changes, s.Subscribe),
			awsapi.Op("TagResource", changes, s.TagResource),
			awsapi.Op("Unsubscribe", changes, s.Unsubscribe).WithoutSignature(),
			awsapi.Op("UntagResource", changes, s.UntagResource),
		},
	}, (*sdksns.Client)(nil))
}
