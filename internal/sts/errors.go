package sts

import (
	"errors"

	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/iam"
)

func fail(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message}
}

func accessDenied(text string) error   { return fail("AccessDenied", text) }
func invalid(text string) error        { return fail("ValidationError", text) }
func invalidValue(text string) error   { return fail("InvalidParameterValue", text) }
func invalidToken(text string) error   { return fail("InvalidIdentityToken", text) }
func malformed(text string) error      { return fail("MalformedPolicyDocument", text) }
func packedTooLarge(text string) error { return fail("PackedPolicyTooLarge", text) }

// badMFA is the answer to whoever shows a code: there are no devices that could make one.
func badMFA() error {
	return accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
}

// refusal is a denial in words that tell neither what was missing nor whether there is such a
// role. The denial stays behind it, for those who may decode it.
type refusal struct {
	*iam.Denied
	text string
}

func (r *refusal) Error() string        { return r.ErrorCode() + ": " + r.text }
func (r *refusal) ErrorCode() string    { return "AccessDenied" }
func (r *refusal) ErrorMessage() string { return r.text }
func (r *refusal) Unwrap() error        { return r.Denied }

// refuse words an error of Authorize.
func refuse(err error, text string) error {
	if denied, ok := errors.AsType[*iam.Denied](err); ok {
		return &refusal{denied, text}
	}
	return err
}

// ownCredentials refuses callers that may not get credentials from an operation, or ask
// anything else of it, with those that they have: sessions of users, and services that act
// for somebody.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
func ownCredentials(c *iam.Caller, operation string) error {
	switch {
	case c.Via != nil:
		return accessDenied("Cannot call " + operation + " on behalf of another principal")
	case c.IsUserSession():
		return accessDenied("Cannot call " + operation + " with session credentials")
	}
	return nil
}
