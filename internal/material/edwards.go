package material

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"encoding/asn1"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// edwardsKey is a Key of the family Edwards: Ed25519 (RFC 8032, FIPS 186-5).
type edwardsKey struct {
	encodings
	private ed25519.PrivateKey
	key     ed25519.PublicKey
}

func generateEdwards(s *Spec) (Key, error) {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate a key of spec %s: %w", s.Name, err)
	}
	return newEdwards(s, k)
}

func newEdwards(s *Spec, k ed25519.PrivateKey) (Key, error) {
	public := k.Public().(ed25519.PublicKey)
	e, err := encode(s, k, public)
	if err != nil {
		return nil, err
	}
	return &edwardsKey{e, k, public}, nil
}

// oidEdwards is id-Ed25519 (RFC 8410, section 3).
var oidEdwards = asn1.ObjectIdentifier{1, 3, 101, 112}

// parseEdwards reads the PKCS#8 of RFC 8410, section 7.
func parseEdwards(s *Spec, b []byte) (Key, error) {
	defer clear(b) // the key is encoded anew
	info, err := parsePKCS8(b)
	if err != nil {
		return nil, err
	}
	var seed cryptobyte.String
	if !info.algorithm.Equal(oidEdwards) || !info.parameters.Empty() ||
		!info.key.ReadASN1(&seed, tag.OCTET_STRING) || !info.key.Empty() || len(seed) != ed25519.SeedSize {
		return nil, ErrMaterial
	}
	k := ed25519.NewKeyFromSeed(seed)
	if info.public != nil && !bytes.Equal(info.public, k[ed25519.SeedSize:]) {
		return nil, ErrMaterial
	}
	return newEdwards(s, k)
}

func (k *edwardsKey) Sign(a types.SigningAlgorithmSpec, t types.MessageType, message []byte) ([]byte, error) {
	message, o, err := k.prepare(a, t, message)
	if err != nil {
		return nil, err
	}
	return k.private.Sign(nil, message, o)
}

func (k *edwardsKey) Verify(a types.SigningAlgorithmSpec, t types.MessageType, message, signature []byte) error {
	message, o, err := k.prepare(a, t, message)
	if err != nil {
		return err
	}
	if ed25519.VerifyWithOptions(k.key, message, signature, o) != nil {
		return ErrSignature
	}
	return nil
}

// prepare gives what the library takes. ED25519_PH_SHA_512 treats the digest that the caller
// sends as the message: its prehash is made of it, so the original message is hashed twice.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
func (k *edwardsKey) prepare(a types.SigningAlgorithmSpec, t types.MessageType, message []byte) ([]byte, *ed25519.Options, error) {
	if err := suits(k.spec, a, t, message); err != nil {
		return nil, nil, err
	}
	h := signings[a].hash
	if h == 0 {
		return message, &ed25519.Options{}, nil
	}
	prehash := sha512.Sum512(message)
	return prehash[:], &ed25519.Options{Hash: h}, nil
}
