package clients

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// debianAWS is the AWS CLI of Debian's package awscli.
const debianAWS = "/usr/bin/aws"

// Exit statuses of the AWS CLI.
const (
	statusService = 254 // the service answered with an error
	statusClient  = 255 // the call did not get that far
)

// cli is a user at a shell with an AWS CLI.
type cli struct {
	t    *testing.T
	s    *node
	argv []string // the CLI and what the user always says
	env  []string // beyond the server's
	used *used
}

// debianCLI is too old to know AWS_ENDPOINT_URL; its user says --endpoint-url, as the
// README tells.
func debianCLI(t *testing.T, s *node, env ...string) cli {
	return cli{t: t, s: s, argv: []string{debianAWS, "--endpoint-url", s.URL}, env: env}
}

// newCLI finds an AWS CLI on the path that understands AWS_ENDPOINT_URL, as they do since
// 2.13 and 1.29.
func newCLI() (path, version string) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, "aws")
		out, _ := exec.Command(path, "--version").Output()
		v := cliVersion.FindStringSubmatch(string(out))
		if v == nil {
			continue
		}
		minor, _ := strconv.Atoi(v[3])
		if v[2] == "2" && minor >= 13 || v[2] == "1" && minor >= 29 {
			return path, v[1]
		}
	}
	return "", ""
}

var cliVersion = regexp.MustCompile(`^aws-cli/((\d+)\.(\d+)\.\d+) `)

// run runs one command and returns what it printed and its exit status.
func (c cli) run(args ...string) (stdout, stderr string, status int) {
	c.t.Helper()
	execute := execute
	if c.argv[0] == debianAWS {
		execute = loaded.run
	}
	stdout, stderr, status, err := execute(c.s.dir, c.s.env(c.env...), slices.Concat(c.argv, args))
	if err != nil {
		c.t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
	}
	c.used.add(args)
	return stdout, stderr, status
}

// execute runs a program.
func execute(dir string, env, argv []string) (stdout, stderr string, status int, err error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		err = nil
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode(), err
}

// text is run for a command that must succeed; it returns its output without the newline.
func (c cli) text(args ...string) string {
	c.t.Helper()
	out, errs, status := c.run(args...)
	if status != 0 || errs != "" {
		c.t.Fatalf("aws %s: exit status %d\n%s%s", strings.Join(args, " "), status, out, errs)
	}
	return strings.TrimSuffix(out, "\n")
}

// query is text with the part of the answer that a --query names, as plain text.
func (c cli) query(query string, args ...string) string {
	c.t.Helper()
	return c.text(append(args, "--query", query, "--output", "text")...)
}

// answer is text, decoded.
func (c cli) answer(args ...string) map[string]any {
	c.t.Helper()
	out := c.text(args...)
	var m map[string]any
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		c.t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return m
}

// fails runs a command that the service must refuse with this error and text.
func (c cli) fails(code, text string, args ...string) {
	c.t.Helper()
	out, errs, status := c.run(args...)
	want := strings.TrimSpace("An error occurred (" + code + ") when calling the " + camel(args[1]) + " operation: " + text)
	if got := strings.TrimSpace(errs); status != statusService || got != want || out != "" {
		c.t.Errorf("aws %s: exit status %d, want %d\n got %s%s\nwant %s", strings.Join(args, " "), status, statusService, out, got, want)
	}
}

// newKey makes a key and returns its id.
func (c cli) newKey(args ...string) string {
	c.t.Helper()
	return c.query("KeyMetadata.KeyId", append([]string{"kms", "create-key"}, args...)...)
}

// used notes which operations were called, under the API's names.
type used struct {
	mu    sync.Mutex
	names map[string]bool
}

func (u *used) add(args []string) {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	service := args[0]
	switch service { // as signatures and the table have it
	case "cloudwatch":
		service = "monitoring"
	case "cloudhsmv2":
		service = "cloudhsm"
	}
	u.names[service+":"+camel(args[1])] = true
}

// camel gives an operation of the CLI the API's name: re-encrypt is ReEncrypt.
func camel(operation string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(operation, "-") {
		if acronyms[word] {
			b.WriteString(strings.ToUpper(word))
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// acronyms are the words that the API's names have in capitals.
var acronyms = map[string]bool{"id": true, "mfa": true, "ssh": true}

func decode64(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatalf("not base64: %v", err)
	}
	return b
}

// eventually waits for what becomes true in the background.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after %v", what, patience)
		}
	}
}
