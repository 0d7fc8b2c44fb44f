package external_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/logtest"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// Frames of HTTP/2 (RFC 9113, section 6).
var (
	settingsFrame = []byte{0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff} // many streams, large windows
	windowFrame   = []byte{0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0, 0, 0}                                   // large, but with room for more
	moreFrame     = []byte{0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1}                                      // a little more window, which wants no answer
)

// raw has the scene's proxy be something that speaks HTTP/2 without a server: serve gets each
// connection after its handshake.
func (s *scene) raw(t *testing.T, serve func(c *tls.Conn)) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	cert := s.proxy.CA.Issue(t, nil)
	s.DialWith(func(ctx context.Context, network, _ string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, l.Addr().String())
		if err == nil {
			_ = c.(*net.TCPConn).SetWriteBuffer(8 << 10) // so that it fills soon
		}
		return c, err
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.(*net.TCPConn).SetReadBuffer(8 << 10)
			go func() {
				defer c.Close()
				server := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}})
				if server.HandshakeContext(t.Context()) == nil {
					serve(server)
				}
			}()
		}
	}()
}

// TestUnasked: a proxy that sends without end is not read without end.
func TestUnasked(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	const most = 8 << 20
	sent := make(chan int, 8)
	s.raw(t, func(c *tls.Conn) {
		go func() { _, _ = io.Copy(io.Discard, c) }()
		frames := bytes.Repeat(moreFrame, 100)
		_, err := c.Write(settingsFrame)
		n := 0
		for err == nil && n < most {
			_, err = c.Write(frames)
			n += len(frames)
		}
		sent <- n
	})
	if _, err := s.encrypt(t.Context(), "p", "a"); err == nil {
		t.Error("it is answered")
	}
	if n := <-sent; n >= most {
		t.Errorf("the client has read %d bytes of what it did not ask for", n)
	}
}

// TestUnread: a proxy that reads nothing does not hold requests whose calls have ended, although it
// shows that it lives.
func TestUnread(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	ended := make(chan struct{})
	end := sync.OnceFunc(func() { close(ended) })
	s.raw(t, func(c *tls.Conn) {
		defer end()
		_, err := c.Write(append(settingsFrame, windowFrame...))
		for tick := time.NewTicker(20 * time.Millisecond); err == nil; <-tick.C {
			_, err = c.Write(moreFrame)
		}
	})
	s.SetTimeout(short)
	if _, err := s.encrypt(t.Context(), "p", "a"); cause(err) != external.Timeout {
		t.Fatalf("got %v", err)
	}
	large := strings.Repeat("p", xks.MaxPlaintext)
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			for range 100 {
				select {
				case <-ended:
					return
				default:
					_, _ = s.encrypt(t.Context(), large, "a")
				}
			}
		})
	}
	calls.Wait()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the connection, on which nothing can be written, is still there")
	}
}

// TestBrokenWithCertificate: a connection that breaks is no matter of TLS, although the proxy has
// asked for a certificate, if it has taken that.
func TestBrokenWithCertificate(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, alpn := range []string{"http/1.1", "h2"} {
			s := newScene(t, func(o *external.Options) {
				o.ClientCertificate = func() (*tls.Certificate, error) { return new(tls.Certificate), nil }
			})
			s.proxy.TLS(func(c *tls.Config) {
				c.ClientAuth, c.MinVersion, c.MaxVersion, c.NextProtos = tls.RequestClientCert, version, version, []string{alpn}
			})
			s.proxy.Set(func(x *xkstest.Exchange) {
				x.Flush([]byte(`{"ciphertext":"`))
				panic(http.ErrAbortHandler)
			})
			_, err := s.encrypt(t.Context(), "p", "a")
			if c := cause(err); c != external.Unreached && c != external.Malformed {
				t.Errorf("%s in TLS %x, in the middle of the answer: %v", alpn, version, err)
			}
			s.proxy.CloseConnections()
			s.proxy.Set(xkstest.Reset)
			_, err = s.encrypt(t.Context(), "p", "a")
			// HTTP/1.1 in TLS 1.3 has nothing to tell a refusal by before the answer.
			if c := cause(err); c != external.Unreached && c != external.Malformed && (alpn == "h2" || version == tls.VersionTLS12) {
				t.Errorf("%s in TLS %x, before the answer: %v", alpn, version, err)
			}
		}
	}
}

// TestWhatProxySays: the log has the proxy's errorMessage, cleaned, with what is needed to find the
// call, and not without end; callers have nothing of it.
func TestWhatProxySays(t *testing.T) {
	t.Parallel()
	var log logtest.Log
	s := newScene(t, func(o *external.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	s.proxy.Set(xkstest.Answer(403, `{"errorName":"AccessDeniedException","errorMessage":"rule 7\n\u001b[2Jforged level=ERROR `+strings.Repeat("x", 2000)+`"}`))
	for range 50 {
		_, err := s.encrypt(t.Context(), "p", "a")
		e, _ := errors.AsType[*external.Error](err)
		if e == nil || e.Cause != external.AccessDenied {
			t.Fatalf("got %v", err)
		}
		for _, seen := range []error{e.Use(), e.CreateKey(), e.CreateStore()} {
			if strings.Contains(seen.Error(), "rule 7") {
				t.Errorf("the caller sees %v", seen)
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) > 20 {
		t.Errorf("the log has %d lines of 50 calls", len(lines))
	}
	for _, want := range []string{
		"store=" + s.to.Store, "account=" + s.to.Account, "region=" + s.to.Region, "operation=Encrypt", "external-key=" + xkstest.KeyID, "kms-operation=Encrypt",
		"kms-key=" + call.KeyARN, "kms-request=" + call.RequestID, "error=AccessDeniedException", `message="rule 7??[2Jforged`,
	} {
		if !strings.Contains(lines[0], want) {
			t.Errorf("the first line has no %s: %s", want, lines[0])
		}
	}
	if len(lines[0]) > 1200 || strings.Contains(log.String(), "\x1b") {
		t.Errorf("the line is not clean, or has %d bytes: %q", len(lines[0]), lines[0])
	}
}

// TestHappened: what is told of an error that quotes the proxy is clean and has an end.
func TestHappened(t *testing.T) {
	t.Parallel()
	e := &external.Error{Cause: external.Malformed, Err: errors.New("malformed \x1b[2J\n" + strings.Repeat("é", 40_000))}
	for _, text := range []string{e.Happened(), e.Error()} {
		if len(text) > 1000 || strings.ContainsAny(text, "\x1b\né") || !strings.Contains(text, "malformed") {
			t.Errorf("%d bytes: %.600q", len(text), text)
		}
	}
	if (&external.Error{}).Happened() != "" {
		t.Error("nothing has happened")
	}
}

// TestRootsNow: authorities that are not trusted any more end what was trusted by them, at once.
func TestRootsNow(t *testing.T) {
	t.Parallel()
	for _, alpn := range []string{"http/1.1", "h2"} {
		var roots atomic.Pointer[x509.CertPool]
		s := newScene(t, func(o *external.Options) { o.RootsNow, o.Roots = roots.Load, nil })
		s.proxy.TLS(func(c *tls.Config) { c.NextProtos = []string{alpn} })
		roots.Store(s.proxy.CA.Pool())
		for range 2 {
			if _, err := s.encrypt(t.Context(), "p", "a"); err != nil {
				t.Fatalf("%s: %v", alpn, err)
			}
		}
		connections := s.proxy.Connections()
		other := xkstest.NewAuthority(t)
		roots.Store(other.Pool())
		if _, err := s.encrypt(t.Context(), "p", "a"); cause(err) != external.NoTLS {
			t.Errorf("%s: %v", alpn, err)
		}
		roots.Store(s.proxy.CA.Pool())
		for range 2 {
			if _, err := s.encrypt(t.Context(), "p", "a"); err != nil {
				t.Errorf("%s: %v", alpn, err)
			}
		}
		if n := s.proxy.Connections() - connections; n != 2 {
			t.Errorf("%s: %d connections, want one that was refused and one that was not", alpn, n)
		}
	}
}

// TestManyAddresses: the owner of a name does not decide how many connections a call tries.
func TestManyAddresses(t *testing.T) {
	t.Parallel()
	addresses := make([]string, 1000)
	for i := range addresses {
		addresses[i] = fmt.Sprintf("192.0.2.1:%d", i+1)
	}
	s := newScene(t, func(o *external.Options) { o.Hosts = map[string][]string{xkstest.Host: addresses} })
	var mu sync.Mutex
	tried := map[string]bool{}
	s.DialWith(func(_ context.Context, _, address string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		tried[address] = true
		return nil, syscall.ECONNREFUSED
	})
	for n := 1; n <= 3; n++ {
		if _, err := s.encrypt(t.Context(), "p", "a"); cause(err) != external.Unreached {
			t.Errorf("got %v", err)
		}
		mu.Lock()
		if len(tried) > 10*n || len(tried) < 8+n-1 {
			t.Errorf("%d addresses after %d calls", len(tried), n)
		}
		mu.Unlock()
	}
}
