package hsm

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFromHere has the paths of a driver that runs in another directory than the program.
func TestFromHere(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"keystead-hsm":            "keystead-hsm", // from $PATH, and a library from the loader's
		"./keystead-hsm":          filepath.Join(here, "keystead-hsm"),
		"bin/keystead-hsm":        filepath.Join(here, "bin/keystead-hsm"),
		"../lib/libsofthsm2.so":   filepath.Join(filepath.Dir(here), "lib/libsofthsm2.so"),
		"/usr/lib/softhsm/lib.so": "/usr/lib/softhsm/lib.so",
	} {
		if got, err := fromHere(path); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", path, got, err, want)
		}
	}
}
