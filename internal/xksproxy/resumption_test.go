package xksproxy

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestResumption: a TLS session that began under other rules brings nobody in whom the rules of now
// keep out.
func TestResumption(t *testing.T) {
	t.Parallel()
	const name, other = "cks.kms.us-east-1.amazonaws.com", "cks.kms.eu-west-1.amazonaws.com"
	a, b := xkstest.NewAuthority(t), xkstest.NewAuthority(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	rules := func(names string) string {
		return fmt.Sprintf("tls: {client-ca: %s, client-names: [%s]}\n", ca, names) + config("software: {}", "")
	}
	cert := a.Issue(t, func(c *x509.Certificate) { c.Subject.CommonName, c.DNSNames = name, nil })
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		write(t, ca, string(a.PEM()))
		s := start(t, rules(name))
		client := s.trusting(&cert)
		config := client.Transport.(*http.Transport).TLSClientConfig
		config.MaxVersion, config.ClientSessionCache = version, tls.NewLRUClientSessionCache(4)
		ping := func() (resumed bool, err error) {
			client.CloseIdleConnections()
			res, err := client.Get(s.proxy.URL() + "/ping")
			if err != nil {
				return false, err
			}
			defer res.Body.Close()
			return res.TLS.DidResume, nil
		}
		for i := range 3 {
			if resumed, err := ping(); err != nil || i == 2 && !resumed {
				t.Fatalf("TLS %x, connection %d: resumed: %v, %v", version, i, resumed, err)
			}
		}
		s.rewrite(rules(other))
		if _, err := ping(); err == nil {
			t.Errorf("TLS %x: a name that is not welcome any more gets in", version)
		}
		s.rewrite(rules(name))
		if _, err := ping(); err != nil {
			t.Errorf("TLS %x: %v", version, err)
		}
		write(t, ca, string(b.PEM()))
		s.look()
		if _, err := ping(); err == nil {
			t.Errorf("TLS %x: an authority that is not trusted any more gets in", version)
		}
		client.CloseIdleConnections()
	}
}
