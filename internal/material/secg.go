package material

import (
	"bytes"
	"encoding/asn1"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/keystead/keystead/internal/material/secp256k1"
	"github.com/keystead/keystead/internal/secret"
)

// oidSecp256k1 is the curve (SEC 2, section A.2).
var oidSecp256k1 = asn1.ObjectIdentifier{1, 3, 132, 0, 10}

// secgKey is the Signer of the family SECG: ECDSA with SHA-256 on secp256k1.
type secgKey struct {
	encodings
	private *secp256k1.PrivateKey
	public  *secp256k1.PublicKey
}

func generateSECG(s *Spec) (Key, error) {
	k, err := secp256k1.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("generate a key of spec %s: %w", s.Name, err)
	}
	return newSECG(s, k)
}

func parseSECG(s *Spec, b []byte) (Key, error) {
	defer clear(b) // the key is encoded anew
	scalar, publics, err := parseNamedCurve(b, oidSecp256k1)
	if err != nil {
		return nil, err
	}
	k, err := secp256k1.NewPrivateKey(scalar)
	if err != nil {
		return nil, ErrMaterial // too large, zero, or not as long as the order
	}
	point := k.Public().Bytes()
	for _, p := range publics {
		if !bytes.Equal(p, point) && !bytes.Equal(p, compress(point)) {
			return nil, ErrMaterial
		}
	}
	return newSECG(s, k)
}

// newSECG makes the encodings in the form that x509 gives to those of the curves that it knows.
func newSECG(s *Spec, k *secp256k1.PrivateKey) (Key, error) {
	scalar, point := k.Bytes(), k.Public().Bytes()
	defer clear(scalar)
	var spki cryptobyte.Builder
	spki.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		addSecp256k1(b)
		b.AddASN1BitString(point)
	})
	public, err := spki.Bytes()
	if err != nil {
		return nil, err
	}
	pkcs8 := cryptobyte.NewFixedBuilder(make([]byte, 0, 256)) // so that no copies of the secret are left behind
	pkcs8.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		addSecp256k1(b)
		b.AddASN1(tag.OCTET_STRING, func(b *cryptobyte.Builder) { addECPrivateKey(b, scalar, point) })
	})
	private, err := pkcs8.Bytes()
	if err != nil {
		return nil, err
	}
	return &secgKey{encodings{s, secret.New(private), public}, k, k.Public()}, nil
}

// addSecp256k1 adds the AlgorithmIdentifier of the curve.
func addSecp256k1(b *cryptobyte.Builder) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidEC)
		b.AddASN1ObjectIdentifier(oidSecp256k1)
	})
}

// addECPrivateKey adds the ECPrivateKey of RFC 5915 with the public key, but without the curve,
// which stands before it.
func addECPrivateKey(b *cryptobyte.Builder, scalar, point []byte) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1OctetString(scalar)
		b.AddASN1(tag.Tag(1).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) { b.AddASN1BitString(point) })
	})
}

func (k *secgKey) Sign(a types.SigningAlgorithmSpec, t types.MessageType, message []byte) ([]byte, error) {
	digest, err := digestOf(k.spec, a, t, message)
	if err != nil {
		return nil, err
	}
	return k.private.Sign([secp256k1.Size]byte(digest))
}

// Verify takes s as it is, low or high.
func (k *secgKey) Verify(a types.SigningAlgorithmSpec, t types.MessageType, message, signature []byte) error {
	digest, err := digestOf(k.spec, a, t, message)
	if err != nil {
		return err
	}
	if !k.public.Verify([secp256k1.Size]byte(digest), signature) {
		return ErrSignature
	}
	return nil
}
