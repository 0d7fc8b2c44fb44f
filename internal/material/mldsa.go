package material

import (
	"encoding/asn1"

	"filippo.io/mldsa"
	"filippo.io/mldsa/mldsacrypto"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material/mldsamu"
)

// dsa is a parameter set of ML-DSA (FIPS 204, section 4).
type dsa struct {
	id         asn1.ObjectIdentifier
	parameters mldsa.Parameters
}

// dsas are the parameter sets by their numbers.
//
// Source of the identifiers: RFC 9881, "Identifiers"
var dsas = map[int]dsa{
	44: {asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 17}, mldsa.MLDSA44()},
	65: {asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}, mldsa.MLDSA65()},
	87: {asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 19}, mldsa.MLDSA87()},
}

// mldsaKey is the Signer of an ML-DSA key: pure ML-DSA with an empty context, hedged. It
// holds the expanded key, which costs as much as a signature to make.
type mldsaKey struct {
	seeded
	private *mldsa.PrivateKey
	public  *mldsa.PublicKey
	encoded []byte // the public key as FIPS 204 encodes it
}

func generateMLDSA(s *Spec) (Key, error) {
	private, err := mldsa.GenerateKey(dsas[s.Bits].parameters)
	if err != nil {
		return nil, err
	}
	return newMLDSA(s, private)
}

// parseMLDSA reads a seed. ImportKeyMaterial takes no ML-DSA keys.
func parseMLDSA(s *Spec, b []byte) (Key, error) {
	if len(b) != mldsa.PrivateKeySize {
		return nil, ErrMaterial
	}
	private, err := mldsa.NewPrivateKey(dsas[s.Bits].parameters, b)
	if err != nil {
		return nil, err
	}
	clear(b) // the key has a copy
	return newMLDSA(s, private)
}

func newMLDSA(s *Spec, private *mldsa.PrivateKey) (Key, error) {
	public := private.PublicKey()
	encoded := public.Bytes()
	k, err := newSeeded(s, dsas[s.Bits].id, private.Bytes(), encoded)
	if err != nil {
		return nil, err
	}
	return &mldsaKey{k, private, public, encoded}, nil
}

func (k *mldsaKey) Sign(a types.SigningAlgorithmSpec, t types.MessageType, message []byte) ([]byte, error) {
	if err := suits(k.spec, a, t, message); err != nil {
		return nil, err
	}
	if t == types.MessageTypeExternalMu {
		return k.private.Sign(nil, message, mldsacrypto.MLDSAMu)
	}
	return k.private.Sign(nil, message, &mldsa.Options{})
}

func (k *mldsaKey) Verify(a types.SigningAlgorithmSpec, t types.MessageType, message, signature []byte) error {
	err := suits(k.spec, a, t, message)
	if err != nil {
		return err
	}
	if t == types.MessageTypeExternalMu {
		err = mldsamu.Verify(k.encoded, (*[mldsamu.Size]byte)(message), signature)
	} else {
		err = mldsa.Verify(k.public, message, signature, nil)
	}
	if err != nil {
		return ErrSignature
	}
	return nil
}
