package seal_test

import (
	"crypto/fips140"
	"path/filepath"
	"testing"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/secret"
)

// TestStoredFormats opens files and sealed bytes of each format that was ever written. What
// is in testdata stays there.
func TestStoredFormats(t *testing.T) {
	passphrase := func(path string) seal.Provider {
		return seal.Passphrase(path, secret.FromString("correct horse battery staple"))
	}
	for name, c := range map[string]struct {
		provider func(path string) seal.Provider
		active   uint32
	}{
		"file-v1":       {seal.File, 2},
		"passphrase-v1": {passphrase, 1},
	} {
		if name == "passphrase-v1" && fips140.Enabled() {
			continue
		}
		path := filepath.Join(t.TempDir(), "root.key") // a repository does not keep the mode
		write(t, path, string(read(t, filepath.Join("testdata", name+".json"))), 0o600)
		s, err := seal.Open(t.Context(), c.provider(path))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sealed := read(t, filepath.Join("testdata", name+".bin"))
		if n, ok := seal.Number(sealed); n != c.active || s.Active() != c.active || !ok {
			t.Errorf("%s: sealed under key %d, active is %d, want %d", name, n, s.Active(), c.active)
		}
		got, err := s.Open("golden", sealed, []byte("associated data"))
		if err != nil || string(got) != "sealed by version 1" {
			t.Errorf("%s: opened %q, error %v", name, got, err)
		}
	}
}
