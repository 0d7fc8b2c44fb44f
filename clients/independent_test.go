package clients

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestIndependent runs javascript/independent.test.js, which has other implementations check what
// the API gives, and the API what they make. Keys that can't be imported are seeded.
func TestIndependent(t *testing.T) {
	dir, node := javascript(t)
	_, err := exec.LookPath("openssl")
	need(t, "openssl", err)
	t.Parallel()
	type key struct {
		ID   string `json:"id"`
		Seed string `json:"seed"`
	}
	seeded, file := map[string]key{}, "keys:\n"
	for spec, size := range map[string]int{"ML_DSA_44": 32, "ML_DSA_65": 32, "ML_DSA_87": 32, "ML_KEM_512": 64, "ML_KEM_768": 64, "ML_KEM_1024": 64} {
		seed := make([]byte, size)
		_, _ = rand.Read(seed)
		k := key{fmt.Sprintf("00000000-0000-4000-8000-%012d", len(seeded)), hex.EncodeToString(seed)}
		seeded[spec] = k
		file += fmt.Sprintf("- {id: %s, spec: %s, materials: [\"hex:%s\"]}\n", k.ID, spec, k.Seed)
	}
	keys, err := json.Marshal(seeded)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "seed.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startIn(t, home, "--test-clock", "--seed", "seed.yaml")
	cmd := exec.Command(node, "--test", "independent.test.js")
	cmd.Dir, cmd.Env = dir, s.env("PATH="+filepath.Dir(node)+":/usr/bin:/bin", "SEEDED="+string(keys))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v", err)
	}
	t.Logf("%s", out)
}
