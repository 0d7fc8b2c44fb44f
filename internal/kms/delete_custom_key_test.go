package kms_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	rules "github.com/keystead/keystead/internal/kms"
)

// schedule begins the waiting period of a key, and lets it end.
func (v *vaults) schedule(key string) {
	v.t.Helper()
	_, err := v.ScheduleKeyDeletion(v.t.Context(), v.calling("ScheduleKeyDeletion"), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(7))})
	must(v.t, "ScheduleKeyDeletion", err)
	v.clock.Advance(8 * day)
}

// hsmKeys are what is known of material in HSMs.
func (v *vaults) hsmKeys(account, region string) (all []rules.HSMKey) {
	v.t.Helper()
	for k, err := range rules.HSMKeys(v.t.Context(), v.db, account, region) {
		must(v.t, "HSMKeys", err)
		all = append(all, k)
	}
	return all
}

// TestDeleteHSMKey deletes keys of clusters that do, or do not, delete the material.
func TestDeleteHSMKey(t *testing.T) {
	cases := []struct {
		name   string
		before func(v *vaults, ks string, h *hsm) // the waiting period ends
		want   rules.HSMKeyDeletion
		left   int // keys in the cluster
	}{
		{"connected", func(*vaults, string, *hsm) {}, rules.HSMKeyDeleted, 0},
		{"deleted by hand before", func(_ *vaults, _ string, h *hsm) { h.set(func(h *hsm) { h.keys = nil }) }, rules.HSMKeyDeleted, 0},
		{"disconnected", func(v *vaults, ks string, _ *hsm) { v.disconnectNow(ks) }, rules.HSMKeyOrphaned, 1},
		{"out of reach", func(_ *vaults, _ string, h *hsm) { h.set(func(h *hsm) { h.fails = cloudhsm.ErrUnreachable }) }, rules.HSMKeyOrphaned, 1},
		{"in trouble", func(_ *vaults, _ string, h *hsm) { h.set(func(h *hsm) { h.fails = errors.New("CKR_DEVICE_ERROR") }) }, rules.HSMKeyOrphaned, 1},
	}
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const origin = types.OriginTypeAwsCloudhsm
		ks := v.connected(origin)
		for _, c := range cases {
			h := v.clusters.hsm(firstCluster)
			h.set(func(h *hsm) { h.keys, h.fails = nil, nil })
			key := v.key(origin, ks)
			arn, id, created := *v.metadata(key).Arn, v.backingID(), *v.metadata(key).CreationDate
			c.before(v, ks, h)
			v.journal.events = nil
			v.schedule(key)
			if n, err := v.DeleteDueKeys(t.Context()); n != 1 || err != nil {
				t.Fatalf("%s: %d keys deleted, %v", c.name, n, err)
			}
			if h.count() != c.left {
				t.Errorf("%s: %d keys are left in the cluster, want %d", c.name, h.count(), c.left)
			}
			want := fmt.Sprintf(`customKeyStoreId=%s clusterId=%s backingKeys=[{"backingKeyId":"%s"}] backingKeysDeletionStatus=[{"backingKeyId":"%s","deletionStatus":"%s"}]`,
				ks, firstCluster, id, id, c.want)
			if len(v.journal.events) != 1 || v.journal.events[0].Name != "DeleteKey" || data(v.journal.events[0]) != want ||
				string(v.journal.events[0].ResponseElements) != `{"keyId":"`+arn+`"}` || v.journal.events[0].Region != "us-east-1" {
				t.Errorf("%s: the journal has %+v, want %s", c.name, v.journal.events, want)
			}
			var found *rules.HSMKey
			for _, k := range v.hsmKeys("000000000000", "us-east-1") {
				if k.KeyARN == arn {
					found = &k
				}
			}
			if found == nil || found.Outcome != c.want || found.Cluster != firstCluster || found.BackingKeyID != id || found.KeyStore != ks ||
				!found.Created.Equal(created) || !found.Deleted.Equal(v.clock.Now()) && v.clock.Now().Sub(found.Deleted) > time.Minute {
				t.Errorf("%s: of the key is known %+v", c.name, found)
			}
			if n, err := v.DeleteDueKeys(t.Context()); n != 0 || err != nil || len(v.journal.events) != 1 {
				t.Errorf("%s: a second run deleted %d keys, %v; %d events", c.name, n, err, len(v.journal.events))
			}
			if v.is(ks) != "CONNECTED" {
				v.connectNow(ks)
			}
		}
		if n := len(v.hsmKeys("", "")); n != len(cases) {
			t.Errorf("%d keys are known of, want %d", n, len(cases))
		}
		if n := len(v.hsmKeys("111111111111", "")); n != 0 {
			t.Errorf("%d keys of another account", n)
		}
		v.disconnectNow(ks)
		must(t, "DeleteCustomKeyStore", v.remove(ks))
	})
}

// TestDeleteHSMKeyInterrupted stops a deletion between the record of the key and the end.
func TestDeleteHSMKeyInterrupted(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const origin = types.OriginTypeAwsCloudhsm
		ks := v.connected(origin)
		key := v.key(origin, ks)
		v.schedule(key)
		v.journal.events, v.journal.err = nil, errStop
		if _, err := v.DeleteDueKeys(t.Context()); !errors.Is(err, errStop) {
			t.Fatalf("DeleteDueKeys: %v", err)
		}
		if all := v.hsmKeys("", ""); len(all) != 1 || all[0].Outcome != rules.HSMKeyDeletionPending {
			t.Errorf("of the key is known %+v", all)
		}
		_, err := v.DescribeKey(t.Context(), v.calling("DescribeKey"), &kms.DescribeKeyInput{KeyId: &key})
		wantException(t, "DescribeKey of the deleted key", err, "NotFoundException")
		v.mend()
		if _, err := v.DeleteDueKeys(t.Context()); err != nil || len(v.journal.events) != 1 {
			t.Errorf("the next run: %v, %d events", err, len(v.journal.events))
		}
		if all := v.hsmKeys("", ""); len(all) != 1 || all[0].Outcome != rules.HSMKeyDeleted {
			t.Errorf("of the key is known %+v", all)
		}
	})
}

// TestDeleteSilentCluster deletes many keys of a cluster that does not answer: it is asked once.
func TestDeleteSilentCluster(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeAwsCloudhsm
	ks := v.connected(origin)
	for range 5 {
		key := v.key(origin, ks)
		_, err := v.ScheduleKeyDeletion(t.Context(), v.calling("ScheduleKeyDeletion"), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(7))})
		must(t, "ScheduleKeyDeletion", err)
	}
	v.clock.Advance(8 * day)
	h := v.clusters.hsm(firstCluster)
	h.set(func(h *hsm) { h.fails, h.calls = cloudhsm.ErrUnreachable, nil })
	if n, err := v.DeleteDueKeys(t.Context()); n != 5 || err != nil {
		t.Fatalf("%d keys deleted, %v", n, err)
	}
	if fmt.Sprint(h.calls) != "[Destroy]" {
		t.Errorf("the cluster was asked for %v", h.calls)
	}
	for _, k := range v.hsmKeys("", "") {
		if k.Outcome != rules.HSMKeyOrphaned {
			t.Errorf("%+v", k)
		}
	}
}

// TestDeleteExternalKey destroys the KMS key's own material: the external key alone opens nothing,
// not even for a KMS key that comes after.
func TestDeleteExternalKey(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const origin = types.OriginTypeExternalKeyStore
		ks := v.connected(origin)
		key := v.key(origin, ks)
		blob, _, err := v.encrypt(key)
		must(t, "Encrypt", err)
		if got := records(t, v.db, key); got != "1 kms-key, 1 kms-material, 0 kms-alias" {
			t.Errorf("the key has %s", got)
		}
		v.schedule(key)
		v.journal.events = nil
		if n, err := v.DeleteDueKeys(t.Context()); n != 1 || err != nil || len(v.journal.events) != 1 {
			t.Fatalf("%d keys deleted, %v, %d events", n, err, len(v.journal.events))
		}
		if got := records(t, v.db, key); got != "0 kms-key, 0 kms-material, 0 kms-alias" {
			t.Errorf("the deleted key has %s", got)
		}
		again := v.key(origin, ks)
		_, _, err = v.decrypt(blob)
		wantException(t, "Decrypt after the deletion", err, "AccessDeniedException")
		out, err := v.Decrypt(t.Context(), v.calling("Decrypt"), &kms.DecryptInput{KeyId: &again, CiphertextBlob: blob})
		if out != nil {
			t.Error("the next key opens it")
		}
		wantException(t, "Decrypt under the next key", err, "IncorrectKeyException")
	})
}
