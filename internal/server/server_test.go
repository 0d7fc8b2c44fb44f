package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/server"
)

// running is a server in a test.
type running struct {
	t    *testing.T
	url  string
	key  iam.AccessKey
	stop func() error // waits until it has stopped; may be called again

	client *http.Client // of requests made by hand
}

// start starts a server with a changed configuration.
func start(t *testing.T, change func(*server.Config)) *running {
	t.Helper()
	cfg := server.DefaultConfig()
	r := &running{t: t, key: iam.NewAccessKey(), client: http.DefaultClient}
	cfg.DataDir, cfg.Listen = t.TempDir(), "127.0.0.1:0"
	cfg.RootAccessKeyID, cfg.RootSecretAccessKey = r.key.ID, r.key.Secret
	change(&cfg)
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s, err := server.Open(ctx, cfg, new(clock.Clock), slog.New(slog.DiscardHandler))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	r.url = s.URL()
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return r
}

// kms is a client in a Region.
func (r *running) kms(region string) *kms.Client {
	return kms.NewFromConfig(aws.Config{
		Region: region, BaseEndpoint: &r.url, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider(r.key.ID, string(r.key.Secret.Expose()), ""),
	})
}

// code is the error code of a call, "ok", or "" if there was no answer.
func code(err error) string {
	var e smithy.APIError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &e):
		return e.ErrorCode()
	default:
		return ""
	}
}

// ask sends a request to one of the pages for operators.
func (r *running) ask(method, path, body string) (status int, answer string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(b))
}

func TestPages(t *testing.T) {
	t.Parallel()
	r := start(t, func(*server.Config) {})
	for path, want := range map[string]string{"/healthz": `{"alive":true}`, "/readyz": `{"ready":true}`} {
		if status, answer := r.ask("GET", path, ""); status != http.StatusOK || answer != want {
			t.Errorf("%s answers %d %s", path, status, answer)
		}
	}
	c := r.kms("us-east-1")
	for range 3 {
		_, _ = c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: new("alias/none")})
	}
	_, metrics := r.ask("GET", "/metrics", "")
	for _, want := range []string{
		"keystead_ready 1\n",
		`keystead_request_duration_seconds_count{code="NotFoundException",operation="DescribeKey",service="kms"} 3` + "\n",
		"keystead_journal_unwritten_bytes 0\n",
		"go_goroutines ",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics has no %q", want)
		}
	}
	if strings.Contains(metrics, r.key.ID) || strings.Contains(metrics, "alias/none") {
		t.Error("/metrics names a principal or a key")
	}
	if status, answer := r.ask("POST", "/_keystead/clock", `{"Advance":"1h"}`); status == http.StatusOK {
		t.Errorf("the clock can be moved without --test-clock: %s", answer)
	}
}

func TestTestClock(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *server.Config) { c.TestClock = true })
	now := func(method, body string) time.Time {
		t.Helper()
		status, answer := r.ask(method, "/_keystead/clock", body)
		var out struct{ Now time.Time }
		if err := json.Unmarshal([]byte(answer), &out); err != nil || status != http.StatusOK {
			t.Fatalf("%s %s answers %d %s", method, body, status, answer)
		}
		return out.Now
	}
	if off := time.Until(now("GET", "")); off.Abs() > time.Minute {
		t.Errorf("the clock begins %v off", off)
	}
	if off := time.Until(now("POST", `{"Advance":"720h"}`)) - 720*time.Hour; off.Abs() > time.Minute {
		t.Errorf("the clock is %v off after 720h", off)
	}
	for _, bad := range []string{"", "{", `{"Advance":"x"}`, `{"Advance":7}`, `{"Advance":"-1h"}`, "{}"} {
		if status, answer := r.ask("POST", "/_keystead/clock", bad); status != http.StatusBadRequest || !strings.Contains(answer, "Advance") {
			t.Errorf("%q answers %d %s", bad, status, answer)
		}
	}
	if off := time.Until(now("GET", "")) - 720*time.Hour; off.Abs() > time.Minute {
		t.Errorf("the clock is %v off after refused calls", off)
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	create := func(r *running, region string) string {
		_, err := r.kms(region).CreateKey(t.Context(), &kms.CreateKeyInput{})
		return code(err)
	}
	some := start(t, func(c *server.Config) { c.Regions = []string{"eu-west-1", "eu-central-1"} })
	all := start(t, func(*server.Config) {})
	for region, want := range map[string][2]string{ // with a list, and without
		"eu-west-1":    {"ok", "ok"},
		"eu-central-1": {"ok", "ok"},
		"us-east-1":    {"InvalidSignatureException", "ok"},
		"xy-south-7":   {"InvalidSignatureException", "ok"},
		"home":         {"InvalidSignatureException", "InvalidSignatureException"},
	} {
		if got := [2]string{create(some, region), create(all, region)}; got != want {
			t.Errorf("%s: %q, want %q", region, got, want)
		}
	}
}

// TestShutdown stops a server that has received half a request: the rest may still come,
// and is answered. Nobody new is let in.
func TestShutdown(t *testing.T) {
	t.Parallel()
	r := start(t, func(*server.Config) {})
	address := strings.TrimPrefix(r.url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// An interim answer says that the server has begun to read the body.
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: %s\r\nX-Amz-Target: TrentService.ListKeys\r\nContent-Type: application/x-amz-json-1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", address)
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the interim answer is %q, %v", line, err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	for { // until the listener is closed
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		c.Close()
	}
	fmt.Fprint(conn, "{}")
	if _, err := in.ReadString('\n'); err != nil { // the empty line after the interim answer
		t.Fatal(err)
	}
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("X-Amzn-Errortype"); got != "MissingAuthenticationTokenException" {
		t.Errorf("the request in flight was answered %s, %s", res.Status, got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

// TestGlobalService: IAM is in no Region, so that a server which is limited to some takes
// signatures for any.
func TestGlobalService(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *server.Config) { c.Regions = []string{"eu-west-1"} })
	for region, want := range map[string]string{"eu-west-1": "ok", "us-east-1": "ok", "xy-south-7": "ok", "home": "SignatureDoesNotMatch"} {
		_, err := iamsdk.New(iamsdk.Options{
			Region: region, BaseEndpoint: &r.url, Retryer: aws.NopRetryer{},
			Credentials: credentials.NewStaticCredentialsProvider(r.key.ID, string(r.key.Secret.Expose()), ""),
		}).ListUsers(t.Context(), &iamsdk.ListUsersInput{})
		if got := code(err); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
}
