package kms

import (
	"encoding/pem"
	"testing"

	"github.com/keystead/keystead/internal/xks/xkstest"
)

// FuzzTrustAnchor: what passes for a certificate is one, whatever is around it.
func FuzzTrustAnchor(f *testing.F) {
	anchor := string(xkstest.NewAuthority(f).PEM())
	for _, seed := range []string{anchor, "subject=CN\n" + anchor + "\n", anchor + anchor, anchor[:len(anchor)/2], "", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		der := certificateOf(text)
		if der == nil {
			return
		}
		if !sameCertificate(text, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))) {
			t.Errorf("%q is not the same as itself", text)
		}
		if text != anchor && sameCertificate(text, anchor) != (string(der) == string(certificateOf(anchor))) {
			t.Errorf("%q counts for another", text)
		}
	})
}
