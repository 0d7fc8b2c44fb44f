// Package xks is the XKS proxy API, version 1.0.3: what AWS KMS and an external key store proxy
// say to each other. Both sides use it. The one rule: everything here is pure; no file needs the
// network, a clock, a key or a logger. Begin with request.go and response.go.
//
// Source: AWS KMS External Key Store Proxy API Specification, v1.0.3,
// https://github.com/aws/aws-kms-xksproxy-api-spec.
package xks

// SigningName is the service in the credential scope of a signed request.
const SigningName = "kms-xks-proxy"

// ContentType is the media type of all requests and answers.
const ContentType = "application/json"

// The only values that the specification has for these members.
const (
	AlgorithmAESGCM = "AES_GCM" // encryptionAlgorithm
	CDIVSHA256      = "SHA_256" // ciphertextDataIntegrityValueAlgorithm
	KeySpecAES256   = "AES_256" // keySpec of a 256-bit AES key

	UsageEncrypt = "ENCRYPT"
	UsageDecrypt = "DECRYPT"

	StatusEnabled  = "ENABLED"
	StatusDisabled = "DISABLED"
)

// Sizes in bytes of decoded values. A proxy must take a plaintext and associated data of the sizes
// given here and may take longer ones.
const (
	MaxPlaintext = 4300 // least that a proxy takes; a ciphertext is as long as its plaintext
	MaxAAD       = 8192 // least that a proxy takes
	MaxMetadata  = 20   // of ciphertextMetadata; KMS refuses more
	TagSize      = 16
	IVSize       = 12 // or LongIVSize
	LongIVSize   = 16

	MaxKeyUsage     = 10 // values of keyUsage
	MaxFleetDetails = 10 // entries of ekmFleetDetails
)

// Operation is one of the four APIs.
type Operation string

// The operations, as metrics name them.
const (
	GetHealthStatus Operation = "GetHealthStatus"
	GetKeyMetadata  Operation = "GetKeyMetadata"
	Encrypt         Operation = "Encrypt"
	Decrypt         Operation = "Decrypt"
)

// HealthCheck is the kmsOperation of the health check that KMS makes by itself. It is no operation
// of the KMS API.
const HealthCheck = "KmsHealthCheck"

// RequestMetadata says which call of the KMS API a request is for. A proxy may decide on it and
// writes it to its log, and takes every value as it is: the specification gives none of them a form.
type RequestMetadata struct {
	PrincipalARN string // awsPrincipalArn; not in GetHealthStatus
	SourceVPC    string // awsSourceVpc; optional
	SourceVPCE   string // awsSourceVpce; optional
	KeyARN       string // kmsKeyArn; not in GetHealthStatus, and not in GetKeyMetadata for CreateKey
	Operation    string // kmsOperation: an operation of the KMS API, or HealthCheck
	RequestID    string // kmsRequestId
	ViaService   string // kmsViaService; optional
}

// Sealed is what Encrypt answers and Decrypt takes.
type Sealed struct {
	IV         []byte // IVSize or LongIVSize bytes
	Ciphertext []byte // as long as the plaintext, without the tag
	Tag        []byte // TagSize bytes
	Metadata   []byte // ciphertextMetadata: up to MaxMetadata bytes of the proxy's own; may be nil
}
