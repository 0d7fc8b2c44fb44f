package sns

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"testing"
)

// TestFIPS: in FIPS mode messages are never signed with SHA1. The mode is chosen when a process
// starts, so the test runs itself again.
func TestFIPS(t *testing.T) {
	if !fips140.Enabled() {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFIPS$")
		c.Env = append(os.Environ(), "GODEBUG=fips140=on")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	for _, chosen := range []string{"", "1", "2"} {
		topic := topic{Attributes: map[string]string{"SignatureVersion": chosen}}
		if v := topic.signatureVersion(); v != "2" {
			t.Errorf("a topic with %q signs by version %s", chosen, v)
		}
	}
}
