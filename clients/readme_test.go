package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The README's own words, which TestREADME runs.
var (
	readmeExport   = regexp.MustCompile("(?m)^export AWS_ENDPOINT_URL=.*$")
	readmeOldCLI   = regexp.MustCompile("`(aws\\(\\) \\{.*\\})`")
	readmeCommands = regexp.MustCompile("(?s)<!-- These commands are run by a test. -->\n```sh\n(.*?)```")
)

// readmeAddress is where the README's server answers; the test's has a free port.
const readmeAddress = "127.0.0.1:8080"

// TestREADME runs the commands of the README as they stand there, in a directory with
// bin/keystead whose server runs on a free port.
func TestREADME(t *testing.T) {
	needFile(t, debianAWS)
	t.Run("old CLI", func(t *testing.T) {
		t.Parallel()
		runREADME(t, "/usr/bin:/bin", true)
	})
	t.Run("new CLI", func(t *testing.T) {
		path, version := newCLI()
		if !strings.HasPrefix(version, "2.") {
			t.Skip("there is no AWS CLI 2.13 or newer on the path; this one is optional")
		}
		t.Parallel()
		runREADME(t, filepath.Dir(path)+":/usr/bin:/bin", false)
	})
}

func runREADME(t *testing.T, path string, isOld bool) {
	readme := readFile(t, "../README.md")
	script := find(t, readme, readmeExport, 0)
	if !strings.Contains(script, readmeAddress) {
		t.Fatalf("the README's export line does not name %s: %s", readmeAddress, script)
	}
	if isOld {
		script += "\n" + find(t, readme, readmeOldCLI, 1)
	}
	commands := find(t, readme, readmeCommands, 1)
	s := startIn(t, t.TempDir())
	s.linkProgram()
	script = strings.ReplaceAll(script, readmeAddress, strings.TrimPrefix(s.URL, "http://"))
	// Each command says where it begins, so that its output can be told from the others'.
	lines := strings.Split(strings.TrimSpace(commands), "\n")
	for _, line := range lines {
		script += "\necho '--- next'\n" + line
	}
	out := bash(t, s, path, script)
	outputs := strings.Split(out, "--- next\n")[1:]
	if len(lines) != 5 || len(outputs) != len(lines) {
		t.Fatalf("the README has %d commands, want 5; outputs:\n%s", len(lines), out)
	}
	checkREADME(t, outputs)
	// "Stop the server with Ctrl-C, start it again, and the ciphertext still opens."
	before := strings.TrimPrefix(s.URL, "http://")
	s.restart()
	setup, _, _ := strings.Cut(script, "\necho")
	setup = strings.ReplaceAll(setup, before, strings.TrimPrefix(s.URL, "http://"))
	if out := bash(t, s, path, setup+"\n"+lines[3]); out != "attack at dawn" {
		t.Errorf("decrypt after a restart prints %q", out)
	}
}

// linkProgram puts the program where the commands of the documents have it.
func (s *node) linkProgram() {
	s.t.Helper()
	if err := os.Mkdir(filepath.Join(s.dir, "bin"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(s.dir, "bin", "keystead")); err != nil {
		s.t.Fatal(err)
	}
}

// bash runs commands as a user does who has nothing set but a path and a home.
func bash(t *testing.T, s *node, path, script string) string {
	t.Helper()
	return bashIn(t, s.dir, path, script)
}

func bashIn(t *testing.T, dir, path, script string) string {
	t.Helper()
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + path, "HOME=" + dir}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n\n%s", err, script, out)
	}
	return string(out)
}

func checkREADME(t *testing.T, outputs []string) {
	if !strings.Contains(outputs[0], `"Description": "my first key"`) {
		t.Errorf("create-key prints %s", outputs[0])
	}
	if outputs[1] != "" || outputs[2] != "" {
		t.Errorf("create-alias and encrypt print %q and %q", outputs[1], outputs[2])
	}
	if got := strings.TrimSuffix(outputs[3], "\n"); got != "attack at dawn" {
		t.Errorf("decrypt prints %q", got)
	}
	shown := outputs[4]
	for _, call := range []string{"CreateKey", "ListKeys", "CreateAlias", "Encrypt", "Decrypt"} {
		before, after, found := strings.Cut(shown, call)
		if !found {
			t.Fatalf("the journal does not show %s after the others:\n%s", call, outputs[4])
		}
		_, shown = before, after
	}
	if strings.Contains(outputs[4], "attack") || strings.Contains(outputs[4], "YXR0YWNr") {
		t.Errorf("the journal has the plaintext:\n%s", outputs[4])
	}
}

// find returns a group of the one match of re.
func find(t *testing.T, text string, re *regexp.Regexp, group int) string {
	t.Helper()
	m := re.FindAllStringSubmatch(text, -1)
	if len(m) != 1 {
		t.Fatalf("%d matches of %s, want 1", len(m), re)
	}
	return m[0][group]
}

// readFile reads a file that must be there.
func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
