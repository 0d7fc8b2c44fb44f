package nitro

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// verifyChain returns the key of a document's certificate if a root vouches for it. The
// bundle begins with the root and ends with the issuer of the certificate; each certificate
// must be issued by the one before it. That the bundle has a root says nothing: it must be
// one of those that we trust.
//
// Source: attestation_process.md, section 3.2.3
func verifyChain(certificate cbor.ByteString, bundle []cbor.ByteString, roots []*x509.Certificate, now time.Time) (*ecdsa.PublicKey, error) {
	root := trusted([]byte(bundle[0]), roots)
	if root == nil {
		return nil, errors.New("it is of a root that is not trusted")
	}
	leaf, err := parseCertificate(certificate)
	if err != nil {
		return nil, err
	}
	key, ok := p384(leaf)
	if !ok {
		return nil, errors.New("its certificate is not for a P-384 key")
	}
	want := []*x509.Certificate{root}
	intermediates := x509.NewCertPool()
	for _, der := range bundle[1:] {
		c, err := parseCertificate(der)
		if err != nil {
			return nil, err
		}
		if _, ok := p384(c); !ok {
			return nil, errors.New("a certificate of its cabundle is not for a P-384 key")
		}
		intermediates.AddCert(c)
		want = append(want, c)
	}
	if !linked(append(want, leaf)) {
		return nil, errChain
	}
	anchor := x509.NewCertPool()
	anchor.AddCert(root)
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: anchor, Intermediates: intermediates, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return nil, errors.New("a certificate of it has expired or is not valid yet")
	}
	if err != nil || !inOrder(chains, leaf, want) {
		return nil, errChain
	}
	return key, checkUses(leaf, want)
}

// p384 is the key of a certificate. The platform's are all for P-384; others, whose signatures
// would take longer to verify, anybody could send, for this is done before a call is allowed.
func p384(c *x509.Certificate) (*ecdsa.PublicKey, bool) {
	key, ok := c.PublicKey.(*ecdsa.PublicKey)
	return key, ok && key.Curve == elliptic.P384()
}

var errChain = errors.New("its certificates are no chain from the root to the one that signed")

// linked says whether each certificate names the one before it as its issuer, and no other
// certificate has that name. Then there is one chain to verify. Among certificates that share
// a name, each order would be one to try, at the cost of a signature for each certificate.
func linked(chain []*x509.Certificate) bool {
	names := map[string]bool{string(chain[0].RawSubject): true}
	for i, c := range chain[1:] {
		name := string(c.RawSubject)
		if names[name] || string(c.RawIssuer) != string(chain[i].RawSubject) {
			return false
		}
		names[name] = true
	}
	return true
}

func trusted(der []byte, roots []*x509.Certificate) *x509.Certificate {
	for _, r := range roots {
		if string(r.Raw) == string(der) {
			return r
		}
	}
	return nil
}

func parseCertificate(der cbor.ByteString) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate([]byte(der))
	if err != nil {
		return nil, errors.New("a certificate of it can't be read")
	}
	return c, nil
}

// inOrder says whether one of the chains from leaf to root is the document's own: all of its
// certificates, in its order.
func inOrder(chains [][]*x509.Certificate, leaf *x509.Certificate, bundle []*x509.Certificate) bool {
	for _, chain := range chains {
		same := len(chain) == len(bundle)+1 && chain[0].Equal(leaf)
		for i := 0; same && i < len(bundle); i++ {
			same = chain[len(chain)-1-i].Equal(bundle[i])
		}
		if same {
			return true
		}
	}
	return false
}

// checkUses checks what the certificates may be used for.
func checkUses(leaf *x509.Certificate, bundle []*x509.Certificate) error {
	for _, c := range bundle {
		if !c.BasicConstraintsValid || !c.IsCA || c.KeyUsage&x509.KeyUsageCertSign == 0 {
			return errors.New("a certificate of its cabundle is not one of an authority")
		}
	}
	if leaf.IsCA || leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return errors.New("its certificate is not one for signatures")
	}
	return nil
}
