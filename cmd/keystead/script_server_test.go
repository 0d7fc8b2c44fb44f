package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for what takes milliseconds on an idle machine.
const patience = time.Minute

// process is a running server.
type process struct {
	cmd  *exec.Cmd
	url  string
	done chan struct{} // closed when it has ended; then err is set
	err  error
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

// passedOn are the variables of a script that its servers get.
var passedOn = []string{"PATH", "HOME", "TMPDIR", "KEYSTEAD_DATA_DIR", "KEYSTEAD_ACCOUNT", "KEYSTEAD_PASSPHRASE", "KEYSTEAD_ROOT_ACCESS_KEY_ID", "KEYSTEAD_ROOT_SECRET_ACCESS_KEY", "GODEBUG"}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: start NAME [ARG...]")
	}
	p := launch(ts, args[0], append([]string{"serve", "--listen", "127.0.0.1:0"}, args[1:]...)...)
	p.waitReady(ts, args[0])
	ts.Setenv("AWS_ENDPOINT_URL", p.url)
}

// launch runs a command of the program until the script ends. What it prints is in NAME.out and
// NAME.log.
func launch(ts *testscript.TestScript, name string, args ...string) *process {
	cmd := exec.Command("keystead", args...)
	cmd.Dir = ts.MkAbs(".")
	for _, v := range passedOn {
		if value := ts.Getenv(v); value != "" {
			cmd.Env = append(cmd.Env, v+"="+value)
		}
	}
	out, err := os.Create(ts.MkAbs(name + ".out"))
	ts.Check(err)
	log, err := os.Create(ts.MkAbs(name + ".log"))
	ts.Check(err)
	cmd.Stdout, cmd.Stderr = out, log
	ts.Check(cmd.Start())
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		_, _ = out.Close(), log.Close()
		close(p.done)
	}()
	stageOf(ts).servers[name] = p
	return p
}

// check fails if the program has ended.
func (p *process) check(ts *testscript.TestScript, name string) {
	select {
	case <-p.done:
		ts.Fatalf("%s ended (%v):\n%s", name, p.err, ts.ReadFile(name+".log"))
	default:
	}
}

var answersOn = regexp.MustCompile(`(?m)^Keystead .* answers on (\S+)\n`)

// waitReady waits until the server has said where it answers, and answers that it is
// ready.
func (p *process) waitReady(ts *testscript.TestScript, name string) {
	// Whether a certificate is right is for the script to ask.
	anyone := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	wait(ts, name+" to be ready", func() bool {
		p.check(ts, name)
		m := answersOn.FindStringSubmatch(ts.ReadFile(name + ".out"))
		if m == nil {
			return false
		}
		p.url = m[1]
		res, err := anyone.Get(p.url + "/readyz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// wait polls until something is so.
func wait(ts *testscript.TestScript, what string, so func() bool) {
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		if time.Now().After(deadline) {
			ts.Fatalf("waited too long for %s", what)
		}
		<-tick.C
	}
}

func serverNamed(ts *testscript.TestScript, args []string) *process {
	if len(args) != 1 {
		ts.Fatalf("name one server")
	}
	p := stageOf(ts).servers[args[0]]
	if p == nil {
		ts.Fatalf("no server %s was started", args[0])
	}
	return p
}

func cmdTerm(ts *testscript.TestScript, neg bool, args []string) {
	p := serverNamed(ts, args)
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be ending already
	select {
	case <-p.done:
	case <-time.After(patience):
		ts.Fatalf("the server did not stop")
	}
	if want := map[bool]int{false: 0, true: 1}[neg]; p.cmd.ProcessState.ExitCode() != want {
		ts.Fatalf("the server ended with %v:\n%s", p.err, ts.ReadFile(args[0]+".log"))
	}
	delete(stageOf(ts).servers, args[0])
}

func cmdKill9(ts *testscript.TestScript, neg bool, args []string) {
	serverNamed(ts, args).kill()
	delete(stageOf(ts).servers, args[0])
}

// cmdClosing begins a server's end and waits until it takes no new connections.
func cmdClosing(ts *testscript.TestScript, neg bool, args []string) {
	p := serverNamed(ts, args)
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	address := strings.TrimPrefix(p.url, "http://")
	wait(ts, args[0]+" to take no more connections", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	select {
	case <-p.done:
		ts.Fatalf("the server did not wait for the call in flight")
	default:
	}
}
