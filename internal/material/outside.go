package material

import (
	"crypto/sha256"

	"github.com/keystead/keystead/internal/secret"
)

// The layouts of the ciphertexts whose outer layer is made outside this process with AES-256-GCM.
// The header is that of version 1; lengths take one byte.
//
//	version 2: header(30) ‖ iv(12) ‖ ciphertext ‖ tag(16)
//	version 3: header(30) ‖ salt(16) ‖ length ‖ iv(12 or 16) ‖ length ‖ metadata(0…20) ‖ tag(16) ‖ ciphertext
//
// The plaintext of version 3's outer layer is the inner layer. With the header and the salt before
// it, it is a ciphertext of version 1's form under material of this KMS key's own: whoever has the
// external key still can't read it, and other KMS keys with the same external key can't either.
//
// The salt stands outside because it is what tells one message of a key from another: both layers
// are bound to it, and so to each other. An external key manager that gives the answer to one
// request to the caller of another is found out, in either direction.
//
// The additional authenticated data of the outer layer is what stands before the IV and the SHA-256
// of the encryption context. Its length is fixed, whatever an HSM or proxy takes at most, and it
// tells neither of them what the encryption context says.
const (
	hsmIVSize = 12

	mostMetadata = 20   // XKS proxy API, ciphertextMetadata
	mostInner    = 4300 // XKS proxy API, what a proxy must take

	innerOverhead = Overhead - nonceOffset
)

// Sealed is what AES-256-GCM outside this process made of a plaintext.
type Sealed struct {
	IV, Ciphertext, Tag []byte
	Metadata            []byte // of an external key manager alone: what it wants to see again
}

// OuterAAD is the additional authenticated data of a ciphertext of version 2.
func OuterAAD(k KeyID, id ID, ec EncryptionContext) []byte {
	return outerAAD(appendHeader(nil, VersionHSM, k, id), ec)
}

func outerAAD(before []byte, ec EncryptionContext) []byte {
	var room [256]byte
	sum := sha256.Sum256(ec.AppendAAD(room[:0]))
	return append(append(make([]byte, 0, len(before)+len(sum)), before...), sum[:]...)
}

// OuterAAD is the additional authenticated data that the outer layer of b was made with, if what
// stands before it and the encryption context are right.
func (b Blob) OuterAAD(ec EncryptionContext) []byte {
	if b.Version() == VersionExternal {
		return outerAAD(b.raw[:nonceOffset], ec)
	}
	return outerAAD(b.raw[:saltOffset], ec)
}

// Join makes a ciphertext of version 2 of what an HSM made with OuterAAD, or returns ErrCiphertext if
// its parts don't fit.
func Join(k KeyID, id ID, s Sealed) ([]byte, error) {
	if len(s.IV) != hsmIVSize || len(s.Tag) != tagSize || len(s.Metadata) > 0 {
		return nil, ErrCiphertext
	}
	b := appendHeader(make([]byte, 0, saltOffset+len(s.IV)+len(s.Ciphertext)+len(s.Tag)), VersionHSM, k, id)
	return append(append(append(b, s.IV...), s.Ciphertext...), s.Tag...), nil
}

// Split is the reverse of Join, and of the Join of an inner layer; its result lies in b. A ciphertext
// of another version than v gives ErrCiphertext.
func (b Blob) Split(v Version) (Sealed, error) {
	if b.Version() != v {
		return Sealed{}, ErrCiphertext
	}
	switch v {
	case VersionHSM:
		rest := b.raw[saltOffset:]
		end := len(rest) - tagSize
		return Sealed{IV: rest[:hsmIVSize], Ciphertext: rest[hsmIVSize:end], Tag: rest[end:]}, nil
	case VersionExternal:
		s, _ := splitExternal(b.raw[saltOffset:]) // ParseBlob has done it before
		return s, nil
	default:
		return Sealed{}, ErrCiphertext
	}
}

// splitExternal takes apart what stands behind the header of version 3.
func splitExternal(b []byte) (s Sealed, ok bool) {
	if len(b) < nonceOffset-saltOffset {
		return Sealed{}, false
	}
	b = b[nonceOffset-saltOffset:]
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

// Inner is the inner layer of a ciphertext of version 3.
type Inner struct {
	raw []byte // header ‖ salt ‖ layer
}

// SealInner makes the inner layer of a ciphertext.
func SealInner(m secret.Bytes, k KeyID, id ID, plaintext []byte, ec EncryptionContext) (Inner, error) {
	b, err := seal(m, VersionExternal, k, id, plaintext, ec)
	return Inner{b}, err
}

// Bytes is what the external key manager gets as plaintext.
func (i Inner) Bytes() []byte { return i.raw[nonceOffset:] }

// OuterAAD is the additional authenticated data that it gets.
func (i Inner) OuterAAD(ec EncryptionContext) []byte { return outerAAD(i.raw[:nonceOffset], ec) }

// Join makes the ciphertext of what the external key manager made of the layer, or returns
// ErrCiphertext if its parts don't fit.
func (i Inner) Join(s Sealed) ([]byte, error) {
	if len(s.Tag) != tagSize || len(s.IV) > 255 || len(s.Metadata) > 255 {
		return nil, ErrCiphertext
	}
	b := make([]byte, 0, nonceOffset+2+len(s.IV)+len(s.Metadata)+len(s.Tag)+len(s.Ciphertext))
	b = append(b, i.raw[:nonceOffset]...)
	b = append(append(b, byte(len(s.IV))), s.IV...)
	b = append(append(b, byte(len(s.Metadata))), s.Metadata...)
	b = append(append(b, s.Tag...), s.Ciphertext...)
	if !fits(b) {
		return nil, ErrCiphertext
	}
	return b, nil
}

// OpenInner opens the inner layer of b, which the external key manager gave back for its outer
// one, or returns ErrCiphertext.
func (b Blob) OpenInner(m secret.Bytes, inner []byte, ec EncryptionContext) ([]byte, error) {
	if b.Version() != VersionExternal || len(inner) < innerOverhead {
		return nil, ErrCiphertext
	}
	whole := append(append(make([]byte, 0, nonceOffset+len(inner)), b.raw[:nonceOffset]...), inner...)
	return open(m, whole, ec)
}
