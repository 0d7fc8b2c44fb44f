// Package awsapi is the wire: it turns HTTP requests of the AWS protocols into calls of
// typed methods, and their results and errors into what AWS clients expect. It knows no
// service: a Service is a table of operations whose inputs and outputs are the structs of
// the official SDK, and everything else follows from plans made once from those types.
//
// The one rule to know: nothing that a client sent as a blob or a sensitive member, and no
// error that is not meant for the caller, ever appears in an answer, a log or a record.
//
// Begin reading at Handler.ServeHTTP; plan.go says how a Go type stands on the wire.
package awsapi

import (
	"context"
	"net/http"
	"reflect"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// Service is one AWS service: its names on the wire and its table of operations.
type Service struct {
	Name         string // signing name and prefix of the event source: "kms"
	TargetPrefix string // of X-Amz-Target in awsJson: "TrentService"; "" without that protocol
	JSONVersion  string // "1.1" or "1.0"; what answers carry if the request doesn't say
	QueryVersion string // of awsQuery: "2011-06-15"; "" without that protocol
	RPCv2        bool   // it speaks rpcv2Cbor; TargetPrefix is its name in paths
	LowerNames   bool   // members begin with a lower-case letter on the wire: "logGroupName"
	EC2Query     bool   // it speaks ec2Query, a variant of awsQuery: see ec2query.go
	XMLNamespace string // of awsQuery's answers

	// VersionOptional says that a form without a Version is one of this service's, as links
	// in mails and notifications are.
	VersionOptional bool

	MaxBody int64 // bytes of a request, unpacked

	// InternalCode is the error code of what the caller may know nothing about.
	// Empty means InternalFailure.
	InternalCode string

	// DeniedCode is the error code of AccessDeniedException in this service: "AccessDenied"
	// in those of the query protocols. Empty means AccessDeniedException.
	DeniedCode string

	// QueryCodes holds the codes of errors in awsQuery, by their names in the other protocols,
	// in a service that speaks several. Clients that used to speak awsQuery get them in a
	// header. Operations may use either name.
	//
	// Source: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html (awsQueryCompatible)
	QueryCodes map[string]string

	// Status holds the HTTP status of the error codes, as the protocol spells them, whose status is neither 400 (the
	// client's fault) nor 500 (ours).
	Status map[string]int

	// Part says which part of a larger API the table is about. It is for documentation.
	Part string

	Operations  []Operation             // in the order of the API reference
	Missing     []string                // operations of the API that are not built
	Constraints map[string][]Constraint // by operation, members in the order of the model

	// Unenforced lists, by operation, the input members that are accepted and have no
	// effect yet, as the wire spells them. It is for documentation.
	Unenforced map[string][]string

	// Names holds the wire's spelling of members whose Go field is spelled otherwise:
	// "PolicyDescriptorType.Arn" → "arn". Structs of our own have a tag in its place:
	// `wire:"SubnetId"`. Audit records have the field's name then.
	Names map[string]string

	// Entries names what an entry of a map consists of in awsQuery, where that is not "key"
	// and "value": "PublishInput.MessageAttributes" → {"Name", "Value"}.
	Entries map[string]Entry

	// Wording words an input that breaks the Constraints, in services that have a way of their
	// own; it may return nothing, for the common way. It may be nil.
	Wording func(operation string, all []Violation) (code, message string)

	// InvalidCode is the error code of an input that breaks the Constraints. Empty means
	// ValidationException, and ValidationError in the query protocols.
	InvalidCode string

	// Unlogged holds names (with a lower-case first letter, as audit records spell them)
	// of members that are never recorded, at any depth, in requests and in answers.
	// Blobs and sensitive members never are.
	Unlogged map[string]bool

	// EmptyResults holds the operations of awsQuery that answer nothing inside an element for
	// the result, which their clients insist on. Others without a result have no such element.
	EmptyResults map[string]bool

	// EmptyResponse makes the responseElements of a mutating operation that answers
	// nothing. It may be nil.
	EmptyResponse func(*cloudtrail.Event) []byte
}

// Operation is one row of a service's table. Op makes it.
type Operation struct {
	Name     string
	ReadOnly bool // as CloudTrail classes it

	// Unsigned says that requests need no signature: what they carry says who calls, and
	// the operation has to find out. See unsigned.go.
	Unsigned bool

	// RecordsAnswer says that the answer is recorded although the operation only reads, as
	// CloudTrail does with new credentials.
	RecordsAnswer bool

	// DataEvent says that CloudTrail counts it among the data events: it works on what is in
	// a resource, and is called often. Data events are recorded as the others are, but are
	// not part of the event history.
	DataEvent bool

	in, out  reflect.Type
	newInput func() any
	call     func(context.Context, *iam.Caller, any) (any, error)
}

// Op fits a typed method to the table. In and Out are structs of the official SDK. The
// method may fill defaults into its input: they appear in the audit record.
func Op[In, Out any](name string, readOnly bool, f func(context.Context, *iam.Caller, *In) (*Out, error)) Operation {
	return Operation{
		Name:     name,
		ReadOnly: readOnly,
		in:       reflect.TypeFor[In](),
		out:      reflect.TypeFor[Out](),
		newInput: func() any { return new(In) },
		call: func(ctx context.Context, c *iam.Caller, in any) (any, error) {
			out, err := f(ctx, c, in.(*In))
			if out == nil && err == nil {
				out = new(Out)
			}
			return out, err
		},
	}
}

// WithoutSignature returns the operation as one that is Unsigned.
func (o Operation) WithoutSignature() Operation {
	o.Unsigned = true
	return o
}

// WithAnswerRecorded returns the operation as one that RecordsAnswer.
func (o Operation) WithAnswerRecorded() Operation {
	o.RecordsAnswer = true
	return o
}

// AsDataEvent returns the operation as one whose calls are data events.
func (o Operation) AsDataEvent() Operation {
	o.DataEvent = true
	return o
}

// Constraint says what a member of an operation's input must satisfy. The zero value
// demands nothing. Enum membership is checked for every SDK enum without a row.
type Constraint struct {
	Path           string // as AWS prints it but without indexes: "keyId", "tags.member.tagKey"
	Required       bool
	MinLen, MaxLen int    // of strings (characters), blobs (bytes), lists and maps; MaxLen 0 or -1: no limit
	Min, Max       int64  // of numbers, if one of them is not 0
	Pattern        string // AWS's text; the whole value must match
	Sensitive      bool   // the value appears in no message and no record
}

// Entry names the two parts of a map's entry, as awsQuery and its answers spell them.
type Entry struct{ Key, Value string }

// Authenticator verifies who sent a request. body is what the client sent, before any
// content encoding is undone, and service the name the request must be signed for. The
// caller it returns has an Event with the Identity filled in. An error that implements
// AuthError is told to the client; any other becomes an internal error.
type Authenticator interface {
	Authenticate(r *http.Request, body []byte, service string) (*iam.Caller, error)

	// AuthenticateUnsigned is Authenticate for operations that need no signature. A request
	// that has none gets a Caller without a principal; one that has a signature is refused
	// if it is not valid.
	AuthenticateUnsigned(r *http.Request, body []byte, service string) (*iam.Caller, error)
}

// AuthError is an authentication failure as AWS words it: awsQuery has other codes,
// statuses and texts than the JSON protocols. *sigv4.Error is one.
type AuthError interface {
	error
	Code(query bool) string
	Status(query bool) int
	Text(query bool) string
}

// Recorder keeps the audit records. Record returns when the record is safe; Ready tells
// whether it can be expected to succeed. Calls may run at once.
type Recorder interface {
	Record(*cloudtrail.Event) error
	Ready() error
}
