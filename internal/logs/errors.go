package logs

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// Errors of Prepare.
var (
	ErrNoGroup = errors.New("the log group does not exist")
	ErrKey     = errors.New("the KMS key of the log group can't be used")
)

func invalid(format string, args ...any) error {
	return &types.InvalidParameterException{Message: new(fmt.Sprintf(format, args...))}
}

func notFound(text string) error { return &types.ResourceNotFoundException{Message: &text} }

func noGroup() error { return notFound("The specified log group does not exist.") }

func noStream() error { return notFound("The specified log stream does not exist.") }

func exists(what string) error {
	return &types.ResourceAlreadyExistsException{Message: new("The specified " + what + " already exists")}
}

func limitExceeded() error {
	return &types.LimitExceededException{Message: new("Resource limit exceeded.")}
}

func badToken() error { return invalid("The specified nextToken is invalid.") }
