package main

import (
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

var proxyAnswersOn = regexp.MustCompile(`(?m)^Keystead .* external key store proxy answers on https://(\S+)\n`)

// cmdProxy runs "keystead xks-proxy serve" until it takes connections, and sets XKS_PROXY to where
// it does.
func cmdProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: proxy NAME CONFIG")
	}
	name := args[0]
	cmd := exec.Command("keystead", "xks-proxy", "serve", "--config", args[1])
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
	wait(ts, name+" to be ready", func() bool {
		select {
		case <-p.done:
			ts.Fatalf("the proxy ended (%v):\n%s", p.err, ts.ReadFile(name+".log"))
		default:
		}
		m := proxyAnswersOn.FindStringSubmatch(ts.ReadFile(name + ".out"))
		if m == nil {
			return false
		}
		ts.Setenv("XKS_PROXY", m[1])
		c, err := net.Dial("tcp", m[1])
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// cmdSays waits until a file has a text.
func cmdSays(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: says FILE TEXT")
	}
	wait(ts, args[0]+" to say "+args[1], func() bool { return strings.Contains(ts.ReadFile(args[0]), args[1]) })
}
