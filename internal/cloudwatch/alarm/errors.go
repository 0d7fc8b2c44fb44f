package alarm

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
)

// invalid is the error of a request that CloudWatch does not accept.
func invalid(format string, args ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationError", Message: fmt.Sprintf(format, args...), Fault: smithy.FaultClient}
}

// combined is the error of parameters that do not go together.
func combined(format string, args ...any) error {
	return &types.InvalidParameterCombinationException{Message: new(fmt.Sprintf(format, args...))}
}

// lacking is the error of a parameter that is not there.
func lacking(name string) error {
	return &types.MissingRequiredParameterException{Message: new("The parameter " + name + " is required.")}
}

// unsupported is the error of what CloudWatch can do and this service can't.
func unsupported(format string, args ...any) error {
	return &types.InvalidParameterValueException{Message: new(fmt.Sprintf(format, args...) + " is not supported.")}
}

func noAlarm(name string) error {
	return &types.ResourceNotFound{Message: new("Unknown alarm: " + name)}
}

func badToken() error {
	return &types.InvalidNextToken{Message: new("The next token specified is invalid.")}
}
