package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/keystead/keystead/internal/durable"
)

// TestWriteFile: a file is replaced with its mode, and nothing else is left in the directory,
// whether it works out or not.
func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	for _, want := range []struct {
		text string
		mode os.FileMode
	}{{"one", 0o644}, {"two", 0o600}, {"", 0o600}} {
		if err := durable.WriteFile(file, []byte(want.text), want.mode); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		i, _ := os.Stat(file)
		if err != nil || string(b) != want.text || i.Mode() != want.mode {
			t.Errorf("%q with mode %v, %v; want %q with %v", b, i.Mode(), err, want.text, want.mode)
		}
	}
	if err := durable.WriteFile(filepath.Join(dir, "none", "file"), nil, 0o600); err == nil {
		t.Error("a directory that is not there is written to")
	}
	taken := filepath.Join(dir, "taken") // by a directory, which no file replaces
	if err := os.MkdirAll(filepath.Join(taken, "more"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(taken, []byte("x"), 0o600); err == nil {
		t.Error("a directory is replaced")
	}
	all, err := os.ReadDir(dir)
	if err != nil || len(all) != 2 {
		t.Errorf("%v, %v; want file and taken", all, err)
	}
}
