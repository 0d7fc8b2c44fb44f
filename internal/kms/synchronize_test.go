package kms_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/keysteadtest"
)

// at is a caller of a frail service in a Region.
func (f *frail) at(region string) *iam.Caller {
	c := f.caller()
	c.Region = region
	return c
}

func (f *frail) primary() string {
	f.t.Helper()
	out, err := f.CreateKey(f.t.Context(), f.caller(), &kms.CreateKeyInput{MultiRegion: new(true)})
	must(f.t, "CreateKey", err)
	return *out.KeyMetadata.KeyId
}

func (f *frail) replicate(key, region string) error {
	_, err := f.ReplicateKey(f.t.Context(), f.caller(), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: &region})
	return err
}

// state is the state of a key in a Region and its current material; "none" if it is not there.
func (f *frail) state(key, region string) (state types.KeyState, material string) {
	f.t.Helper()
	out, err := f.DescribeKey(f.t.Context(), f.at(region), &kms.DescribeKeyInput{KeyId: &key})
	if strings.HasPrefix(outcome(err), "NotFoundException") {
		return "none", ""
	}
	must(f.t, "DescribeKey", err)
	return out.KeyMetadata.KeyState, *out.KeyMetadata.CurrentKeyMaterialId
}

// TestKeysThatAreNotReady calls operations on keys in the states Creating and Updating, which
// last until the job comes.
func TestKeysThatAreNotReady(t *testing.T) {
	frails(t, func(t *testing.T, f *frail) {
		ctx := t.Context()
		key := f.primary()
		must(t, "ReplicateKey", f.replicate(key, ireland))
		must(t, "ReplicateKey", f.replicate(key, tokyo))
		arn := "arn:aws:kms:eu-west-1:000000000000:key/" + key
		type calls map[string]func(c *iam.Caller) error
		all := calls{
			"Encrypt": func(c *iam.Caller) error {
				_, err := f.Encrypt(ctx, c, &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x")})
				return err
			},
			"DisableKey": func(c *iam.Caller) error {
				_, err := f.DisableKey(ctx, c, &kms.DisableKeyInput{KeyId: &key})
				return err
			},
			"EnableKey": func(c *iam.Caller) error { _, err := f.EnableKey(ctx, c, &kms.EnableKeyInput{KeyId: &key}); return err },
			"ListKeyPolicies": func(c *iam.Caller) error {
				_, err := f.ListKeyPolicies(ctx, c, &kms.ListKeyPoliciesInput{KeyId: &key})
				return err
			},
			"ReplicateKey": func(c *iam.Caller) error {
				_, err := f.ReplicateKey(ctx, c, &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new("us-west-2")})
				return err
			},
		}
		check := func(what string, c *iam.Caller, want map[string]string) {
			t.Helper()
			for _, name := range slices.Sorted(maps.Keys(want)) {
				wantOutcome(t, what+": "+name, all[name](c), want[name])
			}
		}
		creating := "KMSInvalidStateException: " + arn + " is creating."
		check("Creating", f.at(ireland), map[string]string{"Encrypt": creating, "DisableKey": creating, "EnableKey": creating, "ListKeyPolicies": "ok", "ReplicateKey": creating})
		_, err := f.UpdatePrimaryRegion(ctx, f.caller(), &kms.UpdatePrimaryRegionInput{KeyId: &key, PrimaryRegion: new(ireland)})
		wantOutcome(t, "UpdatePrimaryRegion", err, creating)
		if state, _ := f.state(key, "us-east-1"); state != types.KeyStateEnabled {
			t.Errorf("the primary key is %s", state)
		}
		if n, err := f.SynchronizeDueKeys(ctx); n != 2 || err != nil {
			t.Errorf("SynchronizeDueKeys: %d, %v", n, err)
		}
		check("ready", f.at(ireland), map[string]string{"Encrypt": "ok", "ListKeyPolicies": "ok"})

		_, err = f.UpdatePrimaryRegion(ctx, f.caller(), &kms.UpdatePrimaryRegionInput{KeyId: &key, PrimaryRegion: new(ireland)})
		must(t, "UpdatePrimaryRegion", err)
		updating := "KMSInvalidStateException: " + arn + " is updating."
		check("Updating", f.at(ireland), map[string]string{"Encrypt": "ok", "DisableKey": updating, "EnableKey": updating, "ListKeyPolicies": "ok", "ReplicateKey": updating})
		for region, want := range map[string]types.KeyState{"us-east-1": "Updating", ireland: "Updating", tokyo: "Enabled"} {
			if state, _ := f.state(key, region); state != want {
				t.Errorf("in %s the key is %s, want %s", region, state, want)
			}
		}
		if n, err := f.SynchronizeDueKeys(ctx); n != 2 || err != nil {
			t.Errorf("SynchronizeDueKeys: %d, %v", n, err)
		}
		check("ready", f.at(ireland), map[string]string{"DisableKey": "ok"})
		if got := names(f.journal.events); !slices.Equal(got, []string{
			"CreateKey", "CreateKey", "SynchronizeMultiRegionKey", "SynchronizeMultiRegionKey", "UpdatePrimaryRegion", "SynchronizeMultiRegionKey",
		}) {
			t.Errorf("the events are %q", got)
		}

		// A key that is to be deleted before it is ready stays so.
		must(t, "EnableKey", all["EnableKey"](f.at(ireland)))
		must(t, "ReplicateKey", all["ReplicateKey"](f.at(ireland)))
		_, err = f.ScheduleKeyDeletion(ctx, f.at("us-west-2"), &kms.ScheduleKeyDeletionInput{KeyId: &key})
		must(t, "ScheduleKeyDeletion", err)
		if n, err := f.SynchronizeDueKeys(ctx); n != 1 || err != nil {
			t.Errorf("SynchronizeDueKeys: %d, %v", n, err)
		}
		if state, _ := f.state(key, "us-west-2"); state != types.KeyStatePendingDeletion {
			t.Errorf("the replica is %s", state)
		}
	})
}

// stubborn is a key store that can fail to copy key material, or to keep it in a Region.
type stubborn struct {
	brittle
	copied error
	region string
}

// Copy implements keystore.Vault.
func (s *stubborn) Copy(ctx context.Context, tx *store.Tx, from, to keystore.Ref) error {
	if err := s.Vault.Copy(ctx, tx, from, to); err != nil || s.copied == nil {
		return err
	}
	return s.copied
}

// Keep implements keystore.Vault.
func (s *stubborn) Keep(ctx context.Context, tx *store.Tx, ref keystore.Ref, k material.Key) (material.ID, error) {
	if s.region == ref.Region {
		return material.ID{}, errStop
	}
	return s.brittle.Keep(ctx, tx, ref, k)
}

// TestReplicationInterrupted stops ReplicateKey, and what comes after it, at each step. The
// keys are as they were then.
func TestReplicationInterrupted(t *testing.T) {
	frails(t, func(t *testing.T, f *frail) {
		ctx := t.Context()
		vault := &stubborn{brittle: brittle{Vault: f.store.Vault}}
		f.store.Vault = vault
		key := f.primary()
		for name, spoil := range map[string]func(){
			"after the material was copied":  func() { vault.copied = errStop },
			"when the event can't be stored": func() { f.journal.err = errStop },
		} {
			spoil()
			if err := f.replicate(key, ireland); !errors.Is(err, errStop) {
				t.Errorf("ReplicateKey: %s: %v", name, err)
			}
			if state, _ := f.state(key, ireland); state != "none" {
				t.Errorf("%s: the replica is %s", name, state)
			}
			if n, err := f.SynchronizeDueKeys(ctx); n != 0 || err != nil {
				t.Errorf("%s: SynchronizeDueKeys: %d, %v", name, n, err)
			}
			if r, err := f.db.Scan(ctx, "kms-material", store.Range{Prefix: ireland}); len(r) != 0 || err != nil {
				t.Errorf("%s: there is material: %v, %v", name, r, err)
			}
			vault.copied = nil
			f.mend()
		}
		must(t, "ReplicateKey", f.replicate(key, ireland))
		f.journal.err = errStop
		if n, err := f.SynchronizeDueKeys(ctx); n != 0 || !errors.Is(err, errStop) {
			t.Errorf("SynchronizeDueKeys: %d, %v", n, err)
		}
		if state, _ := f.state(key, ireland); state != types.KeyStateCreating {
			t.Errorf("the replica is %s", state)
		}
		if _, err := f.UpdatePrimaryRegion(ctx, f.caller(), &kms.UpdatePrimaryRegionInput{KeyId: &key, PrimaryRegion: new(ireland)}); err == nil {
			t.Error("a replica that is not ready became the primary")
		}
		f.mend()
		if n, err := f.SynchronizeDueKeys(ctx); n != 1 || err != nil {
			t.Errorf("SynchronizeDueKeys: %d, %v", n, err)
		}
		f.journal.err = errStop
		if _, err := f.UpdatePrimaryRegion(ctx, f.caller(), &kms.UpdatePrimaryRegionInput{KeyId: &key, PrimaryRegion: new(ireland)}); !errors.Is(err, errStop) {
			t.Errorf("UpdatePrimaryRegion: %v", err)
		}
		f.mend()
		for _, region := range []string{"us-east-1", ireland} {
			if state, _ := f.state(key, region); state != types.KeyStateEnabled {
				t.Errorf("in %s the key is %s", region, state)
			}
		}
	})
}

// TestRotationOfReplicasInterrupted stops a rotation in the last of three Regions. It has
// happened in none of them then.
func TestRotationOfReplicasInterrupted(t *testing.T) {
	frails(t, func(t *testing.T, f *frail) {
		ctx := t.Context()
		vault := &stubborn{brittle: brittle{Vault: f.store.Vault}}
		f.store.Vault = vault
		key := f.primary()
		must(t, "ReplicateKey", f.replicate(key, ireland))
		must(t, "ReplicateKey", f.replicate(key, tokyo))
		_, err := f.SynchronizeDueKeys(ctx)
		must(t, "SynchronizeDueKeys", err)
		_, err = f.EnableKeyRotation(ctx, f.caller(), &kms.EnableKeyRotationInput{KeyId: &key})
		must(t, "EnableKeyRotation", err)
		_, before := f.state(key, "us-east-1")
		same := func(what string, want bool) {
			t.Helper()
			_, here := f.state(key, "us-east-1")
			for _, region := range []string{ireland, tokyo} {
				if _, m := f.state(key, region); m != here {
					t.Errorf("%s: in %s the material is %s, that of the primary %s", what, region, m, here)
				}
			}
			if (here == before) != want {
				t.Errorf("%s: the material is %s, before it was %s", what, here, before)
			}
		}
		f.clock.Advance(366 * day)
		for name, spoil := range map[string]func(){
			"in the last Region":                   func() { vault.region = ireland },
			"when the first event can't be stored": func() { f.journal.err = errStop },
			"when the last event can't be stored":  func() { f.journal.left = new(2) },
		} {
			spoil()
			if n, err := f.RotateDueKeys(ctx); n != 0 || !errors.Is(err, errStop) {
				t.Errorf("%s: %d keys, %v", name, n, err)
			}
			same(name, true)
			_, err := f.RotateKeyOnDemand(ctx, f.caller(), &kms.RotateKeyOnDemandInput{KeyId: &key})
			wantOutcome(t, name+": on demand", err, "ConflictException: An automatic rotation of arn:aws:kms:us-east-1:000000000000:key/"+key+" is in progress or begins within the next 20 minutes.")
			vault.region = ""
			f.mend()
		}
		if n, err := f.RotateDueKeys(ctx); n != 1 || err != nil {
			t.Errorf("RotateDueKeys: %d, %v", n, err)
		}
		same("the next run", false)
		if got := names(f.journal.events); !slices.Equal(got, []string{"RotateKey", "RotateKey", "RotateKey"}) {
			t.Errorf("the events are %q", got)
		}
		if n, err := f.RotateDueKeys(ctx); n != 0 || err != nil {
			t.Errorf("RotateDueKeys again: %d, %v", n, err)
		}
	})
}

// TestReplicateKeyAtOnce races calls: of those to one Region one succeeds, of those to many all do.
func TestReplicateKeyAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.primary()
		regions := []string{ireland, tokyo, "us-west-2", "eu-central-1", "sa-east-1"}
		made := map[string]*atomic.Int32{}
		var wg sync.WaitGroup
		for _, region := range regions {
			made[region] = new(atomic.Int32)
			for range 4 {
				wg.Go(func() {
					_, err := u.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: &region})
					if err == nil {
						made[region].Add(1)
					} else if !strings.HasPrefix(outcome(err), "AlreadyExistsException") {
						t.Errorf("ReplicateKey: %v", err)
					}
				})
			}
		}
		wg.Wait()
		srv.Advance(0)
		slices.Sort(regions)
		for _, region := range regions {
			if n := made[region].Load(); n != 1 {
				t.Errorf("%d replicas were made in %s", n, region)
			}
			if got := u.in(region).relations(key); got != "REPLICA of us-east-1 + "+strings.Join(regions, " + ") {
				t.Errorf("in %s: %s", region, got)
			}
		}
		if n := len(eventsNamed(t, srv, "CreateKey")); n != 1+len(regions) {
			t.Errorf("%d CreateKey events", n)
		}
	})
}

// TestMultiRegionKeysOnNodes asks one node and looks at the other.
func TestMultiRegionKeysOnNodes(t *testing.T) {
	one, two := nodes(t)
	a, b := root(t, one), root(t, two)
	key := a.primary()
	_, err := b.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new(ireland)})
	must(t, "ReplicateKey", err)
	for start := time.Now(); a.in(ireland).describe(key).KeyState != types.KeyStateEnabled; {
		if time.Since(start) > 5*time.Second {
			t.Fatal("the replica is not ready")
		}
	}
	if text, err := a.in(ireland).decrypt(b.encrypt(key, "text", nil), nil); text != "text" || err != nil {
		t.Errorf("decrypts to %q, %v", text, err)
	}
	must(t, "RotateKeyOnDemand", b.rotate(key))
	if here, there := *a.describe(key).CurrentKeyMaterialId, *a.in(ireland).describe(key).CurrentKeyMaterialId; here != there {
		t.Errorf("the materials are %s and %s", here, there)
	}
	must(t, "UpdatePrimaryRegion", a.makePrimary(key, ireland))
	if got := b.relations(key); got != "REPLICA of eu-west-1 + us-east-1" {
		t.Errorf("the old primary is %s", got)
	}
	one.Advance(0)
	if state := b.describe(key).KeyState; state != types.KeyStateEnabled {
		t.Errorf("the old primary is %s", state)
	}
}
