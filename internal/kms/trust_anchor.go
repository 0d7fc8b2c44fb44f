package kms

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
)

// sameCertificate says whether two PEM texts, each of one certificate, are of the same one. Text
// before a certificate, as openssl writes it, counts for nothing.
func sameCertificate(a, b string) bool {
	x, y := certificateOf(a), certificateOf(b)
	return x != nil && bytes.Equal(x, y)
}

// certificateOf returns the DER form of the one certificate of a PEM text; nil if it is none.
func certificateOf(text string) []byte {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return nil
	}
	return block.Bytes
}
