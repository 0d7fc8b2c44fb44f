package sigv4_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/sigv4"
)

const (
	keyID     = "AKIDEXAMPLE"
	secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	session   = "FwoGZXIvYXdzEXAMPLE//TOKEN+=="
)

var signedAt = time.Date(2026, 11, 21, 12, 36, 0, 0, time.UTC)

// source knows one long-lived access key, and the session ASIAEXAMPLE with its token.
type source map[string]*sigv4.Credential

func newSource() source {
	return source{
		keyID:         sigv4.NewCredential(keyID, secret.FromString(secretKey), "owner"),
		"ASIAEXAMPLE": sigv4.NewCredential("ASIAEXAMPLE", secret.FromString(secretKey), "session"),
	}
}

func (s source) Credential(_ context.Context, id, token string) (*sigv4.Credential, error) {
	switch c := s[id]; {
	case id == "AKIABROKEN":
		return nil, errors.New("database is on fire")
	case c == nil:
		return nil, &sigv4.Error{Reason: sigv4.UnknownKey}
	case token == "expired":
		return nil, &sigv4.Error{Reason: sigv4.ExpiredToken}
	case token != map[string]string{"ASIAEXAMPLE": session}[id]:
		return nil, &sigv4.Error{Reason: sigv4.BadSessionToken}
	default:
		return c, nil
	}
}

func newVerifier() *sigv4.Verifier {
	return &sigv4.Verifier{Source: newSource(), Now: func() time.Time { return signedAt.Add(time.Minute) }}
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// newRequest is the request of an SDK for a JSON service, unsigned.
func newRequest(body string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "TrentService.Encrypt")
	r.Header.Set("User-Agent", "aws-sdk-go-v2/1.47.7 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux api/kms#1.62.4")
	r.Header.Set("Amz-Sdk-Invocation-Id", "7ac8bc6d-7e8c-4a5c-9a4b-4b6d3a3c2a60")
	r.Header.Set("Amz-Sdk-Request", "attempt=1; max=3")
	r.Header.Set("Accept-Encoding", "identity")
	return r
}

// sign signs with the AWS SDK for Go.
func sign(t testing.TB, r *http.Request, body string) {
	t.Helper()
	c := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secretKey}
	if err := v4.NewSigner().SignHTTP(t.Context(), c, r, hashOf(body), "kms", "us-east-1", signedAt); err != nil {
		t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	r := newRequest("{}")
	sign(t, r, "{}")
	got, err := newVerifier().Verify(r, []byte("{}"), "kms")
	if err != nil {
		t.Fatal(err)
	}
	if got.Credential.AccessKeyID != keyID || got.Credential.Owner != "owner" || got.Region != "us-east-1" ||
		got.Service != "kms" || !got.Time.Equal(signedAt) || got.Presigned {
		t.Errorf("got %+v", got)
	}
}
