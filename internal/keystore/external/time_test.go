package external_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// short is a time limit that is meant to end, but not before a busy machine has come so far.
const short = 500 * time.Millisecond

// TestLate is about answers that are not complete in time: one attempt, recorded as the limit.
func TestLate(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	defer close(gate)
	for name, f := range map[string]xkstest.Fault{
		"no answer": xkstest.Hang(gate),
		"half an answer": func(x *xkstest.Exchange) {
			xkstest.Headers("Content-Length", "1000")(x)
			x.Flush(x.Answer[:10])
			xkstest.Hang(gate)(x)
		},
	} {
		s := newScene(t, func(o *external.Options) { o.Timeout = external.DefaultTimeout })
		for !connected(s) { // on a busy machine the handshake alone may take the time
			t.Log("connecting took too long")
		}
		s.proxy.Set(f)
		before, asked := s.count(), len(s.proxy.Seen())
		_, err := s.encrypt(t.Context(), "p", "a")
		if cause(err) != external.Timeout {
			t.Errorf("%s: %v", name, err)
		}
		o := s.last()
		if o.Latency != 250*time.Millisecond || o.ErrorName != external.Unreachable || !o.Retryable || s.count() != before+1 {
			t.Errorf("%s: %d observations, the last %+v", name, s.count()-before, o)
		}
		if n := len(s.proxy.Seen()) - asked; n > 1 {
			t.Errorf("%s: the proxy was asked %d times", name, n)
		}
	}
}

func connected(s *scene) bool {
	_, err := s.Health(context.Background(), s.to, call)
	return err == nil
}

// silent is a listener that takes connections and says nothing.
func silent(t *testing.T) (address string, accepted <-chan bool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	taken := make(chan bool, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			taken <- true
		}
	}()
	return l.Addr().String(), taken
}

// TestNetworkTimeout is about time that ends before there is a connection: two attempts, recorded as
// the sum.
func TestNetworkTimeout(t *testing.T) {
	t.Parallel()
	t.Run("TLS", func(t *testing.T) {
		t.Parallel()
		address, accepted := silent(t)
		s := newScene(t, func(o *external.Options) {
			o.Timeout, o.Hosts = short, map[string][]string{xkstest.Host: {address}}
		})
		_, err := s.encrypt(t.Context(), "p", "a")
		if o := s.last(); cause(err) != external.Timeout || o.Latency != 2*short || o.ErrorName != external.Unreachable || s.count() != 1 {
			t.Errorf("got %v, observed %+v", err, o)
		}
		for range 2 {
			<-accepted
		}
		select {
		case <-accepted:
			t.Error("there was a third connection")
		default:
		}
	})
	t.Run("TCP", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, func(o *external.Options) { o.Timeout = short })
		var dials atomic.Int32
		s.DialWith(func(ctx context.Context, _, _ string) (net.Conn, error) {
			dials.Add(1)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		_, err := s.encrypt(t.Context(), "p", "a")
		if o := s.last(); cause(err) != external.Unreached || o.Latency != 2*short || o.ErrorName != external.Unreachable || s.count() != 1 {
			t.Errorf("got %v, observed %+v", err, o)
		}
		if n := dials.Load(); n != 2 {
			t.Errorf("%d connections were tried, want 2", n)
		}
	})
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, nil)
		var dials atomic.Int32
		s.DialWith(func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials.Add(1) == 1 {
				return nil, context.DeadlineExceeded // as if the time were up
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		})
		_, err := s.encrypt(t.Context(), "p", "a")
		if o := s.last(); err != nil || o.Latency <= patient || o.Latency >= 2*patient || o.ErrorName != "" || s.count() != 1 {
			t.Errorf("got %v, observed %+v", err, o)
		}
	})
	t.Run("one of two addresses", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, func(o *external.Options) {
			o.Timeout = 6 * time.Second
			o.Hosts[xkstest.Host] = append([]string{"dead:443"}, o.Hosts[xkstest.Host]...)
		})
		s.DialWith(func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == "dead:443" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		})
		for range 2 { // whichever of them is the first
			if _, err := s.encrypt(t.Context(), "p", "a"); err != nil || s.last().Latency >= 6*time.Second {
				t.Errorf("got %v after %v", err, s.last().Latency)
			}
			s.Forget(s.to.Store)
			s.proxy.CloseConnections()
		}
	})
}

// TestCallerLeaves is about callers that don't wait: nothing is known of the proxy.
func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	defer close(gate)
	s := newScene(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	s.proxy.Set(func(x *xkstest.Exchange) {
		cancel()
		xkstest.Hang(gate)(x)
	})
	if _, err := s.encrypt(ctx, "p", "a"); !errors.Is(err, context.Canceled) || cause(err) != 0 {
		t.Errorf("got %v", err)
	}
	if _, err := s.encrypt(ctx, "p", "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if s.count() != 0 {
		t.Errorf("observed %+v", s.last())
	}
}

// TestDeadProxy is about a thousand callers of a proxy that does not answer: the calls are bounded,
// and those of other key stores go on as before.
func TestDeadProxy(t *testing.T) {
	t.Parallel()
	const callers = 2 * external.MaxInFlight
	s := newScene(t, func(o *external.Options) { o.Timeout = 2 * time.Second })
	well := *s.to
	well.Store = "cks-00000000000000000"
	if _, err := s.Health(t.Context(), &well, call); err != nil {
		t.Fatal(err)
	}
	var dials, most atomic.Int32
	begun := make(chan struct{}, callers)
	s.DialWith(func(ctx context.Context, _, _ string) (net.Conn, error) {
		most.Store(max(most.Load(), dials.Add(1)))
		begun <- struct{}{}
		<-ctx.Done()
		dials.Add(-1)
		return nil, ctx.Err()
	})
	var refused, waited atomic.Int32
	var wait sync.WaitGroup
	for range callers {
		wait.Go(func() {
			_, err := s.encrypt(t.Context(), "p", "a")
			switch {
			case cause(err) == external.Timeout && errors.Is(err, external.ErrInFlight):
				refused.Add(1)
			case cause(err) == external.Unreached:
				waited.Add(1)
			default:
				t.Errorf("got %v", err)
			}
		})
	}
	for range external.MaxInFlight {
		<-begun
	}
	for range 10 {
		began := time.Now()
		if _, err := s.Health(t.Context(), &well, call); err != nil {
			t.Errorf("another key store: %v after %v", err, time.Since(began))
		}
	}
	wait.Wait()
	if refused.Load() == 0 || waited.Load() < external.MaxInFlight || refused.Load()+waited.Load() != callers {
		t.Errorf("%d were refused at once, %d waited", refused.Load(), waited.Load())
	}
	if n := most.Load(); n > external.MaxInFlight {
		t.Errorf("%d connections were tried at once", n)
	}
	if n := int32(s.count()) - 11; n != waited.Load() {
		t.Errorf("%d observations of %d calls", n, waited.Load())
	}
}

// TestSwallowed is about connections that a network has made dead: after some late answers in a row
// they are given up together, not one by one.
func TestSwallowed(t *testing.T) {
	t.Parallel()
	const burst = 40
	s := newScene(t, nil)
	s.proxy.TLS(func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} })
	gate := make(chan struct{})
	defer close(gate)
	var old sync.Map // connections of the burst
	var ready sync.WaitGroup
	ready.Add(burst)
	s.proxy.Set(func(x *xkstest.Exchange) {
		old.Store(x.Request.RemoteAddr, true)
		ready.Done()
		ready.Wait()
	})
	all := func(n int) (failed int32) {
		var f atomic.Int32
		var wait sync.WaitGroup
		for range n {
			wait.Go(func() {
				if _, err := s.encrypt(t.Context(), "p", "a"); err != nil {
					f.Add(1)
				}
			})
		}
		wait.Wait()
		return f.Load()
	}
	if n := all(burst); n != 0 {
		t.Fatalf("%d calls failed", n)
	}
	s.proxy.Set(func(x *xkstest.Exchange) {
		if _, dead := old.Load(x.Request.RemoteAddr); dead {
			xkstest.Hang(gate)(x)
		}
	})
	s.SetTimeout(short)
	if n := all(10); n != 10 {
		t.Errorf("%d calls failed of 10 on dead connections", n)
	}
	s.SetTimeout(patient)
	if n := all(10); n != 0 {
		t.Errorf("%d calls failed afterwards, with %d dead connections left", n, burst-10)
	}
}

// TestPools is about key stores that come and go.
func TestPools(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	for _, store := range []string{"cks-1", "cks-2", "cks-1"} {
		p := *s.to
		p.Store = store
		if _, err := s.Health(t.Context(), &p, call); err != nil {
			t.Fatal(err)
		}
	}
	if n, c := s.Pools(), s.proxy.Connections(); n != 2 || c != 2 {
		t.Errorf("%d pools, %d connections", n, c)
	}
	s.Forget("cks-1")
	if n := s.Pools(); n != 1 {
		t.Errorf("%d pools after Forget", n)
	}
	for i := range 2000 { // as of somebody who makes key stores in vain
		p := *s.to
		p.Store, p.Endpoint = "", "https://"+string(rune('a'+i%26))+".example.com"
		p.Account = string(rune(i))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = s.Health(ctx, &p, call)
	}
	if n := s.Pools(); n > 1024 {
		t.Errorf("%d pools", n)
	}
}
