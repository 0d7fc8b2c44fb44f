package seal_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/keystead/keystead/internal/seal"
)

func newSealer(t *testing.T) (*seal.Sealer, seal.Provider) {
	t.Helper()
	p := seal.File(filepath.Join(t.TempDir(), "root.key"))
	s, err := seal.Create(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

func TestSealAndOpen(t *testing.T) {
	s, p := newSealer(t)
	for _, plaintext := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("long"), 5000)} {
		sealed, err := s.Seal("test", plaintext, []byte("ad"))
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != len(plaintext)+seal.Overhead {
			t.Errorf("%d bytes sealed to %d, want %d more", len(plaintext), len(sealed), seal.Overhead)
		}
		again, err := seal.Open(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Open("test", sealed, []byte("ad"))
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("opened %d bytes, error %v; want %d bytes", len(got), err, len(plaintext))
		}
	}
}
