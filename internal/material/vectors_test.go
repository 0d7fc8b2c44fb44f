package material_test

import (
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hexBytes are bytes that test vectors spell in hexadecimal.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// moduleFile is the path of a file of a module that this one needs. Test vectors are large;
// the ones that a module ships are read where they are.
func moduleFile(t testing.TB, module, name string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatalf("where is %s: %v", module, err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), name)
}

// readVectors reads a JSON file, compressed or not.
func readVectors(t testing.TB, path string, into any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		d = json.NewDecoder(z)
	}
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// acvp is a set of NIST's ACVP vectors: groups of tests, and the results by test.
type acvp[G, R any] struct {
	groups  []G
	results map[int]R
}

// readACVP reads the vectors that circl ships in the directory dir.
func readACVP[G, R any](t testing.TB, dir string, id func(R) int) acvp[G, R] {
	t.Helper()
	dir = moduleFile(t, "github.com/cloudflare/circl", dir)
	var prompt struct {
		TestGroups []G `json:"testGroups"`
	}
	readVectors(t, filepath.Join(dir, "prompt.json.gz"), &prompt)
	var expected struct {
		TestGroups []struct {
			Tests []R `json:"tests"`
		} `json:"testGroups"`
	}
	readVectors(t, filepath.Join(dir, "expectedResults.json.gz"), &expected)
	v := acvp[G, R]{prompt.TestGroups, map[int]R{}}
	for _, g := range expected.TestGroups {
		for _, r := range g.Tests {
			v.results[id(r)] = r
		}
	}
	return v
}
