package external_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/keystore/external"
)

// TestExceptions is the table of the specification and of the troubleshooting page: the exception of
// CreateCustomKeyStore and UpdateCustomKeyStore, the connection error code, the exception of
// CreateKey, and how the message begins.
func TestExceptions(t *testing.T) {
	t.Parallel()
	const (
		unreachable = "XksProxyUriUnreachableException"
		response    = "XksProxyInvalidResponseException"
		config      = "XksProxyInvalidConfigurationException"
		state       = "CustomKeyStoreInvalidStateException"
		key         = "XksKeyInvalidConfigurationException"
	)
	tests := map[external.Cause]struct{ store, connect, createKey, message string }{
		external.Validation:           {response, "XKS_PROXY_INVALID_RESPONSE", state, "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator."},
		external.InvalidState:         {config, "XKS_PROXY_INVALID_CONFIGURATION", key, "The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request."},
		external.InvalidCiphertext:    {response, "XKS_PROXY_INVALID_RESPONSE", state, "The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid."},
		external.InvalidKeyUsage:      {response, "XKS_PROXY_INVALID_RESPONSE", key, "The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again."},
		external.AuthenticationFailed: {"XksProxyIncorrectAuthenticationCredentialException", "INVALID_CREDENTIALS", state, "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary."},
		external.AccessDenied:         {config, "XKS_PROXY_ACCESS_DENIED", state, "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again."},
		external.KeyNotFound:          {response, "XKS_PROXY_INVALID_RESPONSE", "XksKeyNotFoundException", "The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID."},
		external.InvalidURIPath:       {config, "XKS_PROXY_INVALID_CONFIGURATION", state, "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary."},
		external.Unsupported:          {response, "XKS_PROXY_INVALID_RESPONSE", state, "The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator."},
		external.DependencyTimeout:    {unreachable, "XKS_PROXY_TIMED_OUT", state, "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."},
		external.Throttling:           {unreachable, "XKS_PROXY_NOT_REACHABLE", state, "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store."},
		external.Internal:             {response, "XKS_PROXY_NOT_REACHABLE", state, "The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available."},
		external.Unreached:            {unreachable, "XKS_PROXY_NOT_REACHABLE", state, "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store."},
		external.NoTLS:                {unreachable, "XKS_PROXY_INVALID_TLS_CONFIGURATION", state, "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate."},
		external.Timeout:              {unreachable, "XKS_PROXY_TIMED_OUT", state, "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."},
		external.Malformed:            {response, "XKS_PROXY_INVALID_RESPONSE", state, "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator."},
		external.Unhealthy:            {unreachable, "XKS_PROXY_NOT_REACHABLE", state, "The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external key store proxy administrator."},
		external.InnerCiphertext:      {response, "XKS_PROXY_INVALID_RESPONSE", state, "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid."},
		external.NotConnected:         {unreachable, "XKS_PROXY_NOT_REACHABLE", state, "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again."},
		external.KeySpec:              {response, "XKS_PROXY_INVALID_RESPONSE", key, "The key spec of the external key must be AES_256. The key spec of specified external key is <detail>"},
		external.KeyStatus:            {response, "XKS_PROXY_INVALID_RESPONSE", key, "The status of the external key must be ENABLED. The status of specified external key is <detail>"},
		external.KeyUsage:             {response, "XKS_PROXY_INVALID_RESPONSE", key, "The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is <detail>"},
		external.ServiceNotFound:      {"XksProxyVpcEndpointServiceNotFoundException", "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND", state, "AWS KMS could not find the VPC endpoint service. <detail>"},
		external.ServiceInvalid:       {"XksProxyVpcEndpointServiceInvalidConfigurationException", "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION", state, "The VPC endpoint service does not fulfill the requirements for an external key store. <detail>"},
	}
	codes := types.ConnectionErrorCodeType("").Values()
	for _, c := range external.Causes() {
		want, ok := tests[c]
		if !ok {
			t.Errorf("cause %d has no test", c)
			continue
		}
		e := &external.Error{Cause: c, Proxy: "the proxy's secret", Err: io.ErrClosedPipe}
		if strings.Contains(want.message, "<detail>") {
			e.Detail = "<detail>"
		}
		if got := string(e.ConnectionCode()); got != want.connect {
			t.Errorf("cause %d: connection code %s, want %s", c, got, want.connect)
		}
		known := false
		for _, code := range codes {
			known = known || code == e.ConnectionCode()
		}
		if !known {
			t.Errorf("cause %d: connection code %q is not in the model", c, e.ConnectionCode())
		}
		for kind, got := range map[string][2]any{
			"CreateStore": {e.CreateStore(), want.store}, "CreateKey": {e.CreateKey(), want.createKey}, "Use": {e.Use(), "KMSInvalidStateException"},
		} {
			var a smithy.APIError
			if err, _ := got[0].(error); !errors.As(err, &a) || a.ErrorCode() != got[1] || a.ErrorMessage() != want.message {
				t.Errorf("cause %d: %s is %v, want %v: %s", c, kind, got[0], got[1], want.message)
			}
		}
		if opens := errors.Is(e, keystore.ErrCiphertext); opens != (c == external.InvalidCiphertext || c == external.InnerCiphertext) {
			t.Errorf("cause %d is ErrCiphertext: %v", c, opens)
		}
		if !errors.Is(e, io.ErrClosedPipe) || !strings.Contains(e.Error(), "the proxy's secret") {
			t.Errorf("cause %d loses what happened: %v", c, e)
		}
	}
}
