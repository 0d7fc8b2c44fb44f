// Package webhook sends requests to endpoints that users of the service chose: subscriptions of
// topics and API destinations. The one rule: such an endpoint must not become a way into the
// network that the service runs in, nor hold it up. So a request goes to public addresses only,
// and to those that the operator allows, whatever name they have at the moment; it follows no
// redirect, uses no proxy and no cookie; and of the answer little is read, for a short time.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Bounds of a request, in wall time and in bytes.
const (
	DefaultTimeout = 5 * time.Second // as long as EventBridge waits for an API destination
	maxHeader      = 32 << 10
	maxConns       = 8 // at once to one host
)

// Options are what a Client is made of.
type Options struct {
	Allow   []netip.Prefix // addresses that are not public and may be reached all the same
	Roots   *x509.CertPool // nil: the system's
	Timeout time.Duration  // of a whole request; 0: DefaultTimeout
}

// Client sends requests. Its methods may be called by several goroutines at once.
type Client struct {
	http  *http.Client
	allow []netip.Prefix
}

// New makes a client.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	c := &Client{allow: o.Allow}
	dialer := &net.Dialer{Timeout: o.Timeout, Control: c.control}
	c.http = &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: maxHeader,
			MaxConnsPerHost:        maxConns,
			MaxIdleConns:           64,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
			DisableCompression:     true, // a small answer must not unpack to a large one
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// ErrAddress is why a request was not sent: its address is not public, and the operator did not
// allow it.
var ErrAddress = errors.New("webhook: the address is neither public nor allowed by the operator")

// ErrURL says that an endpoint has no URL that can be called.
var ErrURL = errors.New("webhook: the endpoint is no http or https URL")

// control sees each address that is about to be connected to, after names are resolved.
func (c *Client) control(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !c.Allowed(a.Addr()) {
		return ErrAddress
	}
	return nil
}

// special are addresses that are not of the public Internet and that netip does not know as such.
//
// Source: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("5f00::/16"), netip.MustParsePrefix("fec0::/10"),
}

// Allowed reports whether requests may go to an address.
func (c *Client) Allowed(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range c.allow {
		if p.Contains(a) {
			return true
		}
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Check reports whether a text is the URL of an endpoint: http or https with a host, and no
// user in it.
func Check(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return ErrURL
	}
	return nil
}

// Answer is what an endpoint answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // as much of it as was asked for
}

// Send sends a request and reads up to limit bytes of the answer. An answer of any status is no
// error. The host of a *http.Request is the URL's: a header can't change it.
func (c *Client) Send(ctx context.Context, method, endpoint string, header http.Header, body []byte, limit int64) (Answer, error) {
	if err := Check(endpoint); err != nil {
		return Answer{}, err
	}
	r, err := http.NewRequestWithContext(ctx, method, endpoint, bytes.NewReader(body))
	if err != nil {
		return Answer{}, ErrURL
	}
	r.Header = header
	res, err := c.http.Do(r)
	if err != nil {
		return Answer{}, shorten(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, limit))
	if err != nil {
		return Answer{}, shorten(err)
	}
	return Answer{res.StatusCode, res.Header, answer}, nil
}

// shorten takes out of an error what is not for whoever chose the endpoint: the URL, whose query
// may hold a secret, and what the resolver and the network of the service look like.
func shorten(err error) error {
	if errors.Is(err, ErrAddress) {
		return ErrAddress
	}
	return &failure{cause: err}
}

// failure is an error of the network in words that give nothing away.
type failure struct{ cause error }

func (f *failure) Unwrap() error { return f.cause }

func (f *failure) Error() string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(f.cause, new(*net.DNSError)):
		return "webhook: the host's name does not lead to an address"
	case errors.As(f.cause, &timeout) && timeout.Timeout():
		return "webhook: there was no answer in time"
	case errors.As(f.cause, new(*tls.CertificateVerificationError)):
		return "webhook: the certificate is not trusted"
	case errors.Is(f.cause, syscall.ECONNREFUSED):
		return "webhook: the connection was refused"
	default:
		return "webhook: the connection failed"
	}
}
