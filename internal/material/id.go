package material

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"github.com/keystead/keystead/internal/secret"
)

// KeyID is the identifier of a KMS key in the form that ciphertexts carry: a kind and
// 16 bytes. Its text is what the API shows: a version 4 UUID for a single-Region key,
// "mrk-" and 32 hexadecimal digits for a multi-Region key.
type KeyID struct {
	kind  byte
	bytes [16]byte
}

// The kinds of KeyID. They are part of the ciphertext format and never change.
const (
	kindUUID        = 1
	kindMultiRegion = 2
)

// ErrKeyID is returned for a text that is no key id.
var ErrKeyID = errors.New("malformed key id")

// NewKeyID makes the id of a new single-Region key.
func NewKeyID() KeyID {
	k := KeyID{kind: kindUUID}
	_, _ = rand.Read(k.bytes[:]) // never fails (crypto/rand)
	k.bytes[6] = k.bytes[6]&0x0f | 0x40
	k.bytes[8] = k.bytes[8]&0x3f | 0x80
	return k
}

// NewMultiRegionKeyID makes the id of a new multi-Region key.
func NewMultiRegionKeyID() KeyID {
	k := KeyID{kind: kindMultiRegion}
	_, _ = rand.Read(k.bytes[:]) // never fails (crypto/rand)
	return k
}

// ParseKeyID reads the text form, which has lower-case digits only.
func ParseKeyID(s string) (KeyID, error) {
	if len(s) == 36 && s[:4] == "mrk-" {
		k := KeyID{kind: kindMultiRegion}
		return k, unhex(k.bytes[:], s[4:])
	}
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return KeyID{}, ErrKeyID
	}
	k := KeyID{kind: kindUUID}
	if err := unhex(k.bytes[:], s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:]); err != nil {
		return KeyID{}, err
	}
	return k, nil
}

// unhex decodes s, which must be exactly as long as dst needs and in lower case.
func unhex(dst []byte, s string) error {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ErrKeyID
		}
	}
	if n, err := hex.Decode(dst, []byte(s)); err != nil || n != len(dst) {
		return ErrKeyID
	}
	return nil
}

// MultiRegion reports whether it is the id of a multi-Region key.
func (k KeyID) MultiRegion() bool { return k.kind == kindMultiRegion }

// String returns the text form.
func (k KeyID) String() string {
	h := hex.EncodeToString(k.bytes[:])
	if k.kind == kindMultiRegion {
		return "mrk-" + h
	}
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ID is a key material id: 32 bytes, shown as 64 hexadecimal digits. It is computed from
// the key and the material, so the same material in the same key has the same id, and it
// does not reveal the material.
type ID [32]byte

// ShortID is the part of an ID that a ciphertext carries.
type ShortID [8]byte

// NewID computes the id of material m in key k. HMAC does not tell a key from the same one with
// zeros behind it, nor a long key from its hash, so that the length counts too; ids of material
// of 32 bytes, which are older than all others, are without.
func NewID(k KeyID, m secret.Bytes) ID {
	h := hmac.New(sha256.New, m.Expose())
	h.Write([]byte("keystead key material id"))
	h.Write([]byte{k.kind})
	h.Write(k.bytes[:])
	if n := m.Len(); n != SymmetricSize {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(n)))
	}
	return ID(h.Sum(nil))
}

// ParseID reads the text form of an ID.
func ParseID(s string) (ID, error) {
	var id ID
	return id, unhex(id[:], s)
}

// String returns the text form.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Short returns the part that ciphertexts carry.
func (id ID) Short() ShortID { return ShortID(id[:8]) }

// String returns the text form, 16 hexadecimal digits.
func (s ShortID) String() string { return hex.EncodeToString(s[:]) }
