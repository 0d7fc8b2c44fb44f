package xksproxy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/logtest"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/keysteadtest"
)

// The credentials of the stores of tests. They are in no use anywhere.
const (
	testID     = "ABCDEFGHIJKLMNOPQRST234567"
	testSecret = "dGhpcyBzZWNyZXQgaXMgZm9yIHRlc3RzIGFsb25lISE="
	otherID    = "ZYXWVUTSRQPONMLKJIHG765432"
	prefix     = "/example/uri/path/prefix"
	none       = "-" // the prefix of a request to a store without one
)

// subject is a running proxy and a client of it.
type subject struct {
	t      testing.TB
	proxy  *Proxy
	file   string
	log    *logtest.Log
	client *http.Client
	stop   func()
}

// config is a configuration with one store. more goes into the store.
func config(backend, more string) string {
	return fmt.Sprintf(`
listen: 127.0.0.1:0
metrics-listen: 127.0.0.1:0
data-dir: data
backends:
- name: main
%s
stores:
- prefix: %s
  backend: main
  credentials:
  - {access-key-id: %s, secret: %q}
%s`, indent(backend, "  "), prefix, testID, testSecret, indent(more, "  "))
}

func indent(text, by string) string {
	if text == "" {
		return ""
	}
	return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by) + "\n"
}

// backends are those of the suite, by name: each returns its part of a configuration.
var backends = []struct {
	name  string
	start func(t testing.TB) string
}{
	{"software", func(testing.TB) string { return "software: {}" }},
	{"pkcs11", softHSM},
	{"kms", func(t testing.TB) string { return upstreamKMS(t, keysteadtest.Start(t)) }},
}

// softHSM is a backend with a new token of SoftHSM.
func softHSM(t testing.TB) string {
	t.Helper()
	c := hsmtest.SoftHSM(t)
	hsmtest.Token(t, hsmtest.Module(t, c), "token")
	pin := filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(pin, []byte(hsmtest.UserPIN+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("pkcs11:\n  module: %s\n  driver: %s\n  env: [%q]\n  token: token\n  pin-file: %s\n  wait: 190ms\n  timeout: 60s", c.Module, c.Driver, c.Env[0], pin)
}

// upstreamKMS is a backend with a new key of a KMS.
func upstreamKMS(t testing.TB, srv *keysteadtest.Server) string {
	t.Helper()
	out, err := srv.KMS().CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	credentials := filepath.Join(t.TempDir(), "credentials")
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", srv.AccessKeyID, srv.SecretAccessKey)
	if err := os.WriteFile(credentials, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("kms:\n  endpoint: %s\n  region: us-east-1\n  credentials-file: %s\n  key: %s\n  refresh: 2s", srv.URL, credentials, *out.KeyMetadata.Arn)
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs a proxy until the test ends.
func start(t testing.TB, text string) *subject {
	t.Helper()
	file := filepath.Join(t.TempDir(), "xks-proxy.yaml")
	write(t, file, text)
	return startFile(t, file)
}

func startFile(t testing.TB, file string) *subject {
	t.Helper()
	return startWith(t, file, time.Minute)
}

// startWith has requests end after another time than a slow machine needs.
func startWith(t testing.TB, file string, budget time.Duration) *subject {
	t.Helper()
	s := &subject{t: t, file: file, log: new(logtest.Log)}
	ctx, cancel := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(io.MultiWriter(s.log, testWriter{t}), nil))
	p, err := Open(ctx, Options{File: file, Version: "test", Log: log, budget: budget})
	if err != nil {
		t.Fatal(err)
	}
	s.proxy = p
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx) }()
	s.stop = sync.OnceFunc(func() {
		s.client.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	s.client = s.trusting(nil)
	t.Cleanup(s.stop)
	return s
}

// trusting returns a client, with a certificate of its own if it gets one.
func (s *subject) trusting(own *tls.Certificate) *http.Client {
	s.t.Helper()
	cfg := s.proxy.setup.Load().cfg
	pem, err := os.ReadFile(cfg.CAFile())
	if err != nil {
		s.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	c := &tls.Config{RootCAs: pool}
	if own != nil {
		c.Certificates = []tls.Certificate{*own}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64}}
}

// look has the proxy take over a configuration: what is the same at two looks.
func (s *subject) look() {
	s.proxy.Look(context.Background())
	s.proxy.Look(context.Background())
}

// rewrite replaces the configuration.
func (s *subject) rewrite(text string) {
	s.t.Helper()
	write(s.t, s.file, text)
	s.look()
}

// key makes an external key.
func (s *subject) key(n NewKey) Listed {
	s.t.Helper()
	if n.Prefix == "" {
		n.Prefix = prefix
	}
	l, err := s.proxy.CreateKey(context.Background(), n)
	if err != nil {
		s.t.Fatalf("create key %s: %v", n.ID, err)
	}
	return l
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Logf("proxy: %s", bytes.TrimSpace(b))
	return len(b), nil
}

// request is what a case sends. The zero values are those of a request that is right.
type request struct {
	method  string // POST
	prefix  string
	target  string
	body    any // map[string]any, or []byte
	id      string
	secret  string
	service string
	region  string
	at      time.Time
	change  func(*http.Request) // after it was signed
}

// answer is what came back.
type answer struct {
	status int
	raw    []byte
	fields map[string]any
}

func (a answer) bytes(name string) []byte {
	text, _ := a.fields[name].(string)
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return b
}

func or[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// signed signs a request with AWS's signer.
func (s *subject) signed(in request, body []byte) *http.Request {
	s.t.Helper()
	url := s.proxy.URL() + strings.TrimPrefix(or(in.prefix, prefix), none) + xks.PathSuffix + "/" + in.target
	r, err := http.NewRequestWithContext(context.Background(), or(in.method, http.MethodPost), url, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", xks.ContentType)
	sum := sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: or(in.id, testID), SecretAccessKey: or(in.secret, testSecret)}
	err = v4.NewSigner().SignHTTP(r.Context(), credentials, r, hex.EncodeToString(sum[:]), or(in.service, xks.SigningName), or(in.region, "us-east-1"), or(in.at, time.Now()))
	if err != nil {
		s.t.Fatal(err)
	}
	if in.change != nil {
		in.change(r)
	}
	return r
}

// send sends a request.
func (s *subject) send(in request) answer {
	s.t.Helper()
	body, raw := in.body.([]byte)
	if !raw {
		body, _ = json.Marshal(in.body)
	}
	r := s.signed(in, body)
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatalf("%s: %v", in.target, err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode}
	if a.raw, err = io.ReadAll(res.Body); err != nil {
		s.t.Fatal(err)
	}
	_ = json.Unmarshal(a.raw, &a.fields) // 405 has no JSON
	return a
}

// meta is the requestMetadata of the public test client.
func meta(op string) map[string]any {
	return map[string]any{
		"awsPrincipalArn": "arn:aws:iam::123456789012:user/Alice",
		"kmsKeyArn":       "arn:aws:kms:us-east-2:123456789012:/key/1234abcd-12ab-34cd-56ef-1234567890ab",
		"kmsOperation":    op, "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae", "kmsViaService": "ebs",
	}
}

// The values of the public test client.
var (
	plain1 = b64([]byte("plaintext\n"))
	plain2 = b64([]byte("Hello World!"))
	aad1   = b64([]byte("project=nile,department=marketing"))
	aad2   = b64([]byte("project=blue,department=finance"))
)

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// encryptBody is the body of an Encrypt request; "" leaves a member out.
func encryptBody(plaintext, aad string, cdiv bool) map[string]any {
	m := map[string]any{"requestMetadata": meta("Encrypt"), "encryptionAlgorithm": "AES_GCM"}
	if plaintext != "" {
		m["plaintext"] = plaintext
	}
	if aad != "" {
		m["additionalAuthenticatedData"] = aad
	}
	if cdiv {
		m["ciphertextDataIntegrityValueAlgorithm"] = "SHA_256"
	}
	return m
}

// decryptBody is the body of the Decrypt request for what Encrypt answered.
func decryptBody(a answer, aad string) map[string]any {
	m := map[string]any{"requestMetadata": meta("Decrypt"), "encryptionAlgorithm": "AES_GCM"}
	for _, name := range []string{"ciphertext", "initializationVector", "authenticationTag", "ciphertextMetadata"} {
		if v, ok := a.fields[name]; ok {
			m[name] = v
		}
	}
	if aad != "" {
		m["additionalAuthenticatedData"] = aad
	}
	return m
}

// expect checks status and errorName; "" is success.
func (a answer) expect(t testing.TB, name xks.ErrorName) {
	t.Helper()
	status := http.StatusOK
	if name != "" {
		status = name.Status()
	}
	got, _ := a.fields["errorName"].(string)
	if a.status != status || got != string(name) {
		t.Errorf("the answer is %d %s, want %d %s", a.status, a.raw, status, name)
	}
	if !bytes.HasSuffix(a.raw, []byte("}\n")) || bytes.Count(a.raw, []byte("\n")) != 1 {
		t.Errorf("the answer is not one line: %q", a.raw)
	}
}
