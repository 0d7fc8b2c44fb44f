package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// benchKeyStores measures Encrypt with keys that are elsewhere, beside what nobody can do
// without: AES-GCM at the same kind of token, called directly, and a request over HTTPS to a
// handler that does nothing.
func benchKeyStores(ctx context.Context, o options) error {
	if _, err := os.Stat(softHSM); err != nil {
		return fmt.Errorf("this needs SoftHSM (scripts/install-test-tools installs it): %w", err)
	}
	k, err := startKeyStores(ctx, o)
	if err != nil {
		return err
	}
	defer k.stop()
	fmt.Println("| key | connections | requests/s | p50 | p99 | CPU per 1,000 | bare | requests/s | p50 | p99 | requests/s ÷ bare |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |")
	for _, connections := range []int{1, 16} {
		if err := k.row(ctx, "in an HSM", k.inHSM, connections, "PKCS#11", func() (figures, error) { return k.bareHSM(ctx, connections) }); err != nil {
			return err
		}
		if err := k.row(ctx, "behind a proxy", k.behindProxy, connections, "HTTPS", func() (figures, error) { return k.bareHTTPS(ctx, connections) }); err != nil {
			return err
		}
	}
	return nil
}

// keyStores are a server with a key store of each type and a key in each.
type keyStores struct {
	o     options
	dir   string
	proxy *process
	bare  *process // the handler that does nothing, with the proxy's certificate
	c     *client

	inHSM, behindProxy string // keys
}

func (k *keyStores) stop() {
	for _, p := range []*process{k.proxy, k.bare} {
		if p != nil {
			p.dir = ""
			p.stop()
		}
	}
	if k.c != nil {
		k.c.server.stop()
	}
	_ = os.RemoveAll(k.dir)
}

// row measures both in turn.
func (k *keyStores) row(ctx context.Context, name, key string, connections int, what string, bare func() (figures, error)) error {
	request, err := k.c.request("Encrypt", map[string]any{"KeyId": key, "Plaintext": base64.StdEncoding.EncodeToString(make([]byte, 32))})
	if err != nil {
		return err
	}
	ours, theirs := make([]figures, k.o.rounds), make([]figures, k.o.rounds)
	for i := range k.o.rounds {
		if ours[i], err = measure(ctx, k.c.server, false, connections, k.o.duration, func(int, int) []byte { return request }); err != nil {
			return err
		}
		if theirs[i], err = bare(); err != nil {
			return err
		}
	}
	f, b := median(ours), median(theirs)
	fmt.Printf("| %s | %d | %s | %s | %.0f | %d µs | %d µs | %.2f |\n", name, connections, f, what,
		b.perSecond, b.p50.Microseconds(), b.p99.Microseconds(), f.perSecond/b.perSecond)
	return nil
}

// bareHTTPS sends a request of the size that the proxy gets, and gets one of that size.
func (k *keyStores) bareHTTPS(ctx context.Context, connections int) (figures, error) {
	const body = 900
	request := []byte("POST / HTTP/1.1\r\nHost: " + storeHost + "\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(body) + "\r\n\r\n" + strings.Repeat("x", body))
	return measure(ctx, k.bare, true, connections, k.o.duration, func(int, int) []byte { return request })
}

func (k *keyStores) bareHSM(ctx context.Context, threads int) (figures, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(k.dir, "barehsm"), "-module", softHSM, "-token", "bare", "-pin", "1234567890",
		"-threads", strconv.Itoa(threads), "-duration", k.o.duration.String())
	cmd.Env, cmd.Stderr = []string{"SOFTHSM2_CONF=" + filepath.Join(k.dir, "softhsm2.conf")}, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return figures{}, fmt.Errorf("barehsm: %w", err)
	}
	var f struct {
		PerSecond float64
		P50, P99  time.Duration
	}
	err = json.Unmarshal(out, &f)
	return figures{perSecond: f.PerSecond, p50: f.P50, p99: f.P99}, err
}

const (
	storeHost      = "xks.example.com"
	storeAccessKey = "ABCDEFGHIJKLMNOPQRST2345"
	storeSecret    = "c2VjcmV0IG9mIHRoZSBiZW5jaG1hcmssIGxvbmcgZW5vdWdoLi4="
	userPassword   = "kmsPswd1"
)

// startKeyStores sets everything up.
func startKeyStores(ctx context.Context, o options) (k *keyStores, err error) {
	k = &keyStores{o: o}
	if k.dir, err = os.MkdirTemp("", "keystead-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			k.stop()
		}
	}()
	for _, step := range []func(context.Context) error{k.prepareBareHSM, k.startProxy, k.startServer, k.makeProxyStore, k.makeHSMStore} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// run runs a command in the directory.
func (k *keyStores) run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = k.dir, append(os.Environ(), "SOFTHSM2_CONF="+filepath.Join(k.dir, "softhsm2.conf"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

func (k *keyStores) write(name, content string) error {
	return os.WriteFile(filepath.Join(k.dir, name), []byte(content), 0o600)
}

func (k *keyStores) read(name string) (string, error) {
	b, err := os.ReadFile(filepath.Join(k.dir, name))
	return string(b), err
}

func (k *keyStores) prepareBareHSM(ctx context.Context) error {
	if err := errors.Join(os.Mkdir(filepath.Join(k.dir, "tokens"), 0o700), k.write("softhsm2.conf", "directories.tokendir = "+k.dir+"/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(k.dir, "barehsm"), "./internal/bench/barehsm")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build barehsm: %w\n%s", err, out)
	}
	return k.run(ctx, "softhsm2-util", "--init-token", "--free", "--label", "bare", "--so-pin", "0987654321", "--pin", "1234567890")
}
