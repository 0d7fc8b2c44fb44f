package oidc

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Options says how a Verifier reaches providers. The zero value is that of a server.
type Options struct {
	Now   func() time.Time // what tokens and the age of keys are judged by; nil means time.Now
	Roots *x509.CertPool   // trusted certificate authorities; nil means the system's
}

const (
	fetchTimeout = 5 * time.Second // of discovery and keys together
	maxAnswer    = 256 << 10       // bytes
	maxRedirects = 3
)

// discoveryPath is where an issuer describes itself.
const discoveryPath = "/.well-known/openid-configuration"

// fetchKeys asks a provider for its keys: first where they are, and then for them.
func (v *Verifier) fetchKeys(ctx context.Context, p Provider) ([]jose.JSONWebKey, error) {
	// One fetch serves all who wait for it, so it does not end with who began it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	body, err := v.get(ctx, p, strings.TrimSuffix(p.Issuer, "/")+discoveryPath)
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", p.Issuer, err)
	}
	var document struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return nil, fmt.Errorf("discover %s: %w: %w", p.Issuer, ErrKey, err)
	}
	if document.Issuer != p.Issuer {
		return nil, fmt.Errorf("discover %s: %w: the document is that of another issuer", p.Issuer, ErrKey)
	}
	if body, err = v.get(ctx, p, document.Keys); err != nil {
		return nil, fmt.Errorf("fetch the keys of %s: %w", p.Issuer, err)
	}
	keys, err := parseKeys(body)
	if err != nil {
		return nil, fmt.Errorf("fetch the keys of %s: %w: %w", p.Issuer, ErrKey, err)
	}
	return keys, nil
}

// get reads an address of a provider. The answer goes no further than the parser of keys.
func (v *Verifier) get(ctx context.Context, p Provider, address string) ([]byte, error) {
	u, err := secureURL(address)
	if err != nil {
		return nil, err
	}
	client := v.client(p, u)
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	req.Header.Set("Accept", "application/json")
	res, err := client.Do(req)
	switch {
	case errors.Is(err, ErrCertificate), errors.Is(err, ErrKey):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusInternalServerError {
		return nil, fmt.Errorf("%w: status %d", ErrUnreachable, res.StatusCode)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: status %d", ErrKey, res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("%w: the answer is larger than %d bytes", ErrKey, maxAnswer)
	}
	return body, nil
}

// secureURL parses an address of a provider.
func secureURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, fmt.Errorf("%w: an address is not an https URL", ErrKey)
	}
	return u, nil
}

// client is for one address, and follows no redirect to another host.
func (v *Verifier) client(p Provider, u *url.URL) *http.Client {
	t := trust{roots: v.options.Roots, thumbprints: p.Thumbprints, host: u.Hostname()}
	dialer := &net.Dialer{Timeout: fetchTimeout, Control: refuseLinkLocal}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            dialer.DialContext,
			TLSClientConfig:        t.config(),
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if r.URL.Scheme != "https" || r.URL.Host != u.Host || len(via) > maxRedirects {
				return fmt.Errorf("%w: a redirect to another host", ErrKey)
			}
			return nil
		},
	}
}

// refuseLinkLocal keeps providers from being a way to what answers on the link alone, such as
// the metadata of a cloud's machine.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := a.Addr().Unmap()
	if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return fmt.Errorf("%w: %s is not an address for a provider", ErrKey, ip)
	}
	return nil
}

// trust is which certificates a provider may show: those of the system's authorities, and
// those that lead to a certificate which was registered by its thumbprint.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
type trust struct {
	roots       *x509.CertPool
	thumbprints []string
	host        string
}

func (t trust) config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.host,
		InsecureSkipVerify: true, // verify takes its place
		VerifyConnection:   func(s tls.ConnectionState) error { return t.verify(s.PeerCertificates) },
	}
}

func (t trust) verify(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return ErrCertificate
	}
	options := x509.VerifyOptions{Roots: t.roots, Intermediates: pool(chain[1:]), DNSName: t.host}
	_, err := chain[0].Verify(options)
	if err == nil {
		return nil
	}
	top := chain[len(chain)-1]
	if !t.pinned(top) {
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	options.Roots = pool(chain[len(chain)-1:])
	if _, err := chain[0].Verify(options); err != nil {
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	return nil
}

// pinned says whether the certificate was registered. SHA-1 is what AWS's thumbprints are; it
// takes a second preimage to cheat here, not a collision.
func (t trust) pinned(c *x509.Certificate) bool {
	sum := sha1.Sum(c.Raw)
	print := hex.EncodeToString(sum[:])
	return slices.ContainsFunc(t.thumbprints, func(known string) bool { return strings.EqualFold(known, print) })
}

func pool(list []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range list {
		p.AddCert(c)
	}
	return p
}
