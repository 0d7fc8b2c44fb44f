package nitro_test

import (
	"crypto/x509"
	"os"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/nitro"
)

// BenchmarkVerify verifies a document of AWS's: five certificates and a signature.
func BenchmarkVerify(b *testing.B) {
	document, err := os.ReadFile("testdata/enclave.cbor")
	must(b, err)
	roots, made := []*x509.Certificate{nitro.AWSRoot()}, time.UnixMilli(1731627989450)
	for b.Loop() {
		if _, err := nitro.Verify(document, roots, made); err != nil {
			b.Fatal(err)
		}
	}
}
