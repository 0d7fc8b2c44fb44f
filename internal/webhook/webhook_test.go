package webhook_test

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/webhook"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func TestAllowed(t *testing.T) {
	t.Parallel()
	c := webhook.New(webhook.Options{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	for address, want := range map[string]bool{
		"93.184.215.14": true, "2606:2800:21f:cb07::1": true, "10.1.2.3": true, "::ffff:10.1.2.3": true,
		"10.2.0.1": false, "127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "169.254.169.254": false, "fe80::1": false,
		"fd00:ec2::254": false, "192.168.1.1": false, "172.16.0.1": false, "100.100.100.200": false, "224.0.0.1": false, "255.255.255.255": false,
		"::ffff:169.254.169.254": false, "::ffff:127.0.0.1": false, "64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "::7f00:1": false,
	} {
		if got := c.Allowed(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	called := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer srv.Close()
	_, err := webhook.New(webhook.Options{}).Send(t.Context(), "POST", srv.URL, nil, nil, 100)
	if !errors.Is(err, webhook.ErrAddress) || called {
		t.Errorf("got %v, called: %v", err, called)
	}
	for _, u := range []string{"", "ftp://a", "http://", "https://user@a/", "http:a", "javascript:alert(1)", "//a", "http://a b/"} {
		if err := webhook.Check(u); err == nil {
			t.Errorf("%q passes", u)
		}
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/other", http.StatusFound)
		case "/slow":
			time.Sleep(2 * time.Second)
		default:
			w.WriteHeader(http.StatusAccepted)
			w.Write([]byte(r.Method + " " + r.Header.Get("X-A") + strings.Repeat("x", 1000)))
		}
	}))
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	c := webhook.New(webhook.Options{Allow: loopback, Roots: roots, Timeout: 500 * time.Millisecond})
	a, err := c.Send(t.Context(), "PUT", srv.URL+"/x?secret=1", http.Header{"X-A": {"b"}}, []byte("body"), 7)
	if err != nil || a.Status != http.StatusAccepted || string(a.Body) != "PUT bxx" {
		t.Errorf("got %+v, %v", a, err)
	}
	if a, err := c.Send(t.Context(), "GET", srv.URL+"/redirect", nil, nil, 100); err != nil || a.Status != http.StatusFound {
		t.Errorf("a redirect is followed: %+v, %v", a, err)
	}
	if _, err := c.Send(t.Context(), "GET", srv.URL+"/slow?secret=1", nil, nil, 100); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a slow answer: %v", err)
	}
	if _, err := webhook.New(webhook.Options{Allow: loopback}).Send(t.Context(), "GET", srv.URL, nil, nil, 100); err == nil {
		t.Error("an unknown certificate is trusted")
	}
}

// TestFailures: errors tell nothing of the service's network.
func TestFailures(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	c := webhook.New(webhook.Options{Allow: loopback})
	for endpoint, want := range map[string]string{
		gone.URL:                     "webhook: the connection was refused",
		untrusted.URL:                "webhook: the certificate is not trusted",
		"http://nowhere.invalid:80/": "webhook: the host's name does not lead to an address",
	} {
		if _, err := c.Send(t.Context(), "GET", endpoint, nil, nil, 100); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", endpoint, err, want)
		}
	}
}
