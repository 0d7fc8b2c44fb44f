// Package xkstest is a scripted external key store proxy for tests: over real TLS, honest by
// default, with AES-GCM under keys of its own. A Fault makes it do anything else to a request;
// TLS and Certificate change how it is reached; Stop and Start are a crash.
package xkstest

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/xks"
)

// Host is the host name that a proxy's certificate is for.
const Host = "proxy.xks.example.com"

// Endpoint is the XksProxyUriEndpoint of a proxy. Clients need to be told its address: see Hosts.
const Endpoint = "https://" + Host

// KeyID is the id of a key that each proxy has.
const KeyID = "key-1"

// Proxy is a running proxy.
type Proxy struct {
	Path        string // XksProxyUriPath
	AccessKeyID string
	Secret      string
	Address     string // where it listens, "127.0.0.1:PORT"
	CA          *Authority

	t           testing.TB
	credential  *sigv4.Credential
	fault       atomic.Pointer[Fault]
	canned      atomic.Pointer[[]byte]
	tls         atomic.Pointer[tls.Config]
	connections atomic.Int64

	mu     sync.Mutex
	now    func() time.Time
	keys   map[string]*Key
	health xks.Health
	seen   []Exchange
	server *http.Server
	listen net.Listener
	conns  map[net.Conn]bool
}

// New starts a proxy that ends with the test.
func New(t testing.TB) *Proxy {
	t.Helper()
	random := make([]byte, 47)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	p := &Proxy{
		Path:        "/prefix-1" + xks.PathSuffix,
		AccessKeyID: base32.StdEncoding.EncodeToString(random[:15]),
		Secret:      base64.StdEncoding.EncodeToString(random[15:]),
		CA:          NewAuthority(t),
		t:           t,
		keys:        map[string]*Key{},
		conns:       map[net.Conn]bool{},
		health: xks.Health{
			FleetSize: 1, Vendor: "Keystead", Model: "xkstest 1", EKMVendor: "Keystead",
			EKMs: []xks.EKM{{ID: "ekm-1", Model: "software", State: xks.Active}},
		},
	}
	p.credential = sigv4.NewCredential(p.AccessKeyID, secret.FromString(p.Secret), nil)
	p.SetKey(KeyID, Key{})
	p.Certificate(nil)
	p.Start()
	t.Cleanup(p.Stop)
	return p
}

// Hosts says where the proxy's host is, for clients.
func (p *Proxy) Hosts() map[string][]string { return map[string][]string{Host: {p.Address}} }

// SetClock makes the proxy refuse signatures that are five minutes old by that clock. Without it a
// signature has no age.
func (p *Proxy) SetClock(now func() time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = now
}

// SetHealth changes the answer to GetHealthStatus.
func (p *Proxy) SetHealth(h xks.Health) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.health = h
}

// TLS changes the configuration of the connections from now on, and closes those that there are.
func (p *Proxy) TLS(change func(*tls.Config)) {
	c := p.tls.Load().Clone()
	change(c)
	p.tls.Store(c)
	p.CloseConnections()
}

// Certificate gives the proxy a new certificate, which change may alter before it is signed. It
// closes the connections that there are.
func (p *Proxy) Certificate(change func(*x509.Certificate)) {
	p.t.Helper()
	c := &tls.Config{NextProtos: []string{"h2", "http/1.1"}}
	if old := p.tls.Load(); old != nil {
		c = old.Clone()
	}
	c.Certificates = []tls.Certificate{p.CA.Issue(p.t, change)}
	p.tls.Store(c)
	p.CloseConnections()
}

// Connections is how many connections were opened so far.
func (p *Proxy) Connections() int { return int(p.connections.Load()) }

// Start starts the proxy after Stop, at the same address.
func (p *Proxy) Start() {
	p.t.Helper()
	address := p.Address
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		p.t.Fatalf("xkstest: listen: %v", err)
	}
	if p.Address == "" {
		p.Address = l.Addr().String()
	}
	s := &http.Server{
		Handler:   http.HandlerFunc(p.serve),
		ErrorLog:  log.New(io.Discard, "", 0),
		ConnState: p.follow,
		TLSConfig: &tls.Config{
			NextProtos: []string{"h2", "http/1.1"}, // so that the server can do both; each connection has its own
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
				return p.tls.Load(), nil
			},
		},
	}
	p.mu.Lock()
	p.server, p.listen = s, l
	p.mu.Unlock()
	go func() { _ = s.ServeTLS(l, "", "") }()
}

// Stop closes the proxy and all its connections at once.
func (p *Proxy) Stop() {
	p.mu.Lock()
	s, l := p.server, p.listen
	p.server = nil
	p.mu.Unlock()
	if s != nil {
		_ = l.Close() // the server may not know it yet
		_ = s.Close()
		p.CloseConnections() // likewise
	}
}

// follow knows which connections there are.
func (p *Proxy) follow(c net.Conn, state http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch state {
	case http.StateNew:
		p.conns[c] = true
		p.connections.Add(1)
	case http.StateClosed, http.StateHijacked:
		delete(p.conns, c)
	}
}

// CloseConnections closes all connections at once.
func (p *Proxy) CloseConnections() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if t, ok := c.(*tls.Conn); ok {
			c = t.NetConn() // without a last word, which could block
		}
		_ = c.Close()
	}
}
