package material

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/keystead/keystead/internal/secret"
)

// seeded is what ML-DSA and ML-KEM keys have in common: the seed that all of them follows from
// is their material, and their encodings differ only in the object identifier.
type seeded struct {
	spec   *Spec
	id     asn1.ObjectIdentifier
	seed   secret.Bytes
	public []byte // SubjectPublicKeyInfo
}

// newSeeded takes ownership of seed. public is the encoded public key without its algorithm.
func newSeeded(s *Spec, id asn1.ObjectIdentifier, seed, public []byte) (seeded, error) {
	b := cryptobyte.NewBuilder(nil)
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		addAlgorithm(b, id)
		b.AddASN1BitString(public)
	})
	der, err := b.Bytes()
	return seeded{s, id, secret.New(seed), der}, err
}

func (k *seeded) Spec() *Spec          { return k.spec }
func (k *seeded) Secret() secret.Bytes { return k.seed }
func (k *seeded) PublicKey() []byte    { return k.public }

// PrivateKey has the seed alone, in the form [0] IMPLICIT OCTET STRING.
//
// Source: RFC 9881, "Private Key Format" (ML-DSA); RFC 9935, "Private Key Format" (ML-KEM)
func (k *seeded) PrivateKey() secret.Bytes {
	seed := k.seed.Expose()
	b := cryptobyte.NewFixedBuilder(make([]byte, 0, len(seed)+32))
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		addAlgorithm(b, k.id)
		b.AddASN1(tag.OCTET_STRING, func(b *cryptobyte.Builder) {
			b.AddASN1(tag.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(seed) })
		})
	})
	return secret.New(b.BytesOrPanic()) // it has room for every seed
}

// addAlgorithm adds an AlgorithmIdentifier without parameters.
func addAlgorithm(b *cryptobyte.Builder, id asn1.ObjectIdentifier) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(id) })
}
