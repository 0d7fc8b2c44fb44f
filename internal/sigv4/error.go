package sigv4

import (
	"net/http"
)

// Reason is why a request was not accepted.
type Reason uint8

// The reasons. A Source returns UnknownKey, BadSessionToken and ExpiredToken, the
// Verifier the others.
const (
	MissingToken    Reason = iota // the request is not signed at all
	Incomplete                    // the signature's parts are missing or malformed
	WrongScope                    // the credential scope does not fit the request
	Expired                       // signed too long ago, or in the future
	Mismatch                      // the signature is not that of the request
	UnknownKey                    // no such access key, or not an active one
	BadSessionToken               // the session token is missing, or not the access key's
	ExpiredToken                  // the session has ended
)

// Error says why a request was not accepted, in AWS's words. Only an Error may be shown
// to the caller; every other error that Verify returns comes from inside.
type Error struct {
	Reason  Reason
	Message string // "" for the Reason's usual text
}

// wording is what stands on the wire for a Reason: each protocol family has its own codes.
type wording struct {
	json, query         string // the code
	jsonText, queryText string // the text where an Error has none
	queryStatus         int    // the JSON protocols always answer 400
}

const (
	mismatchText = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	invalidText = "The security token included in the request is invalid."
	expiredText = "The security token included in the request is expired"
)

var wordings = [...]wording{
	MissingToken: {"MissingAuthenticationTokenException", "MissingAuthenticationToken",
		"Missing Authentication Token", "Request is missing Authentication Token", http.StatusForbidden},
	Incomplete: {"IncompleteSignatureException", "IncompleteSignature",
		"", "", http.StatusBadRequest},
	WrongScope: {"InvalidSignatureException", "SignatureDoesNotMatch",
		mismatchText, mismatchText, http.StatusForbidden},
	Expired: {"InvalidSignatureException", "SignatureDoesNotMatch",
		mismatchText, mismatchText, http.StatusForbidden},
	Mismatch: {"InvalidSignatureException", "SignatureDoesNotMatch",
		mismatchText, mismatchText, http.StatusForbidden},
	UnknownKey: {"UnrecognizedClientException", "InvalidClientTokenId",
		invalidText, invalidText, http.StatusForbidden},
	BadSessionToken: {"UnrecognizedClientException", "InvalidClientTokenId",
		invalidText, invalidText, http.StatusForbidden},
	ExpiredToken: {"ExpiredTokenException", "ExpiredToken",
		expiredText, expiredText, http.StatusForbidden},
}

// Code is the error's name as awsQuery, or else as a JSON protocol spells it.
func (e *Error) Code(query bool) string {
	if query {
		return wordings[e.Reason].query
	}
	return wordings[e.Reason].json
}

// Status is the HTTP status that goes with Code.
func (e *Error) Status(query bool) int {
	if query {
		return wordings[e.Reason].queryStatus
	}
	return http.StatusBadRequest
}

// Text is the message as awsQuery, or else as a JSON protocol words it.
func (e *Error) Text(query bool) string {
	switch {
	case e.Message != "":
		return e.Message
	case query:
		return wordings[e.Reason].queryText
	}
	return wordings[e.Reason].jsonText
}

// Error has the code and the text of the JSON protocols.
func (e *Error) Error() string { return e.Code(false) + ": " + e.Text(false) }
