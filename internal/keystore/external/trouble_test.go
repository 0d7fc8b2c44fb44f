package external_test

import (
	"bytes"
	"crypto/fips140"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/logtest"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestTrouble is about a proxy and a network that break again and again while many work: no wrong
// plaintext, no other error than those of a broken network, and all is well as soon as they are.
func TestTrouble(t *testing.T) {
	t.Parallel()
	const callers, calls = 16, 60
	s, k, ref := newKey(t)
	trouble := []func(){
		s.proxy.CloseConnections,
		func() { s.proxy.Stop(); s.proxy.Start() },
		func() { s.proxy.Set(xkstest.Reset) },
		func() { s.proxy.Set(xkstest.Truncated) },
		func() { s.proxy.Certificate(nil) },
		func() { s.proxy.Set(nil) },
	}
	var one sync.Mutex // trouble at a time
	var failed, done atomic.Int32
	var wait sync.WaitGroup
	for i := range callers {
		wait.Go(func() {
			for n := range calls {
				if i := done.Add(1); i%5 == 0 {
					func() {
						one.Lock()
						defer one.Unlock()
						s.proxy.Set(nil)
						trouble[rand.IntN(len(trouble))]()
					}()
				}
				want := fmt.Sprintf("plaintext %d of %d", n, i)
				raw, err := k.Encrypt(t.Context(), ref, k.ID, []byte(want), nil)
				if err == nil {
					var b material.Blob
					if b, err = material.ParseBlob(raw); err != nil {
						t.Error(err)
						return
					}
					var p []byte
					if p, _, err = k.Decrypt(t.Context(), ref, b, nil); err == nil && string(p) != want {
						t.Errorf("%q became %q", want, p)
					}
				}
				switch cause(err) {
				case 0:
					if err != nil {
						t.Error(err)
					}
				case external.Unreached, external.NoTLS, external.Malformed:
					failed.Add(1)
				default:
					t.Errorf("got %v", err)
				}
			}
		})
	}
	wait.Wait()
	s.proxy.Set(nil)
	t.Logf("%d of %d calls failed", failed.Load(), callers*calls)
	if _, err := k.Encrypt(t.Context(), ref, k.ID, []byte("x"), nil); err != nil {
		t.Errorf("after the trouble: %v", err)
	}
}

// TestLog is about what an operator sees: when a proxy begins to fail, and when it is well again.
func TestLog(t *testing.T) {
	t.Parallel()
	var log logtest.Log
	s := newScene(t, func(o *external.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	for _, first := range []xkstest.Fault{xkstest.Answer(500, "secret answer"), xkstest.Fails(xks.AuthenticationFailedException, "")} {
		for _, f := range []xkstest.Fault{first, xkstest.Fails(xks.InternalException, "HSM is off"), xkstest.Fails(xks.AccessDeniedException, "no"), nil} {
			s.proxy.Set(f)
			for range 3 {
				_, _ = s.encrypt(t.Context(), "secret plaintext", "secret aad")
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, "says why it refuses") })
	if len(lines) != 4 || !strings.Contains(lines[0], "proxy fails") || !strings.Contains(lines[0], s.to.Store) || !strings.Contains(lines[1], "answers again") {
		t.Errorf("the log is:\n%s", log.String())
	}
	for _, secret := range []string{"secret", s.proxy.Secret, "c2VjcmV0"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, log.String())
		}
	}
}

// TestAllowed is about addresses that a name leads to and the operator does not allow. A name with an
// address of the operator's is not looked up.
func TestAllowed(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := newScene(t, func(o *external.Options) {
		o.Allowed = func(a netip.Addr) bool {
			asked.Add(1)
			return !a.IsLoopback()
		}
	})
	if _, err := s.Health(t.Context(), s.to, call); err != nil || asked.Load() != 0 {
		t.Errorf("%v, %d addresses were asked about", err, asked.Load())
	}
	p := *s.to
	p.Endpoint = "https://localhost"
	_, err := s.Health(t.Context(), &p, call)
	if cause(err) != external.Unreached || !strings.Contains(err.Error(), "allows") || asked.Load() == 0 {
		t.Errorf("%v, %d addresses were asked about", err, asked.Load())
	}
}

// TestFIPS works with a proxy with Go's FIPS 140-3 module in the mode that it is validated for.
func TestFIPS(t *testing.T) {
	if !fips140.Enabled() {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFIPS$")
		c.Env = append(os.Environ(), "GODEBUG=fips140=on")
		if out, err := c.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("PASS")) {
			t.Errorf("in FIPS mode: %v\n%s", err, out)
		}
		return
	}
	s, k, ref := newKey(t)
	raw, err := k.Encrypt(t.Context(), ref, k.ID, []byte("text"), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := material.ParseBlob(raw)
	if err != nil {
		t.Fatal(err)
	}
	if p, _, err := k.Decrypt(t.Context(), ref, b, nil); err != nil || string(p) != "text" {
		t.Errorf("got %q, %v", p, err)
	}
	if !time.Now().Before(s.last().Certificate.NotAfter) {
		t.Error("no certificate was seen")
	}
}
