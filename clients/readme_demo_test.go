package clients

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/logtest"
)

var (
	demoCommands = regexp.MustCompile("(?s)<!-- These commands are run by a test against the demo. -->\n```sh\n(.*?)```")
	pageCommands = regexp.MustCompile("(?s)<!-- These commands are run by a test. -->\n```sh\n(.*?)```")
)

// TestREADMEDemo starts the demo of an external key store as the README says, takes over the
// lines that it prints, and runs the README's commands against it.
func TestREADMEDemo(t *testing.T) {
	needFile(t, debianAWS)
	hsmtest.Library(t)
	t.Parallel()
	demo := exec.Command(program, "xks-proxy", "demo", "--hsm-driver", hsmtest.Driver(t))
	demo.Dir, demo.Env, demo.Stderr = t.TempDir(), []string{"PATH=/usr/bin:/bin"}, new(logtest.Log)
	stdout, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = demo.Process.Signal(os.Interrupt)
		if err := demo.Wait(); err != nil {
			t.Errorf("the demo ends with %v\n%s", err, demo.Stderr)
		}
	})
	exports := demoExports(t, stdout)
	readme := readFile(t, "../README.md")
	commands := strings.TrimSpace(find(t, readme, demoCommands, 1))
	script := strings.Join([]string{exports, find(t, readme, readmeOldCLI, 1), commands}, "\n")
	out := bashIn(t, demo.Dir, "/usr/bin:/bin", script)
	for _, want := range []string{`"ConnectionState": "CONNECTED"`, `"CustomKeyStoreType": "EXTERNAL_KEY_STORE"`} {
		if !strings.Contains(out, want) {
			t.Errorf("describe-custom-key-stores does not print %s", want)
		}
	}
	if !strings.HasSuffix(out, "attack at dawn") {
		t.Errorf("the README's commands print\n%s", out)
	}
}

// demoExports are the lines that the demo prints for a shell.
func demoExports(t *testing.T, stdout io.Reader) string {
	t.Helper()
	found := make(chan string, 1)
	go func() {
		var exports []string
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			line := strings.TrimSpace(lines.Text())
			if strings.HasPrefix(line, "export ") {
				exports = append(exports, line)
			}
			if strings.Contains(line, "Ctrl-C") {
				found <- strings.Join(exports, "\n")
			}
		}
	}()
	select {
	case exports := <-found:
		return exports
	case <-time.After(patience):
		t.Fatal("the demo does not start")
		return ""
	}
}

// TestKeyStoresPage runs the commands of docs/key-stores.md, which make a cluster of HSMs, a key
// store in it and a key, and an external key of a proxy.
func TestKeyStoresPage(t *testing.T) {
	needFile(t, debianAWS)
	hsmtest.Library(t)
	driver := hsmtest.Driver(t)
	t.Parallel()
	s := startIn(t, t.TempDir(), "--hsm-driver", driver)
	s.linkProgram()
	readme := readFile(t, "../README.md")
	script := strings.ReplaceAll(find(t, readme, readmeExport, 0), readmeAddress, strings.TrimPrefix(s.URL, "http://"))
	script += "\n" + find(t, readme, readmeOldCLI, 1) + "\nexport KEYSTEAD_HSM_DRIVER=" + driver
	blocks := pageCommands.FindAllStringSubmatch(readFile(t, "../docs/key-stores.md"), -1)
	if len(blocks) != 5 {
		t.Fatalf("the page has %d blocks of commands, want 5", len(blocks))
	}
	for _, b := range blocks {
		script += "\n" + b[1]
	}
	out := bash(t, s, "/usr/bin:/bin", script)
	for _, want := range []string{"ACTIVE  2 of 2  softhsm", "attack at dawn", "made external key app-key in backend own"} {
		if !strings.Contains(out, want) {
			t.Errorf("the page's commands do not print %q:\n%s", want, out)
		}
	}
}
