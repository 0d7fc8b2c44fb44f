package seal_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/keystead/keystead/internal/seal"
)

// TestHarden hardens another process, because there is no way back.
func TestHarden(t *testing.T) {
	if os.Getenv("SEAL_TEST_HARDEN") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHarden$", "-test.v")
		cmd.Env = append(os.Environ(), "SEAL_TEST_HARDEN=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestHarden") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := seal.Harden(); err != nil {
		t.Fatal(err)
	}
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); dumpable != 0 || err != nil {
		t.Errorf("dumpable is %d, error %v", dumpable, err)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); limit.Cur != 0 || limit.Max != 0 || err != nil {
		t.Errorf("core limit %+v, error %v", limit, err)
	}
}

// TestRootKeysAreLocked looks for the pages in the kernel's own account.
func TestRootKeysAreLocked(t *testing.T) {
	if err := unix.Mlock(make([]byte, 1)); err != nil {
		t.Skip(err)
	}
	s, _ := newSealer(t)
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	// lo is "locked", dd is "not in core dumps".
	for block := range strings.SplitSeq(string(maps), "VmFlags:") {
		flags, _, _ := strings.Cut(block, "\n")
		if strings.Contains(flags, " dd") && strings.Contains(flags, " lo") {
			_ = s.Active()
			return
		}
	}
	t.Error("no memory is both locked and kept out of core dumps")
}
