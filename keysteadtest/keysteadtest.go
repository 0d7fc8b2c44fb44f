// Package keysteadtest runs a whole Keystead server inside a Go test: real HTTP, real
// signatures, a database of its own, and a clock that the test moves.
//
//	srv := keysteadtest.Start(t)
//	keys := kms.NewFromConfig(srv.Config())
//	…
//	srv.Advance(30 * 24 * time.Hour)
//
// The server ends with the test and leaves nothing behind.
package keysteadtest

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/server"
)

// Server is a running server. Its fields are set by Start and must not be changed.
type Server struct {
	URL             string // "http://127.0.0.1:PORT"
	Region          string // "us-east-1"
	Account         string // "000000000000" unless WithAccount said otherwise
	AccessKeyID     string // of the account's root user
	SecretAccessKey string
	DataDir         string // removed when the test ends

	t      testing.TB
	cfg    server.Config
	log    *slog.Logger
	iam    *iam.Service
	client client
	stop   func()
}

// Option changes how a server is started.
type Option func(*Server)

// WithDatabase uses a database by its URL, such as "postgres://…", in place of a new
// SQLite file.
func WithDatabase(url string) Option { return func(s *Server) { s.cfg.Database = url } }

// WithAccount names the account that the server starts with, 12 digits.
func WithAccount(id string) Option { return func(s *Server) { s.cfg.Account = id } }

// WithRegions names the Regions that the server answers for, the clients' own first. Without
// this option it answers for all.
func WithRegions(regions ...string) Option { return func(s *Server) { s.cfg.Regions = regions } }

// WithTLS serves HTTPS with a certificate authority of the server's own, whose
// certificate is DataDir/tls/ca.pem. The clients of Config trust it.
func WithTLS() Option { return func(s *Server) { s.cfg.TLS.Mode = "auto" } }

// WithKeyMetrics lets /metrics name the keys whose imported material expires.
func WithKeyMetrics() Option { return func(s *Server) { s.cfg.KeyMetrics = true } }

// WithWebhooks lets subscriptions and API destinations reach this machine, as they must for a
// server of the test to see their requests. A certificate is trusted if it is given.
func WithWebhooks(ca *x509.Certificate) Option {
	return func(s *Server) {
		s.t.Helper()
		s.cfg.Webhooks.Allow = []string{"127.0.0.0/8", "::1/128"}
		if ca != nil {
			s.cfg.Webhooks.CA = s.certificate(ca)
		}
	}
}

// WithMail sends mail through a relay, by its URL.
func WithMail(url string) Option {
	return func(s *Server) { s.cfg.SMTP.URL, s.cfg.SMTP.From = url, "Keystead <alarms@keystead.test>" }
}

// WithS3 has the buckets of trails on an S3 service, with credentials in a file in the form of
// AWS's shared credentials.
func WithS3(endpoint, credentials string) Option {
	return func(s *Server) { s.cfg.S3.Endpoint, s.cfg.S3.CredentialsFile = endpoint, credentials }
}

// WithSeed makes the keys of a seed file (see "keystead serve --help") at the start.
func WithSeed(file string) Option { return func(s *Server) { s.cfg.Seed = file } }

// WithAttestationRoot accepts the attestation documents under a root, beside those under
// AWS's.
func WithAttestationRoot(root *x509.Certificate) Option {
	return func(s *Server) {
		s.t.Helper()
		s.cfg.AttestationRoots = append(s.cfg.AttestationRoots, s.certificate(root))
	}
}

// certificate writes a certificate to a file.
func (s *Server) certificate(c *x509.Certificate) string {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "certificate.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600); err != nil {
		s.t.Fatalf("keysteadtest: write a certificate: %v", err)
	}
	return file
}

// WithHSM lets CreateCluster make clusters of SoftHSM's tokens, for key stores of type
// AWS_CLOUDHSM. The driver is the path of the program keystead-hsm; "" looks in $PATH.
func WithHSM(driver string) Option { return func(s *Server) { s.cfg.HSM.Driver = driver } }

// WithExternalKeyStores lets external key stores reach proxies of the test: at an address,
// "HOST:PORT", for each host name of an endpoint. A proxy must show a certificate for that name
// which ca has issued, or which is ca. It may take two seconds for an answer.
func WithExternalKeyStores(ca *x509.Certificate, hosts map[string]string) Option {
	return func(s *Server) {
		s.t.Helper()
		s.cfg.CustomKeyStores.CA, s.cfg.CustomKeyStores.Hosts = s.certificate(ca), map[string][]string{}
		s.cfg.CustomKeyStores.ProxyTimeout = 2 * time.Second
		for host, address := range hosts {
			s.cfg.CustomKeyStores.Hosts[host] = []string{address}
		}
	}
}

// WithKeyStoreQuota changes how many cryptographic requests a second a custom key store takes.
func WithKeyStoreQuota(perSecond int) Option {
	return func(s *Server) { s.cfg.CustomKeyStores.RequestsPerSecond = perSecond }
}

// WithLog sends the server's log, all of it, to h. Without this option its warnings go to
// the test's log.
func WithLog(h slog.Handler) Option { return func(s *Server) { s.log = slog.New(h) } }

// Start starts a server on a free loopback port. It fails the test if that can't be done.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := &Server{t: t, cfg: server.DefaultConfig()}
	s.log = slog.New(slog.NewTextHandler(logWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	k := iam.NewAccessKey()
	s.cfg.RootAccessKeyID, s.cfg.RootSecretAccessKey = k.ID, k.Secret
	s.cfg.DataDir, s.cfg.Listen, s.cfg.TestClock, s.cfg.CacheMiB = t.TempDir(), "127.0.0.1:0", true, 64
	s.cfg.CheapPasswords = true
	for _, o := range options {
		o(s)
	}
	s.run()
	return s
}

// Peer starts a second node beside s: another server on the same database, which must be
// PostgreSQL, with the same root key and a clock of its own.
func (s *Server) Peer() *Server {
	s.t.Helper()
	p := &Server{t: s.t, cfg: s.cfg, log: s.log}
	p.cfg.DataDir = s.t.TempDir()
	const rootKey = "root.key"
	b, err := os.ReadFile(filepath.Join(s.DataDir, rootKey))
	if err == nil {
		err = os.WriteFile(filepath.Join(p.cfg.DataDir, rootKey), b, 0o600)
	}
	if err != nil {
		s.t.Fatalf("keysteadtest: copy the root key: %v", err)
	}
	p.run()
	return p
}

// run starts a server for as long as the test runs.
func (s *Server) run() {
	s.t.Helper()
	s.Region, s.Account, s.DataDir = s.cfg.Region(), s.cfg.Account, s.cfg.DataDir
	s.AccessKeyID, s.SecretAccessKey = s.cfg.RootAccessKeyID, string(s.cfg.RootSecretAccessKey.Expose())
	s.start()
	s.t.Cleanup(func() { s.stop() })
}

func (s *Server) start() {
	s.t.Helper()
	if err := s.cfg.Check(); err != nil {
		s.t.Fatalf("keysteadtest: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	srv, err := server.Open(ctx, s.cfg, new(clock.Clock), s.log)
	if err != nil {
		cancel()
		s.t.Fatalf("keysteadtest: start: %v", err)
	}
	s.URL, s.iam, s.client = srv.URL(), srv.IAM(), s.trusting(srv.CAFile())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx) }()
	s.stop = func() {
		s.stop = func() {}
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("keysteadtest: stop: %v", err)
		}
	}
}

// client is what the clients of Config send requests with.
type client struct{ *awshttp.BuildableClient }

// Do hides from Transport that a body can write itself. Transport looks for more of it
// even after the answer has come; smithy-go has closed it then, says io.EOF, which is no
// way for WriteTo to end, and Transport closes the connection under the answer.
func (c client) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.BuildableClient.Do(r)
}

// trusting returns a client that trusts the certificate in a file, if there is one.
func (s *Server) trusting(file string) client {
	c := awshttp.NewBuildableClient()
	if file == "" {
		return client{c}
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatalf("keysteadtest: %v", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return client{c.WithTransportOptions(func(t *http.Transport) { t.TLSClientConfig.RootCAs = pool })}
}

// Restart stops the server and starts it again on the same data, on another port: clients
// made before must be made anew. Its clock is the wall clock again.
func (s *Server) Restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

// Config is the configuration of AWS clients that talk to the server as the root user of
// its account. Such clients try once, so that a test sees each error.
func (s *Server) Config() aws.Config {
	return s.ConfigFor(aws.Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey})
}

// ConfigFor is Config with other credentials.
func (s *Server) ConfigFor(c aws.Credentials) aws.Config {
	return aws.Config{
		Region:       s.Region,
		BaseEndpoint: aws.String(s.URL),
		HTTPClient:   s.client,
		Credentials:  credentials.StaticCredentialsProvider{Value: c},
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// KMS is a client of the server as the root user of its account.
func (s *Server) KMS() *kms.Client { return kms.NewFromConfig(s.Config()) }

// NewAccount makes a further account and returns the access key of its root user.
func (s *Server) NewAccount(id string) aws.Credentials {
	s.t.Helper()
	k := iam.NewAccessKey()
	if err := s.iam.CreateAccount(context.Background(), id, k); err != nil {
		s.t.Fatalf("keysteadtest: create account %s: %v", id, err)
	}
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: string(k.Secret.Expose())}
}

// NewService makes a service that acts for users, such as "s3", and returns its access key.
// It acts for the principals of the given accounts, or of all if there are none. For whom
// it calls it says in the signed header X-Keystead-Principal.
func (s *Server) NewService(name string, accounts ...string) aws.Credentials {
	s.t.Helper()
	k := iam.NewAccessKey()
	full, err := iam.ServiceName(name)
	if err == nil {
		err = s.iam.CreateService(context.Background(), iam.ServicePrincipal{Name: full, Accounts: accounts}, k)
	}
	if err != nil {
		s.t.Fatalf("keysteadtest: create service %s: %v", name, err)
	}
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: string(k.Secret.Expose())}
}

// Advance moves the server's clock forward by d. When it returns, everything that has
// become due has happened.
func (s *Server) Advance(d time.Duration) {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"Advance": d.String()})
	if err != nil {
		s.t.Fatalf("keysteadtest: %v", err)
	}
	req, err := http.NewRequest(http.MethodPost, s.URL+"/_keystead/clock", bytes.NewReader(body))
	if err != nil {
		s.t.Fatalf("keysteadtest: %v", err)
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatalf("keysteadtest: advance the clock: %v", err)
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("keysteadtest: advance the clock: %s: %s", res.Status, answer)
	}
}

// Clusters are the clusters of HSMs as commands of the operator see them, beside the running
// server, whose clock is not theirs.
func (s *Server) Clusters() *cloudhsm.Service {
	s.t.Helper()
	v, err := server.OpenVault(context.Background(), s.cfg, new(clock.Clock), s.log, false)
	if err != nil {
		s.t.Fatalf("keysteadtest: open the database: %v", err)
	}
	s.t.Cleanup(func() { _ = v.Close() })
	c, err := v.Clusters(s.cfg, new(clock.Clock), s.log)
	if err != nil {
		s.t.Fatalf("keysteadtest: open the clusters: %v", err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// logWriter sends the server's warnings to the test's log.
type logWriter struct{ t testing.TB }

func (w logWriter) Write(b []byte) (int, error) {
	w.t.Logf("server: %s", bytes.TrimSpace(b))
	return len(b), nil
}

// WithConsoleProvider lets people sign in to the console through an OpenID Connect provider of the
// test, by the name "test", with the role of that ARN. The secret may be "".
func WithConsoleProvider(issuer, clientID, secret, roleARN string, ca *x509.Certificate) Option {
	return func(s *Server) {
		s.t.Helper()
		p := server.ConsoleProvider{
			Name: "test", Label: "Test provider", Issuer: issuer, ClientID: clientID, RoleARN: roleARN, CAFile: s.certificate(ca),
		}
		if secret != "" {
			p.ClientSecretFile = filepath.Join(s.t.TempDir(), "secret")
			if err := os.WriteFile(p.ClientSecretFile, []byte(secret+"\n"), 0o600); err != nil {
				s.t.Fatalf("keysteadtest: write a secret: %v", err)
			}
		}
		s.cfg.Console.OIDC = append(s.cfg.Console.OIDC, p)
	}
}
