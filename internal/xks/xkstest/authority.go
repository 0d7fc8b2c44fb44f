package xkstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// Authority signs certificates. Its own and those that it signs are valid from 2020 to 2099, so
// that tests may move their clocks.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

var (
	notBefore = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	notAfter  = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
)

// NewAuthority makes an authority.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{key: newKey(t)}
	a.Certificate = sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "xkstest"}, NotBefore: notBefore, NotAfter: notAfter,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, a.key, &a.key.PublicKey)
	return a
}

// Pool is a pool of this authority alone.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.Certificate)
	return p
}

// PEM is the authority's certificate as a file has it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
}

// Issue makes a certificate for Host, for servers and for clients. change may alter it before it is
// signed.
func (a *Authority) Issue(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	serial := make([]byte, 8)
	_, _ = rand.Read(serial) // never fails (crypto/rand)
	c := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: Host}, DNSNames: []string{Host},
		NotBefore: notBefore, NotAfter: notAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(c)
	}
	key := newKey(t)
	leaf := sign(t, c, a.Certificate, a.key, &key.PublicKey)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("xkstest: %v", err)
	}
	return k
}

// sign signs a certificate; without an issuer it signs itself.
func sign(t testing.TB, c, issuer *x509.Certificate, by *ecdsa.PrivateKey, key *ecdsa.PublicKey) *x509.Certificate {
	t.Helper()
	if issuer == nil {
		issuer = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, issuer, key, by)
	if err != nil {
		t.Fatalf("xkstest: %v", err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("xkstest: %v", err)
	}
	return made
}
