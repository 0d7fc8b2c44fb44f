package kms_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// TestManyRSAKeys: whoever asks for RSA keys faster than they can be made is refused, and others
// get their keys of other specs meanwhile.
func TestManyRSAKeys(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	u := root(t, srv)
	o := u.Options()
	o.Retryer = aws.NopRetryer{}
	impatient := kms.New(o)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	const calls = 200
	outcomes := make(chan error, calls)
	for range calls {
		go func() {
			_, err := impatient.CreateKey(ctx, &kms.CreateKeyInput{KeySpec: types.KeySpecRsa4096, KeyUsage: types.KeyUsageTypeSignVerify})
			outcomes <- err
		}()
	}
	var refused error
	for i := 0; i < calls && refused == nil; i++ {
		refused = <-outcomes
	}
	wantOutcome(t, "a call too many", refused, "ThrottlingException: You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")
	began := time.Now()
	u.key()
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("another key takes %s", d)
	}
}
