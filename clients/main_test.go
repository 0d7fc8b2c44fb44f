// Package clients runs unmodified AWS clients against the real program: Debian's AWS CLI
// and boto3, the AWS SDKs for Go and JavaScript, and the commands of the README. The one
// rule: a client is told an endpoint and credentials and nothing else, as a user would.
//
// A client that this machine lacks is skipped; KEYSTEAD_TEST_REQUIRE=1 makes that a
// failure. scripts/install-test-tools installs what Debian has.
package clients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program is the path of the program under test, built once for all tests.
var program string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "keystead-clients")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program, loaded.dir = filepath.Join(dir, "keystead"), dir
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/keystead").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// need skips a test that needs what this machine lacks, or fails it where nothing may be
// skipped.
func need(t *testing.T, what string, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("KEYSTEAD_TEST_REQUIRE") != "":
		t.Fatalf("%s: %v (scripts/install-test-tools installs it)", what, err)
	default:
		t.Skipf("%s: %v (scripts/install-test-tools installs it)", what, err)
	}
}

// needFile is need for a program at a fixed path.
func needFile(t *testing.T, path string) {
	t.Helper()
	_, err := os.Stat(path)
	need(t, path, err)
}
