package awsapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// Options says what a Handler is made of. All but Observe and Logger must be set.
type Options struct {
	Services []Service
	Auth     Authenticator
	Recorder Recorder
	Clock    *clock.Clock
	Logger   *slog.Logger      // of internal errors, in full; nil means slog.Default()
	Observe  func(Observation) // called once for each request, after its answer

	// EncodeDenied makes the message that tells of a denial to those who may decode it. It
	// may be nil.
	EncodeDenied func(context.Context, *iam.Denied) (string, error)
}

// Observation is what there is to count and to log about a request.
type Observation struct {
	RequestID string
	Protocol  string // "awsJson", "awsQuery", "ec2Query", "rpcv2Cbor", "none"
	Service   string // "" if the request named no operation that there is, and so Operation
	Operation string
	Principal string // ARN of the caller; "" if it isn't known
	Account   string // of the caller; "" if it isn't known, or a service
	Region    string // that it called
	Code      string // of the error; "" for success
	Status    int
	Duration  time.Duration
	Received  int // bytes of the body, as sent
	Sent      int
}

// Handler answers requests for all operations of its services.
type Handler struct {
	options Options
	targets map[string]*operation       // by "TrentService.Encrypt"
	actions map[actionName][]*operation // of awsQuery
	maxForm int64                       // the largest MaxBody of those

	ec2Versions map[string]bool // the versions of services that speak ec2Query
	unsigned    *gate
}

// New checks the tables and makes the plans. Every mistake in a table is an error here, and
// none later.
func New(o Options) (*Handler, error) {
	if o.Auth == nil || o.Recorder == nil || o.Clock == nil {
		return nil, errors.New("awsapi: Auth, Recorder and Clock must be set")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	h := &Handler{
		options: o, targets: map[string]*operation{}, actions: map[actionName][]*operation{}, ec2Versions: map[string]bool{},
		maxForm: minForm, unsigned: newGate(o.Clock),
	}
	for i := range o.Services {
		if err := h.add(&o.Services[i]); err != nil {
			return nil, fmt.Errorf("service %s: %w", o.Services[i].Name, err)
		}
	}
	return h, nil
}

// ServeHTTP answers one request: it finds the operation, lets the caller be verified,
// decodes, validates, calls, records and writes the answer.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{h: h, r: r, requestID: cloudtrail.NewID(), started: time.Now(), proto: h.protocol(r)}
	defer c.release()
	f := c.serve()
	c.answer(w, f)
}

// answer writes the headers and the body. Nothing is sent before the whole is there.
func (c *call) answer(w http.ResponseWriter, f *fault) {
	c.answerBuffer = getBuffer()
	body, status := *c.answerBuffer, http.StatusOK
	header := w.Header()
	if f == nil {
		body = c.proto.appendOutput(body, c, c.out)
	} else {
		c.log(f)
		c.spell(f, header)
		body, status = c.proto.appendError(body, c, f), f.status
		header["X-Amzn-Errortype"] = []string{f.code}
		if message := c.encodeDenied(f); message != "" {
			header["X-Keystead-Authorization-Message"] = []string{message}
		}
	}
	*c.answerBuffer = body
	header["Content-Type"] = c.proto.contentType(c)
	if c.proto == (rpcV2CBOR{}) {
		header[smithyProtocol] = []string{smithyRPCv2}
	}
	header["X-Amzn-Requestid"] = []string{c.requestID}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone, or has it
	c.observe(f, status, len(body))
}

// encodeDenied makes the message about a denial, for a header of the answer, so that every
// denial can be looked into.
func (c *call) encodeDenied(f *fault) string {
	if f.denied == nil || c.h.options.EncodeDenied == nil {
		return ""
	}
	message, err := c.h.options.EncodeDenied(c.r.Context(), f.denied)
	if err != nil {
		c.log(&fault{cause: err})
		return ""
	}
	return message
}

func (c *call) log(f *fault) {
	if f.cause == nil {
		return
	}
	level := slog.LevelError
	if f.abandoned() {
		level = slog.LevelInfo
	}
	service, operation := c.names()
	c.h.options.Logger.Log(context.WithoutCancel(c.r.Context()), level, "internal error",
		"request", c.requestID, "service", service, "operation", operation, "error", f.cause)
}

func (c *call) observe(f *fault, status, sent int) {
	if c.h.options.Observe == nil {
		return
	}
	o := Observation{
		RequestID: c.requestID,
		Protocol:  c.proto.String(),
		Status:    status,
		Duration:  time.Since(c.started),
		Received:  len(c.raw),
		Sent:      sent,
	}
	o.Service, o.Operation = c.names()
	if c.caller != nil {
		o.Principal, o.Account, o.Region = c.caller.Principal.ARN, c.caller.Principal.Account, c.caller.Region
	}
	if f != nil {
		o.Code = f.code
	}
	c.h.options.Observe(o)
}
