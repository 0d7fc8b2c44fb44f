package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/keystead/keystead/internal/xks"
)

// The rate at which KMS may call a proxy (AWS's quota of a key store), and over how many connections.
const (
	xksRate        = 1800
	xksConnections = 32
)

// benchProxy measures the XKS proxy with software keys and with keys in SoftHSM: at KMS's rate for a
// while, and as fast as it goes. Half of the requests encrypt and prove the ciphertext, as KMS asks
// for, half decrypt.
func benchProxy(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "keystead-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	config, err := proxyFiles(ctx, dir)
	if err != nil {
		return err
	}
	for _, store := range []string{"/software", "/softhsm"} {
		if err := o.proxy(ctx, config, "key", "create", "bench", "--store", store); err != nil {
			return err
		}
	}
	p, err := start(ctx, filepath.Join(dir, "data"), func(line string) string {
		_, addr, _ := strings.Cut(line, "://")
		return strings.TrimSpace(addr)
	}, o.bin, "xks-proxy", "serve", "--config", config, "--log-level", "warn")
	if err != nil {
		return err
	}
	defer p.stop()
	fmt.Println("| keys | rate | p50 | p99 | slowest | errors | CPU per 1,000 |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, store := range []string{"/software", "/softhsm"} {
		if err := printProxy(ctx, o, p, store); err != nil {
			return err
		}
	}
	return printBareTLS(ctx, o, p)
}

// proxy runs a command of the proxy.
func (o options) proxy(ctx context.Context, config string, args ...string) error {
	args = append(append([]string{"xks-proxy"}, args...), "--config", config)
	if out, err := exec.CommandContext(ctx, o.bin, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", args, err, out)
	}
	return nil
}

const (
	proxyKeyID  = "BENCHBENCHBENCHBENCHBENCH2"
	proxySecret = "YmVuY2htYXJrcyBoYXZlIG5vdGhpbmcgdG8gaGlkZSE="
	softHSM     = "/usr/lib/softhsm/libsofthsm2.so"
)

// proxyFiles makes a token of SoftHSM and the configuration of a proxy.
func proxyFiles(ctx context.Context, dir string) (config string, err error) {
	conf, pin := filepath.Join(dir, "softhsm2.conf"), filepath.Join(dir, "pin")
	config = filepath.Join(dir, "xks-proxy.yaml")
	text := fmt.Sprintf("listen: 127.0.0.1:0\ndata-dir: data\nbackends:\n- {name: software, software: {}}\n"+
		"- {name: softhsm, pkcs11: {module: %s, env: [%q], token: bench, pin-file: pin}}\nstores:\n", softHSM, "SOFTHSM2_CONF="+conf)
	for _, name := range []string{"software", "softhsm"} {
		text += fmt.Sprintf("- {prefix: /%s, backend: %s, credentials: [{access-key-id: %s, secret: %s}]}\n", name, name, proxyKeyID, proxySecret)
	}
	for file, content := range map[string]string{
		conf: "directories.tokendir = " + dir + "\nobjectstore.backend = file\nlog.level = ERROR\n", pin: "bench-pin\n", config: text,
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	cmd := exec.CommandContext(ctx, "softhsm2-util", "--init-token", "--free", "--label", "bench", "--so-pin", "bench-so-pin", "--pin", "bench-pin")
	cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+conf)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("softhsm2-util: %w\n%s", err, out)
	}
	return config, nil
}

// printProxy measures one store.
func printProxy(ctx context.Context, o options, p *process, store string) error {
	both, err := proxyRequests(ctx, p, store)
	if err != nil {
		return err
	}
	paced, failed, err := pace(ctx, p, o.steady, both)
	if err != nil {
		return err
	}
	fmt.Printf("| %s, at KMS's rate for %v | %.0f/s | %v | %v | %v | %d | %v |\n", store[1:], o.steady, paced.perSecond, paced.p50, paced.p99, paced.slowest, failed, paced.cpu)
	full, err := measure(ctx, p, true, xksConnections, 5*o.duration, func(c, n int) []byte { return both[(c+n)%2] })
	if err != nil {
		return err
	}
	fmt.Printf("| %s, as fast as it goes | %.0f/s | %v | %v | | 0 | %v |\n", store[1:], full.perSecond,
		full.p50.Round(10*time.Microsecond), full.p99.Round(10*time.Microsecond), full.cpu)
	return nil
}

// printBareTLS is what of it are HTTPS and the client of this program.
func printBareTLS(ctx context.Context, o options, p *process) error {
	both, err := proxyRequests(ctx, p, "/software")
	if err != nil {
		return err
	}
	bare, err := startBare(ctx, 400, p)
	if err != nil {
		return err
	}
	defer bare.stop()
	f, err := measure(ctx, bare, true, xksConnections, 5*o.duration, func(c, n int) []byte { return both[(c+n)%2] })
	if err != nil {
		return err
	}
	fmt.Printf("| bare HTTPS, as fast as it goes | %.0f/s | %v | %v | | 0 | %v |\n", f.perSecond,
		f.p50.Round(10*time.Microsecond), f.p99.Round(10*time.Microsecond), f.cpu)
	return nil
}

// proxyRequests makes the bytes of an Encrypt request, and of a Decrypt request for what it answers.
func proxyRequests(ctx context.Context, p *process, store string) (both [2][]byte, err error) {
	meta := xks.RequestMetadata{
		PrincipalARN: "arn:aws:iam::111122223333:role/app", KeyARN: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		Operation: "Encrypt", RequestID: "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
	}
	in := xks.EncryptRequest{RequestMetadata: meta, Plaintext: make([]byte, 100), AAD: make([]byte, 62), CDIV: true}
	if both[0], err = proxyRequest(ctx, p, xks.Path(store+xks.PathSuffix, xks.Encrypt, "bench"), in.Append(nil)); err != nil {
		return both, err
	}
	c, err := dial(p.addr, true)
	if err != nil {
		return both, err
	}
	defer c.Close()
	status, body, err := c.roundTrip(both[0])
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", status, body)
	}
	if err != nil {
		return both, err
	}
	made, err := xks.ParseEncryptResponse(body)
	if err != nil {
		return both, err
	}
	meta.Operation = "Decrypt"
	out := xks.DecryptRequest{RequestMetadata: meta, Sealed: made.Sealed, AAD: in.AAD}
	both[1], err = proxyRequest(ctx, p, xks.Path(store+xks.PathSuffix, xks.Decrypt, "bench"), out.Append(nil))
	return both, err
}

// proxyRequest makes the bytes of a signed request, which is good for five minutes.
func proxyRequest(ctx context.Context, p *process, path string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+p.addr+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", xks.ContentType)
	sum := sha256.Sum256(body)
	keys := aws.Credentials{AccessKeyID: proxyKeyID, SecretAccessKey: proxySecret}
	if err := v4.NewSigner().SignHTTP(ctx, keys, r, hex.EncodeToString(sum[:]), xks.SigningName, "us-east-1", time.Now()); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = r.Write(&b)
	return b.Bytes(), err
}

// steadily are the figures of a measurement at a fixed rate.
type steadily struct {
	figures
	slowest time.Duration
}

// pace sends requests at KMS's rate for a while. A request's time begins when it was due, also if
// its connection was still busy then: what is late makes all that comes behind it late.
func pace(ctx context.Context, p *process, length time.Duration, both [2][]byte) (steadily, int64, error) {
	conns := make([]*connection, xksConnections)
	for i := range conns {
		c, err := dial(p.addr, true)
		if err != nil {
			return steadily{}, 0, err
		}
		defer c.Close()
		if _, _, err := c.roundTrip(both[0]); err != nil {
			return steadily{}, 0, err
		}
		conns[i] = c
	}
	before, err := p.cpu()
	if err != nil {
		return steadily{}, 0, err
	}
	var failed atomic.Int64
	times := make([][]time.Duration, len(conns))
	errs := make([]error, len(conns))
	begin := time.Now()
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			for n := i; ctx.Err() == nil; n += len(conns) {
				due := begin.Add(time.Duration(n) * time.Second / xksRate)
				if due.Sub(begin) >= length {
					return
				}
				time.Sleep(time.Until(due))
				status, _, err := c.roundTrip(both[n/len(conns)%2])
				if err != nil {
					errs[i] = err
					return
				}
				if status != http.StatusOK {
					failed.Add(1)
				}
				times[i] = append(times[i], time.Since(due))
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(begin)
	after, err := p.cpu()
	if err := errors.Join(append(errs, err, ctx.Err())...); err != nil {
		return steadily{}, 0, err
	}
	all := slices.Concat(times...)
	slices.Sort(all)
	n := len(all)
	round := func(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
	return steadily{figures{
		perSecond: float64(n) / elapsed.Seconds(), p50: round(all[n/2]), p99: round(all[n*99/100]), cpu: (after - before) * 1000 / time.Duration(n),
	}, round(all[n-1])}, failed.Load(), nil
}
