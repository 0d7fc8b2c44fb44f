package xks

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// HealthState is the healthStatus of an external key manager.
type HealthState string

// The states.
const (
	Active      HealthState = "ACTIVE"      // healthy
	Degraded    HealthState = "DEGRADED"    // unhealthy, still serves
	Unavailable HealthState = "UNAVAILABLE" // can't serve
)

// Health is the answer to GetHealthStatus.
type Health struct {
	FleetSize int64  // xksProxyFleetSize, more than 0
	Vendor    string // xksProxyVendor
	Model     string // xksProxyModel
	EKMVendor string // ekmVendor
	EKMs      []EKM  // ekmFleetDetails, 1 to MaxFleetDetails
}

// EKM is one external key manager behind a proxy.
type EKM struct {
	ID, Model string
	State     HealthState
}

// Unavailable reports whether no external key manager can serve.
func (h *Health) Unavailable() bool {
	return !slices.ContainsFunc(h.EKMs, func(e EKM) bool { return e.State != Unavailable })
}

// Append appends the body of the answer.
func (h *Health) Append(b []byte) []byte {
	b = append(b, `{"xksProxyFleetSize":`...)
	b = strconv.AppendInt(b, h.FleetSize, 10)
	b = appendMember(b, "xksProxyVendor", h.Vendor)
	b = appendMember(b, "xksProxyModel", h.Model)
	b = appendMember(b, "ekmVendor", h.EKMVendor)
	b = append(b, `,"ekmFleetDetails":[`...)
	for i, e := range h.EKMs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"id":`...)
		b = appendString(b, e.ID)
		b = appendMember(b, "model", e.Model)
		b = appendMember(b, "healthStatus", string(e.State))
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

// The parsers of answers are KMS's. They take nothing that the specification does not allow.

// ParseHealth reads the answer to GetHealthStatus.
func ParseHealth(b []byte) (Health, error) {
	var h Health
	var there names
	err := members(b, func(name string, v value) (err error) {
		there.add(name)
		switch name {
		case "xksProxyFleetSize":
			if h.FleetSize, err = v.integer(); err == nil && h.FleetSize < 1 {
				err = errors.New("it is less than 1")
			}
		case "xksProxyVendor":
			h.Vendor, err = v.text()
		case "xksProxyModel":
			h.Model, err = v.text()
		case "ekmVendor":
			h.EKMVendor, err = v.text()
		case "ekmFleetDetails":
			err = v.each(MaxFleetDetails, func(v value) error {
				e, err := parseEKM(v)
				h.EKMs = append(h.EKMs, e)
				return err
			})
			if err == nil && len(h.EKMs) == 0 {
				err = errors.New("it is empty")
			}
		}
		return err
	})
	if err == nil {
		err = there.require("xksProxyFleetSize", "xksProxyVendor", "xksProxyModel", "ekmVendor", "ekmFleetDetails")
	}
	if err != nil {
		return Health{}, err
	}
	return h, nil
}

func parseEKM(b []byte) (EKM, error) {
	var e EKM
	var there names
	err := members(b, func(name string, v value) (err error) {
		there.add(name)
		switch name {
		case "id":
			e.ID, err = v.text()
		case "model":
			e.Model, err = v.text()
		case "healthStatus":
			var s string
			s, err = v.text()
			if e.State = HealthState(s); err == nil && e.State != Active && e.State != Degraded && e.State != Unavailable {
				err = errors.New("it is none of ACTIVE, DEGRADED, UNAVAILABLE")
			}
		}
		return err
	})
	if err == nil {
		err = there.require("id", "model", "healthStatus")
	}
	return e, err
}

// names are the members that an object has.
type names []string

func (n *names) add(name string) { *n = append(*n, name) }

func (n names) require(all ...string) error {
	for _, name := range all {
		if !slices.Contains(n, name) {
			return missing(name)
		}
	}
	return nil
}

// KeyMetadata is the answer to GetKeyMetadata.
type KeyMetadata struct {
	Spec   string   // keySpec, KeySpecAES256 for a key that KMS can use
	Usage  []string // keyUsage, up to MaxKeyUsage values; UsageEncrypt, UsageDecrypt and others
	Status string   // keyStatus, StatusEnabled or StatusDisabled
}

// Append appends the body of the answer.
func (m *KeyMetadata) Append(b []byte) []byte {
	b = append(b, `{"keySpec":`...)
	b = appendString(b, m.Spec)
	b = append(b, `,"keyUsage":[`...)
	for i, u := range m.Usage {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, u)
	}
	b = append(b, ']')
	b = appendMember(b, "keyStatus", m.Status)
	return append(b, '}')
}

// ParseKeyMetadata reads the answer to GetKeyMetadata. It takes key specs and usages of other keys
// than KMS can use.
func ParseKeyMetadata(b []byte) (KeyMetadata, error) {
	var m KeyMetadata
	var there names
	err := members(b, func(name string, v value) (err error) {
		there.add(name)
		switch name {
		case "keySpec":
			m.Spec, err = v.text()
		case "keyUsage":
			err = v.each(MaxKeyUsage, func(v value) error {
				s, err := v.text()
				m.Usage = append(m.Usage, s)
				return err
			})
		case "keyStatus":
			if m.Status, err = v.text(); err == nil && m.Status != StatusEnabled && m.Status != StatusDisabled {
				err = errors.New("it is neither ENABLED nor DISABLED")
			}
		}
		return err
	})
	if err == nil {
		err = there.require("keySpec", "keyUsage", "keyStatus")
	}
	if err != nil {
		return KeyMetadata{}, err
	}
	return m, nil
}

// EncryptResponse is the answer to Encrypt.
type EncryptResponse struct {
	Sealed
	CDIV []byte // ciphertextDataIntegrityValue; nil if there is none
}

// Append appends the body of the answer.
func (r *EncryptResponse) Append(b []byte) []byte {
	b = append(b, `{"ciphertext":`...)
	b = appendBytes(b, r.Ciphertext)
	b = appendBinary(b, "initializationVector", r.IV)
	b = appendBinary(b, "authenticationTag", r.Tag)
	if r.Metadata != nil {
		b = appendBinary(b, "ciphertextMetadata", r.Metadata)
	}
	if r.CDIV != nil {
		b = appendBinary(b, "ciphertextDataIntegrityValue", r.CDIV)
	}
	return append(b, '}')
}

// ParseEncryptResponse reads the answer to Encrypt. Whether the CDIV is right only the caller can
// say, who has the associated data.
func ParseEncryptResponse(b []byte) (*EncryptResponse, error) {
	r := new(EncryptResponse)
	err := members(b, func(name string, v value) (err error) {
		switch name {
		case "ciphertext":
			r.Ciphertext, err = v.bytes()
		case "initializationVector":
			r.IV, err = v.bytes()
		case "authenticationTag":
			r.Tag, err = v.bytes()
		case "ciphertextMetadata":
			r.Metadata, err = v.bytes()
		case "ciphertextDataIntegrityValue":
			if r.CDIV, err = v.bytes(); err == nil && len(r.CDIV) != sha256.Size {
				err = fmt.Errorf("it has %d bytes, not %d", len(r.CDIV), sha256.Size)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if r.Ciphertext == nil {
		return nil, missing("ciphertext")
	}
	return r, r.Sealed.check()
}

// check reports a length that the specification does not allow. A missing value has length 0.
func (s *Sealed) check() error {
	switch {
	case len(s.IV) != IVSize && len(s.IV) != LongIVSize:
		return fmt.Errorf("initializationVector has %d bytes, not %d or %d", len(s.IV), IVSize, LongIVSize)
	case len(s.Tag) != TagSize:
		return fmt.Errorf("authenticationTag has %d bytes, not %d", len(s.Tag), TagSize)
	case len(s.Metadata) > MaxMetadata:
		return fmt.Errorf("ciphertextMetadata has %d bytes, more than %d", len(s.Metadata), MaxMetadata)
	}
	return nil
}

// AppendDecryptResponse appends the body of the answer to Decrypt.
func AppendDecryptResponse(b, plaintext []byte) []byte {
	b = append(b, `{"plaintext":`...)
	return append(appendBytes(b, plaintext), '}')
}

// ParseDecryptResponse reads the answer to Decrypt.
func ParseDecryptResponse(b []byte) (plaintext []byte, err error) {
	err = members(b, func(name string, v value) (err error) {
		if name == "plaintext" {
			plaintext, err = v.bytes()
		}
		return err
	})
	if err == nil && plaintext == nil {
		err = missing("plaintext")
	}
	if err != nil {
		return nil, err
	}
	return plaintext, nil
}
