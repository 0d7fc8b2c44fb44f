package eventbridge

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
)

// invalid is AWS's ValidationException.
func invalid(format string, args ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &types.ResourceNotFoundException{Message: new(fmt.Sprintf(format, args...))}
}

func noRule(p busPlace, name string) error {
	return notFound("Rule %s does not exist on EventBus %s.", name, p.name)
}

func noBus(name string) error { return notFound("Event bus %s does not exist.", name) }

func exists(format string, args ...any) error {
	return &types.ResourceAlreadyExistsException{Message: new(fmt.Sprintf(format, args...))}
}

// tooMany is the error of a limit.
func tooMany() error {
	return &types.LimitExceededException{Message: new("The requested resource exceeds the maximum number allowed.")}
}
