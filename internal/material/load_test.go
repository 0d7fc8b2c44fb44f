package material_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/keystead/keystead/internal/material"
)

// TestLoad: what Secret gives is the same key again, and nothing else is one.
func TestLoad(t *testing.T) {
	t.Parallel()
	for _, spec := range material.Specs {
		if spec.Family == material.RSA && spec.Bits > 2048 {
			continue // which take seconds, and are read by the same code
		}
		k, err := material.Generate(spec)
		if err != nil {
			t.Fatal(err)
		}
		stored := bytes.Clone(k.Secret().Expose())
		loaded, err := material.Load(spec, bytes.Clone(stored))
		if err != nil || !loaded.Secret().Equal(k.Secret()) || loaded.Spec() != spec {
			t.Errorf("%s: Load gives another key, or %v", spec.Name, err)
			continue
		}
		if a, ok := k.(material.Asymmetric); ok && !bytes.Equal(loaded.(material.Asymmetric).PublicKey(), a.PublicKey()) {
			t.Errorf("%s: Load gives another public key", spec.Name)
		}
		if spec.Family == material.HMAC {
			continue // of which a part is a key too, if it is long enough
		}
		if _, err := material.Load(spec, stored[1:]); !errors.Is(err, material.ErrMaterial) {
			t.Errorf("%s: Load of a part gives %v", spec.Name, err)
		}
	}
}
