package server

import (
	sdksns "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/sns"
)

func snsService(s *sns.Service) awsapi.Service {
	return withMissing(awsapi.Service{
		Name: "sns", QueryVersion: "2010-03-31", XMLNamespace: "http://sns.amazonaws.com/doc/2010-03-31/", DeniedCode: "AuthorizationError", MaxBody: maxBatch,
		Operations: []awsapi.Operation{},
	}, (*sdksns.Client)(nil))
}
