package material

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"github.com/keystead/keystead/internal/material/secp256k1"
)

// Verifier is a Signer of a public key alone. It can Verify and no more: vectors of signatures
// come without private keys.
func Verifier(s *Spec, spki []byte) (Signer, error) {
	if p, ok := secp256k1Point(spki); ok {
		k, err := secp256k1.NewPublicKey(p)
		return &secgKey{encodings: encodings{spec: s, public: spki}, public: k}, err
	}
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

// secp256k1Point takes the point out of a public key on secp256k1, which x509 does not know.
func secp256k1Point(spki []byte) ([]byte, bool) {
	var info struct {
		Algorithm struct{ ID, Curve asn1.ObjectIdentifier }
		Point     asn1.BitString
	}
	rest, err := asn1.Unmarshal(spki, &info)
	return info.Point.Bytes, err == nil && len(rest) == 0 && info.Algorithm.Curve.Equal(oidSecp256k1)
}
