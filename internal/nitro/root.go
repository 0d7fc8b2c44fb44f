package nitro

import (
	"bytes"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"errors"
	"fmt"
)

// awsRoot is AWS's root of enclaves and of NitroTPM in the partition aws, Root-G1.
//
// Source: https://aws-nitro-enclaves.amazonaws.com/AWS_NitroEnclaves_Root-G1.zip
//
//go:embed aws-root-g1.pem
var awsRoot []byte

// AWSRoot is the certificate under which the Nitro hypervisors of AWS sign.
func AWSRoot() *x509.Certificate { return must(ParseRoots(awsRoot))[0] }

// ParseRoots reads root certificates, of which there must be at least one, from PEM.
func ParseRoots(b []byte) ([]*x509.Certificate, error) {
	var roots []*x509.Certificate
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("there is a %q where certificates should be", block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		if !c.IsCA || c.CheckSignatureFrom(c) != nil {
			return nil, fmt.Errorf("the certificate %q is not a root: it is not signed by itself", c.Subject.CommonName)
		}
		roots = append(roots, c)
	}
	if len(roots) == 0 || len(bytes.TrimSpace(b)) > 0 {
		return nil, errors.New("there is no certificate in PEM, or something else after it")
	}
	return roots, nil
}
