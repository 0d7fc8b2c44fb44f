package external

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// suites are the cipher suites of TLS 1.2 that the specification names. Those of TLS 1.3 are not
// for a Go client to choose; all of Go's are good, and in FIPS mode approved.
//
// Source: section "API content type" of the specification.
var suites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}

// dialer makes connections to a proxy.
type dialer struct {
	host      string
	addresses []string // "HOST:PORT"; nil: those of the host name
	allowed   func(netip.Addr) bool
	next      atomic.Uint32 // which address the next connection begins with
	tls       *tls.Config
	tcp       dialTCP
	limit     time.Duration
}

// dialTCP makes a TCP connection.
type dialTCP func(ctx context.Context, network, address string) (net.Conn, error)

// keepAlive finds out while a connection is idle that its other end is gone.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 3}

// wire is a TCP connection that knows what it has brought.
type wire struct {
	net.Conn
	heard atomic.Int64 // when it last brought something: Unix nanoseconds, wall time
	room  atomic.Int64 // how many bytes it may still bring

	asked  bool         // the proxy asked for a certificate, in TLS 1.3
	shaken atomic.Bool  // the handshake has ended
	after  atomic.Int64 // how many bytes it has brought since
}

const (
	// allowance is how much a connection may bring for each request, and for the handshake: an
	// answer and what is around it. A proxy that sends without being asked would else keep a
	// processor busy for as long as it likes: HTTP/2 has frames that want an answer.
	allowance = 2 * maxAnswer
	// mostAllowed is how much a connection may bring at once, whatever was asked for.
	mostAllowed = 64 * allowance
	// alertRecord is the size of a record of TLS 1.3 with an alert.
	alertRecord = 5 + 2 + 1 + 16
)

var errUnasked = errors.New("the proxy sends more than it was asked for")

func newWire(c net.Conn) *wire {
	w := &wire{Conn: c}
	w.allow()
	return w
}

// allow makes room for the answer to a request.
func (w *wire) allow() {
	if w.room.Add(allowance) > mostAllowed {
		w.room.Add(-allowance)
	}
}

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 {
		w.heard.Store(time.Now().UnixNano())
		if w.shaken.Load() {
			w.after.Add(int64(n))
		}
		if w.room.Add(-int64(n)) < 0 {
			return 0, errUnasked
		}
	}
	return n, err
}

// refused reports whether the proxy may have refused the client's certificate. In TLS 1.3 a client
// has finished its side of the handshake by then, and the alert that says so is lost if the client
// is writing. A proxy that has sent anything else has taken the certificate.
func (w *wire) refused() bool { return w.asked && w.after.Load() <= alertRecord }

type wireKey struct{}

// dialer returns the dialer of a host, which may be behind a VPC endpoint service.
func (c *Client) dialer(host, service string) *dialer {
	d := &dialer{host: host, addresses: c.o.Hosts[host], allowed: c.o.Allowed, tcp: c.tcp, limit: c.o.Timeout}
	if s := c.services[service]; s != nil {
		d.addresses = s.Addresses
	}
	d.tls = &tls.Config{
		ServerName:   host,
		RootCAs:      c.roots,
		MinVersion:   tls.VersionTLS12,
		CipherSuites: suites,
		NextProtos:   []string{"h2", "http/1.1"},
		Time:         c.o.Clock.Now,
	}
	d.tls.GetClientCertificate = func(i *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if w, ok := i.Context().Value(wireKey{}).(*wire); ok {
			w.asked = i.Version == tls.VersionTLS13
		}
		if c.o.ClientCertificate == nil {
			return new(tls.Certificate), nil // none
		}
		return c.o.ClientCertificate()
	}
	return d
}

// dial makes a TLS connection. The transport calls it with a context that does not end with the
// attempt that wanted the connection; another may use it.
func (d *dialer) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	a, _ := ctx.Value(attemptKey{}).(*attempt)
	reach := func(stage int32) {
		if a != nil {
			a.reach(stage)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	addresses, err := d.resolve(ctx)
	if err != nil {
		return nil, &dialError{resolving, err}
	}
	reach(connecting)
	tcp, err := d.connect(ctx, addresses)
	if err != nil {
		return nil, &dialError{connecting, err}
	}
	reach(shaking)
	w := newWire(tcp)
	conn := tls.Client(w, d.tls)
	if err := conn.HandshakeContext(context.WithValue(ctx, wireKey{}, w)); err != nil {
		_ = tcp.Close()
		return nil, &dialError{shaking, err}
	}
	w.shaken.Store(true)
	return conn, nil
}

var errNotAllowed = errors.New("the host name leads to no address that the operator allows")

// resolve returns the addresses to connect to, none empty.
func (d *dialer) resolve(ctx context.Context) ([]string, error) {
	if len(d.addresses) > 0 {
		return d.addresses, nil
	}
	// KMS reaches proxies with IPv4 alone.
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", d.host)
	if err != nil {
		return nil, err
	}
	var addresses []string
	for _, a := range found {
		if a = a.Unmap(); d.allowed == nil || d.allowed(a) {
			addresses = append(addresses, netip.AddrPortFrom(a, 443).String())
		}
	}
	if len(addresses) == 0 {
		return nil, errNotAllowed
	}
	return addresses, nil
}

// mostAddresses is how many addresses one attempt tries. Whoever owns a name decides how many it has:
// many would make this service knock at as many doors for each call.
const mostAddresses = 8

// connect connects to one of the addresses, beginning with another each time. Each gets an equal
// share of the time that is left.
func (d *dialer) connect(ctx context.Context, addresses []string) (net.Conn, error) {
	var errs []error
	first, tries := int(d.next.Add(1)), min(len(addresses), mostAddresses)
	for i := range tries {
		conn, err := d.connectOne(ctx, addresses[(first+i)%len(addresses)], tries-i)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	if len(errs) == 1 {
		return nil, errs[0]
	}
	return nil, fmt.Errorf("no address of the proxy can be reached: %w", errors.Join(errs...))
}

func (d *dialer) connectOne(ctx context.Context, address string, left int) (net.Conn, error) {
	if end, ok := ctx.Deadline(); ok && left > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(left))
		defer cancel()
	}
	return d.tcp(ctx, "tcp", address)
}
