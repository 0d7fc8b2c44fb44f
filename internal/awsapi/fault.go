package awsapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/iam"
)

// fault is an error as the client gets it.
type fault struct {
	code    string
	message string // "" means: no message member at all
	status  int
	cause   error       // of an internal error, for the log only
	denied  *iam.Denied // nil unless a policy refused
}

// vocabulary is how a protocol spells the errors that every service has.
type vocabulary struct {
	unknownOperation string
	unknownParameter string // of ec2Query alone
	malformed        string
	invalid          string
	tooLarge         string
}

// tooLarge is a body over the service's limit.
var errTooLarge = errors.New("request body is too large")

// requestFault words an error in reading, decoding or routing a request.
func requestFault(words vocabulary, err error) *fault {
	if errors.Is(err, errTooLarge) {
		return &fault{code: words.tooLarge, status: http.StatusRequestEntityTooLarge}
	}
	var unknown unknownParameter
	if errors.As(err, &unknown) {
		return &fault{code: words.unknownParameter, message: unknown.Error(), status: http.StatusBadRequest}
	}
	var m malformed
	if errors.As(err, &m) {
		return &fault{code: words.malformed, message: string(m), status: http.StatusBadRequest}
	}
	return &fault{code: words.malformed, status: http.StatusBadRequest}
}

// serviceFault words an error of an operation. What is not a smithy.APIError is nobody's
// business.
func (s *Service) serviceFault(err error) *fault {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return s.internalFault(err)
	}
	f := &fault{code: s.errorName(api.ErrorCode()), message: api.ErrorMessage(), status: http.StatusBadRequest}
	f.denied, _ = errors.AsType[*iam.Denied](err)
	if f.code == accessDenied && s.DeniedCode != "" {
		f.code = s.DeniedCode
	}
	if api.ErrorFault() == smithy.FaultServer {
		f.status = http.StatusInternalServerError
	}
	if status := s.Status[f.code]; status != 0 {
		f.status = status
	}
	return f
}

// internalFault hides err from the client.
func (s *Service) internalFault(err error) *fault {
	f := &fault{code: "InternalFailure", status: http.StatusInternalServerError, cause: err}
	if s != nil && s.InternalCode != "" {
		f.code = s.InternalCode
	}
	return f
}

// authFault words an error of the Authenticator.
func (s *Service) authFault(err error, query bool) *fault {
	var auth AuthError
	if !errors.As(err, &auth) {
		return s.internalFault(err)
	}
	if s.EC2Query {
		return ec2AuthFault(auth)
	}
	return &fault{code: auth.Code(query), message: auth.Text(query), status: auth.Status(query)}
}

// errorName is the name of an error in the protocols that are not awsQuery.
func (s *Service) errorName(code string) string {
	if _, known := s.QueryCodes[code]; known {
		return code
	}
	for name, query := range s.QueryCodes {
		if query == code {
			return name
		}
	}
	return code
}

// spell gives the fault the code that it has in the protocol of the request, and tells of
// the one of awsQuery those who ask for it.
func (c *call) spell(f *fault, header http.Header) {
	if c.op == nil {
		return
	}
	s := c.op.service
	code, other := s.QueryCodes[f.code]
	switch {
	case !other:
	case c.proto.query():
		f.code = code
		if status := s.Status[code]; status != 0 {
			f.status = status
		}
	case c.r.Header.Get("X-Amzn-Query-Mode") == "true":
		header["X-Amzn-Query-Error"] = []string{code + ";" + blame(f)}
	}
}

// blame says whose fault it is, in the words of awsQuery.
func blame(f *fault) string {
	if f.status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

// eventCode is the fault's code as audit records spell it. Those of EC2 say who is to blame.
func (s *Service) eventCode(f *fault) string {
	switch {
	case f.code == accessDenied, f.denied != nil && !s.EC2Query:
		return "AccessDenied"
	case s.EC2Query && f.status >= http.StatusInternalServerError:
		return "Server." + f.code
	case s.EC2Query:
		return "Client." + f.code
	}
	return f.code
}

const accessDenied = "AccessDeniedException"

// abandoned tells that the client went away: nothing is wrong with the service.
func (f *fault) abandoned() bool { return errors.Is(f.cause, context.Canceled) }
