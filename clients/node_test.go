package clients

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/logtest"
)

// patience is how long a test waits for what takes milliseconds on an idle machine.
const patience = time.Minute

// node is the real program, serving on a free port with its data in dir/data.
type node struct {
	URL string // where it answers; a new one after each start

	t    *testing.T
	dir  string
	argv []string // the program, and what runs it if something does
	args []string
	cmd  *exec.Cmd
	log  *logtest.Log // what the program printed, shown if the test fails
}

// start runs the program in a directory of its own until the test ends.
func start(t *testing.T, args ...string) *node {
	t.Helper()
	return startIn(t, t.TempDir(), args...)
}

// startIn is start in a directory that the test has prepared.
func startIn(t *testing.T, dir string, args ...string) *node {
	t.Helper()
	return startBy(t, []string{program}, dir, args...)
}

// startBy is startIn with a command that runs the program.
func startBy(t *testing.T, argv []string, dir string, args ...string) *node {
	t.Helper()
	s := &node{t: t, dir: dir, argv: argv, args: args, log: new(logtest.Log)}
	t.Cleanup(func() {
		if s.cmd != nil {
			s.stop()
		}
		if t.Failed() {
			t.Logf("the server printed:\n%s", s.log)
		}
	})
	s.start()
	return s
}

func (s *node) dataDir() string { return filepath.Join(s.dir, "data") }

func (s *node) start() {
	s.t.Helper()
	args := slices.Concat(s.argv[1:], []string{"serve", "--listen", "127.0.0.1:0", "--data-dir", "data"}, s.args)
	cmd := exec.Command(s.argv[0], args...)
	cmd.Dir, cmd.Env, cmd.Stderr = s.dir, []string{"PATH=/usr/bin:/bin"}, s.log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.cmd = cmd
	url := make(chan string, 1)
	go s.read(stdout, url)
	select {
	case s.URL = <-url:
	case <-time.After(patience):
	}
	if s.URL == "" {
		s.t.Fatalf("the server did not say where it answers")
	}
	s.waitReady()
}

// read keeps what the program prints and picks out the URL; it closes url if the program
// ends without having said it.
func (s *node) read(stdout io.Reader, url chan<- string) {
	defer close(url)
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		fmt.Fprintln(s.log, lines.Text())
		if _, u, found := strings.Cut(lines.Text(), " answers on "); found {
			url <- u
		}
	}
}

func (s *node) waitReady() {
	s.t.Helper()
	if strings.HasPrefix(s.URL, "https:") {
		return // it listens when it says where it answers; whether it can be trusted is for the test
	}
	for deadline := time.Now().Add(patience); ; {
		res, err := http.Get(s.URL + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the server did not become ready: %v", err)
		}
	}
}

// stop ends the program as an operator does.
func (s *node) stop() {
	s.t.Helper()
	cmd := s.cmd
	s.cmd = nil
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Errorf("stop the server: %v", err)
	}
	// Without this, a server that hangs would hang the test.
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Wait(); err != nil {
		s.t.Errorf("the server ended with %v", err)
	}
}

// restart stops the program and starts it on the same data, on another port.
func (s *node) restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

// advance moves the clock of a server that was started with --test-clock.
func (s *node) advance(d time.Duration) {
	s.t.Helper()
	res, err := http.Post(s.URL+"/_keystead/clock", "application/json", strings.NewReader(fmt.Sprintf(`{"Advance":%q}`, d)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("move the clock: %s", res.Status)
	}
}

// env is the whole environment of a client: what the server's first start says to set,
// and nothing of the machine's own settings. Later entries win.
func (s *node) env(extra ...string) []string {
	return append([]string{
		"PATH=/usr/bin:/bin",
		"HOME=" + s.dir,
		"AWS_ENDPOINT_URL=" + s.URL,
		"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(s.dataDir(), "credentials"),
		"AWS_REGION=us-east-1",
		"AWS_DEFAULT_REGION=us-east-1",
		"AWS_EC2_METADATA_DISABLED=true",
	}, extra...)
}

// write makes a file in the directory in which the server and its clients run.
func (s *node) write(name string, content []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}
