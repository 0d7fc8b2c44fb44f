package cloudhsm

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
)

// maxCertificate is how many characters a certificate has at most.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_InitializeCluster.html
const maxCertificate = 5000

// newIdentity makes the key of a cluster and a request for its certificate.
func newIdentity(id string) (identity, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return identity{}, fmt.Errorf("make the key of a cluster: %w", err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{
			Country: []string{"US"}, Province: []string{"CA"}, Locality: []string{"SanJose"}, Organization: []string{"Keystead"},
			OrganizationalUnit: []string{"CloudHSM"}, CommonName: "HSM:" + id + ":PARTN:1, for FIPS mode",
		},
		SignatureAlgorithm: x509.SHA256WithRSA,
	}, key)
	if err != nil {
		return identity{}, fmt.Errorf("make a certificate signing request: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return identity{}, err
	}
	return identity{Key: der, CSR: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr})), Officer: rand.Text()}, nil
}

// verifyCertificates checks that the certificate is for the cluster's key and signed by the
// trust anchor, which signed itself. It returns both as PEM without anything around them.
func verifyCertificates(signed, anchor string, key []byte, now time.Time) (certificate, root string, err error) {
	cert, err := parseCertificate("SignedCert", signed)
	if err != nil {
		return "", "", err
	}
	ca, err := parseCertificate("TrustAnchor", anchor)
	if err != nil {
		return "", "", err
	}
	private, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return "", "", fmt.Errorf("read the key of a cluster: %w", err)
	}
	own, ok := private.(crypto.Signer)
	if !ok {
		return "", "", fmt.Errorf("the key of a cluster is a %T", private)
	}
	public, ok := own.Public().(*rsa.PublicKey)
	switch {
	case !ok || !public.Equal(cert.PublicKey):
		return "", "", invalid("SignedCert is not a certificate for the cluster's certificate signing request.")
	case ca.CheckSignature(ca.SignatureAlgorithm, ca.RawTBSCertificate, ca.Signature) != nil || !bytes.Equal(ca.RawSubject, ca.RawIssuer):
		return "", "", invalid("TrustAnchor is not a self-signed certificate.")
	case ca.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) != nil || !bytes.Equal(cert.RawIssuer, ca.RawSubject):
		return "", "", invalid("SignedCert was not signed by TrustAnchor.")
	case now.Before(cert.NotBefore) || now.After(cert.NotAfter):
		return "", "", invalid("SignedCert is not valid at this time.")
	case now.Before(ca.NotBefore) || now.After(ca.NotAfter):
		return "", "", invalid("TrustAnchor is not valid at this time.")
	}
	return encodeCertificate(cert), encodeCertificate(ca), nil
}

func encodeCertificate(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// parseCertificate reads the one certificate of a member of a request.
func parseCertificate(member, text string) (*x509.Certificate, error) {
	if len(text) > maxCertificate {
		return nil, invalid("%s has more than %d characters.", member, maxCertificate)
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil, invalid("%s is not one certificate in PEM format.", member)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, invalid("%s is not a valid certificate.", member)
	}
	return c, nil
}

// SameCertificate says whether two texts have the same certificate in PEM format.
func SameCertificate(a, b string) bool {
	first, err := parseCertificate("", a)
	if err != nil {
		return false
	}
	second, err := parseCertificate("", b)
	return err == nil && first.Equal(second)
}
