package server

import (
	sdksns "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/sns"
)

// snsSecrets are the members that hold what is sent to subscribers, and the token that
// confirms a subscription for whoever has it.
var snsSecrets = map[string]bool{"message": true, "messageAttributes": true, "subject": true, "token": true}

func snsService(s *sns.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "sns", QueryVersion: "2010-03-31", XMLNamespace: "http://sns.amazonaws.com/doc/2010-03-31/", MaxBody: maxBatch,
		DeniedCode:  "AuthorizationError",
		Constraints: models.SNS, Names: models.SNSNames, Entries: models.SNSEntries,
		Unlogged:   snsSecrets,
		Operations: []awsapi.Operation{},
	}, (*sdksns.Client)(nil))
}
