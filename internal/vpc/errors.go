package vpc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/iam"
)

// The errors that callers see, in AWS's words.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html

func apiError(code, format string, args ...any) error {
	return &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(format, args...)}
}

// StatusCodes has the HTTP statuses of the error codes that have one of their own.
var StatusCodes = map[string]int{"UnauthorizedOperation": 403, "DryRunOperation": 412}

func errMissing(parameter string) error {
	return apiError("MissingParameter", "The request must contain the parameter %s", parameter)
}

func errInvalid(format string, args ...any) error {
	return apiError("InvalidParameter", format, args...)
}

func errValue(format string, args ...any) error {
	return apiError("InvalidParameterValue", format, args...)
}

func errDryRun() error {
	return apiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}

func errMalformedID(kind, id, prefix string) error {
	return apiError(kind+".Malformed", "Invalid id: %q (expecting %q)", id, prefix+"...")
}

func errNoVPC(id string) error {
	return apiError("InvalidVpcID.NotFound", "The vpc ID '%s' does not exist", id)
}

func errNoEndpoint(id string) error {
	return apiError("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '%s' does not exist", id)
}

func errNoService(name string) error {
	return apiError("InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", name)
}

func errPolicy(format string, args ...any) error {
	return apiError("InvalidPolicyDocument", format, args...)
}

func errDNSConflict(name, vpc string) error {
	return errInvalid("private-dns-enabled cannot be set because there is already a conflicting DNS domain for %s in the VPC %s", name, vpc)
}

func errEndpointLimit() error {
	return apiError("VpcEndpointLimitExceeded", "The maximum number of VPC endpoints has been reached.")
}

func errVPCLimit() error {
	return apiError("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
}

func errTokenReused() error {
	return apiError("IdempotentParameterMismatch", "The client token is already in use for a request with other parameters.")
}

func errNextToken() error {
	return apiError("InvalidNextToken", "The specified NextToken is not valid.")
}

func errListen(vpc string, err error) error {
	if errors.Is(err, ErrNoAddress) {
		return apiError("InsufficientFreeAddressesInSubnet", "There is no free address for another endpoint in the VPC %s.", vpc)
	}
	return fmt.Errorf("open a listener in VPC %s: %w", vpc, err)
}

// unauthorizedError is EC2's error for a denial, which it wraps.
type unauthorizedError struct {
	smithy.GenericAPIError
	denied *iam.Denied
}

// Unwrap lets others see the denial.
func (e *unauthorizedError) Unwrap() error { return e.denied }

// unauthorized words a denial as EC2 does. The texts of reading actions, which have no
// resources of their own, name none, and come without an encoded message.
func unauthorized(d *iam.Denied, message string) error {
	text := "You are not authorized to perform this operation. " + strings.Replace(d.ErrorMessage(), " on resource: *", "", 1)
	if message != "" {
		text += ". Encoded authorization failure message: " + message
	}
	return &unauthorizedError{smithy.GenericAPIError{Code: "UnauthorizedOperation", Message: text}, d}
}
