package sigv4_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/sigv4"
)

// one is a source of one credential.
type one struct{ c *sigv4.Credential }

func (o one) Credential(context.Context, string, string) (*sigv4.Credential, error) {
	return o.c, nil
}

// use signs and verifies one request at that time for that Region.
func use(t *testing.T, c *sigv4.Credential, at time.Time, region, withSecret string) error {
	t.Helper()
	r := httptest.NewRequest("POST", "/", nil)
	k := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: withSecret}
	if err := v4.NewSigner().SignHTTP(t.Context(), k, r, hashOf(""), "kms", region, at); err != nil {
		t.Fatal(err)
	}
	v := sigv4.Verifier{Source: one{c}, Now: func() time.Time { return at }}
	_, err := v.Verify(r, nil, "kms")
	return err
}

func TestSigningKeysAreRemembered(t *testing.T) {
	c := sigv4.NewCredential(keyID, secret.FromString(secretKey), nil)
	if err := use(t, c, signedAt, "us-east-1", "wrong"); reason(err) != sigv4.Mismatch {
		t.Fatalf("wrong secret: %v", err)
	}
	if got := c.Remembered(); len(got) != 0 {
		t.Errorf("after a wrong signature the credential remembers %v", got)
	}
	for range 2 {
		for _, region := range []string{"us-east-1", "us-east-2"} {
			if err := use(t, c, signedAt, region, secretKey); err != nil {
				t.Fatal(err)
			}
		}
		if err := use(t, c, signedAt, "us-east-1", "wrong"); reason(err) != sigv4.Mismatch {
			t.Errorf("wrong secret with a remembered key: %v", err)
		}
	}
	want := []string{"20261121/us-east-1/kms", "20261121/us-east-2/kms"}
	if got := c.Remembered(); !slices.Equal(got, want) {
		t.Errorf("the credential remembers %v, want %v", got, want)
	}
}

func TestSigningKeysOfOldDaysAreDropped(t *testing.T) {
	c := sigv4.NewCredential(keyID, secret.FromString(secretKey), nil)
	for _, day := range []int{0, 1, 2, 3} {
		if err := use(t, c, signedAt.AddDate(0, 0, day), "us-east-1", secretKey); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"20261123/us-east-1/kms", "20261124/us-east-1/kms"}
	if got := c.Remembered(); !slices.Equal(got, want) {
		t.Errorf("the credential remembers %v, want %v", got, want)
	}
}

// TestOldPresignedRequestIsNotRemembered keeps a long-lived URL from pushing out the keys
// that are used every second.
func TestOldPresignedRequestIsNotRemembered(t *testing.T) {
	r := httptest.NewRequest("GET", "/?X-Amz-Expires=604800", nil)
	k := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secretKey}
	uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), k, r, hashOf(""), "kms", "us-east-1", signedAt)
	if err != nil {
		t.Fatal(err)
	}
	signed := httptest.NewRequest("GET", uri, nil)
	c := sigv4.NewCredential(keyID, secret.FromString(secretKey), nil)
	v := sigv4.Verifier{Source: one{c}, Now: func() time.Time { return signedAt.AddDate(0, 0, 7) }}
	if _, err := v.Verify(signed, nil, "kms"); err != nil {
		t.Fatal(err)
	}
	if got := c.Remembered(); len(got) != 0 {
		t.Errorf("the credential remembers %v", got)
	}
}

func TestSigningKeysAreBounded(t *testing.T) {
	c := sigv4.NewCredential(keyID, secret.FromString(secretKey), nil)
	var wg sync.WaitGroup
	for i := range 2 * sigv4.MaxSigningKeys {
		wg.Go(func() {
			if err := use(t, c, signedAt, fmt.Sprintf("us-east-%d", i+1), secretKey); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(c.Remembered()); got != sigv4.MaxSigningKeys {
		t.Errorf("%d signing keys are remembered, want %d", got, sigv4.MaxSigningKeys)
	}
}
