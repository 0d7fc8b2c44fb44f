package kms_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keystore"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/store/storetest"
)

// in is the caller in another Region.
func (f *frail) in(region string) *iam.Caller { return f.caller().In(region) }

// TestReplicaAgain makes a replica where one was deleted, while the deletion is not over: the
// new one must have nothing of the old one, neither its grants nor its last use.
func TestReplicaAgain(t *testing.T) {
	const there = "eu-west-1"
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		f, ctx := newFrail(t, fresh(t)), t.Context()
		out, err := f.CreateKey(ctx, f.caller(), &kms.CreateKeyInput{MultiRegion: new(true)})
		must(t, "CreateKey", err)
		key := out.KeyMetadata.KeyId
		replicate := func() error {
			_, err := f.ReplicateKey(ctx, f.caller(), &kms.ReplicateKeyInput{KeyId: key, ReplicaRegion: new(there)})
			return err
		}
		must(t, "ReplicateKey", replicate())
		_, err = f.SynchronizeDueKeys(ctx)
		must(t, "SynchronizeDueKeys", err)
		_, err = f.CreateGrant(ctx, f.in(there), &kms.CreateGrantInput{
			KeyId: key, GranteePrincipal: new("arn:aws:iam::111122223333:root"), Operations: []types.GrantOperation{types.GrantOperationDecrypt},
		})
		must(t, "CreateGrant", err)
		c := f.in(there)
		c.Event.Name, c.Event.Time = "Encrypt", f.clock.Now()
		_, err = f.Encrypt(ctx, c, &kms.EncryptInput{KeyId: key, Plaintext: []byte("x")})
		must(t, "Encrypt", err)
		_, err = f.ScheduleKeyDeletion(ctx, f.in(there), &kms.ScheduleKeyDeletionInput{KeyId: key, PendingWindowInDays: new(int32(7))})
		must(t, "ScheduleKeyDeletion", err)
		f.clock.Advance(day)
		f.doomed()
		f.clock.Advance(7 * day)

		// The replica goes, and then everything stops before its grants go.
		stopped, stop := context.WithCancel(ctx)
		gone := false
		f.store.before = func(ref keystore.Ref) error {
			if gone {
				stop()
			}
			gone = ref.Region == there
			return nil
		}
		if _, err := f.DeleteDueKeys(stopped); err == nil {
			t.Fatal("nothing stopped the deletion")
		}
		f.mend()
		arn := "arn:aws:kms:" + there + ":000000000000:key/" + *key
		wantOutcome(t, "ReplicateKey before the grants are gone", replicate(), "AlreadyExistsException: Key '"+arn+"' already exists")
		_, err = f.DeleteDueKeys(ctx)
		must(t, "DeleteDueKeys", err)
		must(t, "ReplicateKey again", replicate())

		grants, err := f.ListGrants(ctx, f.in(there), &kms.ListGrantsInput{KeyId: key})
		if err != nil || len(grants.Grants) != 0 {
			t.Errorf("the new replica has %d grants, error %v", len(grants.Grants), err)
		}
		last, err := f.GetKeyLastUsage(ctx, f.in(there), &kms.GetKeyLastUsageInput{KeyId: key})
		if err != nil || last.KeyLastUsage.Operation != "" {
			t.Errorf("the new replica was last used by %s, error %v", last.KeyLastUsage.Operation, err)
		}
		must(t, "SaveUses", f.SaveUses(ctx))
		last, err = f.GetKeyLastUsage(ctx, f.in(there), &kms.GetKeyLastUsageInput{KeyId: key})
		if err != nil || last.KeyLastUsage.Operation != "" {
			t.Errorf("once saved, the new replica was last used by %s, error %v", last.KeyLastUsage.Operation, err)
		}
		for r, err := range f.Report(ctx, rules.ReportOptions{Region: there}) {
			if err != nil || !r.LastUsed.IsZero() {
				t.Errorf("the report says that the new replica was last used at %s by %s, error %v", r.LastUsed, r.LastOperation, err)
			}
		}
	})
}
