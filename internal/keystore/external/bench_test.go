package external_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// cpu is the processor time of this process so far, of both sides: what a busy machine does not change.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkEncrypt is Encrypt beside the bare HTTPS round trip of the same bytes to the same proxy,
// which gives the same answer to both without any work of its own. In parallel, as the callers of a
// key store are.
func BenchmarkEncrypt(b *testing.B) {
	for _, alpn := range []string{"http/1.1", "h2"} {
		s := newScene(b, func(o *external.Options) { o.Observe = nil })
		s.proxy.TLS(func(c *tls.Config) { c.NextProtos = []string{alpn} })
		plaintext := make([]byte, 76) // what a data key of 32 bytes is in its inner layer
		aad := make([]byte, 78)
		if _, err := s.Encrypt(b.Context(), s.to, call, xkstest.KeyID, plaintext, aad); err != nil {
			b.Fatal(err)
		}
		seen := s.proxy.Seen()[0]
		s.proxy.Can(seen.Answer)
		bare := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: s.proxy.CA.Pool(), ServerName: xkstest.Host}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, s.proxy.Address)
			},
		}}
		defer bare.CloseIdleConnections()
		round := func() error {
			res, err := bare.Post(xkstest.Endpoint+seen.Request.URL.Path, "application/json", bytes.NewReader(seen.Body))
			if err != nil {
				return err
			}
			defer res.Body.Close()
			_, err = io.Copy(io.Discard, res.Body)
			return err
		}
		ours := func() error {
			_, err := s.Encrypt(b.Context(), s.to, call, xkstest.KeyID, plaintext, aad)
			return err
		}
		for name, f := range map[string]func() error{"bare": round, "client": ours} {
			b.Run(alpn+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetParallelism(8)
				began := cpu(b)
				defer func() { b.ReportMetric(float64(cpu(b)-began)/float64(b.N), "cpu-ns/op") }()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := f(); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}
