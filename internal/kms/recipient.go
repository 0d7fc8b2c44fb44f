package kms

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/cms"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/nitro"
)

// recipient is the attested platform that the answer of a call is for: an enclave, or an
// instance with NitroTPM. A nil recipient is that of a call without one.
type recipient struct {
	document *nitro.Document
	key      *rsa.PublicKey
}

// recipient verifies the attestation document of a call, and notes in its record what the
// document says. Operations ask for it before anything else: what the decision's conditions
// see of a document has been verified.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/attested-calls.html
func (s *Service) recipient(c *iam.Caller, in *types.RecipientInfo) (*recipient, error) {
	switch {
	case in == nil:
		return nil, nil
	case in.KeyEncryptionAlgorithm == "": // RSAES_OAEP_SHA_256 is the only one
		return nil, errValidation("Recipient needs a KeyEncryptionAlgorithm.")
	case in.AttestationDocument == nil:
		return nil, errValidation("Recipient needs an AttestationDocument.")
	}
	// As with signatures, the platform's own clock is meant, which nobody moves for a test.
	wall := s.clock.Now().Add(-s.clock.Offset())
	d, err := nitro.Verify(in.AttestationDocument, s.attestationRoots, wall)
	if err != nil {
		return nil, errAttestation(err)
	}
	key, err := d.RecipientKey()
	if err != nil {
		return nil, errAttestation(err)
	}
	r := &recipient{d, key}
	c.Event.Recipient = r.fields()
	return r, nil
}

// answer splits what a call would show to its caller: with a recipient, that is nothing, and
// the recipient gets an envelope that nobody else can open. The plaintext is overwritten then.
func (r *recipient) answer(plaintext []byte) (shown, envelope []byte, err error) {
	if r == nil {
		return plaintext, nil, nil
	}
	defer clear(plaintext)
	envelope, err = cms.Seal(r.key, plaintext)
	return nil, envelope, err
}

// fields are what the record of a call says of its attestation document.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-attestation.html. That
// digests are in base64 is to be seen in AWS's records only.
func (r *recipient) fields() []cloudtrail.Field {
	const prefix = "attestationDocument"
	fields := []cloudtrail.Field{{Name: prefix + "ModuleId", Value: r.document.ModuleID}}
	add := func(name string, value []byte) {
		if value != nil {
			fields = append(fields, cloudtrail.Field{Name: prefix + name, Value: base64.StdEncoding.EncodeToString(value)})
		}
	}
	add("EnclaveImageDigest", r.document.PCRs[0])
	for _, i := range []int{1, 2, 3, 4, 8} {
		add("EnclavePCR"+strconv.Itoa(i), r.document.PCRs[i])
	}
	for _, i := range []int{4, 7, 8, 9, 16, 23} {
		add("NitroTPMPCR"+strconv.Itoa(i), r.document.NitroTPMPCRs[i])
	}
	return fields
}

// The condition keys of attested platforms. Without a recipient there are none.
//
// Sources: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclave.html,
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-tpm.html

// imageDigest is PCR0 of an enclave by its other name.
func (a *ask) imageDigest() (policy.Value, bool) { return a.enclavePCR("0") }

func (a *ask) enclavePCR(index string) (policy.Value, bool) {
	if a.recipient == nil {
		return absent()
	}
	return register(a.recipient.document.PCRs, index)
}

func (a *ask) nitroTPMPCR(index string) (policy.Value, bool) {
	if a.recipient == nil {
		return absent()
	}
	return register(a.recipient.document.NitroTPMPCRs, index)
}

// register is a PCR in hexadecimal, in lower case. Its index has one spelling.
func register(pcrs map[int][]byte, index string) (policy.Value, bool) {
	i, err := strconv.Atoi(index)
	if err != nil || strconv.Itoa(i) != index || pcrs[i] == nil {
		return absent()
	}
	return policy.Single(hex.EncodeToString(pcrs[i])), true
}
