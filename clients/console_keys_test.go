package clients

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// makeKeys makes as many keys as a list must cope with, and returns how many. With -short they are
// fewer. All requests are one request, signed anew before its signature is too old.
func (w *consoleWorld) makeKeys() int {
	w.t.Helper()
	n := 100_000
	if testing.Short() {
		n = 5_000
	}
	keys, err := load(w.t, w.server).Credentials.Retrieve(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	const connections = 32
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			var signed http.Header
			for i := 0; left.Add(-1) >= 0; i++ {
				if i%1000 == 0 {
					signed = w.signCreateKey(keys)
				}
				if err := w.createKey(client, signed); err != "" {
					w.t.Errorf("CreateKey: %s", err)
					return
				}
			}
		})
	}
	wg.Wait()
	return n
}

var createKeyBody = []byte(`{"Description":"one of very many"}`)

func (w *consoleWorld) createKeyRequest() *http.Request {
	r, err := http.NewRequest(http.MethodPost, w.server.URL+"/", bytes.NewReader(createKeyBody))
	if err != nil {
		panic(err) // the URL is the server's own
	}
	return r
}

func (w *consoleWorld) signCreateKey(keys aws.Credentials) http.Header {
	r := w.createKeyRequest()
	r.Header = http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"TrentService.CreateKey"}}
	sum := sha256.Sum256(createKeyBody)
	if err := v4.NewSigner().SignHTTP(context.Background(), keys, r, hex.EncodeToString(sum[:]), "kms", "us-east-1", time.Now()); err != nil {
		w.t.Errorf("sign: %v", err)
	}
	return r.Header
}

// createKey sends the request; it returns what is wrong.
func (w *consoleWorld) createKey(client *http.Client, signed http.Header) string {
	r := w.createKeyRequest()
	r.Header = signed.Clone()
	res, err := client.Do(r)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return res.Status + " " + string(body)
	}
	return ""
}
