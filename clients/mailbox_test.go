package clients

import (
	"bufio"
	"encoding/json"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// mailbox is a mail server that is not of our making, aiosmtpd, and what it got.
type mailbox struct {
	URL string

	t   *testing.T
	dir string
}

// letter is a mail as it came.
type letter struct {
	From          string
	To            []string
	Subject, Text string
	at            time.Time // when the mail server had it
}

// startMailbox runs a mail server until the test ends.
func startMailbox(t *testing.T) *mailbox {
	t.Helper()
	needFile(t, debianPython)
	out, err := exec.Command(debianPython, "-c", "import aiosmtpd").CombinedOutput()
	need(t, "aiosmtpd: "+string(out), err)
	m := &mailbox{t: t, dir: t.TempDir()}
	script, err := filepath.Abs("testdata/mailbox.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(debianPython, script, m.dir)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has nothing to finish
		_ = cmd.Wait()
	})
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the mail server did not say where it listens: %v", err)
	}
	m.URL = "smtp://127.0.0.1:" + strings.TrimSpace(port)
	return m
}

// letters is all that has come, in order.
func (m *mailbox) letters() []letter {
	m.t.Helper()
	names, err := filepath.Glob(filepath.Join(m.dir, "*.json"))
	if err != nil {
		m.t.Fatal(err)
	}
	slices.Sort(names)
	var all []letter
	for _, name := range names {
		all = append(all, m.read(name))
	}
	return all
}

func (m *mailbox) read(name string) letter {
	m.t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		m.t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		m.t.Fatal(err)
	}
	var envelope struct {
		From, Data string
		To         []string
	}
	if err := json.Unmarshal(b, &envelope); err != nil {
		m.t.Fatal(err)
	}
	msg, err := mail.ReadMessage(strings.NewReader(envelope.Data))
	if err != nil {
		m.t.Fatalf("%v in %s", err, envelope.Data)
	}
	var body io.Reader = msg.Body
	if strings.EqualFold(msg.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		m.t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		m.t.Fatal(err)
	}
	return letter{
		From: envelope.From, To: envelope.To, Subject: subject, at: info.ModTime(),
		Text: strings.ReplaceAll(string(text), "\r\n", "\n"),
	}
}

// to is what has come for one address.
func (m *mailbox) to(address string) []letter {
	m.t.Helper()
	return slices.DeleteFunc(m.letters(), func(l letter) bool { return !slices.Contains(l.To, address) })
}

// wait returns the first letters for an address when there are as many as that, or fails.
func (m *mailbox) wait(address string, n int, most time.Duration) []letter {
	m.t.Helper()
	for deadline := time.Now().Add(most); ; time.Sleep(20 * time.Millisecond) {
		if all := m.to(address); len(all) >= n {
			return all
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("%s has %d letters after %v, want %d", address, len(m.to(address)), most, n)
		}
	}
}

// hold keeps the server from accepting what comes, until release.
func (m *mailbox) hold() {
	m.t.Helper()
	_ = os.Remove(filepath.Join(m.dir, "holding")) // it is there only after an earlier hold
	if err := os.WriteFile(filepath.Join(m.dir, "hold"), nil, 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// holding tells that a letter has come and waits.
func (m *mailbox) holding() bool {
	_, err := os.Stat(filepath.Join(m.dir, "holding"))
	return err == nil
}

func (m *mailbox) release() {
	m.t.Helper()
	if err := os.Remove(filepath.Join(m.dir, "hold")); err != nil {
		m.t.Fatal(err)
	}
}
