package material

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"

	"github.com/keystead/keystead/internal/secret"
)

// maxHMAC is the size of the longest key that can be imported, in bytes.
const maxHMAC = 128

// hmacKey is a Key of the family HMAC (FIPS 198-1).
type hmacKey struct {
	spec   *Spec
	secret secret.Bytes
}

// hmacHashes are found by the bits of specs.
var hmacHashes = map[int]crypto.Hash{224: crypto.SHA224, 256: crypto.SHA256, 384: crypto.SHA384, 512: crypto.SHA512}

// generateHMAC makes keys that are as long as the hash.
func generateHMAC(s *Spec) (Key, error) {
	b := make([]byte, s.Bits/8)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return &hmacKey{s, secret.New(b)}, nil
}

// parseHMAC takes keys that are at least as long as the hash.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-conceptual.html
func parseHMAC(s *Spec, b []byte) (Key, error) {
	if len(b) < s.Bits/8 || len(b) > maxHMAC {
		return nil, ErrMaterial
	}
	return &hmacKey{s, secret.New(b)}, nil
}

func (k *hmacKey) Spec() *Spec          { return k.spec }
func (k *hmacKey) Secret() secret.Bytes { return k.secret }

func (k *hmacKey) MAC(message []byte) []byte {
	h := hmac.New(hmacHashes[k.spec.Bits].New, k.secret.Expose())
	h.Write(message)
	return h.Sum(nil)
}
