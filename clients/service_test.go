package clients

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestStorageService runs testdata/storage_service.py: a service, written with boto3, that
// the operator has made with the command.
func TestStorageService(t *testing.T) {
	needFile(t, debianPython)
	out, err := exec.Command(debianPython, "-c", "import boto3").CombinedOutput()
	need(t, "boto3: "+string(out), err)
	t.Parallel()
	s := start(t)
	script, err := filepath.Abs("testdata/storage_service.py")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-W", "ignore::ResourceWarning", script}
	for _, name := range []string{"s3", "backup"} {
		args = append(args, s.createService(name)...)
	}
	cmd := exec.Command(debianPython, args...)
	cmd.Dir, cmd.Env = s.dir, s.env()
	if out, err = cmd.CombinedOutput(); err != nil {
		t.Errorf("%v", err)
	}
	t.Logf("%s", out)
}

var printedKey = regexp.MustCompile(`^aws_access_key_id = (\S+)\naws_secret_access_key = (\S+)\n$`)

// createService makes a service as an operator does, and returns its access key.
func (s *node) createService(name string) []string {
	s.t.Helper()
	cmd := exec.Command(program, "service", "create", name, "--data-dir", "data")
	cmd.Dir = s.dir
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("keystead service create %s: %v", name, err)
	}
	m := printedKey.FindSubmatch(out)
	if m == nil {
		s.t.Fatalf("keystead service create %s printed %q", name, out)
	}
	return []string{string(m[1]), string(m[2])}
}
