package main_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
)

// TestHarden looks at a command in the middle of its work: whoever lets processes dump
// core gets no dump of one that has loaded the root key.
func TestHarden(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux is known to Harden")
	}
	dir := t.TempDir()
	bin, data := filepath.Join(dir, "keystead"), filepath.Join(dir, "data")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	made := exec.Command(bin, "serve", "--data-dir", data, "--listen", "127.0.0.1:none") // makes the root key first
	if out, err := made.CombinedOutput(); err == nil {
		t.Fatalf("it listens: %s", out)
	}
	if err := os.Remove(filepath.Join(data, "keystead.db")); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", "-c", `ulimit -S -c "$(ulimit -H -c)"; exec "$0" "$@"`, bin, "restore", "--data-dir", data, "--input", "-")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = c.Process.Kill() // its work is of no use
		_ = c.Wait()
	}()
	// A frame that readers of zstd skip. A pipe does not hold so much, so when all is
	// written the command has begun to read, which it does after it has loaded the root key.
	frame := binary.LittleEndian.AppendUint32([]byte{0x50, 0x2a, 0x4d, 0x18}, 4<<20)
	if _, err := in.Write(append(frame, make([]byte, 2<<20)...)); err != nil {
		t.Fatal(err)
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", c.Process.Pid))
	if err != nil || !regexp.MustCompile(`Max core file size +0 +0 `).Match(limits) {
		t.Errorf("the limits of the command are %s (%v)", limits, err)
	}
}
