package admin

import (
	"errors"
	"net/url"
	"strings"

	"github.com/keystead/keystead/internal/iam/policy"
)

// checkDocument checks a policy document by the rules of its kind, such as
// (*policy.Document).ValidateIdentityPolicy.
func checkDocument(text string, validate func(*policy.Document) error) error {
	d, err := policy.Parse([]byte(text))
	if err == nil {
		err = validate(d)
	}
	if e, ok := errors.AsType[*policy.Error](err); ok {
		return errMalformedPolicy(e.IAMMessage())
	}
	return err
}

// encoded is a document as answers have it: percent-encoded by RFC 3986, a space as "%20".
func encoded(document string) *string {
	return new(strings.ReplaceAll(url.QueryEscape(document), "+", "%20"))
}

// policySize is the size of a document as quotas count it: without white space.
func policySize(document string) int {
	n := 0
	for _, r := range document {
		if r != ' ' && r != '\t' && r != '\n' && r != '\r' {
			n++
		}
	}
	return n
}
