package external

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/xks"
)

// Error is why a call of a proxy failed. One method for each kind of operation gives the exception
// that its caller sees; the message is the same in all.
type Error struct {
	Cause Cause
	// Name is the ErrorName of metrics: the errorName that the proxy answered, Unreachable if
	// there was no proper answer, or "" if no proxy was asked.
	Name string
	// Detail ends the message of causes that name what they found.
	Detail string
	// Proxy is the proxy's errorMessage, for the log: callers never see it.
	Proxy string
	// Err is what happened in detail, for the log; may be nil.
	Err error
}

// Error is for the log.
func (e *Error) Error() string {
	s := e.Message()
	if e.Proxy != "" {
		s += fmt.Sprintf(" (proxy: %q)", e.Proxy)
	}
	if e.Err != nil {
		s += " (" + e.Happened() + ")"
	}
	return s
}

// maxHappened bounds what is told of an error: texts of package tls and net/http quote the proxy.
const maxHappened = 512

// Happened is the text of Err for a log or a terminal, cleaned and cut; "" if there is none.
func (e *Error) Happened() string {
	if e.Err == nil {
		return ""
	}
	return xks.Printable(e.Err.Error(), maxHappened)
}

func (e *Error) Unwrap() error { return e.Err }

// Is makes a ciphertext that does not open keystore.ErrCiphertext, whichever of the two layers
// refused it.
func (e *Error) Is(target error) bool {
	return target == keystore.ErrCiphertext && (e.Cause == InvalidCiphertext || e.Cause == InnerCiphertext)
}

// Message is AWS's text for the cause.
func (e *Error) Message() string { return rows[e.Cause].message + e.Detail }

// ConnectionCode is the ConnectionErrorCode of a key store whose connecting failed so.
func (e *Error) ConnectionCode() types.ConnectionErrorCodeType { return rows[e.Cause].connect }

// CreateStore is the exception of CreateCustomKeyStore and UpdateCustomKeyStore.
func (e *Error) CreateStore() error { return e.exception(rows[e.Cause].store) }

// CreateKey is the exception of CreateKey.
func (e *Error) CreateKey() error { return e.exception(rows[e.Cause].createKey) }

// Use is the exception of cryptographic operations.
func (e *Error) Use() error { return &types.KMSInvalidStateException{Message: new(e.Message())} }

func (e *Error) exception(x exception) error {
	m := new(e.Message())
	switch x {
	case proxyUnreachable:
		return &types.XksProxyUriUnreachableException{Message: m}
	case proxyResponse:
		return &types.XksProxyInvalidResponseException{Message: m}
	case proxyConfiguration:
		return &types.XksProxyInvalidConfigurationException{Message: m}
	case proxyCredential:
		return &types.XksProxyIncorrectAuthenticationCredentialException{Message: m}
	case serviceNotFound:
		return &types.XksProxyVpcEndpointServiceNotFoundException{Message: m}
	case serviceInvalid:
		return &types.XksProxyVpcEndpointServiceInvalidConfigurationException{Message: m}
	case keyConfiguration:
		return &types.XksKeyInvalidConfigurationException{Message: m}
	case keyNotFound:
		return &types.XksKeyNotFoundException{Message: m}
	default:
		return &types.CustomKeyStoreInvalidStateException{Message: m}
	}
}

// CheckKey reports, as an *Error, why KMS can't use an external key.
func CheckKey(m xks.KeyMetadata) error {
	switch {
	case m.Spec != xks.KeySpecAES256:
		return keyError(KeySpec, m.Spec)
	case m.Status != xks.StatusEnabled:
		return keyError(KeyStatus, m.Status)
	case !slices.Contains(m.Usage, xks.UsageEncrypt) || !slices.Contains(m.Usage, xks.UsageDecrypt):
		return keyError(KeyUsage, strings.Join(m.Usage, ", "))
	}
	return nil
}

// keyError names a value of the proxy's, cleaned and cut, because the caller sees it.
func keyError(c Cause, value string) error {
	return &Error{Cause: c, Detail: xks.Printable(value, 128) + "."}
}
