package material

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/keystead/keystead/internal/secret"
)

// privateKeyInfo is what stands in a PKCS#8 structure (RFC 5958, OneAsymmetricKey).
type privateKeyInfo struct {
	algorithm  asn1.ObjectIdentifier
	parameters cryptobyte.String // DER; empty if there are none
	key        cryptobyte.String // in the form of the algorithm
	public     []byte            // nil if there is none
}

// parsePKCS8 reads DER and nothing else; x509 would let bytes after the structure pass. AWS
// says that it takes BER too, but every program that writes PKCS#8 writes DER.
func parsePKCS8(der []byte) (privateKeyInfo, error) {
	var (
		in             = cryptobyte.String(der)
		info           privateKeyInfo
		seq, algorithm cryptobyte.String
		version        uint64
	)
	if !in.ReadASN1(&seq, tag.SEQUENCE) || !in.Empty() ||
		!seq.ReadASN1Integer(&version) || version > 1 ||
		!seq.ReadASN1(&algorithm, tag.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&info.algorithm) ||
		!seq.ReadASN1(&info.key, tag.OCTET_STRING) ||
		!seq.SkipOptionalASN1(tag.Tag(0).Constructed().ContextSpecific()) { // attributes
		return info, ErrMaterial
	}
	info.parameters = algorithm
	// Version 1 says that a public key may follow.
	if version == 1 && !readPublicKey(&seq, tag.Tag(1).ContextSpecific(), &info.public) || !seq.Empty() {
		return info, ErrMaterial
	}
	return info, nil
}

// readPublicKey reads an optional BIT STRING of whole bytes that is tagged implicitly.
func readPublicKey(s *cryptobyte.String, t tag.Tag, public *[]byte) bool {
	var bits cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&bits, &present, t) {
		return false
	}
	var unused uint8
	if present && (!bits.ReadUint8(&unused) || unused != 0 || bits.Empty()) {
		return false
	}
	*public = bits
	return true
}

// encodings are the forms of a key pair that leave this package.
type encodings struct {
	spec   *Spec
	secret secret.Bytes // PKCS#8
	public []byte       // SubjectPublicKeyInfo
}

// encode makes the encodings of a key pair of the standard library.
func encode(s *Spec, private, public any) (encodings, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return encodings{}, fmt.Errorf("encode a private key of spec %s: %w", s.Name, err)
	}
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return encodings{}, fmt.Errorf("encode a public key of spec %s: %w", s.Name, err)
	}
	return encodings{s, secret.New(pkcs8), spki}, nil
}

func (e *encodings) Spec() *Spec              { return e.spec }
func (e *encodings) Secret() secret.Bytes     { return e.secret }
func (e *encodings) PublicKey() []byte        { return e.public }
func (e *encodings) PrivateKey() secret.Bytes { return e.secret }
