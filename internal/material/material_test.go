package material_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/quick"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/secret"
)

var update = flag.Bool("update", false, "add a stored ciphertext of the current version")

func newKey() (secret.Bytes, material.KeyID, material.ID) {
	m, k := material.NewSymmetric(), material.NewKeyID()
	return m, k, material.NewID(k, m)
}

func open(b []byte, m secret.Bytes, ec material.EncryptionContext) ([]byte, error) {
	blob, err := material.ParseBlob(b)
	if err != nil {
		return nil, err
	}
	return blob.Open(m, ec)
}

func TestRoundTrip(t *testing.T) {
	m, k, id := newKey()
	err := quick.Check(func(plaintext []byte, ec map[string]string) bool {
		b, err := material.Encrypt(m, k, id, plaintext, ec)
		if err != nil {
			t.Fatal(err)
		}
		blob, err := material.ParseBlob(b)
		if err != nil || blob.Key() != k || blob.Material() != id.Short() || len(b) != len(plaintext)+material.Overhead {
			return false
		}
		// The order in which a map is walked differs from call to call.
		p, err := blob.Open(m, maps.Clone(ec))
		return err == nil && bytes.Equal(p, plaintext)
	}, nil)
	if err != nil {
		t.Error(err)
	}
}

// TestContextIsInjective moves text between keys and values: a context that differs in
// any way must not open.
func TestContextIsInjective(t *testing.T) {
	m, k, id := newKey()
	contexts := []material.EncryptionContext{
		nil, {"": ""}, {"a": "bc"}, {"ab": "c"}, {"abc": ""}, {"": "abc"}, {"a": "b", "c": ""}, {"a": "b", "": "c"},
		{"a": "bc", "d": ""}, {"a": "b", "cd": ""}, {"A": "bc"}, {"a": "bC"}, {"a": "bc "}, {"a": "b\x00c"},
		{"a\x00": "bc"}, {"a": "é"}, {"a": "e\u0301"},
	}
	for i, sealed := range contexts {
		b, err := material.Encrypt(m, k, id, []byte("text"), sealed)
		if err != nil {
			t.Fatal(err)
		}
		for j, opened := range contexts {
			_, err := open(b, m, opened)
			if i == j && err != nil {
				t.Errorf("%q does not open with the same context: %v", sealed, err)
			}
			if i != j && !errors.Is(err, material.ErrCiphertext) {
				t.Errorf("%q opens as %q: %v", sealed, opened, err)
			}
		}
	}
	// Any two different random contexts differ in their encoding too.
	err := quick.Check(func(a, b map[string]string) bool {
		if maps.Equal(a, b) {
			return true
		}
		c, err := material.Encrypt(m, k, id, nil, a)
		if err != nil {
			t.Fatal(err)
		}
		_, err = open(c, m, b)
		return errors.Is(err, material.ErrCiphertext)
	}, nil)
	if err != nil {
		t.Error(err)
	}
	// An empty context is an absent one.
	b, err := material.Encrypt(m, k, id, []byte("text"), material.EncryptionContext{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(b, m, nil); err != nil {
		t.Error("the empty context is not the absent one")
	}
}

func TestEveryChangeFails(t *testing.T) {
	m, k, id := newKey()
	ec := material.EncryptionContext{"purpose": "test"}
	b, err := material.Encrypt(m, k, id, []byte("some plaintext"), ec)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(b) * 8 {
		changed := bytes.Clone(b)
		changed[i/8] ^= 1 << (i % 8)
		if _, err := open(changed, m, ec); !errors.Is(err, material.ErrCiphertext) {
			t.Errorf("bit %d flipped: %v", i, err)
		}
	}
	for n := range len(b) {
		if _, err := open(b[:n], m, ec); !errors.Is(err, material.ErrCiphertext) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := open(append(bytes.Clone(b), 0), m, ec); !errors.Is(err, material.ErrCiphertext) {
		t.Errorf("one byte longer: %v", err)
	}
	if _, err := open(b, material.NewSymmetric(), ec); !errors.Is(err, material.ErrCiphertext) {
		t.Errorf("other material: %v", err)
	}
}

// TestEveryChangeOfTheHeaderIsSeen without the material: otherwise a damaged ciphertext
// would look like one of a key that does not exist.
func TestEveryChangeOfTheHeaderIsSeen(t *testing.T) {
	m, k, id := newKey()
	b, err := material.Encrypt(m, k, id, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	const header = 1 + 17 + 8 + 4
	for i := range header * 8 {
		changed := bytes.Clone(b)
		changed[i/8] ^= 1 << (i % 8)
		if _, err := material.ParseBlob(changed); !errors.Is(err, material.ErrCiphertext) {
			t.Errorf("bit %d flipped: %v", i, err)
		}
	}
}

// stored is a ciphertext that some version made. It must open forever.
type stored struct {
	Material  string                     `json:"material"`
	Key       string                     `json:"key"`
	Context   material.EncryptionContext `json:"context"`
	Plaintext string                     `json:"plaintext"`
	Blob      string                     `json:"blob"`
}

func TestStoredCiphertexts(t *testing.T) {
	if *update {
		m, k, id := newKey()
		s := stored{hex.EncodeToString(m.Expose()), k.String(), material.EncryptionContext{"a": "b", "c": "d"}, "stored plaintext", ""}
		b, err := material.Encrypt(m, k, id, []byte(s.Plaintext), s.Context)
		if err != nil {
			t.Fatal(err)
		}
		s.Blob = hex.EncodeToString(b)
		text, err := json.MarshalIndent(s, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(fmt.Sprintf("testdata/ciphertexts/v%d.json", b[0]), append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob("testdata/ciphertexts/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stored ciphertexts: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var s stored
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		b, _ := hex.DecodeString(s.Blob)
		m, _ := hex.DecodeString(s.Material)
		blob, err := material.ParseBlob(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p, err := blob.Open(secret.New(m), s.Context)
		if err != nil || string(p) != s.Plaintext || blob.Key().String() != s.Key {
			t.Errorf("%s: opened to %q, key %s, error %v", name, p, blob.Key(), err)
		}
	}
}

func TestKeyID(t *testing.T) {
	k := material.NewKeyID()
	if got, err := material.ParseKeyID(k.String()); err != nil || got != k {
		t.Errorf("%s parses to %s, %v", k, got, err)
	}
	if s := k.String(); len(s) != 36 || s[14] != '4' {
		t.Errorf("%s is no version 4 UUID", s)
	}
	multi := "mrk-0123456789abcdef0123456789abcdef"
	if got, err := material.ParseKeyID(multi); err != nil || got.String() != multi {
		t.Errorf("%s parses to %s, %v", multi, got, err)
	}
	for _, bad := range []string{
		"", "fake-key-id", "1234abcd12ab34cd56ef1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890a", "1234abcd-12ab-34cd-56ef-1234567890abc",
		"1234ABCD-12ab-34cd-56ef-1234567890ab", "1234abcd-12ab-34cd-56ef_1234567890ab", "g234abcd-12ab-34cd-56ef-1234567890ab",
		"mrk-0123456789abcdef0123456789abcde", "mrk-0123456789ABCDEF0123456789abcdef", "mrk-1234abcd-12ab-34cd-56ef-12345678",
	} {
		if got, err := material.ParseKeyID(bad); err == nil {
			t.Errorf("%q parses to %s", bad, got)
		}
	}
}

func TestID(t *testing.T) {
	m, k, id := newKey()
	if material.NewID(k, m) != id {
		t.Error("the id is not a function of key and material")
	}
	if material.NewID(material.NewKeyID(), m) == id || material.NewID(k, material.NewSymmetric()) == id {
		t.Error("the id does not depend on both key and material")
	}
	if got, err := material.ParseID(id.String()); err != nil || got != id {
		t.Errorf("%s parses to %s, %v", id, got, err)
	}
	if _, err := material.ParseID("00"); err == nil {
		t.Error("a short id parses")
	}
}

func FuzzOpen(f *testing.F) {
	m, k, id := newKey()
	for _, n := range []int{0, 1, 32, 4096} {
		b, err := material.Encrypt(m, k, id, make([]byte, n), nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)-1])
		f.Add(b[:rand.IntN(len(b))])
	}
	f.Add([]byte{1})
	f.Add([]byte{2, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		other := material.NewSymmetric()
		if p, err := open(b, other, nil); err == nil {
			t.Errorf("%x opens to %x under material that was made just now", b, p)
		}
	})
}

func FuzzParseKeyID(f *testing.F) {
	f.Add("1234abcd-12ab-34cd-56ef-1234567890ab")
	f.Add("mrk-0123456789abcdef0123456789abcdef")
	f.Add("alias/x")
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := material.ParseKeyID(s); err == nil && k.String() != s {
			t.Errorf("%q parses and prints as %q", s, k)
		}
	})
}

func BenchmarkEncrypt(b *testing.B) {
	m, k, id := newKey()
	ec := material.EncryptionContext{"purpose": "bench", "tenant": "a"}
	for _, n := range []int{32, 4096} {
		plaintext := make([]byte, n)
		b.Run(fmt.Sprintf("%dB", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := material.Encrypt(m, k, id, plaintext, ec); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	m, k, id := newKey()
	sealed, err := material.Encrypt(m, k, id, make([]byte, 32), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := open(sealed, m, nil); err != nil {
			b.Fatal(err)
		}
	}
}
