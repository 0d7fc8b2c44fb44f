package clients

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// debianPython is the interpreter for which Debian's package python3-boto3 is.
const debianPython = "/usr/bin/python3"

// TestBoto3 runs testdata/boto3_test.py.
func TestBoto3(t *testing.T) {
	needFile(t, debianPython)
	out, err := exec.Command(debianPython, "-c", "import boto3").CombinedOutput()
	need(t, "boto3: "+string(out), err)
	t.Parallel()
	s := start(t)
	script, err := filepath.Abs("testdata/boto3_test.py")
	if err != nil {
		t.Fatal(err)
	}
	// boto3 leaves its connections to the garbage collector.
	cmd := exec.Command(debianPython, "-W", "ignore::ResourceWarning", script, "--verbose")
	cmd.Dir, cmd.Env = s.dir, s.env()
	out, err = cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v", err)
	}
	t.Logf("%s", out)
}
