// Package materialtest does what clients do with key material before it is imported, for tests
// only. Its one rule: nothing here is the code that it tests.
package materialtest

import (
	"crypto/aes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"hash"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Wrap wraps key material under the public key that GetParametersForImport answered.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
func Wrap(t testing.TB, publicKey []byte, a types.AlgorithmSpec, material []byte) []byte {
	t.Helper()
	if !strings.HasPrefix(string(a), "RSA_AES_KEY_WRAP_") {
		return OAEP(t, publicKey, a, material)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return append(OAEP(t, publicKey, a, key), WrapPadded(t, key, material)...)
}

// OAEP encrypts by RSAES-OAEP with the hash in the algorithm's name.
func OAEP(t testing.TB, publicKey []byte, a types.AlgorithmSpec, plaintext []byte) []byte {
	t.Helper()
	var h hash.Hash = sha256.New()
	if strings.HasSuffix(string(a), "SHA_1") {
		h = sha1.New()
	}
	k, err := x509.ParsePKIXPublicKey(publicKey)
	if err != nil {
		t.Fatal(err)
	}
	b, err := rsa.EncryptOAEP(h, rand.Reader, k.(*rsa.PublicKey), plaintext, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// WrapPadded is AES key wrap with padding (RFC 5649, section 4.1).
func WrapPadded(t testing.TB, key, plaintext []byte) []byte {
	t.Helper()
	c, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	b := binary.BigEndian.AppendUint32([]byte{0xA6, 0x59, 0x59, 0xA6}, uint32(len(plaintext)))
	b = append(b, plaintext...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	if len(b) == 16 {
		c.Encrypt(b, b)
		return b
	}
	block := make([]byte, 16)
	step := uint64(0)
	for range 6 {
		for r := b[8:]; len(r) > 0; r = r[8:] {
			step++
			copy(block, b[:8])
			copy(block[8:], r)
			c.Encrypt(block, block)
			binary.BigEndian.PutUint64(b, binary.BigEndian.Uint64(block)^step)
			copy(r, block[8:])
		}
	}
	return b
}
