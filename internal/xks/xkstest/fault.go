package xkstest

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/keystead/keystead/internal/xks"
)

// Fault sees each request with the honest answer, which it may change, or answer itself.
type Fault func(*Exchange)

// Set has the proxy treat all requests with f from now on; nil makes it honest.
func (p *Proxy) Set(f Fault) {
	if f == nil {
		p.fault.Store(nil)
		return
	}
	p.fault.Store(&f)
}

// Can has the proxy give one answer to all requests from now on, without looking at them: for
// measurements of what is around it.
func (p *Proxy) Can(answer []byte) { p.canned.Store(&answer) }

// Answer answers with a status and a body.
func Answer(status int, body string) Fault {
	return func(x *Exchange) { x.Status, x.Answer = status, []byte(body) }
}

// Status keeps the honest body and changes the status.
func Status(status int) Fault { return func(x *Exchange) { x.Status = status } }

// Fails answers an error of the specification's.
func Fails(name xks.ErrorName, message string) Fault {
	e := xks.Error{Name: name, Message: message}
	return Answer(name.Status(), string(e.Append(nil)))
}

// Large answers a JSON object of n bytes and more, which has all that the honest answer has.
func Large(n int) Fault {
	return func(x *Exchange) {
		x.Answer = []byte(`{"filler":"` + strings.Repeat("x", n) + `",` + strings.TrimPrefix(string(x.Answer), "{"))
	}
}

// Redirect answers a redirect.
func Redirect(to string) Fault {
	return func(x *Exchange) {
		x.w.Header().Set("Location", to)
		x.Status = http.StatusTemporaryRedirect
	}
}

// Truncated promises the honest answer, sends half of it and closes the connection.
func Truncated(x *Exchange) {
	x.w.Header().Set("Content-Length", strconv.Itoa(len(x.Answer)))
	x.w.WriteHeader(x.Status)
	_, _ = x.w.Write(x.Answer[:len(x.Answer)/2])
	_ = http.NewResponseController(x.w).Flush()
	panic(http.ErrAbortHandler)
}

// Reset closes the connection without an answer, and not in order: a TCP reset, if it is HTTP/1.1.
func Reset(x *Exchange) {
	c, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: the stream is reset
	}
	x.w = nil
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = t.NetConn()
	}
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// Flush sends the header of the answer and the beginning of a body.
func (x *Exchange) Flush(beginning []byte) {
	x.w.WriteHeader(x.Status)
	_, _ = x.w.Write(beginning)
	_ = http.NewResponseController(x.w).Flush()
}

// Hang gives no answer until the gate is closed or the client goes away; then the honest one.
func Hang(gate <-chan struct{}) Fault {
	return func(x *Exchange) {
		select {
		case <-gate:
		case <-x.Request.Context().Done():
		}
	}
}

// Sealed changes the answers to Encrypt.
func Sealed(change func(*xks.EncryptResponse)) Fault {
	return func(x *Exchange) {
		if x.Operation != xks.Encrypt || x.Status != http.StatusOK {
			return
		}
		if r, err := xks.ParseEncryptResponse(x.Answer); err == nil {
			change(r)
			x.Answer = r.Append(nil)
		}
	}
}

// Headers sets headers of the answer.
func Headers(pairs ...string) Fault {
	return func(x *Exchange) {
		for i := 0; i < len(pairs); i += 2 {
			x.w.Header().Set(pairs[i], pairs[i+1])
		}
	}
}
