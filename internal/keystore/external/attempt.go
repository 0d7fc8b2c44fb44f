package external

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/keystead/keystead/internal/xks"
)

// maxAnswer bounds the body of an answer. The longest proper one, to Decrypt, is shorter than 6 KiB
// but for what a proxy tells of its fleet.
const maxAnswer = 64 << 10

// attempt is one try of a request.
type attempt struct {
	pool    *pool
	request *http.Request
	limit   time.Duration

	began  time.Time
	stage  atomic.Int32 // how far it came: one of the stages
	reused atomic.Bool  // the request went out on a connection that others had used
	wire   atomic.Pointer[wire]

	timedOut       bool // it ended with its time
	networkTimeout bool // and had no connection by then
	certificate    *x509.Certificate
}

// The stages of an attempt.
const (
	resolving  int32 = iota // the host name is not an address yet
	connecting              // there is no TCP connection
	shaking                 // there is no TLS connection
	connected               // the request is on its way
)

func (a *attempt) reach(stage int32) {
	for {
		s := a.stage.Load()
		if s >= stage || a.stage.CompareAndSwap(s, stage) {
			return
		}
	}
}

type attemptKey struct{}

// run sends the request and reads the answer.
func (a *attempt) run(parent context.Context, parse func([]byte) error) *Error {
	ctx, cancel := context.WithTimeout(parent, a.limit)
	defer cancel()
	res, err := a.send(ctx)
	if err != nil && a.reused.Load() && ctx.Err() == nil && !isMalformed(err) {
		// The proxy had closed the connection, or died since. Its others are as old. That an
		// operation may be done twice does no harm.
		a.pool.transport.CloseIdleConnections()
		res, err = a.send(ctx)
	}
	if err != nil {
		return a.failed(ctx, err)
	}
	defer res.Body.Close()
	if res.TLS != nil && len(res.TLS.PeerCertificates) > 0 {
		a.certificate = res.TLS.PeerCertificates[0]
		a.pool.expires.Store(a.certificate.NotAfter.Unix())
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	body, err := readAnswer(res, *buffer)
	if err != nil && ctx.Err() != nil {
		return a.failed(ctx, err)
	}
	a.pool.late.Store(0)
	if err != nil {
		return malformed(err)
	}
	return understand(res.StatusCode, body, parse)
}

// send sends the request once.
func (a *attempt) send(ctx context.Context) (*http.Response, error) {
	// The dialer tells the attempt how far it comes.
	traced := httptrace.WithClientTrace(context.WithValue(ctx, attemptKey{}, a), &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) {
			a.reach(connected)
			a.reused.Store(i.Reused)
			if c, ok := i.Conn.(*tls.Conn); ok {
				if w, ok := c.NetConn().(*wire); ok {
					w.allow()
					a.wire.Store(w)
				}
			}
		},
	})
	r := a.request.WithContext(traced)
	var err error
	if r.Body, err = r.GetBody(); err != nil {
		return nil, err
	}
	return a.pool.transport.RoundTrip(r)
}

// buffers are for answers, longer than an answer may be: it ends within one.
var buffers = sync.Pool{New: func() any { return new(make([]byte, maxAnswer+1)) }}

var errTooLong = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)

// readAnswer reads the body of an answer into a buffer.
func readAnswer(res *http.Response, buffer []byte) ([]byte, error) {
	if e := res.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, errors.New("the answer is compressed, which it was not asked to be")
	}
	if res.ContentLength > maxAnswer {
		return nil, errTooLong
	}
	for n := 0; n < len(buffer); {
		m, err := res.Body.Read(buffer[n:])
		if n += m; err == io.EOF {
			return buffer[:n], nil
		} else if err != nil {
			return nil, err
		}
	}
	return nil, errTooLong
}

// understand reads an answer. What it says counts, not its status: a proper answer has status 200,
// and an error is known by its name.
func understand(status int, body []byte, parse func([]byte) error) *Error {
	wrong := fmt.Errorf("the answer has status %d and is no error of the specification", status)
	if status == http.StatusOK {
		if wrong = parse(body); wrong == nil {
			return nil
		}
	}
	e, err := xks.ParseError(body)
	if err != nil {
		return malformed(wrong)
	}
	cause, known := answers[e.Name]
	if !known {
		return malformed(fmt.Errorf("the answer is the unknown error %q", xks.Printable(string(e.Name), 64)))
	}
	return &Error{Cause: cause, Name: string(e.Name), Proxy: e.Message}
}

func malformed(err error) *Error { return &Error{Cause: Malformed, Name: Unreachable, Err: err} }

// failed says why there is no answer.
func (a *attempt) failed(ctx context.Context, err error) *Error {
	stage := a.stage.Load()
	dial, dialed := errors.AsType[*dialError](err)
	if dialed {
		stage = dial.stage
	}
	e := &Error{Name: Unreachable, Err: err}
	switch {
	case ctx.Err() != nil || dialed && dial.timeout():
		a.timedOut, a.networkTimeout = true, stage < connected
		if e.Cause = Timeout; stage < shaking {
			e.Cause = Unreached
		}
		if stage == connected {
			a.pool.wasLate()
			a.giveUp()
		}
	case dialed && stage == shaking || isAlert(err):
		e.Cause = NoTLS
	case isMalformed(err):
		e.Cause = Malformed
	case !a.reused.Load() && a.refused():
		e.Cause = NoTLS
	default:
		e.Cause = Unreached
	}
	return e
}

// refused reports whether the connection broke because the proxy does not take the client's
// certificate, as far as can be told.
func (a *attempt) refused() bool {
	w := a.wire.Load()
	return w != nil && w.refused()
}

// giveUp closes the connection of a late answer if it brought nothing at all meanwhile. One of HTTP/1.1
// is closed anyway. One of HTTP/2 has all the calls, and they would all be late if it were dead; those
// that wait on it move to another.
func (a *attempt) giveUp() {
	if w := a.wire.Load(); w != nil && w.heard.Load() < a.began.UnixNano() {
		_ = w.Close()
	}
}

// dialError is why there is no connection.
type dialError struct {
	stage int32
	err   error
}

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

func (e *dialError) timeout() bool {
	n, ok := errors.AsType[net.Error](e.err)
	return errors.Is(e.err, context.DeadlineExceeded) || errors.Is(e.err, os.ErrDeadlineExceeded) || ok && n.Timeout()
}

// isAlert reports whether the proxy ended the connection with a TLS alert, as it may still do after
// the client has finished its side of the handshake.
func isAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error"
}

// isMalformed reports whether what came is not HTTP, in contrast to a connection that broke.
// net/http tells them apart in its texts alone.
func isMalformed(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, new(syscall.Errno)) || errors.As(err, new(*net.OpError)) {
		return false
	}
	text := err.Error()
	for _, sign := range []string{"malformed", "exceeded", "larger than", "Content-Length", "1xx", "transport connection broken", "connection error:"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}
