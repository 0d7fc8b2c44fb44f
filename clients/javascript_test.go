package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestJavaScript runs javascript/clients.test.js with the AWS SDK that its lock file pins.
func TestJavaScript(t *testing.T) {
	dir, node := javascript(t)
	t.Parallel()
	s := start(t)
	cmd := exec.Command(node, "--test", "clients.test.js")
	cmd.Dir, cmd.Env = dir, s.env("PATH="+filepath.Dir(node)+":/usr/bin:/bin")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v", err)
	}
	t.Logf("%s", out)
}

// javascript returns a directory with the programs and the SDK, and the path of Node.js.
func javascript(t *testing.T) (dir, node string) {
	t.Helper()
	npm, err := exec.LookPath("npm")
	need(t, "npm", err)
	node, err = exec.LookPath("node")
	need(t, "node", err)
	// npm keeps what it has downloaded in a cache of its own, so that a fresh directory
	// costs little; nothing is left in the source tree.
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("javascript")); err != nil {
		t.Fatal(err)
	}
	install := exec.Command(npm, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = dir
	out, err := install.CombinedOutput()
	need(t, "npm ci: "+string(out), err)
	return dir, node
}
