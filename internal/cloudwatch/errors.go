package cloudwatch

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

func errValue(format string, args ...any) error {
	return &types.InvalidParameterValueException{Message: new(fmt.Sprintf(format, args...))}
}

func errCombination(format string, args ...any) error {
	return &types.InvalidParameterCombinationException{Message: new(fmt.Sprintf(format, args...))}
}

func errMissing(format string, args ...any) error {
	return &types.MissingRequiredParameterException{Message: new(fmt.Sprintf(format, args...))}
}

func errValidation(format string, args ...any) error {
	return &types.ValidationException{Message: new(fmt.Sprintf(format, args...))}
}

func errNextToken() error {
	return &types.InvalidNextToken{Message: new("The next token specified is invalid.")}
}
