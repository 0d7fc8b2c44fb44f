package external_test

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// network passes on what goes between a client and a proxy, until it swallows it.
type network struct {
	address string
	to      string
	epoch   atomic.Int32 // connections of earlier ones are dead
}

func newNetwork(t *testing.T, to string) *network {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	n := &network{address: l.Addr().String(), to: to}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go n.pass(c)
		}
	}()
	return n
}

// swallow makes the connections that there are dead: neither side hears of it.
func (n *network) swallow() { n.epoch.Add(1) }

func (n *network) pass(c net.Conn) {
	epoch := n.epoch.Load()
	p, err := net.Dial("tcp", n.to)
	if err != nil {
		_ = c.Close()
		return
	}
	one := func(to io.WriteCloser, from io.Reader) {
		defer to.Close()
		b := make([]byte, 32<<10)
		for {
			m, err := from.Read(b)
			if err != nil {
				return
			}
			if n.epoch.Load() == epoch {
				if _, err := to.Write(b[:m]); err != nil {
					return
				}
			}
		}
	}
	go one(c, p)
	one(p, c)
}

// TestNetworkSwallows is about connections whose packets get lost from now on, while new ones would
// work: calls fail in time, and soon they don't.
func TestNetworkSwallows(t *testing.T) {
	t.Parallel()
	for _, alpn := range []string{"http/1.1", "h2"} {
		t.Run(alpn, func(t *testing.T) {
			t.Parallel()
			const callers = 4
			var n *network
			s := newScene(t, func(o *external.Options) {
				n = newNetwork(t, o.Hosts[xkstest.Host][0])
				o.Hosts = map[string][]string{xkstest.Host: {n.address}}
			})
			s.proxy.TLS(func(c *tls.Config) { c.NextProtos = []string{alpn} })
			if _, err := s.encrypt(t.Context(), "p", "a"); err != nil {
				t.Fatal(err)
			}
			s.SetTimeout(short)
			n.swallow()
			began := time.Now()
			var wait sync.WaitGroup
			var failed atomic.Int32
			for range callers {
				wait.Go(func() {
					for good := 0; good < 5; {
						_, err := s.encrypt(t.Context(), "p", "a")
						switch {
						case err == nil:
							good++
						case time.Since(began) > time.Minute:
							t.Errorf("after a minute: %v", err)
							return
						default:
							failed.Add(1)
							good = 0
						}
					}
				})
			}
			wait.Wait()
			t.Logf("%d calls failed in %v", failed.Load(), time.Since(began))
			if failed.Load() == 0 {
				t.Error("the network has swallowed nothing")
			}
		})
	}
}
