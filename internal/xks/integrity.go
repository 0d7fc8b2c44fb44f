package xks

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
)

// AppendAAD appends what an external key manager gives to AES-GCM as associated data: the
// additionalAuthenticatedData of the request and the proxy's ciphertextMetadata, each with its
// length before it, so that no byte can move from one to the other.
//
// aad must be shorter than 64 KiB and metadata shorter than 256 bytes.
//
// Source: section "Encrypt" of the specification.
func AppendAAD(b, aad, metadata []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(aad)))
	b = append(b, aad...)
	b = append(b, byte(len(metadata)))
	return append(b, metadata...)
}

// CDIV is the ciphertextDataIntegrityValue: SHA-256 of the associated data of the request and of
// all that the proxy answers. A missing value is empty. There are no lengths in it: those of the IV
// and the tag are fixed by the answer's checks.
func CDIV(aad []byte, s *Sealed) [sha256.Size]byte {
	h := sha256.New()
	for _, part := range [...][]byte{aad, s.Metadata, s.IV, s.Ciphertext, s.Tag} {
		h.Write(part)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// CheckCDIV reports whether cdiv is the CDIV of an answer, in constant time.
func CheckCDIV(cdiv, aad []byte, s *Sealed) bool {
	want := CDIV(aad, s)
	return subtle.ConstantTimeCompare(cdiv, want[:]) == 1
}
