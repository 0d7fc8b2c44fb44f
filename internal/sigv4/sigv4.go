// Package sigv4 verifies AWS Signature Version 4 on requests, in its header and in its
// query ("presigned") form, as AWS's services other than S3 do. It finds out which
// credential signed a request, and knows nothing of what that credential may do.
//
// The one rule to know: what a request means must not depend on anything that Verify did
// not cover. The signature covers the method, path, query, body, Host, and the headers
// that are signed; of the others nothing may be believed, and the X-Amz and X-Keystead
// headers that are read must be among the signed ones.
//
// Begin reading at Verify. The specification is
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package sigv4

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/keystead/keystead/internal/secret"
)

// Source finds credentials. It may be called by several goroutines at once.
type Source interface {
	// Credential returns the credential with that access key id. The session token is
	// what came with the request, "" if none. The error is an *Error with the Reason
	// UnknownKey, BadSessionToken or ExpiredToken, or else an internal one.
	Credential(ctx context.Context, accessKeyID, sessionToken string) (*Credential, error)
}

// Result is what a valid signature proves.
type Result struct {
	Credential *Credential
	Region     string // of the credential scope
	Service    string // of the credential scope
	Time       time.Time
	Presigned  bool
}

// Verifier verifies requests. It may be used by several goroutines at once.
type Verifier struct {
	Source Source
	Now    func() time.Time

	// ValidRegion reports whether this server has a Region. If it is nil, each name that
	// looks like one will do.
	ValidRegion func(region string) bool
}

// decoy stands in for a credential that does not exist, so that finding out takes about
// the same path.
var decoy = NewCredential("", secret.FromString("this secret signs nothing that is accepted"), nil)

// Verify checks the signature of a request with that body, which is the bytes as they
// were sent. The credential scope must name the service. The error is an *Error, or one
// from inside, which the caller must not see.
func (v *Verifier) Verify(r *http.Request, body []byte, service string) (Result, error) {
	s := newScratch()
	defer s.release()
	var a authorization
	if err := a.parse(r, s); err != nil {
		return Result{}, err
	}
	now := v.Now()
	if err := a.checkScope(service, v.ValidRegion); err != nil {
		return Result{}, err
	}
	if err := a.checkTime(now); err != nil {
		return Result{}, err
	}
	if err := checkSigned(r.Header, a.signedHeaders); err != nil {
		return Result{}, err
	}
	if err := s.canonicalRequest(r, body, &a); err != nil {
		return Result{}, err
	}
	s.stringToSign(&a)
	c, unknown, err := v.credential(r.Context(), &a)
	if err != nil {
		return Result{}, err
	}
	if valid := c.verify(&a, s.bytes, now); unknown != nil {
		return Result{}, unknown
	} else if !valid {
		return Result{}, &Error{Reason: Mismatch}
	}
	return Result{c, a.region, a.service, a.time, a.presigned}, nil
}

// credential asks the source. With an error for the caller, unknown, comes the decoy.
func (v *Verifier) credential(ctx context.Context, a *authorization) (c *Credential, unknown *Error, err error) {
	if !plausibleKeyID(a.accessKeyID) {
		return decoy, &Error{Reason: UnknownKey}, nil
	}
	c, err = v.Source.Credential(ctx, a.accessKeyID, a.sessionToken)
	if unknown, ok := errors.AsType[*Error](err); ok {
		return decoy, unknown, nil
	}
	return c, nil, err
}

// plausibleKeyID keeps what can't be an access key id away from the source.
func plausibleKeyID(id string) bool {
	if len(id) < 3 || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}
