package sigv4_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/keystead/keystead/internal/sigv4"
)

// TestConcurrentRequests has good and bad requests of all sizes share the pooled memory and
// one credential: none may be judged by another's bytes.
func TestConcurrentRequests(t *testing.T) {
	v := newVerifier()
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 50 {
				region := fmt.Sprintf("us-east-%d", i%5+1)
				body := strings.Repeat("x", i*worker*7)
				r := httptest.NewRequest("POST", fmt.Sprintf("/%d?worker=%d&%s", i, worker, strings.Repeat("a&", i*10)), nil)
				r.Header.Set("X-Long", strings.Repeat("y", i*worker))
				c := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secretKey}
				if err := v4.NewSigner().SignHTTP(t.Context(), c, r, hashOf(body), "kms", region, signedAt); err != nil {
					t.Error(err)
					return
				}
				got, err := v.Verify(r, []byte(body), "kms")
				if err != nil || got.Region != region || got.Credential.AccessKeyID != keyID {
					t.Errorf("worker %d, request %d: %+v, %v", worker, i, got, err)
				}
				if _, err := v.Verify(r, []byte(body+"x"), "kms"); reason(err) != sigv4.Mismatch {
					t.Errorf("worker %d, request %d with another body: %v", worker, i, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestErrorsDoNotShowSecrets looks at what comes back from a request that carries a session
// token, a signature and a body.
func TestErrorsDoNotShowSecrets(t *testing.T) {
	for _, c := range headerFailures {
		r := newRequest("{}")
		sign(t, r, "{}")
		signature := r.Header.Get("Authorization")[strings.LastIndex(r.Header.Get("Authorization"), "=")+1:]
		c.change(r)
		r.Header.Set("X-Amz-Security-Token", session)
		_, err := newVerifier().Verify(r, []byte("plaintext"), "kms")
		if err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		for _, secret := range []string{secretKey, session, signature, "plaintext"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error shows %q: %v", c.name, secret, err)
			}
		}
	}
}
