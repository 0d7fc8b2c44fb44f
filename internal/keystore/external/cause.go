package external

import (
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/xks"
)

// Cause is why a key store's proxy could not do what it was asked.
type Cause uint8

// The causes: what a proxy answers, what its connection does, and what KMS finds by itself.
const (
	Validation           Cause = iota + 1 // it takes KMS's request for invalid
	InvalidState                          // the external key or the key store is disabled
	InvalidCiphertext                     // the external key manager does not open the ciphertext
	InvalidKeyUsage                       // the external key can't do it
	AuthenticationFailed                  // it refuses the signature
	AccessDenied                          // its own rules refuse the call
	KeyNotFound                           // there is no such external key
	InvalidURIPath                        // it has no such path
	Unsupported                           // it can't do it
	DependencyTimeout                     // it waited too long for the external key manager
	Throttling                            // it has too many requests
	Internal                              // it can't reach the external key manager

	Unreached // there is no TCP connection, or it broke
	NoTLS     // there is no TLS connection
	Timeout   // there is no answer in time
	Malformed // the answer is not one

	Unhealthy       // no external key manager is available
	InnerCiphertext // what the proxy decrypted does not open under the KMS key's own material
	NotConnected    // the key store is not connected

	KeySpec   // the external key is not AES-256
	KeyStatus // the external key is not enabled
	KeyUsage  // the external key can't both encrypt and decrypt

	ServiceNotFound // there is no such VPC endpoint service for KMS
	ServiceInvalid  // the VPC endpoint service can't be used by KMS
)

// The exceptions of CreateCustomKeyStore, UpdateCustomKeyStore and CreateKey. The exception of a
// cryptographic operation is KMSInvalidStateException always.
type exception uint8

const (
	proxyUnreachable exception = iota
	proxyResponse
	proxyConfiguration
	proxyCredential
	serviceNotFound
	serviceInvalid
	storeState
	keyConfiguration
	keyNotFound
)

// row is what a cause leads to: the message, which is the same everywhere, and the exception or
// connection error code of each kind of operation.
type row struct {
	message   string
	store     exception // CreateCustomKeyStore, UpdateCustomKeyStore
	connect   types.ConnectionErrorCodeType
	createKey exception
}

// The texts. Those that AWS has shown in a recorded event come first (InvalidCiphertext), then
// those of the specification's table of messages, then those of "Troubleshooting external key
// stores" in the KMS developer guide. Clients look for them: aws-encryption-provider for those of
// Unreached and Timeout.
const (
	textMalformed = "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator."

	textService = "The VPC endpoint service does not fulfill the requirements for an external key store. "
)

// rows is the table of section "Error codes" of the specification, KMS considerations, completed by
// the troubleshooting page. Where both leave a place empty, because a proxy has no reason to give
// that answer to that request, the entry is the nearest that the operation's list of errors has.
var rows = map[Cause]row{
	Validation: {textMalformed, proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, storeState},
	InvalidState: {"The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request.",
		proxyConfiguration, types.ConnectionErrorCodeTypeXksProxyInvalidConfiguration, keyConfiguration},
	InvalidCiphertext: {"The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid.",
		proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, storeState},
	InvalidKeyUsage: {"The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again.",
		proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, keyConfiguration},
	AuthenticationFailed: {"The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary.",
		proxyCredential, types.ConnectionErrorCodeTypeInvalidCredentials, storeState},
	AccessDenied: {"The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.",
		proxyConfiguration, types.ConnectionErrorCodeTypeXksProxyAccessDenied, storeState},
	KeyNotFound: {"The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.",
		proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, keyNotFound},
	InvalidURIPath: {"The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.",
		proxyConfiguration, types.ConnectionErrorCodeTypeXksProxyInvalidConfiguration, storeState},
	Unsupported: {"The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator.",
		proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, storeState},
	DependencyTimeout: {"The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
		proxyUnreachable, types.ConnectionErrorCodeTypeXksProxyTimedOut, storeState},
	Throttling: {"The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.",
		proxyUnreachable, types.ConnectionErrorCodeTypeXksProxyNotReachable, storeState},
	Internal: {"The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.",
		proxyResponse, types.ConnectionErrorCodeTypeXksProxyNotReachable, storeState},

	Unreached: {"AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store.",
		proxyUnreachable, types.ConnectionErrorCodeTypeXksProxyNotReachable, storeState},
	NoTLS: {"AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.",
		proxyUnreachable, types.ConnectionErrorCodeTypeXksProxyInvalidTlsConfiguration, storeState},
	Timeout: {"AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
		proxyUnreachable, types.ConnectionErrorCodeTypeXksProxyTimedOut, storeState},
	Malformed: {textMalformed, proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, storeState},

	Unhealthy: {"The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external key store proxy administrator.",
		proxyUnreachable, types.ConnectionErrorCodeTypeXksProxyNotReachable, storeState},
	InnerCiphertext: {"The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.",
		proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, storeState},
	NotConnected: {"This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.",
		proxyUnreachable, types.ConnectionErrorCodeTypeXksProxyNotReachable, storeState},

	KeySpec:   {"The key spec of the external key must be AES_256. The key spec of specified external key is ", proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, keyConfiguration},
	KeyStatus: {"The status of the external key must be ENABLED. The status of specified external key is ", proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, keyConfiguration},
	KeyUsage:  {"The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ", proxyResponse, types.ConnectionErrorCodeTypeXksProxyInvalidResponse, keyConfiguration},

	ServiceNotFound: {"AWS KMS could not find the VPC endpoint service. ", serviceNotFound, types.ConnectionErrorCodeTypeXksVpcEndpointServiceNotFound, storeState},
	ServiceInvalid:  {textService, serviceInvalid, types.ConnectionErrorCodeTypeXksVpcEndpointServiceInvalidConfiguration, storeState},
}

// answers are the causes of the errors that a proxy answers.
var answers = map[xks.ErrorName]Cause{
	xks.ValidationException:           Validation,
	xks.InvalidStateException:         InvalidState,
	xks.InvalidCiphertextException:    InvalidCiphertext,
	xks.InvalidKeyUsageException:      InvalidKeyUsage,
	xks.AuthenticationFailedException: AuthenticationFailed,
	xks.AccessDeniedException:         AccessDenied,
	xks.KeyNotFoundException:          KeyNotFound,
	xks.InvalidURIPathException:       InvalidURIPath,
	xks.UnsupportedOperationException: Unsupported,
	xks.DependencyTimeoutException:    DependencyTimeout,
	xks.ThrottlingException:           Throttling,
	xks.InternalException:             Internal,
}
