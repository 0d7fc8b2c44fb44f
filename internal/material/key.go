package material

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/secret"
)

// Key is key material of some spec, ready for use. What it can do more follows from its
// family: it is a Decrypter, Signer, Authenticator, Agreer or Decapsulator too. A Key is
// immutable; its methods may be called at once.
type Key interface {
	Spec() *Spec
	// Secret is the material in its one canonical form: the bytes of a symmetric or HMAC
	// key, the PKCS#8 DER (RFC 5958) of an RSA or elliptic curve key, the 32-byte seed of an
	// ML-DSA key, the 64-byte seed d ‖ z of an ML-KEM key. Parse reads it.
	Secret() secret.Bytes
}

// Asymmetric is a Key with a public key: all but symmetric and HMAC keys.
type Asymmetric interface {
	Key
	// PublicKey is the DER SubjectPublicKeyInfo (RFC 5280). The caller must not change it.
	PublicKey() []byte
	// PrivateKey is the DER PKCS#8 (RFC 5958); of an ML-DSA or ML-KEM key with the seed.
	PrivateKey() secret.Bytes
}

// Decrypter is an RSA key.
type Decrypter interface {
	Asymmetric
	// Encrypt gives ErrLong for a plaintext that the algorithm can't take.
	Encrypt(a types.EncryptionAlgorithmSpec, plaintext []byte) ([]byte, error)
	// Decrypt gives ErrCiphertext for whatever does not open.
	Decrypt(a types.EncryptionAlgorithmSpec, ciphertext []byte) ([]byte, error)
}

// Signer is a key of the families RSA, ECC, SECG, Edwards, MLDSA. The message must be of a type
// and size that TakesMessage and MessageSize allow.
type Signer interface {
	Asymmetric
	Sign(a types.SigningAlgorithmSpec, t types.MessageType, message []byte) ([]byte, error)
	// Verify gives ErrSignature for a signature that is not of this message by this key.
	Verify(a types.SigningAlgorithmSpec, t types.MessageType, message, signature []byte) error
}

// Authenticator is an HMAC key.
type Authenticator interface {
	Key
	MAC(message []byte) []byte
}

// Agreer is a key of the family ECC.
type Agreer interface {
	Asymmetric
	// Agree returns the X coordinate of the shared point, as long as the curve's field. peer
	// is a DER SubjectPublicKeyInfo; ErrPublicKey if it is none, or not on this curve.
	Agree(peer []byte) ([]byte, error)
}

// Decapsulator is an ML-KEM key. Shared secrets have 32 bytes.
type Decapsulator interface {
	Asymmetric
	Encapsulate() (sharedSecret, ciphertext []byte, err error)
	// Decapsulate gives ErrCiphertext for a ciphertext of the wrong length. Any other gives 32
	// bytes (implicit rejection, FIPS 203).
	Decapsulate(ciphertext []byte) ([]byte, error)
}

// Errors of keys.
var (
	ErrSignature = errors.New("invalid signature")
	ErrPublicKey = errors.New("invalid public key")
	ErrLong      = errors.New("message too long for the algorithm")
	// ErrMaterial means that bytes are no key material of the spec.
	ErrMaterial = errors.New("invalid key material")
)

// Generate makes new material.
func Generate(s *Spec) (Key, error) { return families[s.Family].generate(s) }

// Parse reads material in the form that Secret gives and that ImportKeyMaterial takes, which
// may be another encoding of it; ErrMaterial if it is none. It takes ownership of b.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-conceptual.html
func Parse(s *Spec, b []byte) (Key, error) { return families[s.Family].parse(s, b) }

// Load is Parse for what Secret gave, and nobody can have changed since: it does without the
// checks that cost as much as a use of the key.
func Load(s *Spec, b []byte) (Key, error) {
	if f := families[s.Family]; f.load != nil {
		return f.load(s, b)
	}
	return Parse(s, b)
}

// family is how keys of a family are made and read.
type family struct {
	generate func(*Spec) (Key, error)
	parse    func(*Spec, []byte) (Key, error)
	load     func(*Spec, []byte) (Key, error) // nil where parse is quick
}

var families = [...]family{
	Symmetric: {generate: generateSymmetric, parse: parseSymmetric},
	RSA:       {generate: generateRSA, parse: parseRSA, load: loadRSA},
	ECC:       {generate: generateECC, parse: parseECC},
	SECG:      {generate: generateSECG, parse: parseSECG},
	Edwards:   {generate: generateEdwards, parse: parseEdwards},
	HMAC:      {generate: generateHMAC, parse: parseHMAC},
	MLDSA:     {generate: generateMLDSA, parse: parseMLDSA},
	MLKEM:     {generate: generateMLKEM, parse: parseMLKEM},
}
