package cloudhsm_test

import (
	"encoding/pem"
	"testing"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// FuzzSameCertificate: a text that has the certificate is the certificate and what counts for
// nothing around it.
func FuzzSameCertificate(f *testing.F) {
	anchor := string(xkstest.NewAuthority(f).PEM())
	for _, seed := range []string{anchor, "subject=CN\n" + anchor + "\n", anchor + anchor, anchor[:len(anchor)/2], "", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"} {
		f.Add(seed)
	}
	block, _ := pem.Decode([]byte(anchor))
	f.Fuzz(func(t *testing.T, text string) {
		same := cloudhsm.SameCertificate(text, anchor)
		if same != cloudhsm.SameCertificate(anchor, text) {
			t.Errorf("%q depends on which comes first", text)
		}
		if first, _ := pem.Decode([]byte(text)); same && (first == nil || string(first.Bytes) != string(block.Bytes)) {
			t.Errorf("%q counts for another", text)
		}
	})
}
