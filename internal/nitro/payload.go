package nitro

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// payload is what a document says, as it is encoded. A member that is optional may be null,
// as the hypervisor writes those that nobody asked for.
//
// Source: attestation_process.md, section 2.2
type payload struct {
	ModuleID     string                     `cbor:"module_id"`
	Timestamp    uint64                     `cbor:"timestamp"` // in milliseconds
	Digest       string                     `cbor:"digest"`
	PCRs         map[uint64]cbor.ByteString `cbor:"pcrs"`
	NitroTPMPCRs map[uint64]cbor.ByteString `cbor:"nitrotpm_pcrs"`
	Certificate  cbor.ByteString            `cbor:"certificate"`
	CABundle     []cbor.ByteString          `cbor:"cabundle"`
	PublicKey    *cbor.ByteString           `cbor:"public_key"`
	UserData     *cbor.ByteString           `cbor:"user_data"`
	Nonce        *cbor.ByteString           `cbor:"nonce"`
}

// What the members may be.
//
// Source: attestation_process.md, sections 2.2 and 3.2.2.2, which differ for user_data and
// nonce: the longer is what the enclave can ask for. maxModuleID and maxBundle are ours:
// there are at most four certificates over the leaf, and module IDs of some 40 bytes.
const (
	maxModuleID    = 256
	maxPCRs        = 32
	maxCertificate = 1024
	maxBundle      = 6
	maxPublicKey   = 1024
	maxUserData    = 1024
)

func parsePayload(b cbor.ByteString) (*payload, error) {
	var p payload
	if err := decoding.Unmarshal([]byte(b), &p); err != nil {
		return nil, errors.New("its payload is not an attestation document")
	}
	return &p, p.check()
}

func (p *payload) check() error {
	switch {
	case p.ModuleID == "" || len(p.ModuleID) > maxModuleID:
		return errors.New("its module_id is missing or too long")
	case p.Digest != "SHA384":
		return errors.New("its digest is not SHA384")
	case p.Timestamp == 0 || p.Timestamp > math.MaxInt64:
		return errors.New("its timestamp is missing or out of range")
	case (p.PCRs == nil) == (p.NitroTPMPCRs == nil):
		return errors.New("it has not either pcrs or nitrotpm_pcrs")
	case len(p.Certificate) == 0 || len(p.Certificate) > maxCertificate:
		return errors.New("its certificate is missing or too long")
	case len(p.CABundle) == 0 || len(p.CABundle) > maxBundle:
		return errors.New("its cabundle is empty or too long")
	case p.PublicKey != nil && (len(*p.PublicKey) == 0 || len(*p.PublicKey) > maxPublicKey):
		return errors.New("its public_key is empty or too long")
	case p.UserData != nil && len(*p.UserData) > maxUserData, p.Nonce != nil && len(*p.Nonce) > maxUserData:
		return errors.New("its user_data or nonce is too long")
	}
	for _, c := range p.CABundle {
		if len(c) == 0 || len(c) > maxCertificate {
			return errors.New("a certificate of its cabundle is empty or too long")
		}
	}
	return errors.Join(checkPCRs(p.PCRs), checkPCRs(p.NitroTPMPCRs))
}

func checkPCRs(pcrs map[uint64]cbor.ByteString) error {
	if pcrs != nil && len(pcrs) == 0 {
		return errors.New("it has no PCRs")
	}
	for i, value := range pcrs {
		if i >= maxPCRs {
			return fmt.Errorf("it has a PCR%d", i)
		}
		if n := len(value); n != 32 && n != 48 && n != 64 {
			return fmt.Errorf("its PCR%d has %d bytes", i, n)
		}
	}
	return nil
}

func (p *payload) document() *Document {
	return &Document{
		ModuleID: p.ModuleID, Time: time.UnixMilli(int64(p.Timestamp)).UTC(),
		PCRs: registers(p.PCRs), NitroTPMPCRs: registers(p.NitroTPMPCRs),
		PublicKey: octets(p.PublicKey), UserData: octets(p.UserData), Nonce: octets(p.Nonce),
	}
}

func registers(pcrs map[uint64]cbor.ByteString) map[int][]byte {
	if pcrs == nil {
		return nil
	}
	m := make(map[int][]byte, len(pcrs))
	for i, value := range pcrs {
		m[int(i)] = []byte(value)
	}
	return m
}

func octets(s *cbor.ByteString) []byte {
	if s == nil {
		return nil
	}
	return []byte(*s)
}
