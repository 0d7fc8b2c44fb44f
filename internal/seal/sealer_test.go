package seal_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/keystead/keystead/internal/kdf"
	"github.com/keystead/keystead/internal/seal"
)

func newSealer(t testing.TB) (s *seal.Sealer, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "root.key")
	s, err := seal.Create(t.Context(), seal.File(path))
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func reopen(t testing.TB, path string) *seal.Sealer {
	t.Helper()
	s, err := seal.Open(t.Context(), seal.File(path))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSeal(t testing.TB, s *seal.Sealer, plaintext string) []byte {
	t.Helper()
	sealed, err := s.Seal("test", []byte(plaintext), []byte("ad"))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealAndOpen(t *testing.T) {
	s, path := newSealer(t)
	for _, plaintext := range []string{"", "x", strings.Repeat("long", 5000)} {
		sealed := mustSeal(t, s, plaintext)
		if len(sealed) != len(plaintext)+seal.Overhead {
			t.Errorf("%d bytes sealed to %d, want %d more", len(plaintext), len(sealed), seal.Overhead)
		}
		if n, ok := seal.Number(sealed); n != 1 || !ok {
			t.Errorf("Number is %d, %v, want 1", n, ok)
		}
		got, err := reopen(t, path).Open("test", sealed, []byte("ad"))
		if err != nil || string(got) != plaintext {
			t.Errorf("opened %d bytes, error %v; want %d bytes", len(got), err, len(plaintext))
		}
	}
	if a, b := mustSeal(t, s, "same"), mustSeal(t, s, "same"); bytes.Equal(a[5:], b[5:]) {
		t.Error("the same bytes were sealed to the same bytes")
	}
}

func TestSealedBytesAreBound(t *testing.T) {
	s, _ := newSealer(t)
	sealed := mustSeal(t, s, "secret")
	for _, c := range []struct {
		name, purpose, ad string
		sealed            []byte
		want              error
	}{
		{"another purpose", "test2", "ad", sealed, seal.ErrSealed},
		{"other associated data", "test", "ae", sealed, seal.ErrSealed},
		{"no associated data", "test", "", sealed, seal.ErrSealed},
		{"empty", "test", "ad", nil, seal.ErrSealed},
		{"header alone", "test", "ad", sealed[:5], seal.ErrSealed},
		{"cut", "test", "ad", sealed[:len(sealed)-1], seal.ErrSealed},
		{"longer", "test", "ad", append(bytes.Clone(sealed), 0), seal.ErrSealed},
		{"whole", "test", "ad", sealed, nil},
	} {
		if got, err := s.Open(c.purpose, c.sealed, []byte(c.ad)); !errors.Is(err, c.want) || c.want != nil && got != nil {
			t.Errorf("%s: %q, error %v; want %v", c.name, got, err, c.want)
		}
	}
	other, _ := newSealer(t)
	if _, err := other.Open("test", sealed, []byte("ad")); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("another root key of the same number: %v", err)
	}
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			_, err := s.Open("test", changed, []byte("ad"))
			if want := map[bool]error{true: seal.ErrUnknownRootKey, false: seal.ErrSealed}[1 <= i && i <= 4]; !errors.Is(err, want) {
				t.Errorf("bit %d of byte %d flipped: %v, want %v", bit, i, err, want)
			}
		}
	}
}

func TestBadPurpose(t *testing.T) {
	s, _ := newSealer(t)
	sealed := mustSeal(t, s, "x")
	for _, purpose := range []string{"", "a\x00b"} {
		if _, err := s.Seal(purpose, nil, nil); err == nil {
			t.Errorf("sealed for the purpose %q", purpose)
		}
		if _, err := s.Open(purpose, sealed, nil); err == nil {
			t.Errorf("opened for the purpose %q", purpose)
		}
	}
}

// TestLayout opens sealed bytes by their documented layout alone.
func TestLayout(t *testing.T) {
	s, path := newSealer(t)
	sealed := mustSeal(t, s, "plaintext")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Body struct{ Keys []struct{ Key []byte } }
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	if sealed[0] != 1 || binary.BigEndian.Uint32(sealed[1:]) != 1 {
		t.Fatalf("header %x", sealed[:5])
	}
	block, err := aes.NewCipher(kdf.CounterHMACSHA256(file.Body.Keys[0].Key, "keystead/test", sealed[5:21], 256))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	got, err := gcm.Open(nil, sealed[21:33], sealed[33:], append(bytes.Clone(sealed[:5]), "ad"...))
	if err != nil || string(got) != "plaintext" {
		t.Errorf("opened %q, error %v", got, err)
	}
}

// TestCollectedKeys lets the garbage collector take keyrings away while they are used.
func TestCollectedKeys(t *testing.T) {
	s, path := newSealer(t)
	sealed := mustSeal(t, s, "plaintext")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				if _, err := reopen(t, path).Open("test", sealed, []byte("ad")); err != nil {
					t.Error(err)
				}
				runtime.GC()
			}
		})
	}
	wg.Wait()
}

func TestSecretsDoNotPrint(t *testing.T) {
	s, path := newSealer(t)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if printed := s.Provider(); printed != "file "+path || strings.Contains(printed, string(content)) {
		t.Errorf("the provider's name is %q", printed)
	}
	if prints := s.Fingerprints(); len(prints) != 1 || len(prints[1]) != 16 || bytes.Contains(content, []byte(prints[1])) {
		t.Errorf("fingerprints %v", prints)
	}
}

func BenchmarkSeal(b *testing.B) {
	s, _ := newSealer(b)
	plaintext, ad := make([]byte, 1024), make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Seal("test", plaintext, ad); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s, _ := newSealer(b)
	sealed, ad := mustSeal(b, s, strings.Repeat("x", 1024)), []byte("ad")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open("test", sealed, ad); err != nil {
			b.Fatal(err)
		}
	}
}
