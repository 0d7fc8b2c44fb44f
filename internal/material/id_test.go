package material_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/secret"
)

// TestIDsOfLookalikes: HMAC takes a long key by its hash, and a short one with zeros behind it;
// materials that look the same to it have different ids.
func TestIDsOfLookalikes(t *testing.T) {
	t.Parallel()
	key := material.NewKeyID()
	long := bytes.Repeat([]byte{7}, 100)
	hash := sha256.Sum256(long)
	seen := map[material.ID]string{}
	for name, m := range map[string][]byte{
		"100 bytes":               long,
		"their hash":              hash[:],
		"their hash and 16 zeros": append(hash[:], make([]byte, 16)...),
		"their hash and 32 zeros": append(hash[:], make([]byte, 32)...),
	} {
		id := material.NewID(key, secret.New(bytes.Clone(m)))
		if other := seen[id]; other != "" {
			t.Errorf("%s and %s have the same id", name, other)
		}
		seen[id] = name
	}
}
