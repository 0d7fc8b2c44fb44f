package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// The headers by which a service says on whose behalf it calls. They must be signed, which
// sigv4 sees to. Nobody else may send them, and none that begins in the same way: a header
// of this kind that was passed over would turn a call for somebody into another call.
const (
	headerPrefix        = "X-Keystead-"
	headerPrincipal     = headerPrefix + "Principal"
	headerSessionToken  = headerPrefix + "Session-Token"
	headerSourceAccount = headerPrefix + "Source-Account"
	headerSourceARN     = headerPrefix + "Source-Arn"
)

// actFor lets the caller act for whom the request names. What the request may not say
// becomes the answer of the call, so that it is recorded.
func (a *authenticator) actFor(r *http.Request, c *iam.Caller, service string) error {
	if c.Principal.Type == iam.TypeService {
		// The record has the service in place of where its call came from, as AWS's have.
		c.Event.AdditionalEventData = append(c.Event.AdditionalEventData,
			cloudtrail.Field{Name: "serviceAccessKeyId", Value: c.AccessKeyID},
			cloudtrail.Field{Name: "serviceSourceIPAddress", Value: c.SourceIP.String()})
	}
	b, said, err := behalf(r)
	switch {
	case err != nil:
	case !said:
		return nil
	case service != "kms":
		err = refused("A service acts for others in calls of KMS only.")
	default:
		err = a.iam.ActFor(r.Context(), c, b)
	}
	if _, ok := errors.AsType[smithy.APIError](err); ok {
		c.Refused = err
		return nil
	}
	return err
}

// behalf reads the headers. said is false if there are none.
func behalf(r *http.Request) (b iam.Behalf, said bool, err error) {
	if inQuery(r.URL.RawQuery) {
		return b, true, refused(headerPrefix + "* are headers, not parameters of the query.")
	}
	for name, values := range r.Header {
		if !strings.HasPrefix(name, headerPrefix) {
			continue
		}
		said = true
		var field *string
		switch name {
		case headerPrincipal:
			field = &b.Principal
		case headerSessionToken:
			field = &b.SessionToken
		case headerSourceAccount:
			field = &b.SourceAccount
		case headerSourceARN:
			field = &b.SourceARN
		default:
			return b, true, refused("There is no header %.64q.", name)
		}
		// The signature takes two lines for one with a comma, and two spaces for one.
		if len(values) != 1 || values[0] == "" || strings.ContainsAny(values[0], " \t") {
			return b, true, refused("The header %s must have one value, without spaces.", name)
		}
		*field = values[0]
	}
	return b, said, nil
}

// inQuery reports whether the query has parameters that are named like the headers.
func inQuery(query string) bool {
	for part := range strings.FieldsFuncSeq(query, func(c rune) bool { return c == '&' || c == ';' }) {
		name, _, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || len(name) >= len(headerPrefix) && strings.EqualFold(name[:len(headerPrefix)], headerPrefix) {
			return true
		}
	}
	return false
}

func refused(format string, args ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}
