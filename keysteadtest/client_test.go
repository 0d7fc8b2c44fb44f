package keysteadtest

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// lateConn is a connection whose writer hears late that it has written, and whose answers
// come in pieces.
type lateConn struct{ net.Conn }

func (c lateConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	time.Sleep(2 * time.Millisecond)
	return n, err
}

func (c lateConn) Read(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return c.Conn.Read(b[:min(len(b), 512)])
}

// TestAnswerBeforeTheEnd gets long answers before the requests are quite over.
func TestAnswerBeforeTheEnd(t *testing.T) {
	srv := Start(t)
	key, err := srv.KMS().CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := srv.Config()
	cfg.HTTPClient = client{awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			return lateConn{c}, err
		}
	})}
	keys := kms.NewFromConfig(cfg)
	for range 10 {
		if _, err := keys.Encrypt(t.Context(), &kms.EncryptInput{KeyId: key.KeyMetadata.KeyId, Plaintext: make([]byte, 4096)}); err != nil {
			t.Fatal(err)
		}
	}
}
