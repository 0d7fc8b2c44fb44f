// Package nitrotest makes attestation documents for tests and for people without an enclave,
// under a root of its own. The one rule: nobody trusts that root who was not told to; it
// proves nothing of what runs anywhere. Begin with NewAuthority and Authority.Document.
package nitrotest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/keystead/keystead/internal/nitro"
)

// Authority stands for the platform: a root, and the key that it signs with.
type Authority struct {
	Root *x509.Certificate
	Key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority whose root is valid for 30 years, as AWS's is.
func NewAuthority(now time.Time) (*Authority, error) {
	root := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "test.nitro-enclaves", Organization: []string{"Keystead"}, OrganizationalUnit: []string{"Not AWS"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(30, 0, 0),
		IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	a := &Authority{Root: root}
	var err error
	a.Root, a.Key, err = a.Issue(root)
	return a, err
}

// Issue makes a key and a certificate for it after a template. The authority's root, if the
// template is that, signs itself.
func (a *Authority) Issue(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	signer := a.Key
	if template == a.Root {
		signer = key
	}
	c, err := a.Certify(template, &key.PublicKey, signer)
	return c, key, err
}

// Certify makes a certificate for a key of any type.
func (a *Authority) Certify(template *x509.Certificate, key any, signer *ecdsa.PrivateKey) (*x509.Certificate, error) {
	template.SerialNumber = new(big.Int).SetBytes([]byte(rand.Text()))
	template.BasicConstraintsValid = true
	template.SignatureAlgorithm = x509.ECDSAWithSHA384
	der, err := x509.CreateCertificate(rand.Reader, template, a.Root, key, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Signer is what signs documents: a certificate that is valid for three hours, and the
// bundle of its issuers.
type Signer struct {
	Certificate []byte
	Bundle      [][]byte
	Key         *ecdsa.PrivateKey
}

// Signer makes a new signer by way of an intermediate authority.
func (a *Authority) Signer(now time.Time) (*Signer, error) {
	middle, key, err := a.Issue(&x509.Certificate{
		Subject:   pkix.Name{CommonName: "zonal.test.nitro-enclaves"},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, KeyUsage: x509.KeyUsageCertSign, MaxPathLenZero: true,
	})
	if err != nil {
		return nil, err
	}
	zonal := &Authority{Root: middle, Key: key}
	leaf, key, err := zonal.Issue(&x509.Certificate{
		Subject:   pkix.Name{CommonName: "enclave.test.nitro-enclaves"},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(3 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature,
	})
	if err != nil {
		return nil, err
	}
	return &Signer{Certificate: leaf.Raw, Bundle: [][]byte{a.Root.Raw, middle.Raw}, Key: key}, nil
}

// Document makes the document that says what d says.
func (a *Authority) Document(d *nitro.Document) ([]byte, error) {
	s, err := a.Signer(d.Time)
	if err != nil {
		return nil, err
	}
	return s.Sign(s.Payload(d))
}

// Payload is the payload of the document that says what d says. What nobody asked for is
// null, as the hypervisor writes it.
func (s *Signer) Payload(d *nitro.Document) map[string]any {
	p := map[string]any{
		"module_id": d.ModuleID, "digest": "SHA384", "timestamp": uint64(d.Time.UnixMilli()),
		"certificate": s.Certificate, "cabundle": s.Bundle,
		"public_key": d.PublicKey, "user_data": d.UserData, "nonce": d.Nonce,
	}
	if d.PCRs != nil {
		p["pcrs"] = d.PCRs
	}
	if d.NitroTPMPCRs != nil {
		p["nitrotpm_pcrs"] = d.NitroTPMPCRs
	}
	return p
}

// Sign makes a document of a payload, whatever that is.
func (s *Signer) Sign(payload any) ([]byte, error) {
	b, err := cbor.Marshal(payload)
	if err != nil {
		return nil, err
	}
	return s.SignBytes(b)
}

// SignBytes makes a document of a payload that is encoded already.
func (s *Signer) SignBytes(payload []byte) ([]byte, error) {
	protected := []byte{0xa1, 0x01, 0x38, 0x22} // {1: -35}, ES384
	tbs, err := cbor.Marshal([]any{"Signature1", protected, []byte{}, payload})
	if err != nil {
		return nil, err
	}
	digest := sha512.Sum384(tbs)
	r, v, err := ecdsa.Sign(rand.Reader, s.Key, digest[:])
	if err != nil {
		return nil, fmt.Errorf("sign the document: %w", err)
	}
	signature := make([]byte, 96)
	r.FillBytes(signature[:48])
	v.FillBytes(signature[48:])
	return cbor.Marshal([]any{protected, map[int]int{}, payload, signature})
}
