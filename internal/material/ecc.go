package material

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// eccKey is a Key of the family ECC: the curves P-256, P-384 and P-521 of SP 800-186, with
// ECDSA (FIPS 186-5) and ECDH (SP 800-56A).
type eccKey struct {
	encodings
	ecdsa *ecdsa.PrivateKey
	ecdh  *ecdh.PrivateKey
}

// nistCurve is what there is to know of a curve.
type nistCurve struct {
	ecdsa elliptic.Curve
	ecdh  ecdh.Curve
	oid   asn1.ObjectIdentifier // RFC 5480, section 2.1.1.1
}

// nistCurves are found by the bits of specs.
var nistCurves = map[int]nistCurve{
	256: {elliptic.P256(), ecdh.P256(), asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}},
	384: {elliptic.P384(), ecdh.P384(), asn1.ObjectIdentifier{1, 3, 132, 0, 34}},
	521: {elliptic.P521(), ecdh.P521(), asn1.ObjectIdentifier{1, 3, 132, 0, 35}},
}

func generateECC(s *Spec) (Key, error) {
	k, err := nistCurves[s.Bits].ecdh.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate a key of spec %s: %w", s.Name, err)
	}
	return newECC(s, k)
}

func newECC(s *Spec, k *ecdh.PrivateKey) (Key, error) {
	scalar := k.Bytes()
	defer clear(scalar)
	signer, err := ecdsa.ParseRawPrivateKey(nistCurves[s.Bits].ecdsa, scalar)
	if err != nil {
		return nil, fmt.Errorf("a key of spec %s: %w", s.Name, err)
	}
	e, err := encode(s, signer, &signer.PublicKey)
	if err != nil {
		return nil, err
	}
	return &eccKey{e, signer, k}, nil
}

// oidEC is id-ecPublicKey (RFC 5480, section 2.1.1).
var oidEC = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}

func parseECC(s *Spec, b []byte) (Key, error) {
	defer clear(b) // the key is encoded anew
	curve := nistCurves[s.Bits]
	scalar, publics, err := parseNamedCurve(b, curve.oid)
	if err != nil {
		return nil, err
	}
	k, err := curve.ecdh.NewPrivateKey(scalar)
	if err != nil {
		return nil, ErrMaterial // too large, zero, or not as long as the order
	}
	point := k.PublicKey().Bytes()
	for _, p := range publics {
		if !bytes.Equal(p, point) && !bytes.Equal(p, compress(point)) {
			return nil, ErrMaterial
		}
	}
	return newECC(s, k)
}

// parseNamedCurve reads the PKCS#8 of a key on the named curve oid: an ECPrivateKey of RFC 5915
// within. The public key may stand in either, in both or in neither.
func parseNamedCurve(b []byte, oid asn1.ObjectIdentifier) (scalar []byte, publics [][]byte, err error) {
	info, err := parsePKCS8(b)
	if err != nil {
		return nil, nil, err
	}
	var (
		seq, parameters, bits, key cryptobyte.String
		named, again               asn1.ObjectIdentifier
		version                    uint
		repeated, hasPublic        bool
		public                     []byte
	)
	if !info.algorithm.Equal(oidEC) ||
		!info.parameters.ReadASN1ObjectIdentifier(&named) || !info.parameters.Empty() || !named.Equal(oid) ||
		!info.key.ReadASN1(&seq, tag.SEQUENCE) || !info.key.Empty() ||
		!seq.ReadASN1Integer(&version) || version != 1 || !seq.ReadASN1(&key, tag.OCTET_STRING) ||
		!seq.ReadOptionalASN1(&parameters, &repeated, tag.Tag(0).Constructed().ContextSpecific()) ||
		!seq.ReadOptionalASN1(&bits, &hasPublic, tag.Tag(1).Constructed().ContextSpecific()) || !seq.Empty() {
		return nil, nil, ErrMaterial
	}
	if repeated && (!parameters.ReadASN1ObjectIdentifier(&again) || !parameters.Empty() || !again.Equal(oid)) {
		return nil, nil, ErrMaterial
	}
	if hasPublic {
		if !readPublicKey(&bits, tag.BIT_STRING, &public) || public == nil || !bits.Empty() {
			return nil, nil, ErrMaterial
		}
		publics = append(publics, public)
	}
	if info.public != nil {
		publics = append(publics, info.public)
	}
	return key, publics, nil
}

// compress gives the short form of an uncompressed point: X, and whether Y is odd (SEC 1,
// section 2.3.3).
func compress(point []byte) []byte {
	size := len(point) / 2
	return append([]byte{2 | point[len(point)-1]&1}, point[1:1+size]...)
}

func (k *eccKey) Sign(a types.SigningAlgorithmSpec, t types.MessageType, message []byte) ([]byte, error) {
	digest, err := digestOf(k.spec, a, t, message)
	if err != nil {
		return nil, err
	}
	return ecdsa.SignASN1(rand.Reader, k.ecdsa, digest)
}

// Verify takes s as it is, low or high.
func (k *eccKey) Verify(a types.SigningAlgorithmSpec, t types.MessageType, message, signature []byte) error {
	digest, err := digestOf(k.spec, a, t, message)
	if err != nil {
		return err
	}
	if !ecdsa.VerifyASN1(&k.ecdsa.PublicKey, digest, signature) {
		return ErrSignature
	}
	return nil
}

// Agree takes the one DER encoding that a point of the curve has in its uncompressed form, the
// only one that RFC 5480 makes mandatory: what all points have in common stands before it.
func (k *eccKey) Agree(peer []byte) ([]byte, error) {
	size := len(k.ecdh.PublicKey().Bytes())
	point, ok := bytes.CutPrefix(peer, k.public[:len(k.public)-size])
	if !ok {
		return nil, ErrPublicKey
	}
	p, err := k.ecdh.Curve().NewPublicKey(point)
	if err != nil {
		return nil, ErrPublicKey // of another length or form, or not on the curve
	}
	return k.ecdh.ECDH(p)
}
