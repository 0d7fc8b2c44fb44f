package material

import (
	"crypto"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// signing is what there is to know of a signing algorithm.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
type signing struct {
	hash  crypto.Hash // of RAW messages; its size is that of digests
	types []types.MessageType
	pss   bool
}

var signings = map[types.SigningAlgorithmSpec]signing{
	types.SigningAlgorithmSpecRsassaPkcs1V15Sha256: {crypto.SHA256, rawOrDigest, false},
	types.SigningAlgorithmSpecRsassaPkcs1V15Sha384: {crypto.SHA384, rawOrDigest, false},
	types.SigningAlgorithmSpecRsassaPkcs1V15Sha512: {crypto.SHA512, rawOrDigest, false},
	types.SigningAlgorithmSpecRsassaPssSha256:      {crypto.SHA256, rawOrDigest, true},
	types.SigningAlgorithmSpecRsassaPssSha384:      {crypto.SHA384, rawOrDigest, true},
	types.SigningAlgorithmSpecRsassaPssSha512:      {crypto.SHA512, rawOrDigest, true},
	types.SigningAlgorithmSpecEcdsaSha256:          {crypto.SHA256, rawOrDigest, false},
	types.SigningAlgorithmSpecEcdsaSha384:          {crypto.SHA384, rawOrDigest, false},
	types.SigningAlgorithmSpecEcdsaSha512:          {crypto.SHA512, rawOrDigest, false},
	types.SigningAlgorithmSpecEd25519Sha512:        {0, []types.MessageType{types.MessageTypeRaw}, false},
	types.SigningAlgorithmSpecEd25519PhSha512:      {crypto.SHA512, []types.MessageType{types.MessageTypeDigest}, false},
	types.SigningAlgorithmSpecMlDsaShake256:        {0, []types.MessageType{types.MessageTypeRaw, types.MessageTypeExternalMu}, false},
}

var rawOrDigest = []types.MessageType{types.MessageTypeRaw, types.MessageTypeDigest}

// muSize is the size of the message representative μ of ML-DSA in bytes (FIPS 204, section 6.2).
const muSize = 64

// TakesMessage reports whether the algorithm signs messages of the type.
func TakesMessage(a types.SigningAlgorithmSpec, t types.MessageType) bool {
	return slices.Contains(signings[a].types, t)
}

// MessageSize is how many bytes a message of the type must have; 0 means any number. Only for
// types that the algorithm takes.
func MessageSize(a types.SigningAlgorithmSpec, t types.MessageType) int {
	switch t {
	case types.MessageTypeDigest:
		return signings[a].hash.Size()
	case types.MessageTypeExternalMu:
		return muSize
	default:
		return 0
	}
}

// suits gives an error for an algorithm or message that is not for keys of the spec. Callers
// have found out before: it keeps mistakes of the program from becoming signatures.
func suits(s *Spec, a types.SigningAlgorithmSpec, t types.MessageType, message []byte) error {
	if !s.Offers(sign, string(a)) || !TakesMessage(a, t) {
		return unsuited(s, string(a))
	}
	if size := MessageSize(a, t); size != 0 && len(message) != size {
		return fmt.Errorf("a message of type %s has %d bytes, not %d", t, len(message), size)
	}
	return nil
}

func unsuited(s *Spec, algorithm string) error {
	return fmt.Errorf("a key of spec %s can't do this with algorithm %s", s.Name, algorithm)
}

// digestOf is what an algorithm that hashes messages signs: the hash of a RAW message, a DIGEST
// as it is.
func digestOf(s *Spec, a types.SigningAlgorithmSpec, t types.MessageType, message []byte) ([]byte, error) {
	if err := suits(s, a, t, message); err != nil {
		return nil, err
	}
	if t == types.MessageTypeDigest {
		return message, nil
	}
	h := signings[a].hash.New()
	h.Write(message)
	return h.Sum(nil), nil
}
