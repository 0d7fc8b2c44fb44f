package material

import (
	"crypto/aes"
	"encoding/binary"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// wrapping is what there is to know of an algorithm by which key material is wrapped for its
// import.
type wrapping struct {
	oaep   types.EncryptionAlgorithmSpec // by which the RSA key encrypts
	hybrid bool                          // RSA encrypts an AES key, which wraps the material
}

var wrappings = map[types.AlgorithmSpec]wrapping{
	types.AlgorithmSpecRsaesOaepSha1:       {types.EncryptionAlgorithmSpecRsaesOaepSha1, false},
	types.AlgorithmSpecRsaesOaepSha256:     {types.EncryptionAlgorithmSpecRsaesOaepSha256, false},
	types.AlgorithmSpecRsaAesKeyWrapSha1:   {types.EncryptionAlgorithmSpecRsaesOaepSha1, true},
	types.AlgorithmSpecRsaAesKeyWrapSha256: {types.EncryptionAlgorithmSpecRsaesOaepSha256, true},
}

// Carries reports whether material of the spec s can be wrapped by the algorithm and an RSA key
// of bits. What is wrapped in two steps may be of any size.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html
func Carries(a types.AlgorithmSpec, bits int, s *Spec) bool {
	w, known := wrappings[a]
	switch {
	case !known || !s.Importable():
		return false
	case w.hybrid:
		return true
	default:
		return s.Family != RSA && (s.Name != types.KeySpecEccNistP521 || bits > 2048)
	}
}

// aesKeySize is the size of the AES key in a hybrid wrapping.
const aesKeySize = 32

// Unwrap opens what was wrapped under the public key of k, or returns ErrCiphertext.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
func Unwrap(k Decrypter, a types.AlgorithmSpec, wrapped []byte) ([]byte, error) {
	w, known := wrappings[a]
	if !known {
		return nil, ErrCiphertext
	}
	if !w.hybrid {
		return k.Decrypt(w.oaep, wrapped)
	}
	modulus := k.Spec().Bits / 8
	if len(wrapped) < modulus {
		return nil, ErrCiphertext
	}
	key, err := k.Decrypt(w.oaep, wrapped[:modulus])
	if err != nil {
		return nil, err
	}
	defer clear(key)
	if len(key) != aesKeySize {
		return nil, ErrCiphertext
	}
	return unwrapPadded(key, wrapped[modulus:])
}

// semiblock is the unit of AES key wrapping in bytes.
const semiblock = 8

// paddedIV begins the alternative initial value.
const paddedIV = 0xA65959A6

// unwrapPadded opens an AES key wrap with padding, or returns ErrCiphertext.
//
// Source: RFC 5649, section 4.2; NIST SP 800-38F, section 6.3 (KWP-AD)
func unwrapPadded(key, wrapped []byte) ([]byte, error) {
	if len(wrapped) < 2*semiblock || len(wrapped)%semiblock != 0 {
		return nil, ErrCiphertext
	}
	c, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrCiphertext
	}
	iv, p := make([]byte, 2*semiblock), make([]byte, len(wrapped)-semiblock)
	copy(iv, wrapped)
	copy(p, wrapped[semiblock:])
	if len(p) == semiblock {
		c.Decrypt(iv, wrapped)
		copy(p, iv[semiblock:])
	} else {
		unwrapSteps(c.Decrypt, iv, p)
	}
	size, good := paddedSize(iv, p)
	if !good {
		clear(p)
		return nil, ErrCiphertext
	}
	return p[:size], nil
}

// unwrapSteps undoes the steps of AES key wrap on the initial value, which has room for a
// block, and on the semiblocks of p.
//
// Source: RFC 3394, section 2.2.2
func unwrapSteps(decrypt func(dst, src []byte), iv, p []byte) {
	n := len(p) / semiblock
	for t := 6 * n; t > 0; t-- {
		r := p[(t-1)%n*semiblock:][:semiblock]
		binary.BigEndian.PutUint64(iv, binary.BigEndian.Uint64(iv)^uint64(t))
		copy(iv[semiblock:], r)
		decrypt(iv, iv)
		copy(r, iv[semiblock:])
	}
}

// paddedSize checks an alternative initial value and the padding that belongs to it, all at
// once: how long it takes does not tell what is wrong.
//
// Source: RFC 5649, section 3
func paddedSize(iv, p []byte) (size int, good bool) {
	wrong := binary.BigEndian.Uint32(iv) ^ paddedIV
	padding := uint32(len(p)) - binary.BigEndian.Uint32(iv[4:])
	wrong |= padding &^ (semiblock - 1)
	for i := range uint32(semiblock) {
		inPadding := uint32(int32(i-padding%semiblock) >> 31) // all ones if i is less
		wrong |= uint32(p[len(p)-1-int(i)]) & inPadding
	}
	return len(p) - int(padding), wrong == 0
}
