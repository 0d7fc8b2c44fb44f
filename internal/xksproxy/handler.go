package xksproxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/xks"
)

const (
	// budget is how long an answer may take. KMS gives up after 250 ms, and the way there and
	// back takes up to 35 ms.
	budget = 200 * time.Millisecond

	// maxBody bounds what is read, and hashed, of a request that nobody has signed yet. The largest
	// values that a proxy has to take, with ARNs of 2,048 characters, make 25 KiB.
	maxBody = 64 << 10

	// maxBodies bounds the bodies in memory at once.
	maxBodies = 1024
)

// call is one request on its way through the checks.
type call struct {
	begin     time.Time
	op        xks.Operation
	path, key string // of the URI
	store     *tenant
	region    string // of the signature
	accessKey string // that signed; "" as long as nobody has
	meta      xks.RequestMetadata
	rule      string // that allowed it
	refusal   string // why it is not authenticated, for the log alone
	failure   error  // from inside, for the log
}

// ServeHTTP implements http.Handler. The checks are, in this order: the path and its store (404),
// the method (405), the signature (401), the body (400), the quota (429), the key (404), the
// rules (403), sizes (501), usage and state (400).
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ping" && r.Method != http.MethodPost {
		servePing(w, r)
		return
	}
	c := &call{begin: time.Now()}
	ctx, cancel := context.WithTimeout(r.Context(), p.budget)
	defer cancel()
	body, err := p.answer(ctx, c, w, r)
	if errors.Is(err, errMethod) {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		p.metrics.observe(c, errMethod.Name)
		return
	}
	status := http.StatusOK
	var failed *xks.Error
	if err != nil {
		failed, c.failure = asAnswer(ctx, err)
	}
	if failed = p.record(c, failed, r); failed != nil {
		body, status = failed.Append(nil), failed.Name.Status()
	}
	var name xks.ErrorName
	if failed != nil {
		name = failed.Name
	}
	p.metrics.observe(c, name)
	w.Header().Set("Content-Type", xks.ContentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // KMS may have gone
	if failed == nil && c.op == xks.Decrypt {
		clear(body) // the plaintext
	}
}

// errMethod is answered with 405 and without a body of the API's.
var errMethod = &xks.Error{Name: "MethodNotAllowed"}

// errGone is the outcome, in the journal and the metrics, of a request whose sender has gone: KMS
// does not wait longer than 250 ms. Nobody gets it as an answer.
var errGone = &xks.Error{Name: "Canceled", Message: "the client did not wait for the answer"}

// answer takes a request through all checks and returns the body of the answer.
func (p *Proxy) answer(ctx context.Context, c *call, w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := p.route(c, r); err != nil {
		return nil, err
	}
	room := bodies.Get().(*bytes.Buffer)
	defer func() {
		clear(room.Bytes())
		room.Reset()
		bodies.Put(room)
	}()
	select {
	case p.bodies <- struct{}{}:
		defer func() { <-p.bodies }()
	case <-ctx.Done():
		if r.Context().Err() != nil {
			return nil, errGone
		}
		return nil, &xks.Error{Name: xks.ThrottlingException, Message: "too many requests at once"}
	}
	if err := p.readBody(c, w, r, room); err != nil {
		return nil, err
	}
	if err := c.authenticate(r, room.Bytes()); err != nil {
		return nil, err
	}
	return p.operate(ctx, c, room.Bytes())
}

// route finds the store and the operation.
func (p *Proxy) route(c *call, r *http.Request) error {
	unknown := &xks.Error{Name: xks.InvalidURIPathException}
	if r.URL.RawPath != "" || r.URL.RawQuery != "" {
		return unknown
	}
	path, op, key, ok := xks.ParsePath(r.URL.Path)
	if !ok {
		return unknown
	}
	t := p.setup.Load().stores[path]
	if t == nil {
		return unknown
	}
	c.path, c.op, c.key, c.store = path, op, key, t
	if r.Method != http.MethodPost {
		return errMethod
	}
	return nil
}

var bodies = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 4<<10)) }}

// readBody reads the body into room, if it is not too large. It must come within the time of the
// answer: strangers who send theirs slowly would else have all the places in memory for long.
func (p *Proxy) readBody(c *call, w http.ResponseWriter, r *http.Request, room *bytes.Buffer) error {
	large := &xks.Error{Name: xks.UnsupportedOperationException, Message: "the request is larger than 64 KiB"}
	if r.ContentLength > maxBody {
		return large
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(c.begin.Add(p.budget)) // both versions of HTTP can
	n, err := room.ReadFrom(io.LimitReader(r.Body, maxBody+1))
	switch {
	case n > maxBody:
		return large
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &xks.Error{Name: xks.ValidationException, Message: "the body did not come in time"}
	case err != nil:
		return errGone
	}
	_ = control.SetReadDeadline(time.Time{}) // or the end of the connection would seem to have come
	return nil
}

// authenticate verifies the signature. It does not tell an unknown access key from a wrong
// signature.
func (c *call) authenticate(r *http.Request, body []byte) error {
	result, err := c.store.verifier.Verify(r, body, xks.SigningName)
	if err == nil {
		c.region, c.accessKey = result.Region, result.Credential.AccessKeyID
		return nil
	}
	denied := &xks.Error{Name: xks.AuthenticationFailedException}
	why, ok := errors.AsType[*sigv4.Error](err)
	switch {
	case !ok:
	case why.Reason == sigv4.UnknownKey:
		c.refusal = "the key store has no such access key id"
	case why.Reason == sigv4.Mismatch:
		c.refusal = "the signature is not one of the secret access key"
	default:
		denied.Message = why.Text(false)
	}
	return denied
}

// operate does what an authenticated request asks for.
func (p *Proxy) operate(ctx context.Context, c *call, body []byte) ([]byte, error) {
	switch c.op {
	case xks.GetHealthStatus:
		return p.health(c, body)
	case xks.GetKeyMetadata:
		return p.keyMetadata(ctx, c, body)
	case xks.Encrypt:
		return p.encrypt(ctx, c, body)
	default:
		return p.decrypt(ctx, c, body)
	}
}

// servePing answers the probe of a load balancer.
func servePing(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains([]string{http.MethodGet, http.MethodHead}, r.Method) {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, "pong\n") // the prober may have gone
}
