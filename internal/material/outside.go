package material

import (
	"crypto/sha256"

	"github.com/keystead/keystead/internal/secret"
)

// The layouts of the ciphertexts whose outer layer is made outside this process with AES-256-GCM.
// The header is that of version 1; lengths take one byte.
//
//	version 2: header(30) ‖ iv(12) ‖ ciphertext ‖ tag(16)
//	version 3: header(30) ‖ length ‖ iv(12 or 16) ‖ length ‖ metadata(0…20) ‖ tag(16) ‖ ciphertext
//
// The plaintext of version 3's outer layer is the inner layer, which is a ciphertext of version 1
// without its header, under material of this KMS key's own: whoever has the external key still
// can't read it, and other KMS keys with the same external key can't either.
//
// The additional authenticated data of the outer layer is OuterAAD.
const (
	hsmIVSize = 12

	mostMetadata = 20   // XKS proxy API, ciphertextMetadata
	mostInner    = 4300 // XKS proxy API, what a proxy must take

	innerOverhead = Overhead - saltOffset
)

// Sealed is what AES-256-GCM outside this process made of a plaintext.
type Sealed struct {
	IV, Ciphertext, Tag []byte
	Metadata            []byte // of an external key manager alone: what it wants to see again
}

// OuterAAD is the additional authenticated data of the outer layer: the header, and the SHA-256 of
// the encryption context. Its length is fixed, whatever an HSM or proxy takes at most, and it
// tells neither of them what the encryption context says.
func OuterAAD(v Version, k KeyID, id ID, ec EncryptionContext) []byte {
	return outerAAD(appendHeader(make([]byte, 0, saltOffset+sha256.Size), v, k, id), ec)
}

func outerAAD(header []byte, ec EncryptionContext) []byte {
	var room [256]byte
	sum := sha256.Sum256(ec.AppendAAD(room[:0]))
	return append(header, sum[:]...)
}

// OuterAAD is the additional authenticated data that the outer layer of b was made with, if the
// header and the encryption context are right.
func (b Blob) OuterAAD(ec EncryptionContext) []byte {
	return outerAAD(append(make([]byte, 0, saltOffset+sha256.Size), b.raw[:saltOffset]...), ec)
}

// Join makes a ciphertext of the version HSM or External of what was made outside with OuterAAD, or
// returns ErrCiphertext if its parts don't fit.
func Join(v Version, k KeyID, id ID, s Sealed) ([]byte, error) {
	b := appendHeader(make([]byte, 0, saltOffset+2+len(s.IV)+len(s.Metadata)+len(s.Ciphertext)+len(s.Tag)), v, k, id)
	if len(s.Tag) != tagSize {
		return nil, ErrCiphertext
	}
	switch {
	case v == VersionHSM && len(s.IV) == hsmIVSize && len(s.Metadata) == 0:
		b = append(append(append(b, s.IV...), s.Ciphertext...), s.Tag...)
	case v == VersionExternal && len(s.IV) <= 255 && len(s.Metadata) <= 255:
		b = append(append(b, byte(len(s.IV))), s.IV...)
		b = append(append(b, byte(len(s.Metadata))), s.Metadata...)
		b = append(append(b, s.Tag...), s.Ciphertext...)
	default:
		return nil, ErrCiphertext
	}
	if !fits(b) {
		return nil, ErrCiphertext
	}
	return b, nil
}

// Split is the reverse of Join; its result lies in b. A ciphertext of another version than v gives
// ErrCiphertext.
func (b Blob) Split(v Version) (Sealed, error) {
	rest := b.raw[saltOffset:]
	if b.Version() != v {
		return Sealed{}, ErrCiphertext
	}
	switch v {
	case VersionHSM:
		end := len(rest) - tagSize
		return Sealed{IV: rest[:hsmIVSize], Ciphertext: rest[hsmIVSize:end], Tag: rest[end:]}, nil
	case VersionExternal:
		s, _ := splitExternal(rest) // ParseBlob has done it before
		return s, nil
	default:
		return Sealed{}, ErrCiphertext
	}
}

// splitExternal takes apart what stands behind the header of version 3.
func splitExternal(b []byte) (s Sealed, ok bool) {
	if s.IV, b, ok = cut(b); !ok || len(s.IV) != 12 && len(s.IV) != 16 {
		return Sealed{}, false
	}
	if s.Metadata, b, ok = cut(b); !ok || len(s.Metadata) > mostMetadata || len(b) < tagSize {
		return Sealed{}, false
	}
	s.Tag, s.Ciphertext = b[:tagSize], b[tagSize:]
	return s, len(s.Ciphertext) >= innerOverhead && len(s.Ciphertext) <= mostInner
}

// cut takes off a part that stands behind its length.
func cut(b []byte) (part, rest []byte, ok bool) {
	if len(b) == 0 || len(b)-1 < int(b[0]) {
		return nil, nil, false
	}
	n := 1 + int(b[0])
	return b[1:n], b[n:], true
}

// SealInner makes the inner layer of a ciphertext of the version External: what the external key
// manager gets as plaintext.
func SealInner(m secret.Bytes, k KeyID, id ID, plaintext []byte, ec EncryptionContext) ([]byte, error) {
	b, err := seal(m, VersionExternal, k, id, plaintext, ec)
	if err != nil {
		return nil, err
	}
	return b[saltOffset:], nil
}

// OpenInner opens the inner layer of b, which the external key manager gave back for its outer
// one, or returns ErrCiphertext.
func (b Blob) OpenInner(m secret.Bytes, inner []byte, ec EncryptionContext) ([]byte, error) {
	if b.Version() != VersionExternal || len(inner) < innerOverhead {
		return nil, ErrCiphertext
	}
	whole := append(append(make([]byte, 0, saltOffset+len(inner)), b.raw[:saltOffset]...), inner...)
	return open(m, whole, ec)
}
