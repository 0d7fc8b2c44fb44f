package main

import (
	"net"
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
	p := launch(ts, name, "xks-proxy", "serve", "--config", args[1])
	wait(ts, name+" to be ready", func() bool {
		p.check(ts, name)
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
