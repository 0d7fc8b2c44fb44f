package kms_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/keysteadtest"
)

// TestConcurrentUse has many clients change and use a few keys at once. Every call is
// answered by what the rules allow in some order, never by an internal error, and what was
// encrypted on the way opens afterwards.
func TestConcurrentUse(t *testing.T) {
	const clients, calls = 8, 60
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		shared := []situation{}
		for range 3 {
			s := situation{key: u.key(), other: u.key()}
			s.alias, s.others = u.alias(s.key), u.alias(s.other)
			s.blob = u.encrypt(s.key, "text", nil)
			shared = append(shared, s)
		}
		var mu sync.Mutex
		var blobs [][]byte
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for range calls {
					s, op := shared[rand.IntN(len(shared))], operations[rand.IntN(len(operations))]
					err := op.call(t.Context(), u.Client, s)
					if got := outcome(err); strings.Contains(got, "Internal") || strings.HasPrefix(got, "no answer") {
						t.Errorf("%s: %s", op.name, got)
					}
					out, err := u.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &s.other, Plaintext: []byte("kept")})
					if err != nil {
						t.Errorf("Encrypt under a key that nobody disables: %v", err)
						return
					}
					mu.Lock()
					blobs = append(blobs, out.CiphertextBlob)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for _, blob := range blobs {
			if text, err := u.decrypt(blob, nil); err != nil || text != "kept" {
				t.Fatalf("decrypts to %q, %v", text, err)
			}
		}
	})
}

// TestTerraform makes a key as Terraform does, and reads everything back at once.
func TestTerraform(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u, ctx := root(t, srv), t.Context()
		created, err := u.CreateKey(ctx, &kms.CreateKeyInput{
			Description: new("made by Terraform"), Policy: new(openPolicy), Tags: tags("Name=app", "Stage=test"), MultiRegion: new(false),
		})
		must(t, "CreateKey", err)
		key := created.KeyMetadata.KeyId
		if m := u.describe(*key); *m.Description != "made by Terraform" || !m.Enabled {
			t.Errorf("DescribeKey: %q, Enabled %v", *m.Description, m.Enabled)
		}
		if got := u.policyOf(*key); got != openPolicy {
			t.Errorf("GetKeyPolicy: %s", got)
		}
		if got := strings.Join(u.tagsOf(*key), " "); got != "Name=app Stage=test" {
			t.Errorf("ListResourceTags: %s", got)
		}
		if got := u.rotationStatus(*key, time.Now()); got != "off" {
			t.Errorf("GetKeyRotationStatus: %s", got)
		}
		must(t, "EnableKeyRotation", u.enableRotation(*key, 180))
		if got := u.rotationStatus(*key, time.Now()); got != "every 180 days, next in 180" {
			t.Errorf("GetKeyRotationStatus: %s", got)
		}
		u.scheduleDeletion(*key, 7)
		_, err = u.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: key})
		wantOutcome(t, "a second destroy", err, "KMSInvalidStateException: "+u.keyARN(*key)+" is pending deletion.")
	})
}
