package clients

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// loadedCLI is Debian's AWS CLI in one process that forks for each command: to load it takes
// three times as long as a call. testdata/aws_fork.py tells how.
type loadedCLI struct {
	dir  string // its socket, and what the commands print
	once sync.Once
	err  error
	cmd  *exec.Cmd // kept: were it collected, its standard input would be closed

	mu sync.Mutex
	n  int
}

// loaded serves all tests; run, in main_test.go, gives it its directory.
var loaded loadedCLI

// start loads the AWS CLI, which ends with this process: its standard input does.
func (l *loadedCLI) start() error {
	script, err := filepath.Abs("testdata/aws_fork.py")
	if err != nil {
		return err
	}
	cmd := exec.Command("/usr/bin/python3", script, filepath.Join(l.dir, "socket"))
	l.cmd = cmd
	cmd.Env, cmd.Stderr = []string{"PATH=/usr/bin:/bin"}, os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		return fmt.Errorf("load the AWS CLI: it says %q (%v)", line, err)
	}
	return nil
}

// run is one command in a directory with an environment of its own.
func (l *loadedCLI) run(dir string, env, argv []string) (stdout, stderr string, status int, err error) {
	l.once.Do(func() { l.err = l.start() })
	if l.err != nil {
		return "", "", 0, l.err
	}
	l.mu.Lock()
	l.n++
	files := filepath.Join(l.dir, strconv.Itoa(l.n))
	l.mu.Unlock()
	command := map[string]any{"argv": argv, "cwd": dir, "env": environment(env), "stdout": files + ".out", "stderr": files + ".err"}
	status, err = l.ask(command)
	out, outErr := take(files + ".out")
	errs, errErr := take(files + ".err")
	return out, errs, status, errors.Join(err, outErr, errErr)
}

// ask gives a command to a fork and waits for its exit status.
func (l *loadedCLI) ask(command map[string]any) (status int, err error) {
	conn, err := net.Dial("unix", filepath.Join(l.dir, "socket"))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(command); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("the AWS CLI ended without a status: %w", err)
	}
	return strconv.Atoi(strings.TrimSuffix(line, "\n"))
}

// environment gives the entries of an environment by name. Later ones win.
func environment(entries []string) map[string]string {
	env := map[string]string{}
	for _, entry := range entries {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	return env
}

// take reads a file and removes it.
func take(path string) (string, error) {
	b, err := os.ReadFile(path)
	return string(b), errors.Join(err, os.Remove(path))
}
