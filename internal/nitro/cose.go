package nitro

import (
	"crypto/ecdsa"
	"crypto/sha512"
	"errors"
	"math/big"

	"github.com/fxamacker/cbor/v2"
)

// decoding accepts no more than documents need. Items of indefinite length are needed: the
// payloads of newer documents are such maps.
var decoding = must(cbor.DecOptions{
	DupMapKey:         cbor.DupMapKeyEnforcedAPF,
	MaxNestedLevels:   4,
	MaxArrayElements:  16,
	MaxMapPairs:       maxPCRs,
	TagsMd:            cbor.TagsForbidden,
	ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	BignumTag:         cbor.BignumTagForbidden,
}.DecMode())

// encoding is what a signature is made over.
//
// Source: RFC 9052, section 9 ("CBOR encoding restrictions")
var encoding = must(cbor.CoreDetEncOptions().EncMode())

func must[T any](v T, err error) T {
	if err != nil {
		panic("nitro: " + err.Error())
	}
	return v
}

// message is a COSE_Sign1.
//
// Source: RFC 9052, section 4.2
type message struct {
	_           struct{} `cbor:",toarray"`
	Protected   cbor.ByteString
	Unprotected struct{} // an empty map
	Payload     cbor.ByteString
	Signature   cbor.ByteString
}

// header is the protected header of a message. That there is nothing in it but the algorithm
// is checked too.
type header struct {
	Algorithm int64 `cbor:"1,keyasint"`
}

// es384 is ECDSA with SHA-384 (RFC 9053, section 2.1).
const es384 = -35

// maxPayload is the longest payload; the header, a signature and lengths come to less than
// the rest.
//
// Source: attestation_process.md, section 3.1
const (
	maxPayload  = 16384
	maxDocument = maxPayload + 256
)

// tagged is how a COSE_Sign1 begins that has its tag, 18. It may have it.
const tagged = 0xd2

var errNotMessage = errors.New("it is not a COSE_Sign1 message")

func parseMessage(b []byte) (*message, error) {
	if len(b) > maxDocument {
		return nil, errors.New("it is too long")
	}
	if len(b) > 0 && b[0] == tagged {
		b = b[1:]
	}
	var m message
	if err := decoding.Unmarshal(b, &m); err != nil {
		return nil, errNotMessage
	}
	if len(m.Payload) == 0 || len(m.Payload) > maxPayload {
		return nil, errors.New("its payload is empty or too long")
	}
	var h header
	if err := decoding.Unmarshal([]byte(m.Protected), &h); err != nil || h.Algorithm != es384 {
		return nil, errors.New("its algorithm is not ES384")
	}
	return &m, nil
}

// signed is what the signature of a COSE_Sign1 is made over.
//
// Source: RFC 9052, section 4.4
type signed struct {
	_           struct{} `cbor:",toarray"`
	Context     string
	Protected   cbor.ByteString
	ExternalAAD cbor.ByteString
	Payload     cbor.ByteString
}

// verify checks the signature: r and s, each as long as the curve's order.
//
// Source: RFC 9053, section 2.1
func (m *message) verify(key *ecdsa.PublicKey) error {
	b, err := encoding.Marshal(signed{Context: "Signature1", Protected: m.Protected, Payload: m.Payload})
	if err != nil {
		return errNotMessage
	}
	digest := sha512.Sum384(b)
	const half = 384 / 8
	if len(m.Signature) != 2*half {
		return errors.New("its signature has not the length of ES384")
	}
	r := new(big.Int).SetBytes([]byte(m.Signature[:half]))
	s := new(big.Int).SetBytes([]byte(m.Signature[half:]))
	if !ecdsa.Verify(key, digest[:], r, s) {
		return errors.New("its signature is wrong")
	}
	return nil
}
