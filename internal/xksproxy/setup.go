package xksproxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/listener"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/xks"
)

// setup is a configuration that is in use. It never changes: another one takes its place.
type setup struct {
	cfg      Config
	stores   map[string]*tenant // by URI path
	backends map[string]*monitored
	tls      *tls.Config
}

// tenant is a store that is served.
type tenant struct {
	Store
	path     string
	verifier sigv4.Verifier
	limit    *limiter
	backend  *monitored
	keys     map[string]*Key
}

// prepare makes a setup of a configuration. What it has in common with the old one it takes from
// there, backends above all. What it opened is closed again if there is an error.
func (p *Proxy) prepare(ctx context.Context, cfg Config, old *setup) (_ *setup, err error) {
	s := &setup{cfg: cfg, stores: map[string]*tenant{}, backends: map[string]*monitored{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close(old))
		}
	}()
	if p.journal != nil { // a command on keys makes no certificates, which might be its user's alone to read
		if s.tls, err = p.tlsConfig(cfg); err != nil {
			return nil, err
		}
	}
	for _, b := range cfg.Backends {
		pin, err := pinOf(b)
		if err != nil {
			return nil, fmt.Errorf("backend %s: %w", b.Name, err)
		}
		if old != nil {
			if m := old.backends[b.Name]; m != nil && reflect.DeepEqual(m.cfg, b) && m.pin.Equal(pin) {
				s.backends[b.Name] = m
				continue
			}
		}
		opened, err := p.openBackend(ctx, b, pin)
		if err != nil {
			return nil, fmt.Errorf("backend %s: %w", b.Name, err)
		}
		s.backends[b.Name] = p.monitor(b, pin, opened)
	}
	for _, st := range cfg.Stores {
		t, err := newTenant(st, p.clock.Now, s.backends[st.Backend])
		if err != nil {
			return nil, fmt.Errorf("store %q: %w", st.Prefix, err)
		}
		if old != nil {
			t.inherit(old.stores[t.path])
		}
		s.stores[t.path] = t
	}
	return s, nil
}

func pinOf(b Backend) (secret.Bytes, error) {
	if b.PKCS11 == nil {
		return secret.Bytes{}, nil
	}
	return firstLine(b.PKCS11.PinFile)
}

// openBackend opens what a configuration names.
func (p *Proxy) openBackend(ctx context.Context, b Backend, pin secret.Bytes) (backend, error) {
	switch {
	case b.PKCS11 != nil:
		return newHSMBackend(b.Name, *b.PKCS11, pin, p.log), nil
	case b.KMS != nil:
		return newKMSBackend(ctx, b.Name, *b.KMS, p.db)
	default:
		return &softwareBackend{name: b.Name, version: p.version, db: p.db}, nil
	}
}

// close closes the backends that another setup does not have.
func (s *setup) close(other *setup) error {
	var errs []error
	for name, m := range s.backends {
		if other == nil || other.backends[name] != m {
			errs = append(errs, m.close())
		}
	}
	return errors.Join(errs...)
}

func newTenant(s Store, now func() time.Time, m *monitored) (*tenant, error) {
	t := &tenant{Store: s, path: s.Prefix + xks.PathSuffix, backend: m, limit: newLimiter(s.RequestsPerSecond), keys: map[string]*Key{}}
	source := credentials{}
	for _, c := range s.Credentials {
		id, value, err := c.Read()
		if err != nil {
			return nil, err
		}
		source[id] = sigv4.NewCredential(id, value, nil)
	}
	t.verifier = sigv4.Verifier{Source: source, Now: now}
	for i := range s.Keys {
		t.keys[s.Keys[i].ID] = &s.Keys[i]
	}
	return t, nil
}

// inherit takes over what a store has used up of its quota.
func (t *tenant) inherit(old *tenant) {
	if old != nil && old.RequestsPerSecond == t.RequestsPerSecond {
		t.limit = old.limit
	}
}

// rules are those that are for a key.
func (t *tenant) rules(k *Key) *[]Rule {
	if k != nil && k.Allow != nil {
		return k.Allow
	}
	return t.Allow
}

// credentials are those of a store, by access key id.
type credentials map[string]*sigv4.Credential

// Credential implements sigv4.Source.
func (c credentials) Credential(_ context.Context, id, token string) (*sigv4.Credential, error) {
	if token != "" {
		return nil, &sigv4.Error{Reason: sigv4.BadSessionToken}
	}
	if found := c[id]; found != nil {
		return found, nil
	}
	return nil, &sigv4.Error{Reason: sigv4.UnknownKey}
}

// tlsConfig is what handshakes go by.
func (p *Proxy) tlsConfig(cfg Config) (*tls.Config, error) {
	c := cfg.TLS
	cert, err := p.certificate(cfg)
	if err != nil {
		return nil, err
	}
	t, err := cert.Config()
	if err != nil || c.ClientCA == "" {
		return t, err
	}
	roots, err := listener.ReadRoots(c.ClientCA, p.log)
	if err != nil {
		return nil, fmt.Errorf("client-ca: %w", err)
	}
	t.ClientCAs = roots.Get() // another file makes another setup
	t.ClientAuth = tls.RequireAndVerifyClientCert
	// It is asked about resumed connections too: those of a client that is not welcome any more.
	t.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.VerifiedChains) == 0 {
			return errors.New("the client's certificate was not verified")
		}
		leaf := state.PeerCertificates[0]
		for _, name := range append([]string{leaf.Subject.CommonName}, leaf.DNSNames...) {
			if slices.Contains(c.ClientNames, name) {
				return nil
			}
		}
		return fmt.Errorf("the client's certificate is for %q, not for one of client-names", leaf.Subject.CommonName)
	}
	return t, nil
}
