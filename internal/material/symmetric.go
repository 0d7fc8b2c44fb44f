// Package material has the key specs and algorithms of Keystead, and the ciphertext
// formats. Its one rule: everything here is pure. No file needs the network, the clock,
// the disk or a logger, and what comes out depends on what goes in and on random bytes.
// Begin with symmetric.go.
package material

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/keystead/keystead/internal/kdf"
	"github.com/keystead/keystead/internal/secret"
)

// SymmetricSize is the size of the material of a SYMMETRIC_DEFAULT key in bytes.
const SymmetricSize = 32

// The layout of a symmetric ciphertext, version 1 (outside.go has the others, with the same
// header):
//
//	version(1) ‖ key id(1 kind + 16) ‖ short key material id(8) ‖ check(4) ‖ salt(16) ‖ nonce(12) ‖ AES-256-GCM(plaintext) ‖ tag(16)
//
// What stands before the salt is the header.
//
// The check is the CRC-32C of what stands before it. It proves nothing, but it tells a
// ciphertext that was damaged from one whose key is gone: of the latter nobody has the
// material any more that could prove the header.
//
// The message key is derived from the key material and the salt with SP 800-108 in
// counter mode (HMAC-SHA-256), so that one key material may serve an unlimited number of
// messages: a pair of messages meets under one message key only if their 128-bit salts
// collide, and even then their 96-bit nonces must collide too before anything is lost.
// The associated data is everything before the nonce, and the encryption context.
const (
	idOffset       = 1
	materialOffset = idOffset + 17
	checkOffset    = materialOffset + 8
	saltOffset     = checkOffset + 4
	nonceOffset    = saltOffset + 16
	sealedOffset   = nonceOffset + 12
	tagSize        = 16

	// Overhead is how much longer a ciphertext is than its plaintext.
	Overhead = sealedOffset + tagSize
)

// Version is the first byte of a ciphertext: where it was made.
type Version byte

// The versions.
const (
	VersionSoftware Version = 1 // in this process
	VersionHSM      Version = 2 // in an HSM
	VersionExternal Version = 3 // in this process, and then by an external key manager
)

// messageKeyLabels separate message keys from everything else derived from key material.
var messageKeyLabels = map[Version]string{
	VersionSoftware: "keystead ciphertext v1 message key",
	VersionExternal: "keystead ciphertext v3 message key",
}

// ErrCiphertext is returned for every ciphertext that does not open. It does not say why.
var ErrCiphertext = errors.New("invalid ciphertext")

// NewSymmetric makes the material of a new SYMMETRIC_DEFAULT key.
func NewSymmetric() secret.Bytes {
	b := make([]byte, SymmetricSize)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return secret.New(b)
}

// symmetricKey is the Key of SYMMETRIC_DEFAULT.
type symmetricKey struct {
	spec   *Spec
	secret secret.Bytes
}

func generateSymmetric(s *Spec) (Key, error) { return &symmetricKey{s, NewSymmetric()}, nil }

func parseSymmetric(s *Spec, b []byte) (Key, error) {
	if len(b) != SymmetricSize {
		return nil, ErrMaterial
	}
	return &symmetricKey{s, secret.New(b)}, nil
}

func (k *symmetricKey) Spec() *Spec          { return k.spec }
func (k *symmetricKey) Secret() secret.Bytes { return k.secret }

// Blob is a symmetric ciphertext whose header has been read but not yet proven.
type Blob struct {
	raw []byte
}

// ParseBlob reads the header of a ciphertext of any version. What it says is proven only by
// whoever opens it.
func ParseBlob(b []byte) (Blob, error) {
	if len(b) < saltOffset || !fits(b) {
		return Blob{}, ErrCiphertext
	}
	if k := b[idOffset]; k != kindUUID && k != kindMultiRegion {
		return Blob{}, ErrCiphertext
	}
	if binary.BigEndian.Uint32(b[checkOffset:]) != check(b) {
		return Blob{}, ErrCiphertext
	}
	return Blob{b}, nil
}

// fits says whether what stands behind the header can be of the version that it names.
func fits(b []byte) bool {
	switch rest := b[saltOffset:]; Version(b[0]) {
	case VersionSoftware:
		return len(b) >= Overhead
	case VersionHSM:
		return len(rest) >= hsmIVSize+tagSize
	case VersionExternal:
		_, ok := splitExternal(rest)
		return ok
	default:
		return false
	}
}

// Version is where the header says that the ciphertext was made.
func (b Blob) Version() Version { return Version(b.raw[0]) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// check computes the check of a header.
func check(header []byte) uint32 { return crc32.Checksum(header[:checkOffset], castagnoli) }

// Key is the id of the key that the header names.
func (b Blob) Key() KeyID {
	return KeyID{b.raw[idOffset], [16]byte(b.raw[idOffset+1 : materialOffset])}
}

// Material is the short id of the key material that the header names.
func (b Blob) Material() ShortID { return ShortID(b.raw[materialOffset:checkOffset]) }

// appendHeader appends the header of a ciphertext of the key k under its material id.
func appendHeader(b []byte, v Version, k KeyID, id ID) []byte {
	start := len(b)
	b = append(b, byte(v), k.kind)
	b = append(b, k.bytes[:]...)
	b = append(b, id[:8]...)
	return binary.BigEndian.AppendUint32(b, check(b[start:]))
}

// Encrypt makes a ciphertext of plaintext under the material m, which has the id id in
// the key k.
func Encrypt(m secret.Bytes, k KeyID, id ID, plaintext []byte, ec EncryptionContext) ([]byte, error) {
	return seal(m, VersionSoftware, k, id, plaintext, ec)
}

// seal makes a ciphertext of version 1, or one like it that names another version.
func seal(m secret.Bytes, v Version, k KeyID, id ID, plaintext []byte, ec EncryptionContext) ([]byte, error) {
	b := appendHeader(make([]byte, 0, Overhead+len(plaintext)), v, k, id)[:nonceOffset]
	_, _ = rand.Read(b[saltOffset:]) // never fails (crypto/rand)
	aead, err := messageCipher(m, b)
	if err != nil {
		return nil, err
	}
	var room [256]byte
	return aead.Seal(b, nil, plaintext, appendAAD(room[:0], b, ec)), nil
}

// Open proves the header of a ciphertext that was made in this process and returns the plaintext,
// or ErrCiphertext.
func (b Blob) Open(m secret.Bytes, ec EncryptionContext) ([]byte, error) {
	if b.Version() != VersionSoftware {
		return nil, ErrCiphertext
	}
	return open(m, b.raw, ec)
}

// open is the reverse of seal.
func open(m secret.Bytes, b []byte, ec EncryptionContext) ([]byte, error) {
	aead, err := messageCipher(m, b)
	if err != nil {
		return nil, err
	}
	var room [256]byte
	p, err := aead.Open(make([]byte, 0, len(b)-Overhead), nil, b[nonceOffset:], appendAAD(room[:0], b, ec))
	if err != nil {
		return nil, ErrCiphertext
	}
	return p, nil
}

// appendAAD appends what a ciphertext is bound to. The header before the nonce has a
// fixed length, so the whole is injective.
func appendAAD(b, header []byte, ec EncryptionContext) []byte {
	return ec.AppendAAD(append(b, header[:nonceOffset]...))
}

// messageCipher derives the key of the message b. The nonce, before what is sealed, is the cipher's
// own: the FIPS 140-3 module counts encryption as approved only where it draws the nonce itself
// (SP 800-38D, section 8.2.2).
func messageCipher(m secret.Bytes, b []byte) (cipher.AEAD, error) {
	if m.Len() != SymmetricSize {
		return nil, fmt.Errorf("symmetric key material has %d bytes, not %d", m.Len(), SymmetricSize)
	}
	block, err := aes.NewCipher(kdf.CounterHMACSHA256(m.Expose(), messageKeyLabels[Version(b[0])], b[saltOffset:nonceOffset], 256))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
