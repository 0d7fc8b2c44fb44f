package xksproxy

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/xks"
)

var (
	namePattern   = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)
	regionPattern = regexp.MustCompile(`^([a-z]+-){2,3}[0-9]+$`)
)

// maxCredentials is enough for a rotation.
const maxCredentials = 2

// wrong collects mistakes.
type wrong []error

func (w *wrong) expect(claim bool, format string, args ...any) {
	if !claim {
		*w = append(*w, fmt.Errorf(format, args...))
	}
}

// check reports all mistakes together, and fills in the defaults of lists.
func (c *Config) check() error {
	var w wrong
	w.address("listen", c.Listen)
	if c.MetricsListen != "" {
		w.address("metrics-listen", c.MetricsListen)
	}
	w.expect(c.DataDir != "", "data-dir is empty")
	w.expect((c.TLS.Cert == "") == (c.TLS.Key == ""), "tls needs both cert and key, or neither")
	w.expect((c.TLS.ClientCA == "") == (len(c.TLS.ClientNames) == 0), "tls needs both client-ca and client-names, or neither")
	w.expect(slices.Contains([]string{"interval", "always"}, c.Audit.Sync), "audit sync %q is not interval or always", c.Audit.Sync)
	w.expect(c.Audit.Retention == 0 || c.Audit.Retention >= time.Hour, "audit retention must be 0, for ever, or at least 1h")
	w.expect(c.FleetSize >= 1, "fleet-size must be at least 1")
	w.expect(c.ShutdownGrace >= 0, "shutdown-grace can't be negative")
	names := map[string]*Backend{}
	for i := range c.Backends {
		b := &c.Backends[i]
		w.expect(namePattern.MatchString(b.Name), "backend name %q is not 1 to 64 letters, digits, dots, hyphens or underscores", b.Name)
		w.expect(names[b.Name] == nil, "there are two backends %q", b.Name)
		names[b.Name] = b
		w.backend(b)
	}
	w.expect(len(c.Stores) > 0, "there are no stores")
	prefixes := map[string]bool{}
	for i := range c.Stores {
		s := &c.Stores[i]
		w.expect(!prefixes[s.Prefix], "there are two stores with the prefix %q", s.Prefix)
		prefixes[s.Prefix] = true
		w.expect(names[s.Backend] != nil, "store %q: there is no backend %q", s.Prefix, s.Backend)
		w.store(s, names[s.Backend])
	}
	return errors.Join(w...)
}

func (w *wrong) address(name, address string) {
	_, _, err := net.SplitHostPort(address)
	w.expect(err == nil, "%s address %q is not HOST:PORT", name, address)
}

func (w *wrong) backend(b *Backend) {
	kinds := 0
	if b.Software != nil {
		kinds++
	}
	if p := b.PKCS11; p != nil {
		kinds++
		w.expect(p.Module != "", "backend %q: pkcs11 needs a module", b.Name)
		w.expect(p.PinFile != "", "backend %q: pkcs11 needs a pin-file", b.Name)
		w.expect(p.Sessions >= 0 && p.Wait >= 0 && p.Timeout >= 0, "backend %q: sessions, wait and timeout can't be negative", b.Name)
		w.expect(p.Wait < budget, "backend %q: wait must be less than %v, in which an answer has to leave", b.Name, budget)
		orDefault(&p.Sessions, 16)
		orDefault(&p.Wait, 100*time.Millisecond)
		orDefault(&p.Timeout, 5*time.Second)
		orDefault(&p.HealthKey, "keystead-xks-health")
	}
	if k := b.KMS; k != nil {
		kinds++
		w.endpoint(b.Name, k.Endpoint)
		w.expect(regionPattern.MatchString(k.Region), "backend %q: region %q does not look like us-east-1", b.Name, k.Region)
		w.expect(k.Key != "", "backend %q: kms needs a key", b.Name)
		w.expect(k.Refresh == 0 || k.Refresh >= time.Second, "backend %q: refresh must be at least 1s", b.Name)
		orDefault(&k.Refresh, 5*time.Minute)
	}
	w.expect(kinds == 1, "backend %q must have one of pkcs11, software and kms", b.Name)
}

// endpoint takes the URL of a KMS. Data keys come back from it in clear.
func (w *wrong) endpoint(backend, endpoint string) {
	if endpoint == "" {
		return
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		w.expect(false, "backend %q: the endpoint is not a URL", backend)
		return
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	w.expect(u.Scheme == "https" || u.Hostname() == "localhost" || ip.IsLoopback(),
		"backend %q: the endpoint must be https, except on this machine", backend)
}

func orDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func (w *wrong) store(s *Store, b *Backend) {
	err := xks.CheckPath(s.Prefix + xks.PathSuffix)
	w.expect(err == nil, "store %q: the prefix makes a wrong URI path: %w", s.Prefix, err)
	w.expect(len(s.Credentials) >= 1 && len(s.Credentials) <= maxCredentials, "store %q has %d credentials, not 1 or %d", s.Prefix, len(s.Credentials), maxCredentials)
	ids := map[string]bool{}
	for _, c := range s.Credentials {
		w.expect(xks.ValidAccessKeyID(c.AccessKeyID), "store %q: an access-key-id is not 20 to 30 characters of A-Z and 2-7", s.Prefix)
		w.expect(!ids[c.AccessKeyID], "store %q has an access-key-id twice", s.Prefix)
		ids[c.AccessKeyID] = true
		w.expect((c.Secret.Len() == 0) != (c.SecretFile == ""), "store %q: a credential must have one of secret and secret-file", s.Prefix)
		w.expect(c.Secret.Len() == 0 || xks.ValidSecret(string(c.Secret.Expose())), "store %q: a secret is not 43 to 64 characters of a-z A-Z 0-9 / + =", s.Prefix)
	}
	w.expect(s.RequestsPerSecond >= 0, "store %q: requests-per-second can't be negative", s.Prefix)
	w.rules(s.Prefix, s.Allow)
	keys := map[string]bool{}
	for i := range s.Keys {
		k := &s.Keys[i]
		where := s.Prefix + "/…/" + k.ID
		w.expect(xks.ValidKeyID(k.ID), "key %q: the id is not 1 to 128 characters of A-Z a-z 0-9 - . _", where)
		w.expect(!keys[k.ID], "key %q is there twice", where)
		keys[k.ID] = true
		_, err := hex.DecodeString(k.CKAID)
		w.expect(err == nil, "key %q: cka-id is not in hexadecimal digits", where)
		w.expect(k.Label == "" || k.CKAID == "", "key %q has both label and cka-id", where)
		w.expect(k.Label == "" && k.CKAID == "" || b == nil || b.PKCS11 != nil, "key %q: label and cka-id are for pkcs11 backends", where)
		for _, u := range k.Usage {
			w.expect(u == xks.UsageEncrypt || u == xks.UsageDecrypt, "key %q: usage %q is not ENCRYPT or DECRYPT", where, u)
		}
		w.rules(where, k.Allow)
	}
}

func (w *wrong) rules(where string, rules *[]Rule) {
	if rules == nil {
		return
	}
	for i, r := range *rules {
		n := 0
		for _, f := range r.fields() {
			n += len(f.patterns)
			w.expect(f.patterns == nil || len(f.patterns) > 0, "%q: %s in allow[%d] is an empty list; leave it out if it does not matter", where, f.name, i)
			for _, p := range f.patterns {
				w.expect(p != "" && len(p) <= maxPattern, "%q: a pattern in allow[%d] is empty or longer than %d characters", where, i, maxPattern)
			}
		}
		w.expect(n > 0, "%q: allow[%d] has no patterns; to allow everything, leave allow out", where, i)
	}
}
