package clients

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/keystead/keystead/internal/hsm/hsmtest"
)

// consoleLimit is how long the tests of one file may take.
const consoleLimit = 7 * time.Minute

const chromium = "/usr/bin/chromium"

// TestConsole runs the files console/*.test.js, which drive the web console in Debian's Chromium.
// Each has a server of its own; console/lib/world.js tells how to write one.
//
// CONSOLE_TESTS="keys iam" runs only these files, CONSOLE_PICTURES=DIR keeps a picture of the page
// of each test that fails, and CONSOLE_KEEP_GOING=1 runs the tests of a file that come after one
// that has failed.
func TestConsole(t *testing.T) {
	files, err := filepath.Glob("console/*.test.js")
	if err != nil {
		t.Fatal(err)
	}
	if names := strings.Fields(os.Getenv("CONSOLE_TESTS")); len(names) > 0 {
		files = files[:0]
		for _, name := range names {
			files = append(files, "console/"+name+".test.js")
		}
	}
	c := newConsoleTests(t)
	var together []string
	for _, file := range files {
		if slices.Contains(consoleNeeds(t, file), "alone") {
			t.Run(consoleName(file), func(t *testing.T) { c.run(t, file) })
		} else {
			together = append(together, file)
		}
	}
	for _, file := range together {
		t.Run(consoleName(file), func(t *testing.T) {
			t.Parallel()
			c.run(t, file)
		})
	}
}

func consoleName(file string) string { return strings.TrimSuffix(filepath.Base(file), ".test.js") }

// consoleNeeds is what the first line of a file asks for: "// needs: mail, hsm".
func consoleNeeds(t *testing.T, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	list, found := strings.CutPrefix(line, "// needs:")
	if !found {
		return nil
	}
	needs := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	for _, n := range needs {
		if !slices.Contains([]string{"alone", "hsm", "mail", "many-keys", "oidc", "proxy"}, n) {
			t.Fatalf("%s needs %q, which is unknown", file, n)
		}
	}
	return needs
}

// consoleTests is what all files share: the program with the console in it, and the JavaScript.
type consoleTests struct {
	program string
	node    string
}

func newConsoleTests(t *testing.T) *consoleTests {
	t.Helper()
	needFile(t, chromium)
	out, err := exec.Command("../scripts/need-node").Output()
	need(t, "Node.js", err)
	c := &consoleTests{node: filepath.Join(strings.TrimSpace(string(out)), "node")}
	run := func(argv ...string) {
		if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s\n`make build` builds the console", strings.Join(argv, " "), err, out)
		}
	}
	run("../scripts/build-console")
	c.program = program
	if newer(t, "../console/built/app/index.html", program) {
		c.program = filepath.Join(t.TempDir(), "keystead")
		run("go", "build", "-o", c.program, "../cmd/keystead")
	}
	c.install(t)
	return c
}

// install has npm put the packages of the lock file into console/node_modules, unless they are
// there. Two test programs may come here at once.
func (c *consoleTests) install(t *testing.T) {
	t.Helper()
	lock, err := os.OpenFile("console/.install-lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	const stamp = "console/node_modules/.package-lock.json"
	if !newer(t, "console/package-lock.json", stamp) {
		return
	}
	cmd := exec.Command("npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir, cmd.Env = "console", append(os.Environ(), "PATH="+filepath.Dir(c.node)+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	need(t, "npm ci: "+string(out), err)
	now := time.Now()
	if err := os.Chtimes(stamp, now, now); err != nil {
		t.Fatal(err)
	}
}

// newer tells whether a file has changed since another was made, or that one is missing.
func newer(t *testing.T, file, than string) bool {
	t.Helper()
	a, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.Stat(than)
	return err != nil || a.ModTime().After(b.ModTime())
}

// run runs a file beside a server of its own.
func (c *consoleTests) run(t *testing.T, file string) {
	w := &consoleWorld{t: t, program: c.program}
	w.start(consoleNeeds(t, file))
	w.run(c.node, file)
}

// consoleWorld is the server of one file, and what the file asks for beside it.
type consoleWorld struct {
	t       *testing.T
	program string
	dir     string // of the server
	config  strings.Builder
	args    []string
	env     []string // of the JavaScript

	server *node
	proxy  *xksProxy
	relay  *relay
}

func (w *consoleWorld) start(needs []string) {
	w.t.Helper()
	w.dir = w.t.TempDir()
	w.args = []string{"--test-clock"}
	for _, n := range needs {
		switch n {
		case "mail":
			box := startMailbox(w.t)
			w.args = append(w.args, "--smtp-url", box.URL, "--smtp-from", "Alarms <alarms@kms.example>")
			w.env = append(w.env, "CONSOLE_MAILBOX="+box.dir)
		case "hsm":
			driver := hsmtest.Driver(w.t)
			hsmtest.Library(w.t)
			w.args = append(w.args, "--hsm-driver", driver)
			w.env = append(w.env, "CONSOLE_HSM_DRIVER="+driver, "CONSOLE_OFFICER_PASSWORD="+officerPassword, "CONSOLE_USER_PASSWORD="+userPassword)
		case "proxy":
			w.startProxy()
		case "oidc":
			login := newLoginProvider(w.t)
			w.config.WriteString(login.config(w.dir))
			w.env = append(w.env, "CONSOLE_OIDC_ISSUER="+login.issuer.URL, "CONSOLE_OIDC_THUMBPRINT="+login.issuer.Thumbprint,
				"CONSOLE_OIDC_CLIENT="+loginClient, "CONSOLE_OIDC_ROLE="+loginRole)
		}
	}
	if w.config.Len() > 0 {
		if err := os.WriteFile(filepath.Join(w.dir, "keystead.yaml"), []byte(w.config.String()), 0o600); err != nil {
			w.t.Fatal(err)
		}
		w.args = append(w.args, "--config", "keystead.yaml")
	}
	w.server = startBy(w.t, []string{w.program}, w.dir, w.args...)
	if slices.Contains(needs, "many-keys") {
		w.env = append(w.env, fmt.Sprintf("CONSOLE_KEYS=%d", w.makeKeys()))
	}
	res, err := http.Get(w.server.URL + "/console/")
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("the program answers %s at /console/: `make build` builds the console into it", res.Status)
	}
}

// startProxy makes an external key manager with ten keys, and a network between it and the server.
func (w *consoleWorld) startProxy() {
	keys := []string{"external-key"}
	for i := 1; i < 10; i++ {
		keys = append(keys, fmt.Sprintf("external-key-%d", i))
	}
	w.proxy = startProxy(w.t, keys...)
	w.relay = newRelay(w.t, w.proxy.address)
	fmt.Fprintf(&w.config, "custom-key-stores:\n  ca: %s\n  hosts:\n    %s: [%q]\n", w.proxy.ca(), proxyHost, w.relay.address)
	w.env = append(w.env, "CONSOLE_PROXY_HOST="+proxyHost, "CONSOLE_PROXY_PREFIX="+proxyPrefix, "CONSOLE_PROXY_ACCESS_KEY="+proxyAccessKey,
		"CONSOLE_PROXY_SECRET="+proxySecret, "CONSOLE_PROXY_KEYS="+strings.Join(keys, " "))
}

// control lets the JavaScript break and mend what is around the server.
func (w *consoleWorld) control() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	mux := http.NewServeMux()
	if w.proxy != nil {
		for name, f := range map[string]func(){
			"cut": w.relay.cut, "swallow": w.relay.swallow, "heal": w.relay.heal, "kill-proxy": w.proxy.kill, "start-proxy": w.proxy.start,
		} {
			mux.HandleFunc("POST /"+name, func(http.ResponseWriter, *http.Request) { f() })
		}
	}
	s := &http.Server{Handler: mux}
	go func() { _ = s.Serve(l) }() // it ends with an error when it is closed
	w.t.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String()
}

func (w *consoleWorld) run(node, file string) {
	ctx, cancel := context.WithTimeout(w.t.Context(), consoleLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "--test", "--test-reporter=spec", filepath.Base(file))
	cmd.Dir = "console"
	cmd.Env = slices.Concat(w.server.env(
		"PATH="+filepath.Dir(node)+":/usr/bin:/bin", "CONSOLE_URL="+w.server.URL, "CONSOLE_PROGRAM="+w.program, "CONSOLE_DIR="+w.dir,
		"CONSOLE_CONTROL="+w.control(), "CONSOLE_FILE="+consoleName(file), "CONSOLE_CHROMIUM="+chromium, "NODE_NO_WARNINGS=1"), w.env)
	for _, name := range []string{"CONSOLE_PICTURES", "CONSOLE_KEEP_GOING"} {
		v := os.Getenv(name)
		if name == "CONSOLE_PICTURES" && v != "" {
			abs, err := filepath.Abs(v)
			if err != nil {
				w.t.Fatal(err)
			}
			v = abs
		}
		cmd.Env = append(cmd.Env, name+"="+v)
	}
	// The browser ends with Node.js, and that with this signal.
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = fmt.Errorf("not done after %v", consoleLimit)
	}
	if err != nil {
		w.t.Errorf("%s: %v", file, err)
	}
	w.t.Logf("%s", out)
}

// TestScreenshots takes the pictures of the documentation: `make screenshots`.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("CONSOLE_SCREENSHOTS")
	if dir == "" {
		t.Skip("CONSOLE_SCREENSHOTS names no directory")
	}
	c := newConsoleTests(t)
	w := &consoleWorld{t: t, program: c.program, env: []string{"CONSOLE_SCREENSHOTS=" + dir}}
	const file = "console/screenshots.js"
	w.start(consoleNeeds(t, file))
	w.run(c.node, file)
}
