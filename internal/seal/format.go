package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Sealed bytes are
//
//	version(1) ‖ root key number(4, big-endian) ‖ salt(16) ‖ nonce(12) ‖ AES-256-GCM(plaintext)
//
// The GCM key is the SP 800-108 derivation from the root key with the label
// "keystead/" + purpose and the salt as context, so each message has a key of its own and
// one root key may seal without limit. The associated data is version ‖ number ‖ ad; the
// salt is bound by the key.
const (
	version    = 1
	headerSize = 1 + 4
	saltSize   = 16
	nonceSize  = 12
	tagSize    = 16

	// Overhead is how much longer sealed bytes are than their plaintext.
	Overhead = headerSize + saltSize + nonceSize + tagSize
)

// Number tells which root key sealed the bytes; ok is false if they have no such header.
func Number(sealed []byte) (number uint32, ok bool) {
	if len(sealed) < Overhead || sealed[0] != version {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:]), true
}

func sealBytes(k *rootKey, purpose string, plaintext, ad []byte) ([]byte, error) {
	out := make([]byte, 0, Overhead+len(plaintext))
	out = append(out, version)
	out = binary.BigEndian.AppendUint32(out, k.number)
	out = out[:headerSize+saltSize]
	salt := out[headerSize:]
	rand.Read(salt)
	aead, err := messageAEAD(k, purpose, salt)
	if err != nil {
		return nil, err
	}
	return aead.Seal(out, nil, plaintext, associatedData(out, ad)), nil
}

func openBytes(k *rootKey, purpose string, sealed, ad []byte) ([]byte, error) {
	aead, err := messageAEAD(k, purpose, sealed[headerSize:headerSize+saltSize])
	if err != nil {
		return nil, err
	}
	plaintext, err := aead.Open(nil, nil, sealed[headerSize+saltSize:], associatedData(sealed, ad))
	if err != nil {
		return nil, ErrSealed
	}
	return plaintext, nil
}

// messageAEAD writes its random nonce before the ciphertext.
func messageAEAD(k *rootKey, purpose string, salt []byte) (cipher.AEAD, error) {
	if purpose == "" || strings.IndexByte(purpose, 0) >= 0 {
		return nil, errors.New("seal: the purpose is empty or holds a zero byte")
	}
	key := k.derive(purpose, salt)
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("message key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// associatedData is injective because the header's size is fixed.
func associatedData(sealed, ad []byte) []byte {
	return append(append(make([]byte, 0, headerSize+len(ad)), sealed[:headerSize]...), ad...)
}
