package xksproxy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"slices"

	"github.com/keystead/keystead/internal/kdf"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
)

// Keys that the proxy uses itself encrypt each message under a key of its own, derived from the
// external key's material and a salt with SP 800-108, so that one external key may serve any
// number of messages: AES-GCM with random IVs must not have more than 2^32 under one key (NIST
// SP 800-38D, section 8.3), which at 1,800 requests a second is a month. The salt stands in the
// ciphertextMetadata, behind the number of this scheme.
const (
	scheme       = 1
	saltSize     = 16
	metadataSize = 1 + saltSize
	materialSize = 32

	messageKeyLabel = "keystead xks proxy v1 message key"
)

// newMaterial makes the material of a key.
func newMaterial() secret.Bytes {
	b := make([]byte, materialSize)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return secret.New(b)
}

// newMetadata makes the ciphertextMetadata of a new ciphertext.
func newMetadata() []byte {
	b := make([]byte, metadataSize)
	_, _ = rand.Read(b[1:]) // never fails (crypto/rand)
	b[0] = scheme
	return b
}

func seal(material secret.Bytes, metadata, plaintext, aad []byte) (xks.Sealed, error) {
	aead, err := messageCipher(material, metadata)
	if err != nil {
		return xks.Sealed{}, err
	}
	b := aead.Seal(make([]byte, 0, xks.IVSize+len(plaintext)+xks.TagSize), nil, plaintext, aad)
	tag := len(b) - xks.TagSize
	return xks.Sealed{IV: b[:xks.IVSize:xks.IVSize], Ciphertext: b[xks.IVSize:tag:tag], Tag: b[tag:], Metadata: metadata}, nil
}

func open(material secret.Bytes, s *xks.Sealed, aad []byte) ([]byte, error) {
	if len(s.IV) != xks.IVSize || len(s.Metadata) != metadataSize || s.Metadata[0] != scheme {
		return nil, errInvalidCiphertext
	}
	aead, err := messageCipher(material, s.Metadata)
	if err != nil {
		return nil, err
	}
	b := slices.Concat(s.IV, s.Ciphertext, s.Tag)
	p, err := aead.Open(make([]byte, 0, len(s.Ciphertext)), nil, b, aad)
	if err != nil {
		return nil, errInvalidCiphertext
	}
	return p, nil
}

// messageCipher draws the IV itself, as FIPS 140-3 wants it, and puts it before the ciphertext.
func messageCipher(material secret.Bytes, metadata []byte) (cipher.AEAD, error) {
	key := kdf.CounterHMACSHA256(material.Expose(), messageKeyLabel, metadata[1:], 8*materialSize)
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
