package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
)

// answer is a ResponseWriter that costs next to nothing.
type answer struct {
	header http.Header
	status int
	body   []byte
}

func (a *answer) Header() http.Header    { return a.header }
func (a *answer) WriteHeader(status int) { a.status = status }
func (a *answer) Write(b []byte) (int, error) {
	a.body = append(a.body[:0], b...)
	return len(b), nil
}

// BenchmarkCall is everything that a call costs but the network: signature, decoding,
// rules, cryptography, journal, encoding.
func BenchmarkCall(b *testing.B) {
	ballast := make([]byte, 64<<20) // as in the serve command
	defer runtime.KeepAlive(ballast)
	cfg, k := DefaultConfig(), iam.NewAccessKey()
	cfg.DataDir, cfg.Listen, cfg.RootAccessKeyID, cfg.RootSecretAccessKey = b.TempDir(), "127.0.0.1:0", k.ID, k.Secret
	if err := cfg.Check(); err != nil {
		b.Fatal(err)
	}
	s, err := Open(context.Background(), cfg, new(clock.Clock), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	w := &answer{header: http.Header{}}
	serve := func(r *http.Request, body []byte) []byte {
		clear(w.header)
		w.status, r.Body = http.StatusOK, io.NopCloser(bytes.NewReader(body))
		s.http.Handler.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatalf("status %d: %s", w.status, w.body)
		}
		return w.body
	}
	var out struct{ KeyMetadata struct{ Arn string } }
	if err := json.Unmarshal(serve(signedCall(b, s.URL(), k, "CreateKey", map[string]any{})), &out); err != nil {
		b.Fatal(err)
	}
	for _, size := range []int{32, 4096} {
		r, body := signedCall(b, s.URL(), k, "Encrypt", map[string]any{
			"KeyId": out.KeyMetadata.Arn, "Plaintext": make([]byte, size), "EncryptionContext": map[string]string{"purpose": "bench", "tenant": "a"},
		})
		b.Run(fmt.Sprintf("Encrypt%dB", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				serve(r, body)
			}
		})
	}
}

// signedCall makes a request as an SDK does, and its body.
func signedCall(b *testing.B, url string, k iam.AccessKey, operation string, in map[string]any) (*http.Request, []byte) {
	b.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, url+"/", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "TrentService."+operation)
	r.Header.Set("User-Agent", "aws-sdk-go-v2/1.47.7 os/linux lang/go#1.26 md/GOOS#linux md/GOARCH#amd64 api/kms#1.62.4")
	r.ContentLength, r.RemoteAddr = int64(len(body)), "127.0.0.1:4711"
	sum := sha256.Sum256(body)
	keys := aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: string(k.Secret.Expose())}
	if err := v4.NewSigner().SignHTTP(context.Background(), keys, r, hex.EncodeToString(sum[:]), "kms", "us-east-1", time.Now()); err != nil {
		b.Fatal(err)
	}
	return r, body
}
