package material

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
)

// Verifier is a Signer of a public key alone. It can Verify and no more: vectors of signatures
// come without private keys.
func Verifier(s *Spec, spki []byte) (Signer, error) {
	k, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, err
	}
	e := encodings{spec: s, public: spki}
	switch k := k.(type) {
	case *rsa.PublicKey:
		return &rsaKey{e, &rsa.PrivateKey{PublicKey: *k}}, nil
	case *ecdsa.PublicKey:
		return &eccKey{encodings: e, ecdsa: &ecdsa.PrivateKey{PublicKey: *k}}, nil
	case ed25519.PublicKey:
		return &edwardsKey{encodings: e, key: k}, nil
	default:
		return nil, fmt.Errorf("a public key of type %T", k)
	}
}

// UnwrapPadded opens an AES key wrap with padding.
var UnwrapPadded = unwrapPadded
