package cloudhsm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConfIsAbsolute has the driver of a command that runs elsewhere than the server find the token.
func TestConfIsAbsolute(t *testing.T) {
	t.Parallel()
	in := t.TempDir()
	if err := writeConf(in, "data/hsm/cluster-a/hsm-b"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(confFile(in))
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.Abs("data/hsm/cluster-a/hsm-b/tokens")
	if err != nil {
		t.Fatal(err)
	}
	if line, _, _ := strings.Cut(string(text), "\n"); line != "directories.tokendir = "+want {
		t.Errorf("%s, want %s", line, want)
	}
}
