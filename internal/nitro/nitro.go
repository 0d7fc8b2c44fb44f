// Package nitro verifies attestation documents: what the Nitro hypervisor signs of an
// enclave, or of an instance with NitroTPM, so that others can tell what runs there. The one
// rule: nothing of a document can be had but through Verify, which gives it only when syntax,
// certificates, signature and time are right. It is pure: the time and the roots are
// arguments. Begin with Verify.
//
// Sources: https://github.com/aws/aws-nitro-enclaves-nsm-api/blob/main/docs/attestation_process.md,
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/nitrotpm-attestation-document-validate.html
package nitro

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"
)

// Freshness is how far the time of a document may be from the verifier's, in the past or in
// the future. AWS publishes no figure for KMS. A document is made for a call and signed
// within milliseconds; the certificate that signs it is valid for three hours, which is too
// long for one that somebody else got hold of.
const Freshness = 5 * time.Minute

// Document is what a verified attestation document says.
type Document struct {
	// ModuleID names the enclave ("i-…-enc…") or the instance's TPM ("i-…-tpm…").
	ModuleID string
	// Time is when the document was made.
	Time time.Time
	// PCRs are the platform configuration registers of an enclave, by index. They are all
	// zero if it runs in debug mode. Nil for an instance.
	PCRs map[int][]byte
	// NitroTPMPCRs are those of an instance with NitroTPM. Nil for an enclave.
	NitroTPMPCRs map[int][]byte
	// PublicKey, UserData and Nonce are what the enclave asked to have signed, or nil.
	PublicKey, UserData, Nonce []byte
}

// Verify returns what a document says, if it is one that the platform under one of the roots
// made at about the time now. Its errors say what is wrong in words that may be shown to
// whoever sent the document.
func Verify(document []byte, roots []*x509.Certificate, now time.Time) (*Document, error) {
	m, err := parseMessage(document)
	if err != nil {
		return nil, err
	}
	p, err := parsePayload(m.Payload)
	if err != nil {
		return nil, err
	}
	leaf, err := verifyChain(p.Certificate, p.CABundle, roots, now)
	if err != nil {
		return nil, err
	}
	if err := m.verify(leaf); err != nil {
		return nil, err
	}
	d := p.document()
	if age := now.Sub(d.Time); age > Freshness || age < -Freshness {
		return nil, fmt.Errorf("it is of %s, more than %v from now", d.Time.Format(time.RFC3339), Freshness)
	}
	return d, nil
}

// The sizes of the keys that answers are encrypted for. AWS names RSA keys of 2048 bits.
const (
	minKeyBits = 2048
	maxKeyBits = 4096
)

// RecipientKey is the document's public key, for which answers are encrypted: an RSA key, as a
// DER-encoded SubjectPublicKeyInfo.
func (d *Document) RecipientKey() (*rsa.PublicKey, error) {
	if d.PublicKey == nil {
		return nil, fmt.Errorf("it has no public key")
	}
	return parseRecipientKey(d.PublicKey)
}

func parseRecipientKey(der []byte) (*rsa.PublicKey, error) {
	k, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("its public key is not a DER-encoded SubjectPublicKeyInfo")
	}
	key, ok := k.(*rsa.PublicKey)
	switch {
	case !ok:
		return nil, fmt.Errorf("its public key is not an RSA key")
	case key.N.BitLen() < minKeyBits || key.N.BitLen() > maxKeyBits:
		return nil, fmt.Errorf("its public key has %d bits, not %d to %d", key.N.BitLen(), minKeyBits, maxKeyBits)
	case key.N.Bit(0) == 0:
		return nil, fmt.Errorf("its public key has an even modulus")
	case key.E < 65537 || key.E%2 == 0: // FIPS 186-5, A.1.1
		return nil, fmt.Errorf("its public key has an exponent that is even or less than 65537")
	}
	return key, nil
}
