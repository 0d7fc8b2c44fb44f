package xksproxy

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/xks"
)

// TestJournal: each authenticated request is in the journal once, with its outcome and without its
// plaintext.
func TestJournal(t *testing.T) {
	t.Parallel()
	s := start(t, config("software: {}", "keys: [{id: foo, allow: [{kmsOperation: [Encrypt]}]}]"))
	s.key(NewKey{ID: "foo"})
	s.send(request{target: "keys/foo/encrypt", body: encryptBody(plain1, aad1, false)}).expect(t, "")
	s.send(request{target: "keys/foo/decrypt", body: decryptBody(answer{}, "")}).expect(t, xks.ValidationException)
	s.send(request{target: "keys/foo/metadata", body: map[string]any{"requestMetadata": meta("CreateKey")}}).expect(t, xks.AccessDeniedException)
	s.send(request{target: "health", body: healthBody, secret: "x" + testSecret}).expect(t, xks.AuthenticationFailedException)
	s.send(request{target: "health", body: healthBody, region: "eu-west-1"}).expect(t, "")
	s.stop()
	dir := s.proxy.setup.Load().cfg.JournalDir()
	if r, err := cloudtrail.VerifyJournal(dir); err != nil || r.Problem != nil {
		t.Errorf("verify: %v, %v", r.Problem, err)
	}
	f, err := os.Open(filepath.Join(dir, "00000000000000000001.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	type event struct {
		EventSource, EventName, AWSRegion, ErrorCode, RequestID string
		UserIdentity                                            struct{ ARN, AccessKeyID string }
		RequestParameters                                       map[string]string
		AdditionalEventData                                     map[string]string
	}
	var got []event
	for lines := bufio.NewScanner(f); lines.Scan(); {
		_, record, _ := strings.Cut(lines.Text(), " ")
		for _, secret := range []string{plain1, aad1, testSecret} {
			if strings.Contains(record, secret) {
				t.Errorf("an event has %q", secret)
			}
		}
		var e event
		if err := json.Unmarshal([]byte(record), &e); err != nil {
			t.Fatal(err)
		}
		if e.EventSource == eventSource {
			got = append(got, e)
		}
	}
	want := []struct{ name, code, region, rule string }{
		{"Encrypt", "", "us-east-1", "allow[0]"},
		{"Decrypt", "ValidationException", "us-east-1", ""},
		{"GetKeyMetadata", "AccessDeniedException", "us-east-1", ""},
		{"GetHealthStatus", "", "eu-west-1", ""},
	}
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		e := got[i]
		if e.EventName != w.name || e.ErrorCode != w.code || e.AWSRegion != w.region || e.AdditionalEventData["rule"] != w.rule || e.UserIdentity.AccessKeyID != testID {
			t.Errorf("event %d is %+v, want %+v", i, e, w)
		}
	}
	if e := got[0]; e.UserIdentity.ARN != "arn:aws:iam::123456789012:user/Alice" || e.RequestParameters["externalKeyId"] != "foo" ||
		e.RequestParameters["kmsOperation"] != "Encrypt" || e.RequestID != "4112f4d6-db54-4af4-ae30-c55a22a8dfae" {
		t.Errorf("the event of Encrypt: %+v", e)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := start(t, config("software: {}", ""))
	s.key(NewKey{ID: "foo"})
	s.send(request{target: "keys/foo/encrypt", body: encryptBody(plain1, aad1, false)}).expect(t, "")
	s.send(request{target: "keys/none/encrypt", body: encryptBody(plain1, aad1, false)}).expect(t, xks.KeyNotFoundException)
	s.send(request{prefix: "/random", target: "health", body: healthBody}).expect(t, xks.InvalidURIPathException)
	res, err := http.Get(s.proxy.MetricsURL())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, want := range []string{
		`keystead_xks_proxy_request_duration_seconds_count{error="",operation="Encrypt",store="` + prefix + `/kms/xks/v1"} 1`,
		`keystead_xks_proxy_request_duration_seconds_count{error="KeyNotFoundException",operation="Encrypt",store="` + prefix + `/kms/xks/v1"} 1`,
		`keystead_xks_proxy_request_duration_seconds_count{error="InvalidUriPathException",operation="",store=""} 1`,
		`keystead_xks_proxy_backend_state{backend="main",state="ACTIVE"} 1`,
		`keystead_xks_proxy_certificate_expiry_seconds`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics do not have %s", want)
		}
	}
	if strings.Contains(text, "random") || strings.Contains(text, "foo") {
		t.Error("the metrics have what a stranger sent, or a key")
	}
	ping, err := s.client.Get(s.proxy.URL() + "/ping")
	if err != nil {
		t.Fatal(err)
	}
	defer ping.Body.Close()
	if b, _ := io.ReadAll(ping.Body); ping.StatusCode != 200 || string(b) != "pong\n" {
		t.Errorf("ping: %s %q", ping.Status, b)
	}
}
