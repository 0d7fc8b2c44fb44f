package cloudhsm

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
)

// The exceptions of the API. AWS documents when each is returned, not the sentences.

func invalid(format string, args ...any) error {
	return &types.CloudHsmInvalidRequestException{Message: new(fmt.Sprintf(format, args...))}
}

func notFound(format string, args ...any) error {
	return &types.CloudHsmResourceNotFoundException{Message: new(fmt.Sprintf(format, args...))}
}

func noCluster(id string) error { return notFound("Cluster %s not found.", id) }

func noBackup(id string) error { return notFound("Backup %s not found.", id) }

func badTags(format string, args ...any) error {
	return &types.CloudHsmTagException{Message: new(fmt.Sprintf(format, args...))}
}

func tooMany(format string, args ...any) error {
	return &types.CloudHsmResourceLimitExceededException{Message: new(fmt.Sprintf(format, args...))}
}

// service is an error that is neither the request's fault nor a failure of ours.
func refused(format string, args ...any) error {
	return &types.CloudHsmServiceException{Message: new(fmt.Sprintf(format, args...))}
}

// errDeclared refuses what only the vendor of a declared cluster's HSMs can do.
func errDeclared(id string) error {
	return invalid("Cluster %s is declared in the configuration of the service: its HSMs, users and backups are managed with the tools of their vendor.", id)
}
