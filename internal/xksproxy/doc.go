// Package xksproxy is an external key store proxy: the server that AWS KMS, or another Keystead,
// calls for the keys of an EXTERNAL_KEY_STORE. Behind it are keys in an HSM (PKCS#11), keys of
// its own, or another KMS.
//
// The one rule: an external key does nothing before the request has been through all checks of
// handler.go, in that order, and no answer leaves before the journal has the event. What a
// plaintext, a secret or a data key is stands in no log, error or event.
//
// Begin with Config, then handler.go, operations.go and backend.go. The protocol itself is in
// internal/xks.
package xksproxy
