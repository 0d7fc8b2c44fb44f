package oidc_test

import (
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/oidc"
	"github.com/keystead/keystead/internal/oidc/oidctest"
)

// clientOf is a client of an issuer, by a clock that the test moves.
func clientOf(i *oidctest.Issuer, secret string, now func() time.Time) *oidc.Client {
	roots := x509.NewCertPool()
	roots.AddCert(i.CA)
	known := func() (string, error) { return secret, nil }
	return oidc.New(oidc.Options{Now: now, Roots: roots}).Client(oidc.Provider{Issuer: i.URL}, "client", known)
}

// answering makes an issuer answer for its path with a text; what it asks is counted.
func answering(i *oidctest.Issuer, path, text string) *atomic.Int64 {
	var asked atomic.Int64
	f := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		asked.Add(1)
		if text == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, text)
		return true
	}
	i.Answer.Store(&f)
	return &asked
}

// TestEndpoints: a provider is asked once for all who want to know, and again after a while; one
// that is down is not asked all the time.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	now := time.Now()
	c := clientOf(i, "", func() time.Time { return now })
	document := `{"issuer":"` + i.URL + `","authorization_endpoint":"https://a.example/x","token_endpoint":"https://t.example/x"}`
	asked := answering(i, "/openid-configuration", document)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if e, err := c.Endpoints(t.Context()); err != nil || e.Authorization != "https://a.example/x" || e.Token != "https://t.example/x" {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
	now = now.Add(11 * time.Minute)
	asked = answering(i, "/openid-configuration", "")
	for range 3 {
		if _, err := c.Endpoints(t.Context()); err != nil {
			t.Errorf("while the provider is down: %v", err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("a provider that is down was asked %d times", n)
	}
	now = now.Add(time.Hour)
	if _, err := c.Endpoints(t.Context()); !errors.Is(err, oidc.ErrUnreachable) {
		t.Errorf("an hour later: %v", err)
	}
	for what, bad := range map[string]string{
		"no document":                  "x",
		"another issuer":               strings.Replace(document, i.URL, "https://other.example", 1),
		"no TLS":                       strings.Replace(document, "https://t.", "http://t.", 1),
		"a script as the place to go":  strings.Replace(document, "https://a.example/x", "javascript:alert(1)", 1),
		"no endpoints":                 `{"issuer":"` + i.URL + `"}`,
		"a password in the address":    strings.Replace(document, "https://a.", "https://u:p@a.", 1),
		"an endpoint that is no text":  strings.Replace(document, `"https://a.example/x"`, "1", 1),
		"an endpoint of another place": strings.Replace(document, "https://a.example/x", "/x", 1),
	} {
		answering(i, "/openid-configuration", bad)
		if e, err := clientOf(i, "", time.Now).Endpoints(t.Context()); !errors.Is(err, oidc.ErrKey) {
			t.Errorf("%s: %+v, %v", what, e, err)
		}
	}
}

// TestExchange: how a client proves who it is, and what it takes for an answer.
func TestExchange(t *testing.T) {
	t.Parallel()
	i := oidctest.New(t)
	code := oidc.Code{Code: "code", Verifier: "verifier", RedirectURI: "https://here.example/console/"}
	for _, c := range []struct{ methods, secret, basic, inBody string }{
		{"", "", "", ""},
		{"", "a b/c", "client:a+b%2Fc", ""},
		{`,"token_endpoint_auth_methods_supported":["client_secret_post"]`, "a b/c", "", "a b/c"},
		{`,"token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"]`, "x", "client:x", ""},
	} {
		f := func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
				_, _ = io.WriteString(w, `{"issuer":"`+i.URL+`","authorization_endpoint":"`+i.URL+`/a","token_endpoint":"`+i.URL+`/t"`+c.methods+`}`)
			case strings.HasSuffix(r.URL.Path, "/t"):
				id, secret, basic := r.BasicAuth()
				if got := id + ":" + secret; basic != (c.basic != "") || basic && got != c.basic || r.PostFormValue("client_secret") != c.inBody {
					t.Errorf("%+v: %q in the header, %q in the body", c, got, r.PostFormValue("client_secret"))
				}
				if r.PostFormValue("code") != "code" || r.PostFormValue("code_verifier") != "verifier" || r.PostFormValue("redirect_uri") != code.RedirectURI ||
					r.PostFormValue("client_id") != "client" {
					t.Errorf("the form is %v", r.PostForm)
				}
				_, _ = io.WriteString(w, `{"id_token":"token"}`)
			}
			return true
		}
		i.Answer.Store(&f)
		if got, err := clientOf(i, c.secret, time.Now).Exchange(t.Context(), code); got != "token" || err != nil {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
	client := clientOf(i, "", time.Now)
	if _, err := client.Endpoints(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		answer http.HandlerFunc
		want   error
	}{
		{"no token", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"access_token":"x"}`) }, oidc.ErrCode},
		{"a refusal", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }, oidc.ErrCode},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, i.URL+"/elsewhere", http.StatusTemporaryRedirect)
		}, oidc.ErrCode},
		{"down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, oidc.ErrUnreachable},
	} {
		f := func(w http.ResponseWriter, r *http.Request) bool { c.answer(w, r); return true }
		i.Answer.Store(&f)
		if _, err := client.Exchange(t.Context(), code); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
	}
}
