package seal_test

import (
	"bytes"
	"crypto/fips140"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"github.com/keystead/keystead/internal/seal"
)

// FuzzLoad reads whatever bytes as a root key file, of both kinds. What opens seals.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"file-v1.json", "passphrase-v1.json"} {
		f.Add(read(f, filepath.Join("testdata", name)))
	}
	body := json.RawMessage(`{"revision":1,"active":1,"next":2,"keys":[{"number":1,"key":"AAAA"}]}`)
	content, err := seal.KeyringFile(body)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte(`{"keysteadRootKeys":1,"protection":"none","body":null,"checksum":""}`))
	f.Add([]byte(`{"keysteadRootKeys":99}`))
	path := filepath.Join(f.TempDir(), "root.key")
	f.Fuzz(func(t *testing.T, content []byte) {
		write(t, path, string(content), 0o600)
		for name, provider := range providers {
			if name == "passphrase" && fips140.Enabled() {
				continue
			}
			s, err := seal.Open(t.Context(), provider(path))
			if err == nil {
				if _, err := s.Seal("test", nil, nil); err != nil {
					t.Fatalf("%s: opened, but does not seal: %v", name, err)
				}
				continue
			}
			if !errors.Is(err, seal.ErrCorrupt) && !errors.Is(err, seal.ErrVersion) &&
				!errors.Is(err, seal.ErrProtection) && !errors.Is(err, seal.ErrPassphrase) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

// FuzzOpen opens whatever bytes. Only what was sealed opens.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "root.key")
	write(f, path, string(read(f, "testdata/file-v1.json")), 0o600)
	s := reopen(f, path)
	golden := read(f, "testdata/file-v1.bin")
	f.Add(golden, []byte("associated data"))
	f.Add(golden[:seal.Overhead], []byte{})
	f.Add([]byte{1, 0, 0, 0, 9}, []byte(nil))
	f.Fuzz(func(t *testing.T, sealed, ad []byte) {
		_, err := s.Open("golden", sealed, ad)
		if err == nil && !bytes.Equal(sealed, golden) {
			t.Fatalf("%x opened", sealed)
		}
		if err != nil && !errors.Is(err, seal.ErrSealed) && !errors.Is(err, seal.ErrUnknownRootKey) {
			t.Fatal(err)
		}
	})
}
