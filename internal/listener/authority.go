package listener

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/keystead/keystead/internal/durable"
)

// Authority is a certificate authority of the service's own, for TLS mode "auto". Its files
// are in one directory: ca.pem, which clients trust, ca.key, cert.pem and key.pem.
type Authority struct {
	Dir   string
	Hosts func() []string  // that the certificate is for; asked again at each handshake
	Now   func() time.Time // nil for the wall clock, by which clients judge certificates
}

// The lifetimes of what the authority makes.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 90 * 24 * time.Hour
	renewBefore   = 30 * 24 * time.Hour
)

// CAFile is the certificate that clients have to trust.
func (a Authority) CAFile() string { return a.path("ca.pem") }

func (a Authority) time() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

func (a Authority) path(name string) string { return filepath.Join(a.Dir, name) }

// Ensure makes what is missing and returns the certificate to serve.
func (a Authority) Ensure(log *slog.Logger) (*Certificate, error) {
	if err := os.MkdirAll(a.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the TLS directory: %w", err)
	}
	for _, part := range []struct {
		file string
		make func() error
	}{{"ca.pem", a.makeAuthority}, {"cert.pem", a.makeLeaf}} {
		if _, err := os.Stat(a.path(part.file)); errors.Is(err, fs.ErrNotExist) {
			if err := part.make(); err != nil {
				return nil, fmt.Errorf("make %s: %w", part.file, err)
			}
		}
	}
	return &Certificate{certFile: a.path("cert.pem"), keyFile: a.path("key.pem"), log: log, renew: a.renew}, nil
}

// renew makes a new certificate when the one in use ends soon or lacks a host, or when
// there is none: a crash in the middle of a renewal leaves a key that does not fit.
func (a Authority) renew(c *tls.Certificate) error {
	good := c != nil && a.time().Before(c.Leaf.NotAfter.Add(-renewBefore))
	for _, h := range a.Hosts() {
		good = good && c.Leaf.VerifyHostname(h) == nil
	}
	if good {
		return nil
	}
	return a.makeLeaf()
}

func (a Authority) makeAuthority() error {
	t := a.template("Keystead local CA", authorityLife)
	t.IsCA, t.BasicConstraintsValid, t.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return a.write("ca.pem", "ca.key", t, t, key, key)
}

func (a Authority) makeLeaf() error {
	ca, err := tls.LoadX509KeyPair(a.path("ca.pem"), a.path("ca.key"))
	if err != nil {
		return fmt.Errorf("read the certificate authority: %w", err)
	}
	signer, ok := ca.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return fmt.Errorf("%s holds no ECDSA key", a.path("ca.key"))
	}
	t := a.template("Keystead", leafLife)
	t.KeyUsage, t.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, h := range a.Hosts() {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return a.write("cert.pem", "key.pem", t, ca.Leaf, key, signer)
}

func (a Authority) template(name string, life time.Duration) *x509.Certificate {
	serial := make([]byte, 16)
	_, _ = rand.Read(serial) // never fails (crypto/rand)
	serial[0] &= 0x7f
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: a.time().Add(-time.Hour), NotAfter: a.time().Add(life),
	}
}

// write signs t and writes key and certificate, in this order: a certificate without its
// key would not be made again.
func (a Authority) write(certFile, keyFile string, t, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) error {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, signer)
	if err != nil {
		return fmt.Errorf("sign a certificate: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode a key: %w", err)
	}
	if err := writePEM(a.path(keyFile), "PRIVATE KEY", private, 0o600); err != nil {
		return err
	}
	return writePEM(a.path(certFile), "CERTIFICATE", der, 0o644)
}

func writePEM(path, kind string, der []byte, mode fs.FileMode) error {
	return durable.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}
