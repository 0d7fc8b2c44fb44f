package oidc_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/keystead/keystead/internal/oidc"
	"github.com/keystead/keystead/internal/oidc/oidctest"
)

func provider(i *oidctest.Issuer) oidc.Provider {
	return oidc.Provider{Trust: "111122223333", Issuer: i.URL, Thumbprints: []string{i.Thumbprint}}
}

// wantError verifies a token that must not be accepted.
func wantError(t *testing.T, what string, v *oidc.Verifier, p oidc.Provider, token string, want error) {
	t.Helper()
	if got, err := v.Verify(t.Context(), p, token); !errors.Is(err, want) {
		t.Errorf("%s: got %+v and %v, want %v", what, got, err, want)
	}
}

// TestAlgorithms: AWS takes RSA and ECDSA with SHA-2.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	for _, a := range []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512} {
		i.Rotate(a)
		got, err := oidc.New(oidc.Options{}).Verify(t.Context(), provider(i), i.Sign(i.Claims("pod")))
		if err != nil || got.Subject != "pod" || got.Issuer != i.URL || len(got.Audience) != 1 || got.Audience[0] != "sts.amazonaws.com" {
			t.Errorf("%s: %+v, %v", a, got, err)
		}
	}
	v := oidc.New(oidc.Options{})
	i.Rotate(jose.RS256)
	claims := i.Claims("pod")
	wantError(t, "a MAC", v, provider(i), oidctest.Sign(t, []byte(strings.Repeat("k", 32)), "", jose.HS256, claims), oidc.ErrMalformed)
	wantError(t, "PSS", v, provider(i), oidctest.Sign(t, oidctest.NewKey(t, jose.RS256), "", jose.PS256, claims), oidc.ErrMalformed)
	payload := strings.Split(i.Sign(claims), ".")[1]
	wantError(t, "no signature", v, provider(i), "eyJhbGciOiJub25lIn0."+payload+".", oidc.ErrMalformed)
	// A MAC under the public key, which a verifier takes for valid if it lets the token choose.
	public := x509.MarshalPKCS1PublicKey(i.KeySet().Keys[0].Key.(*rsa.PublicKey))
	wantError(t, "a MAC under the public key", v, provider(i), oidctest.Sign(t, public, i.KeySet().Keys[0].KeyID, jose.HS256, claims), oidc.ErrMalformed)
}

func TestClaims(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	v := oidc.New(oidc.Options{})
	now := time.Now()
	for _, c := range []struct {
		name  string
		claim string
		value any // nil: without the claim
		want  error
	}{
		{"nothing changed", "x", 1, nil},
		{"one audience as text", "aud", "sts.amazonaws.com", nil},
		{"not before a minute from now", "nbf", now.Add(time.Minute).Unix(), nil},
		{"issued a minute from now", "iat", now.Add(time.Minute).Unix(), nil},
		{"fractions of a second", "exp", float64(now.Add(time.Hour).UnixMilli()) / 1000, nil},
		{"not before an hour from now", "nbf", now.Add(time.Hour).Unix(), oidc.ErrClaim},
		{"issued an hour from now", "iat", now.Add(time.Hour).Unix(), oidc.ErrClaim},
		{"without a subject", "sub", nil, oidc.ErrClaim},
		{"with an empty subject", "sub", "", oidc.ErrClaim},
		{"with a subject that is no text", "sub", 7, oidc.ErrClaim},
		{"without an audience", "aud", nil, oidc.ErrClaim},
		{"with an empty audience", "aud", []string{}, oidc.ErrClaim},
		{"without a date of issue", "iat", nil, oidc.ErrClaim},
		{"with a time that is none", "exp", "tomorrow", oidc.ErrClaim},
		{"of another issuer", "iss", "https://oidc.example", oidc.ErrClaim},
		{"of the issuer in other letters", "iss", strings.ToUpper(i.URL), oidc.ErrClaim},
		{"of no issuer", "iss", nil, oidc.ErrMalformed},
	} {
		claims := i.Claims("pod")
		if claims[c.claim] = c.value; c.value == nil {
			delete(claims, c.claim)
		}
		wantError(t, c.name, v, provider(i), i.Sign(claims), c.want)
	}
	for what, exp := range map[string]any{"expired": now.Add(-time.Second).Unix(), "at its end": now.Unix(), "never ends": nil} {
		claims := i.Claims("pod")
		if claims["exp"] = exp; exp == nil {
			delete(claims, "exp")
		}
		_, err := v.Verify(t.Context(), provider(i), i.Sign(claims))
		if e, ok := errors.AsType[*oidc.ExpiredError](err); !ok || exp != nil && e.Expiry.Unix() != exp {
			t.Errorf("a token that is %s: %v", what, err)
		}
	}
}

// TestMalformed: what is no token in the compact form is refused before anybody is asked.
func TestMalformed(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	v := oidc.New(oidc.Options{})
	good := i.Sign(i.Claims("pod"))
	parts := strings.Split(good, ".")
	for what, text := range map[string]string{
		"empty": "", "words": "not a token", "dots": "..", "two parts": parts[0] + "." + parts[1], "five parts": good + ".x.y",
		"the JSON form": `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"too long":      good + strings.Repeat("A", 20000), "padding": parts[0] + "=." + parts[1] + "." + parts[2],
		"a header that is critical": "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsieCJdLCJ4IjoxfQ." + parts[1] + "." + parts[2],
	} {
		if got, err := v.Verify(t.Context(), provider(i), text); err == nil {
			t.Errorf("%s: %+v", what, got)
		} else if what != "a header that is critical" && !errors.Is(err, oidc.ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	other := i.Claims("other")
	forged := strings.Split(i.Sign(other), ".")
	wantError(t, "another's payload", v, provider(i), parts[0]+"."+forged[1]+"."+parts[2], oidc.ErrKey)
	stranger := oidctest.NewKey(t, jose.RS256)
	wantError(t, "a stranger's key under the known name", v, provider(i), oidctest.Sign(t, stranger, i.KeySet().Keys[0].KeyID, jose.RS256, other), oidc.ErrKey)
	wantError(t, "a stranger's key without a name", v, provider(i), oidctest.Sign(t, stranger, "", jose.RS256, other), oidc.ErrKey)
}

// TestEmbeddedKey: a token that brings its own key is not believed.
func TestEmbeddedKey(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: oidctest.NewKey(t, jose.RS256)}, &jose.SignerOptions{EmbedJWK: true})
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(fmt.Appendf(nil, `{"iss":%q,"sub":"pod","aud":"sts.amazonaws.com","iat":1,"exp":9999999999}`, i.URL))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "its own key", oidc.New(oidc.Options{}), provider(i), text, oidc.ErrKey)
}

// movable is a clock that a test moves.
type movable struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (m *movable) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Add(m.ahead)
}

func (m *movable) advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead += d
}

// TestRotation: a new key is known at once, an old one is believed no longer than it is kept,
// and strangers can't have the keys fetched as often as they like.
func TestRotation(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	clock := new(movable)
	v := oidc.New(oidc.Options{Now: clock.now})
	sign := func() string {
		claims := i.Claims("pod")
		claims["exp"] = time.Now().Add(100 * time.Hour).Unix()
		return i.Sign(claims)
	}
	old := sign()
	for range 10 {
		wantError(t, "the first key", v, provider(i), old, nil)
	}
	if n := i.Requests(); n != 1 {
		t.Errorf("the keys were fetched %d times for one key", n)
	}
	i.Rotate(jose.ES256)
	wantError(t, "the second key", v, provider(i), sign(), nil)
	wantError(t, "the first key, which is published no more", v, provider(i), old, oidc.ErrKey)

	before := i.Requests()
	unknown := oidctest.NewKey(t, jose.ES256)
	for n := range 50 {
		wantError(t, "an unknown key", v, provider(i), oidctest.Sign(t, unknown, fmt.Sprint("key ", n), jose.ES256, i.Claims("pod")), oidc.ErrKey)
	}
	if n := i.Requests() - before; n > 5 {
		t.Errorf("the keys were fetched %d times for unknown keys", n)
	}
	wantError(t, "the second key, among unknown ones", v, provider(i), sign(), nil)
	clock.advance(11 * time.Second)
	i.Rotate(jose.RS256)
	third := sign()
	wantError(t, "the third key", v, provider(i), third, nil)

	refuse := func(w http.ResponseWriter, _ *http.Request) bool {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return true
	}
	i.Answer.Store(&refuse)
	clock.advance(50 * time.Minute)
	wantError(t, "while the provider is down", v, provider(i), third, nil)
	clock.advance(11 * time.Minute)
	wantError(t, "when it has been down for an hour", v, provider(i), third, oidc.ErrUnreachable)
	i.Answer.Store(nil)
	clock.advance(time.Minute)
	wantError(t, "when it is back", v, provider(i), third, nil)
}

// TestTogether: those who need the keys of a provider at once wait for one fetch.
func TestTogether(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	v := oidc.New(oidc.Options{})
	token := i.Sign(i.Claims("pod"))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := v.Verify(t.Context(), provider(i), token); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	if n := i.Requests(); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := oidc.New(oidc.Options{}).Verify(gone, provider(i), token); err != nil {
		t.Errorf("a client that is gone spoils the fetch for others: %v", err)
	}
}

// TestCertificates: a provider's certificate leads to a trusted authority or to a registered
// one, and what one account registers is nothing to another.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
func TestCertificates(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	token := i.Sign(i.Claims("pod"))
	roots := x509.NewCertPool()
	roots.AddCert(i.CA)
	none := oidc.Provider{Trust: "a", Issuer: i.URL}
	with := func(p oidc.Provider, prints ...string) oidc.Provider { p.Thumbprints = prints; return p }
	wrong := strings.Repeat("0", 40)
	shared := oidc.New(oidc.Options{})
	elsewhere := none
	elsewhere.Issuer = strings.Replace(i.URL, "127.0.0.1", "localhost", 1)
	for _, c := range []struct {
		name string
		v    *oidc.Verifier
		p    oidc.Provider
		want error
	}{
		{"a trusted authority", oidc.New(oidc.Options{Roots: roots}), none, nil},
		{"a trusted authority and a wrong thumbprint", oidc.New(oidc.Options{Roots: roots}), with(none, wrong), nil},
		{"a registered authority", shared, with(none, wrong, strings.ToUpper(i.Thumbprint)), nil},
		{"neither", shared, none, oidc.ErrCertificate},
		{"a wrong thumbprint", shared, with(none, wrong), oidc.ErrCertificate},
		{"another account, which registered nothing", shared, oidc.Provider{Trust: "b", Issuer: i.URL}, oidc.ErrCertificate},
		{"a document of another issuer", shared, with(elsewhere, i.Thumbprint), oidc.ErrClaim},
	} {
		if c.name == "a document of another issuer" {
			claims := i.Claims("pod")
			claims["iss"] = elsewhere.Issuer
			wantError(t, c.name, c.v, c.p, i.Sign(claims), oidc.ErrKey)
			continue
		}
		wantError(t, c.name, c.v, c.p, token, c.want)
	}
}

// TestAnswers: what a provider may answer is bounded, and it can't send anybody elsewhere.
func TestAnswers(t *testing.T) {
	t.Parallel()
	var elsewhere int
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	for _, c := range []struct {
		name   string
		path   string // of the requests that are answered like that
		answer http.HandlerFunc
		want   error
	}{
		{"not found", "openid-configuration", http.NotFound, oidc.ErrKey},
		{"no JSON", "openid-configuration", text("<html>"), oidc.ErrKey},
		{"keys over http", "openid-configuration", document("http://127.0.0.1/keys"), oidc.ErrKey},
		{"keys in a file", "openid-configuration", document("file:///etc/passwd"), oidc.ErrKey},
		{"keys on the link", "openid-configuration", document("https://169.254.169.254/keys"), oidc.ErrKey},
		{"keys with a password", "openid-configuration", document("https://user:password@127.0.0.1/keys"), oidc.ErrKey},
		{"no address of keys", "openid-configuration", document(""), oidc.ErrKey},
		{"a large document", "openid-configuration", large, oidc.ErrKey},
		{"large keys", "keys", large, oidc.ErrKey},
		{"no keys", "keys", text(`{"keys":[]}`), oidc.ErrKey},
		{"keys that are none", "keys", text(`{"keys":7}`), oidc.ErrKey},
		{"a redirect to another host", "keys", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) }, oidc.ErrKey},
		{"a circle of redirects", "keys", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, oidc.ErrKey},
		{"an error of the provider", "keys", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, oidc.ErrUnreachable},
		{"a broken connection", "keys", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, oidc.ErrUnreachable},
	} {
		i := oidctest.New(t)
		answer := func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, c.path) {
				return false
			}
			c.answer(w, r)
			return true
		}
		if c.path == "openid-configuration" && c.want == oidc.ErrKey {
			c.answer = withIssuer(i.URL, c.answer)
		}
		i.Answer.Store(&answer)
		wantError(t, c.name, oidc.New(oidc.Options{}), provider(i), i.Sign(i.Claims("pod")), c.want)
	}
	if elsewhere != 0 {
		t.Errorf("another host was asked %d times", elsewhere)
	}
	nobody := oidctest.New(t)
	p := provider(nobody)
	p.Issuer = "https://127.0.0.1:1"
	claims := nobody.Claims("pod")
	claims["iss"] = p.Issuer
	wantError(t, "nobody is there", oidc.New(oidc.Options{}), p, nobody.Sign(claims), oidc.ErrUnreachable)
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
}

const issuerHere = "ISSUER"

func document(keys string) http.HandlerFunc {
	return text(fmt.Sprintf(`{"issuer":%q,"jwks_uri":%q}`, issuerHere, keys))
}

// withIssuer puts the issuer's URL into a document.
func withIssuer(issuer string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h(rec, r)
		w.WriteHeader(rec.Code)
		_, _ = io.WriteString(w, strings.Replace(rec.Body.String(), issuerHere, issuer, 1))
	}
}

func large(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"keys":"`)
	for range 300 {
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<10))
	}
}

// TestWeakKeys: keys that are too short, too long or for something else verify nothing.
func TestWeakKeys(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	i.SetKey(short, "short", jose.RS256)
	wantError(t, "1024 bits", oidc.New(oidc.Options{}), provider(i), i.Sign(i.Claims("pod")), oidc.ErrKey)

	long := oidctest.NewKey(t, jose.RS256)
	i.SetKey(long, "long", jose.RS512)
	claims := i.Claims("pod")
	wantError(t, "an algorithm that the key is not for", oidc.New(oidc.Options{}), provider(i), oidctest.Sign(t, long, "long", jose.RS256, claims), oidc.ErrKey)
	wantError(t, "the one that it is for", oidc.New(oidc.Options{}), provider(i), i.Sign(claims), nil)
}
