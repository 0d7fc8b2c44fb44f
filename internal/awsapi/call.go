package awsapi

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// callFunc is an operation's method, without its types.
type callFunc func(context.Context, *iam.Caller, any) (any, error)

// call is one request on its way through the handler.
type call struct {
	h         *Handler
	r         *http.Request
	proto     protocol
	requestID string
	started   time.Time

	op     *operation  // nil until it is found
	raw    []byte      // the body as sent, which the signature covers
	body   []byte      // unpacked; decoding spoils it
	source string      // of awsQuery: the form, as sent
	caller *iam.Caller // nil until verified
	in     any         // nil unless it could be decoded
	out    reflect.Value

	rawBuffer, bodyBuffer, answerBuffer *[]byte
}

// serve does everything but answering. A nil fault means success, and c.out.
func (c *call) serve() (f *fault) {
	defer c.recovered(&f)
	if f := c.proto.locate(c); f != nil {
		return f
	}
	service := c.op.service
	if c.op.unsigned {
		if f := c.h.admitUnsigned(c); f != nil {
			return f
		}
	}
	caller, err := c.authenticate()
	if err != nil {
		return service.authFault(err, c.proto.query())
	}
	c.caller = caller
	c.begin()
	if err := c.h.options.Recorder.Ready(); err != nil {
		return service.internalFault(fmt.Errorf("audit record: %w", err))
	}
	f = c.perform()
	c.finish(f)
	if err := c.record(); err != nil {
		return service.internalFault(fmt.Errorf("audit record: %w", err))
	}
	if f == nil && c.op.unsigned {
		c.h.unsigned.refund(remoteIP(c.r))
	}
	return f
}

func (c *call) authenticate() (*iam.Caller, error) {
	auth, service := c.h.options.Auth, c.op.service.Name
	if c.op.unsigned {
		return auth.AuthenticateUnsigned(c.r, c.raw, service)
	}
	return auth.Authenticate(c.r, c.raw, service)
}

// record keeps the event, and a copy for the other account if there is one. The answer
// leaves only when both are safe.
func (c *call) record() error {
	e := c.caller.Event
	shared := e.Shared()
	if err := c.h.options.Recorder.Record(e); err != nil || shared == nil {
		return err
	}
	return c.h.options.Recorder.Record(shared)
}

// perform runs the operation: from here on, everything that happens is recorded.
func (c *call) perform() (f *fault) {
	defer c.recovered(&f)
	service, words := c.op.service, c.proto.words()
	if c.op.missing {
		return &fault{code: "UnsupportedOperationException", message: c.op.name + " is not supported.", status: http.StatusBadRequest}
	}
	in := c.op.newInput()
	v := reflect.ValueOf(in).Elem()
	if err := c.proto.decode(c, v); err != nil {
		return requestFault(words, err)
	}
	c.in = in
	if all := violationsOf(c.op.in, v); len(all) > 0 {
		return service.violationFault(c.op.name, words, all)
	}
	if err := c.caller.Refused; err != nil {
		return service.serviceFault(err)
	}
	out, err := c.op.call(c.r.Context(), c.caller, in)
	if err != nil {
		return service.serviceFault(err)
	}
	c.out = reflect.ValueOf(out).Elem()
	return nil
}

// recovered turns a panic into an internal error. net/http's own way to break off a
// request is left alone.
func (c *call) recovered(f **fault) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		var s *Service
		if c.op != nil {
			s = c.op.service
		}
		*f = s.internalFault(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}
}

// finish completes the record with the outcome. What the operation wrote into it stays.
func (c *call) finish(f *fault) {
	e := c.caller.Event
	scratch := getBuffer()
	defer putBuffer(scratch)
	if e.RequestParameters == nil && c.in != nil {
		e.RequestParameters = auditElements(scratch, c.op.in, reflect.ValueOf(c.in).Elem())
	}
	if f != nil {
		e.ErrorCode, e.ErrorMessage, e.ResponseElements = c.op.service.eventCode(f), f.message, nil
		return
	}
	if c.op.readOnly && !c.op.recordsAnswer || e.ResponseElements != nil {
		return
	}
	e.ResponseElements = auditElements(scratch, c.op.out, c.out)
	if empty := c.op.service.EmptyResponse; e.ResponseElements == nil && empty != nil {
		e.ResponseElements = empty(e)
	}
}

// begin fills in what the request says about the caller and the record.
func (c *call) begin() {
	caller := c.caller
	if caller.Event == nil {
		caller.Event = &cloudtrail.Event{}
	}
	if !caller.SourceIP.IsValid() {
		caller.SourceIP = remoteIP(c.r)
	}
	if caller.UserAgent == "" {
		caller.UserAgent = c.r.UserAgent()
	}
	caller.SecureTransport = caller.SecureTransport || c.r.TLS != nil
	e := caller.Event
	e.Time = c.h.options.Clock.Now()
	e.Source = c.op.service.Name + ".amazonaws.com"
	e.Name = c.op.name
	e.Region = caller.Region
	e.ReadOnly = c.op.readOnly
	if c.op.dataEvent {
		e.Category = cloudtrail.DataCategory
	}
	e.SourceIPAddress, e.UserAgent = caller.Origin()
	e.RequestID = c.requestID
	e.RecipientAccountID = caller.Principal.Account
	e.TLS = TLSDetails(c.r)
}

// names returns the service and the operation, if they are known.
func (c *call) names() (service, operation string) {
	if c.op == nil {
		return "", ""
	}
	return c.op.service.Name, c.op.name
}

func (c *call) release() {
	putBuffer(c.rawBuffer)
	putBuffer(c.bodyBuffer)
	putBuffer(c.answerBuffer)
}
