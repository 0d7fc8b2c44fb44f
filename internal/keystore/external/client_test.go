package external_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// scene is a client and the proxy of a key store.
type scene struct {
	*external.Client
	proxy *xkstest.Proxy
	to    *external.Proxy

	mu   sync.Mutex
	seen []external.Observation
}

// patient is a time limit for tests that are not about time, on a machine that is busy.
const patient = 10 * time.Second

// newScene starts a proxy. change may alter the options of the client.
func newScene(t testing.TB, change func(*external.Options)) *scene {
	t.Helper()
	s := &scene{proxy: xkstest.New(t)}
	o := external.Options{Roots: s.proxy.CA.Pool(), Hosts: s.proxy.Hosts(), Timeout: patient, Observe: s.observe}
	if change != nil {
		change(&o)
	}
	s.Client, s.to = external.New(o), proxyOf(s.proxy)
	t.Cleanup(s.Close)
	return s
}

func proxyOf(p *xkstest.Proxy) *external.Proxy {
	return &external.Proxy{
		Store: "cks-1234567890abcdef0", Account: "111122223333", Region: "eu-central-1",
		Connectivity: types.XksProxyConnectivityTypePublicEndpoint, Endpoint: xkstest.Endpoint, Path: p.Path,
		AccessKeyID: p.AccessKeyID, Secret: secret.FromString(p.Secret),
	}
}

func (s *scene) observe(o external.Observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, o)
}

// last is the last observation.
func (s *scene) last() external.Observation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) == 0 {
		return external.Observation{}
	}
	return s.seen[len(s.seen)-1]
}

func (s *scene) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

var call = external.Call{
	RequestID: "4112f4d6-db54-4af4-ae30-c55a22a8dfae", Operation: "Encrypt", PrincipalARN: "arn:aws:iam::111122223333:user/Alice",
	KeyARN:    "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
	SourceVPC: "vpc-1", SourceVPCE: "vpce-1", ViaService: `s3."ü".amazonaws.com`,
}

func (s *scene) encrypt(ctx context.Context, plaintext, aad string) (xks.Sealed, error) {
	return s.Encrypt(ctx, s.to, call, xkstest.KeyID, []byte(plaintext), []byte(aad))
}

// cause is the cause of an error, 0 if it has none.
func cause(err error) external.Cause {
	if e, ok := errors.AsType[*external.Error](err); ok {
		return e.Cause
	}
	return 0
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	for _, size := range []int{1, 60, xks.MaxPlaintext} {
		for _, aad := range [][]byte{nil, {}, []byte("project=nile"), make([]byte, xks.MaxAAD)} {
			for _, k := range []xkstest.Key{{}, {Vendor: []byte{}}, {Vendor: []byte("key_version=1"), IVSize: xks.LongIVSize}, {Vendor: make([]byte, xks.MaxMetadata)}} {
				s.proxy.SetKey(xkstest.KeyID, k)
				plaintext := make([]byte, size)
				_, _ = rand.Read(plaintext)
				sealed, err := s.Encrypt(t.Context(), s.to, call, xkstest.KeyID, plaintext, aad)
				if err != nil {
					t.Fatalf("Encrypt of %d bytes with %d: %v", size, len(aad), err)
				}
				got, err := s.Decrypt(t.Context(), s.to, call, xkstest.KeyID, sealed, aad)
				if err != nil || !bytes.Equal(got, plaintext) {
					t.Fatalf("Decrypt of %d bytes with %d: %d bytes, %v", size, len(aad), len(got), err)
				}
			}
		}
	}
	if n := s.proxy.Connections(); n != 1 {
		t.Errorf("%d connections, want 1 for calls one after the other", n)
	}
}

func TestDecryptRefuses(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.proxy.SetKey(xkstest.KeyID, xkstest.Key{Vendor: []byte("v1")})
	sealed, err := s.encrypt(t.Context(), "plaintext", "aad")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(s *xks.Sealed, aad *string){
		"associated data": func(_ *xks.Sealed, aad *string) { *aad = "other" },
		"ciphertext":      func(s *xks.Sealed, _ *string) { s.Ciphertext = append([]byte("x"), s.Ciphertext[1:]...) },
		"tag":             func(s *xks.Sealed, _ *string) { s.Tag = make([]byte, xks.TagSize) },
		"IV":              func(s *xks.Sealed, _ *string) { s.IV = make([]byte, xks.IVSize) },
		"length of IV":    func(s *xks.Sealed, _ *string) { s.IV = make([]byte, 13) },
		"metadata":        func(s *xks.Sealed, _ *string) { s.Metadata = []byte("v2") },
		"no metadata":     func(s *xks.Sealed, _ *string) { s.Metadata = nil },
		"border":          func(s *xks.Sealed, aad *string) { *aad, s.Metadata = "aadv", []byte("1") },
	} {
		other, aad := sealed, "aad"
		change(&other, &aad)
		_, err := s.Decrypt(t.Context(), s.to, call, xkstest.KeyID, other, []byte(aad))
		if cause(err) != external.InvalidCiphertext || !errors.Is(err, keystore.ErrCiphertext) {
			t.Errorf("another %s: %v", name, err)
		}
		if o := s.last(); o.ErrorName != "InvalidCiphertextException" || o.Retryable {
			t.Errorf("another %s: observed %q, retryable: %v", name, o.ErrorName, o.Retryable)
		}
	}
}

// TestWhatProxySees is about everything that a request says.
func TestWhatProxySees(t *testing.T) {
	t.Parallel()
	c := clock.At(time.Date(2031, 2, 3, 23, 59, 30, 0, time.UTC))
	s := newScene(t, func(o *external.Options) { o.Clock = c })
	s.proxy.SetClock(c.Now)
	for range 2 { // the second on another day
		sealed, err := s.encrypt(t.Context(), "plaintext", "aad")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decrypt(t.Context(), s.to, call, xkstest.KeyID, sealed, []byte("aad")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Metadata(t.Context(), s.to, call, xkstest.KeyID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Health(t.Context(), s.to, call); err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Minute)
	}
	want := xks.RequestMetadata{
		PrincipalARN: call.PrincipalARN, SourceVPC: call.SourceVPC, SourceVPCE: call.SourceVPCE, KeyARN: call.KeyARN,
		Operation: call.Operation, RequestID: call.RequestID, ViaService: call.ViaService,
	}
	for i, x := range s.proxy.Seen() {
		want := want
		if x.Operation == xks.GetHealthStatus {
			want = xks.RequestMetadata{Operation: call.Operation, RequestID: call.RequestID}
		}
		if x.Metadata != want {
			t.Errorf("%s: metadata %+v", x.Operation, x.Metadata)
		}
		r := x.Request
		if r.Method != "POST" || r.Host != xkstest.Host || r.URL.RawQuery != "" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("%s: %s %s with %v", x.Operation, r.Method, r.Host, r.Header)
		}
		date := []string{"20310203", "20310204"}[i/4]
		scope := "Credential=" + s.proxy.AccessKeyID + "/" + date + "/eu-central-1/kms-xks-proxy/aws4_request, SignedHeaders=host;x-amz-date, Signature="
		if a := r.Header.Get("Authorization"); !strings.HasPrefix(a, "AWS4-HMAC-SHA256 "+scope) {
			t.Errorf("%s: authorization %q", x.Operation, a)
		}
		if x.Operation == xks.Encrypt && !bytes.Contains(x.Body, []byte(`"ciphertextDataIntegrityValueAlgorithm":"SHA_256"`)) {
			t.Errorf("Encrypt does not ask for the integrity value: %s", x.Body)
		}
	}
	if n := len(s.proxy.Seen()); n != 8 {
		t.Errorf("the proxy saw %d requests, want 8", n)
	}
}

// TestCredentials is about a credential that changes while connections stay.
func TestCredentials(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	old := *s.to
	if _, err := s.Health(t.Context(), s.to, call); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*external.Proxy){
		"access key id": func(p *external.Proxy) { p.AccessKeyID = "INVALID" + p.AccessKeyID },
		"secret":        func(p *external.Proxy) { p.Secret = secret.FromString("Invalid" + s.proxy.Secret) },
	} {
		p := old
		change(&p)
		if _, err := s.Health(t.Context(), &p, call); cause(err) != external.AuthenticationFailed {
			t.Errorf("another %s: %v", name, err)
		}
		if _, err := s.Health(t.Context(), &old, call); err != nil {
			t.Errorf("the old credential after another %s: %v", name, err)
		}
	}
}

func TestObservation(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.proxy.SetHealth(xks.Health{FleetSize: 2, EKMs: []xks.EKM{{ID: "1", State: xks.Degraded}, {ID: "2", State: xks.Unavailable}}})
	health, err := s.Health(t.Context(), s.to, external.Call{RequestID: "r", Operation: xks.HealthCheck})
	if err != nil || len(health.EKMs) != 2 || health.FleetSize != 2 {
		t.Fatalf("Health: %+v, %v", health, err)
	}
	o := s.last()
	if o.Proxy != s.to || o.KMSOperation != "KmsHealthCheck" || o.XKSOperation != "GetHealthStatus" || o.ErrorName != "" || o.Retryable ||
		o.Latency <= 0 || o.Latency >= patient || o.Health == nil || o.Certificate == nil || o.Certificate.Subject.CommonName != xkstest.Host {
		t.Errorf("observed %+v", o)
	}
	s.proxy.Set(xkstest.Fails(xks.ThrottlingException, "too\nmuch"))
	_, err = s.encrypt(t.Context(), "p", "a")
	o = s.last()
	if o.KMSOperation != "Encrypt" || o.XKSOperation != "Encrypt" || o.ErrorName != "ThrottlingException" || !o.Retryable ||
		o.Message != "too?much" || o.Health != nil || o.Certificate == nil {
		t.Errorf("observed %+v after %v", o, err)
	}
	if e, _ := errors.AsType[*external.Error](err); e == nil || strings.Contains(e.Message(), "too") || !strings.Contains(e.Error(), "too?much") {
		t.Errorf("the error is %v", err)
	}
	if s.count() != 2 {
		t.Errorf("%d observations, want 2", s.count())
	}
}

func TestUnhealthy(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.proxy.SetHealth(xks.Health{FleetSize: 1, EKMs: []xks.EKM{{State: xks.Unavailable}, {State: xks.Unavailable}}})
	h, err := s.Health(t.Context(), s.to, call)
	if cause(err) != external.Unhealthy || len(h.EKMs) != 2 {
		t.Errorf("got %+v, %v", h, err)
	}
	if o := s.last(); o.ErrorName != "" || o.Health == nil {
		t.Errorf("observed %+v", o)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.proxy.SetKey("off", xkstest.Key{KeyMetadata: xks.KeyMetadata{Spec: xks.KeySpecAES256, Usage: []string{"ENCRYPT", "DECRYPT", "WRAP"}, Status: xks.StatusDisabled}})
	s.proxy.SetKey("only", xkstest.Key{KeyMetadata: xks.KeyMetadata{Spec: xks.KeySpecAES256, Usage: []string{"DECRYPT"}, Status: xks.StatusEnabled}})
	s.proxy.SetKey("rsa", xkstest.Key{KeyMetadata: xks.KeyMetadata{Spec: "RSA\n2048", Status: xks.StatusEnabled}})
	for key, want := range map[string]struct {
		metadata, check, encrypt external.Cause
		text                     string
	}{
		xkstest.KeyID: {},
		"off":         {0, external.KeyStatus, external.InvalidState, "The status of the external key must be ENABLED. The status of specified external key is DISABLED."},
		"only":        {0, external.KeyUsage, external.InvalidKeyUsage, "The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is DECRYPT."},
		"rsa":         {0, external.KeySpec, external.InvalidKeyUsage, "The key spec of the external key must be AES_256. The key spec of specified external key is RSA?2048."},
		"none":        {metadata: external.KeyNotFound, encrypt: external.KeyNotFound},
		"..":          {metadata: external.KeyNotFound, encrypt: external.KeyNotFound},
		"a/b":         {metadata: external.KeyNotFound, encrypt: external.KeyNotFound},
		"":            {metadata: external.KeyNotFound, encrypt: external.KeyNotFound},
	} {
		m, err := s.Metadata(t.Context(), s.to, call, key)
		if cause(err) != want.metadata {
			t.Errorf("Metadata of %q: %v", key, err)
		}
		if err == nil {
			check := external.CheckKey(m)
			if cause(check) != want.check || check != nil && check.(*external.Error).Message() != want.text {
				t.Errorf("CheckKey of %q: %v", key, check)
			}
		}
		if _, err := s.Encrypt(t.Context(), s.to, call, key, []byte("p"), nil); cause(err) != want.encrypt {
			t.Errorf("Encrypt with %q: %v", key, err)
		}
	}
}
