package xksproxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/xks"
)

// metrics reads what Prometheus would.
func (s *subject) metrics() string {
	s.t.Helper()
	res, err := http.Get(s.proxy.MetricsURL())
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// TestGone: a KMS that does not wait for the answer is no fault of the proxy's. It is in the journal
// and the metrics as what it is, and in the log of nobody who does not look for it.
func TestGone(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"http/1.1", "h2"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := start(t, config("software: {}", ""))
			s.key(NewKey{ID: "foo"})
			s.client.Transport.(*http.Transport).TLSClientConfig.NextProtos = []string{version}
			s.client.Transport.(*http.Transport).ForceAttemptHTTP2 = version == "h2"
			began, ended := make(chan struct{}), make(chan struct{})
			s.script(func(ctx context.Context, _ *xks.Sealed) error {
				close(began)
				<-ctx.Done()
				defer close(ended)
				return fmt.Errorf("in the middle: %w", ctx.Err())
			})
			s.leave(request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", false)}, began)
			<-ended
			want := `keystead_xks_proxy_request_duration_seconds_count{error="Canceled",operation="Encrypt",store="` + prefix + `/kms/xks/v1"} 1`
			for deadline := time.Now().Add(time.Minute); !strings.Contains(s.metrics(), want); {
				if time.Now().After(deadline) {
					t.Fatalf("the metrics do not have %s", want)
				}
			}
			s.stop()
			if strings.Contains(s.log.String(), "level=ERROR") {
				t.Errorf("the log: %s", s.log)
			}
			b, err := os.ReadFile(filepath.Join(s.proxy.setup.Load().cfg.JournalDir(), "00000000000000000001.log"))
			if err != nil || !bytes.Contains(b, []byte(`"errorCode":"Canceled"`)) {
				t.Errorf("the journal has no Canceled (%v): %s", err, b)
			}
		})
	}
}

// leave sends a request and goes when the proxy works on it.
func (s *subject) leave(in request, began <-chan struct{}) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-began; cancel() }()
	body, _ := json.Marshal(in.body)
	res, err := s.client.Do(s.signed(in, body).WithContext(ctx))
	if err == nil {
		res.Body.Close()
		s.t.Errorf("the answer is %s", res.Status)
	}
}

// TestSlowBody: a body must come within the time of an answer, so that strangers can't keep the
// places of others by sending theirs slowly.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "xks-proxy.yaml")
	write(t, file, config("software: {}", ""))
	s := startWith(t, file, 100*time.Millisecond)
	slow, end := io.Pipe()
	defer end.Close()
	t.Run("HTTP/2", func(t *testing.T) {
		r, err := http.NewRequest(http.MethodPost, s.proxy.URL()+prefix+xks.PathSuffix+"/health", slow)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		res, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		s.tooSlow(t, res, began)
	})
	t.Run("HTTP/1.1", func(t *testing.T) {
		trusting := s.client.Transport.(*http.Transport).TLSClientConfig.Clone()
		trusting.NextProtos = []string{"http/1.1"}
		c, err := tls.Dial("tcp", strings.TrimPrefix(s.proxy.URL(), "https://"), trusting)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		began := time.Now()
		fmt.Fprintf(c, "POST %s/health HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", prefix+xks.PathSuffix)
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		s.tooSlow(t, res, began)
	})
	// Those that came in time are not ended by that.
	s.key(NewKey{ID: "foo"})
	s.script(func(ctx context.Context, _ *xks.Sealed) error { <-ctx.Done(); return ctx.Err() })
	s.send(request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", false)}).expect(t, xks.DependencyTimeoutException)
}

func (s *subject) tooSlow(t *testing.T, res *http.Response, began time.Time) {
	t.Helper()
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusBadRequest || !bytes.Contains(b, []byte("did not come in time")) {
		t.Errorf("%s: %s", res.Status, b)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the answer took %v", took)
	}
}
