package trail_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/keystead/keystead/internal/bucket"
	"github.com/keystead/keystead/internal/cloudtrail/digest"
	"github.com/keystead/keystead/keysteadtest"
)

// s3Server is an S3 server that can be stopped and started at its address.
type s3Server struct {
	t       *testing.T
	url     string
	address string
	handler http.Handler
	backend *s3mem.Backend

	mu     sync.Mutex
	server *http.Server
	drop   func(r *http.Request) bool // requests that get no answer after they were carried out
}

func newS3(t *testing.T, buckets ...string) *s3Server {
	t.Helper()
	s := &s3Server{t: t, backend: s3mem.New(), address: "127.0.0.1:0"}
	for _, name := range buckets {
		if err := s.backend.CreateBucket(name); err != nil {
			t.Fatal(err)
		}
	}
	s.handler = gofakes3.New(s.backend).Server()
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *s3Server) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = l.Addr().String()
	s.url = "http://" + s.address
	s.server = &http.Server{Handler: s}
	go func(server *http.Server) { _ = server.Serve(l) }(s.server) // it ends with stop
}

func (s *s3Server) stop() { s.server.Close() }

// ServeHTTP carries a request out, and forgets to answer if it is one to drop.
func (s *s3Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	drop := s.drop != nil && s.drop(r)
	s.mu.Unlock()
	if !drop {
		s.handler.ServeHTTP(&lowerCase{ResponseWriter: w}, r)
		return
	}
	s.handler.ServeHTTP(&discard{header: http.Header{}}, r)
	panic(http.ErrAbortHandler)
}

// losing makes the server lose its answer to the next n files that are put.
func (s *s3Server) losing(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop = func(r *http.Request) bool {
		if r.Method != http.MethodPut || n == 0 {
			return false
		}
		n--
		return true
	}
}

// lowerCase writes the names of metadata in lower case, as S3 does: AWS's CLI wants it.
type lowerCase struct {
	http.ResponseWriter
	begun bool
}

func (l *lowerCase) WriteHeader(status int) {
	l.begun = true
	h := l.Header()
	for name, values := range h {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			delete(h, name)
			h[strings.ToLower(name)] = values
		}
	}
	l.ResponseWriter.WriteHeader(status)
}

func (l *lowerCase) Write(b []byte) (int, error) {
	if !l.begun {
		l.WriteHeader(http.StatusOK)
	}
	return l.ResponseWriter.Write(b)
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// store is the server as Keystead's own tool sees it.
func (s *s3Server) store() bucket.Store {
	s.t.Helper()
	b, err := bucket.NewS3(s.t.Context(), bucket.S3Options{Endpoint: s.url, CredentialsFile: credentials(s.t)})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// keys lists the keys of a bucket that have a part.
func (s *s3Server) keys(name, part string) []string {
	s.t.Helper()
	var all []string
	for key, err := range s.store().List(s.t.Context(), name, "", "") {
		if err != nil {
			s.t.Fatal(err)
		}
		if strings.Contains(key, part) {
			all = append(all, key)
		}
	}
	return all
}

// credentials makes a file of credentials.
func credentials(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// texts are the log files of a bucket, uncompressed.
func (s *s3Server) texts(name string) string {
	s.t.Helper()
	var all strings.Builder
	for _, key := range s.keys(name, "/CloudTrail/") {
		o, err := s.store().Get(s.t.Context(), name, key)
		if err != nil {
			s.t.Fatal(err)
		}
		text, err := digest.Unzip(o.Body)
		if err != nil {
			s.t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// withS3 starts a Keystead that delivers to an S3 server.
func withS3(t *testing.T, s *s3Server) *keysteadtest.Server {
	t.Helper()
	return keysteadtest.Start(t, keysteadtest.WithS3(s.url, credentials(t)))
}

func createKey(t *testing.T, srv *keysteadtest.Server, description string) {
	t.Helper()
	if _, err := srv.KMS().CreateKey(t.Context(), &kms.CreateKeyInput{Description: &description}); err != nil {
		t.Fatal(err)
	}
}

// TestDeadS3 has an S3 server that goes away and comes back: calls go on, the status tells,
// and no event is lost or there twice, also if an answer of the server was lost.
func TestDeadS3(t *testing.T) {
	t.Parallel()
	s3 := newS3(t, "audit-logs")
	srv := withS3(t, s3)
	c := cloudtrail.NewFromConfig(srv.Config())
	arn := newTrail(t, c, &cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit-logs"), EnableLogFileValidation: new(true)})
	createKey(t, srv, "key-one")
	srv.Advance(5 * time.Minute)
	if got := s3.texts("audit-logs"); !strings.Contains(got, "key-one") {
		t.Fatalf("the first file: %s", got)
	}

	s3.stop()
	createKey(t, srv, "key-two")
	srv.Advance(5 * time.Minute)
	createKey(t, srv, "key-three")
	srv.Advance(2 * time.Hour)
	st, err := c.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &arn})
	if err != nil || st.LatestDeliveryError == nil || *st.LatestDeliveryAttemptSucceeded != "" {
		t.Errorf("the status while the server is away: %+v, %v", st, err)
	}
	s3.start()
	s3.losing(3)
	for range 6 {
		srv.Advance(5 * time.Minute)
	}
	got := s3.texts("audit-logs")
	for _, name := range []string{"key-one", "key-two", "key-three"} {
		// The event has it in the request and in the answer.
		if n := strings.Count(got, `"description":"`+name+`"`); n != 2 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
	st, err = c.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &arn})
	if err != nil || st.LatestDeliveryError != nil || st.LatestDigestDeliveryError != nil {
		t.Errorf("the status when the server is back: %+v, %v", st, err)
	}
	if r := verify(t, s3, srv, c); !r.OK() || r.Digests < 2 {
		t.Errorf("verify: %+v", r)
	}
	_, err = c.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: new("none"), S3BucketName: new("no-such-bucket")})
	if code(err) != "S3BucketDoesNotExistException" || message(err) != "S3 bucket no-such-bucket does not exist!" {
		t.Errorf("a bucket that does not exist: %v", err)
	}
}

// verify is what Keystead's own tool finds in the bucket audit-logs.
func verify(t *testing.T, s *s3Server, srv *keysteadtest.Server, c *cloudtrail.Client) *digest.Report {
	t.Helper()
	public, err := c.ListPublicKeys(t.Context(), &cloudtrail.ListPublicKeysInput{StartTime: new(time.Now().Add(-24 * time.Hour)), EndTime: new(time.Now().Add(90 * 24 * time.Hour))})
	if err != nil || len(public.PublicKeyList) == 0 {
		t.Fatalf("ListPublicKeys: %+v, %v", public, err)
	}
	target := digest.Target{
		Store: s.store(), Bucket: "audit-logs", Account: srv.Account, Region: srv.Region, Trail: "all", Home: srv.Region,
		From: time.Now().Add(-time.Hour), Until: time.Now().Add(30 * 24 * time.Hour),
	}
	answer, err := json.Marshal(public)
	if err != nil {
		t.Fatal(err)
	}
	if target.Keys, err = digest.ParseKeys(answer); err != nil {
		t.Fatal(err)
	}
	r, err := digest.Verify(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestValidateLogs: Debian's AWS CLI validates the files, and finds what was done to them, as
// Keystead's own tool does.
func TestValidateLogs(t *testing.T) {
	t.Parallel()
	const aws = "/usr/bin/aws"
	if _, err := os.Stat(aws); err != nil {
		t.Skip("there is no AWS CLI of Debian")
	}
	s3 := newS3(t, "audit-logs")
	srv := withS3(t, s3)
	c := cloudtrail.NewFromConfig(srv.Config())
	arn := newTrail(t, c, &cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit-logs"), EnableLogFileValidation: new(true)})
	createKey(t, srv, "key-one")
	srv.Advance(time.Minute)
	srv.Advance(5 * time.Minute)
	for n := range 3 {
		createKey(t, srv, fmt.Sprint("key-", n))
		srv.Advance(5 * time.Minute)
		srv.Advance(time.Hour)
	}
	user := cliUser(t, s3)
	validate := func() (string, bool) {
		t.Helper()
		cmd := exec.Command(aws, "--endpoint-url", srv.URL, "cloudtrail", "validate-logs", "--trail-arn", arn,
			"--start-time", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), "--end-time", time.Now().Add(48*time.Hour).UTC().Format(time.RFC3339), "--verbose")
		cmd.Env = append(user, "AWS_ACCESS_KEY_ID="+srv.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+srv.SecretAccessKey)
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	out, ok := validate()
	if !ok || !strings.Contains(out, "3/3 digest files valid") || !strings.Contains(out, " log files valid") || strings.Contains(out, "INVALID") {
		t.Fatalf("untouched files: %v\n%s", ok, out)
	}
	if r := verify(t, s3, srv, c); !r.OK() || r.Digests != 3 || r.Files == 0 {
		t.Errorf("untouched files: %+v", r)
	}
	logs, digests := s3.keys("audit-logs", "/CloudTrail/"), s3.keys("audit-logs", "/CloudTrail-Digest/")
	first := logs[0]
	for name, tt := range map[string]struct {
		key  string
		do   func(o bucket.Object)
		aws  string // "" for what AWS's tool can't see
		ours string
	}{
		"a removed log file":    {first, func(bucket.Object) { s3.remove(first) }, first + "\tINVALID: not found", first + ": it is missing"},
		"a changed log file":    {first, func(o bucket.Object) { o.Body, _ = digest.Zip([]byte("{}")); s3.put(o) }, first + "\tINVALID: hash value doesn't match", first + ": it was changed"},
		"an added log file":     {added(first), func(o bucket.Object) { o.Key = added(first); s3.put(o) }, "", added(first) + ": no digest lists it"},
		"a removed digest":      {digests[1], func(bucket.Object) { s3.remove(digests[1]) }, digests[1] + "\tINVALID: not found", digests[1] + ": it is missing"},
		"a digest that changed": {digests[1], func(o bucket.Object) { s3.put(edited(t, o)) }, digests[1] + "\tINVALID: signature verification failed", digests[1] + ": its signature is wrong"},
	} {
		before, err := s3.store().Get(t.Context(), "audit-logs", first)
		if strings.Contains(tt.key, "Digest") {
			before, err = s3.store().Get(t.Context(), "audit-logs", tt.key)
		}
		if err != nil {
			t.Fatal(err)
		}
		tt.do(before)
		out, ok := validate()
		if tt.aws == "" && !ok || tt.aws != "" && (ok || !strings.Contains(out, tt.aws)) {
			t.Errorf("%s: aws validate-logs: %v\n%s", name, ok, out)
		}
		r := verify(t, s3, srv, c)
		if !slices.ContainsFunc(r.Findings, func(f digest.Finding) bool { return strings.Contains(f.String(), tt.ours) }) {
			t.Errorf("%s: verify: %+v", name, r)
		}
		s3.remove(tt.key)
		if tt.aws != "" {
			s3.put(before)
		}
	}
	if r := verify(t, s3, srv, c); !r.OK() {
		t.Errorf("all is back: %+v", r)
	}
}

// added is a name of a log file that nobody delivered.
func added(key string) string {
	return key[:strings.LastIndexByte(key, '_')] + "_AAAAAAAAAAAAAAAA.json.gz"
}

// edited is a digest that says that there was no log file, with its old signature.
func edited(t *testing.T, o bucket.Object) bucket.Object {
	t.Helper()
	text, err := digest.Unzip(o.Body)
	if err != nil {
		t.Fatal(err)
	}
	i, j := bytes.Index(text, []byte(`"logFiles":[`)), bytes.LastIndexByte(text, ']')
	text = append(append(bytes.Clone(text[:i]), `"logFiles":[`...), text[j:]...)
	if o.Body, err = digest.Zip(text); err != nil {
		t.Fatal(err)
	}
	return o
}

func (s *s3Server) put(o bucket.Object) {
	s.t.Helper()
	if err := s.store().Put(s.t.Context(), "audit-logs", o); err != nil {
		s.t.Fatal(err)
	}
}

func (s *s3Server) remove(key string) {
	s.t.Helper()
	if _, err := s.backend.DeleteObject("audit-logs", key); err != nil {
		s.t.Fatal(err)
	}
}

// cliUser is the environment of an AWS CLI for which the S3 server stands at AWS's address:
// validate-logs reads files from nowhere else.
func cliUser(t *testing.T, s *s3Server) []string {
	t.Helper()
	dir := t.TempDir()
	cert, authority := certificate(t)
	proxy := newProxy(t, s, cert)
	config := filepath.Join(dir, "config")
	for name, text := range map[string]string{
		config:                       "[default]\nregion = us-east-1\ns3 =\n    addressing_style = path\n",
		filepath.Join(dir, "ca.pem"): authority,
		filepath.Join(dir, "creds"):  "",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{
		"PATH=/usr/bin:/bin", "HOME=" + dir, "AWS_CONFIG_FILE=" + config, "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(dir, "creds"),
		"AWS_CA_BUNDLE=" + filepath.Join(dir, "ca.pem"), "HTTPS_PROXY=" + proxy, "NO_PROXY=127.0.0.1", "AWS_EC2_METADATA_DISABLED=true",
	}
}

// newProxy is a proxy that leads to the S3 server, whatever it is asked for.
func newProxy(t *testing.T, s *s3Server, cert tls.Certificate) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n") // the client notices
		inner := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
		one := &oneConn{conn: inner, done: make(chan struct{})}
		serve := &http.Server{Handler: s, ConnState: func(_ net.Conn, st http.ConnState) {
			if st == http.StateClosed {
				one.close()
			}
		}}
		_ = serve.Serve(one)
	})}
	go func() { _ = server.Serve(l) }() // it ends with the test
	t.Cleanup(func() { server.Close() })
	return "http://" + l.Addr().String()
}

// oneConn is a listener that has one connection.
type oneConn struct {
	conn net.Conn
	took bool
	once sync.Once
	done chan struct{}
}

func (o *oneConn) Accept() (net.Conn, error) {
	if !o.took {
		o.took = true
		return o.conn, nil
	}
	<-o.done
	return nil, net.ErrClosed
}

func (o *oneConn) close() { o.once.Do(func() { close(o.done) }) }

func (o *oneConn) Close() error   { o.close(); return nil }
func (o *oneConn) Addr() net.Addr { return o.conn.LocalAddr() }

// certificate is one for AWS's S3, and the authority that clients are to trust.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "s3"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"s3.amazonaws.com", "s3.us-east-1.amazonaws.com", "*.s3.amazonaws.com", "*.s3.us-east-1.amazonaws.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
