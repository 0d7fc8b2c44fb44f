package material

import (
	"crypto"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// signing is what there is to know of a signing algorithm.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
type signing struct {
	hash  crypto.Hash // of RAW messages; its size is that of digests
	types []types.MessageType
}

var signings = map[types.SigningAlgorithmSpec]signing{
	types.SigningAlgorithmSpecRsassaPkcs1V15Sha256: {crypto.SHA256, rawOrDigest},
	types.SigningAlgorithmSpecRsassaPkcs1V15Sha384: {crypto.SHA384, rawOrDigest},
	types.SigningAlgorithmSpecRsassaPkcs1V15Sha512: {crypto.SHA512, rawOrDigest},
	types.SigningAlgorithmSpecRsassaPssSha256:      {crypto.SHA256, rawOrDigest},
	types.SigningAlgorithmSpecRsassaPssSha384:      {crypto.SHA384, rawOrDigest},
	types.SigningAlgorithmSpecRsassaPssSha512:      {crypto.SHA512, rawOrDigest},
	types.SigningAlgorithmSpecEcdsaSha256:          {crypto.SHA256, rawOrDigest},
	types.SigningAlgorithmSpecEcdsaSha384:          {crypto.SHA384, rawOrDigest},
	types.SigningAlgorithmSpecEcdsaSha512:          {crypto.SHA512, rawOrDigest},
	types.SigningAlgorithmSpecEd25519Sha512:        {0, []types.MessageType{types.MessageTypeRaw}},
	types.SigningAlgorithmSpecEd25519PhSha512:      {crypto.SHA512, []types.MessageType{types.MessageTypeDigest}},
	types.SigningAlgorithmSpecMlDsaShake256:        {0, []types.MessageType{types.MessageTypeRaw, types.MessageTypeExternalMu}},
}

var rawOrDigest = []types.MessageType{types.MessageTypeRaw, types.MessageTypeDigest}

// muSize is the size of the message representative μ of ML-DSA in bytes (FIPS 204, section 6.2).
const muSize = 64

// TakesMessage reports whether the algorithm signs messages of the type.
func TakesMessage(a types.SigningAlgorithmSpec, t types.MessageType) bool {
	return slices.Contains(signings[a].types, t)
}

// MessageSize is how many bytes a message of the type must have; 0 means any number.
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
