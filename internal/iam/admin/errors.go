package admin

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
)

// The errors that callers see, in AWS's words. Modelled exceptions are the SDK's own types;
// an error of any other type reaches the caller as InternalFailure without detail.
//
// Source: the "Errors" section of each operation in the API reference.

func errNoSuchEntity(format string, args ...any) error {
	return &types.NoSuchEntityException{Message: new(fmt.Sprintf(format, args...))}
}

// errNotFound says that there is no such entity: what is "user", "group", "role", "user
// policy" and so on.
func errNotFound(what, name string) error {
	return errNoSuchEntity("The %s with name %s cannot be found.", what, name)
}

func errExists(format string, args ...any) error {
	return &types.EntityAlreadyExistsException{Message: new(fmt.Sprintf(format, args...))}
}

// errNameTaken says that there is an entity of that name: what is "user", "group" or "role".
func errNameTaken(what, name string) error {
	return errExists("%s with name %s already exists.", strings.ToUpper(what[:1])+what[1:], name)
}

// errDeleteConflict says what has to be done before an entity can be deleted: "must delete
// access keys first".
func errDeleteConflict(must string) error {
	return &types.DeleteConflictException{Message: new("Cannot delete entity, " + must + ".")}
}

func errConflict(message string) error { return &types.DeleteConflictException{Message: &message} }

func errLimit(format string, args ...any) error {
	return &types.LimitExceededException{Message: new(fmt.Sprintf(format, args...))}
}

// errQuota says that there would be more of something than a quota allows: what is
// "GroupsPerUser".
func errQuota(what string, quota int) error {
	return errLimit("Cannot exceed quota for %s: %d", what, quota)
}

func errInvalidInput(format string, args ...any) error {
	return &types.InvalidInputException{Message: new(fmt.Sprintf(format, args...))}
}

func errMalformedPolicy(message string) error {
	return &types.MalformedPolicyDocumentException{Message: &message}
}

func errValidation(message string) error {
	return &smithy.GenericAPIError{Code: "ValidationError", Message: message}
}

func errMarker() error { return errValidation("Invalid Marker.") }
