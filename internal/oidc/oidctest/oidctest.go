// Package oidctest runs an OpenID Connect identity provider inside a test: a real HTTPS
// server with discovery, keys that can be changed, and tokens that it signs.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Issuer is a running identity provider. Path is where it is below the server's address.
type Issuer struct {
	URL        string // "https://127.0.0.1:PORT/id/EXAMPLE"
	Name       string // URL without "https://"
	CA         *x509.Certificate
	Thumbprint string // of CA, in hexadecimal digits

	// Answer, if it is not nil, is asked first. It returns false to leave a request alone.
	Answer atomic.Pointer[func(w http.ResponseWriter, r *http.Request) bool]

	t        testing.TB
	requests atomic.Int64
	mu       sync.Mutex
	keys     []key
	grants   map[string]Grant // by their codes
}

type key struct {
	id        string
	algorithm jose.SignatureAlgorithm
	private   crypto.Signer
}

// New starts an issuer, which ends with the test. Its first key is for RS256.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	server := httptest.NewUnstartedServer(i)
	server.Config.ErrorLog = nil
	server.TLS = &tls.Config{Certificates: []tls.Certificate{i.certificate()}}
	server.StartTLS()
	t.Cleanup(server.Close)
	i.URL = server.URL + "/id/EXAMPLE"
	i.Name = strings.TrimPrefix(i.URL, "https://")
	i.Rotate(jose.RS256)
	return i
}

// certificate makes an authority and a certificate that it issued.
func (i *Issuer) certificate() tls.Certificate {
	i.t.Helper()
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(i.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "oidctest authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, authority.Public(), authority)
	must(i.t, err)
	i.CA, err = x509.ParseCertificate(raw)
	must(i.t, err)
	sum := sha1.Sum(raw)
	i.Thumbprint = hex.EncodeToString(sum[:])
	leaf, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(i.t, err)
	rawLeaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "oidctest"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, i.CA, leaf.Public(), authority)
	must(i.t, err)
	return tls.Certificate{Certificate: [][]byte{rawLeaf, raw}, PrivateKey: leaf}
}

// PEM is the authority's certificate, for clients that trust a file.
func (i *Issuer) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.CA.Raw})
}

// Requests is how often somebody has asked for the keys.
func (i *Issuer) Requests() int64 { return i.requests.Load() }

// Rotate makes a new key and signs with it from now on. The old ones are published no more.
func (i *Issuer) Rotate(algorithm jose.SignatureAlgorithm) {
	i.t.Helper()
	i.SetKey(NewKey(i.t, algorithm), rand.Text(), algorithm)
}

// SetKey is Rotate with a key that the test has.
func (i *Issuer) SetKey(private crypto.Signer, id string, algorithm jose.SignatureAlgorithm) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = []key{{id, algorithm, private}}
}

// NewKey makes a private key for an algorithm.
func NewKey(t testing.TB, algorithm jose.SignatureAlgorithm) crypto.Signer {
	t.Helper()
	curves := map[jose.SignatureAlgorithm]elliptic.Curve{jose.ES256: elliptic.P256(), jose.ES384: elliptic.P384(), jose.ES512: elliptic.P521()}
	if curve := curves[algorithm]; curve != nil {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		must(t, err)
		return k
	}
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	return k
}

// Claims are those of a token that is good now, for the audience sts.amazonaws.com.
func (i *Issuer) Claims(subject string) map[string]any {
	now := time.Now()
	return map[string]any{
		"iss": i.URL, "sub": subject, "aud": []string{"sts.amazonaws.com"}, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

// Sign makes a token with the newest key.
func (i *Issuer) Sign(claims map[string]any) string {
	i.t.Helper()
	i.mu.Lock()
	k := i.keys[len(i.keys)-1]
	i.mu.Unlock()
	return Sign(i.t, k.private, k.id, k.algorithm, claims)
}

// Sign makes a token with any key.
func Sign(t testing.TB, private any, id string, algorithm jose.SignatureAlgorithm, claims map[string]any) string {
	t.Helper()
	options := new(jose.SignerOptions).WithType("JWT")
	if id != "" {
		options = options.WithHeader("kid", id)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: private}, options)
	must(t, err)
	payload, err := json.Marshal(claims)
	must(t, err)
	jws, err := signer.Sign(payload)
	must(t, err)
	text, err := jws.CompactSerialize()
	must(t, err)
	return text
}

// ServeHTTP is the issuer's server.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f := i.Answer.Load(); f != nil && (*f)(w, r) {
		return
	}
	switch r.URL.Path {
	case "/id/EXAMPLE/.well-known/openid-configuration":
		i.write(w, map[string]any{
			"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token",
		})
	case "/id/EXAMPLE/token":
		i.serveToken(w, r)
	case "/id/EXAMPLE/keys":
		i.requests.Add(1)
		i.write(w, i.KeySet())
	default:
		http.NotFound(w, r)
	}
}

// KeySet is what the issuer publishes.
func (i *Issuer) KeySet() jose.JSONWebKeySet {
	i.mu.Lock()
	defer i.mu.Unlock()
	var set jose.JSONWebKeySet
	for _, k := range i.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: string(k.algorithm), Use: "sig"})
	}
	return set
}

func (i *Issuer) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		i.t.Errorf("oidctest: %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
}
