package kms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/store"
)

// schedule begins the waiting period of a key, and lets it end.
func (v *vaults) schedule(key string) {
	v.t.Helper()
	v.scheduled(key)
	v.clock.Advance(8 * day)
}

// scheduled begins the waiting period of a key.
func (v *vaults) scheduled(key string) {
	v.t.Helper()
	_, err := v.ScheduleKeyDeletion(v.t.Context(), v.calling("ScheduleKeyDeletion"), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(7))})
	must(v.t, "ScheduleKeyDeletion", err)
}

// deleteDue deletes what is due: keys, and then their material in clusters.
func (v *vaults) deleteDue() (int, error) {
	n, err := v.DeleteDueKeys(v.t.Context())
	return n, errors.Join(err, v.DeleteHSMKeys(v.t.Context()))
}

// deletions is how much material in HSMs is on the list of what is to go.
func (v *vaults) deletions() int {
	v.t.Helper()
	all, err := v.db.Scan(v.t.Context(), "kms-hsm-deletion", store.Range{})
	must(v.t, "Scan", err)
	return len(all)
}

// TestDeleteHSMKey deletes keys of clusters that do, or do not, delete the material.
func TestDeleteHSMKey(t *testing.T) {
	cases := []struct {
		name   string
		before func(v *vaults, ks string, h *hsm) // the waiting period ends
		want   string
		left   int // keys in the cluster
	}{
		{"connected", func(*vaults, string, *hsm) {}, "SUCCESS", 0},
		{"deleted by hand before", func(_ *vaults, _ string, h *hsm) { h.set(func(h *hsm) { h.keys = nil }) }, "SUCCESS", 0},
		{"disconnected", func(v *vaults, ks string, _ *hsm) { v.disconnectNow(ks) }, "FAILURE", 1},
		{"out of reach", func(_ *vaults, _ string, h *hsm) { h.set(func(h *hsm) { h.fails = cloudhsm.ErrUnreachable }) }, "FAILURE", 1},
		{"in trouble", func(_ *vaults, _ string, h *hsm) { h.set(func(h *hsm) { h.fails = errors.New("CKR_DEVICE_ERROR") }) }, "FAILURE", 1},
	}
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const origin = types.OriginTypeAwsCloudhsm
		ks := v.connected(origin)
		for _, c := range cases {
			h := v.clusters.hsm(firstCluster)
			h.set(func(h *hsm) { h.keys, h.fails = nil, nil })
			key := v.key(origin, ks)
			arn, id := *v.metadata(key).Arn, v.backingID()
			c.before(v, ks, h)
			v.journal.events = nil
			v.schedule(key)
			if n, err := v.deleteDue(); n != 1 || err != nil {
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
			if n, err := v.deleteDue(); n != 0 || err != nil || len(v.journal.events) != 1 {
				t.Errorf("%s: a second run deleted %d keys, %v; %d events", c.name, n, err, len(v.journal.events))
			}
			if v.is(ks) != "CONNECTED" {
				v.connectNow(ks)
			}
		}
		if n := v.deletions(); n != 0 {
			t.Errorf("%d deletions wait for another attempt", n)
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
		if _, err := v.deleteDue(); !errors.Is(err, errStop) {
			t.Fatalf("DeleteDueKeys: %v", err)
		}
		if n := v.deletions(); n != 1 {
			t.Errorf("%d deletions wait", n)
		}
		_, err := v.DescribeKey(t.Context(), v.calling("DescribeKey"), &kms.DescribeKeyInput{KeyId: &key})
		wantException(t, "DescribeKey of the deleted key", err, "NotFoundException")
		v.mend()
		if _, err := v.deleteDue(); err != nil || len(v.journal.events) != 1 {
			t.Errorf("the next run: %v, %d events", err, len(v.journal.events))
		}
		if n, left := v.deletions(), v.clusters.hsm(firstCluster).count(); n != 0 || left != 0 {
			t.Errorf("%d deletions wait, %d keys are left", n, left)
		}
	})
}

// TestDeleteSilentCluster deletes many keys of a cluster that does not answer, or hangs: it is asked
// once.
func TestDeleteSilentCluster(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeAwsCloudhsm
	ks := v.connected(origin)
	h := v.clusters.hsm(firstCluster)
	for _, fails := range []error{cloudhsm.ErrUnreachable, context.DeadlineExceeded} {
		h.set(func(h *hsm) { h.fails = nil })
		for range 5 {
			v.scheduled(v.key(origin, ks))
		}
		v.clock.Advance(8 * day)
		h.set(func(h *hsm) { h.fails, h.calls, h.unbounded = fails, nil, 0 })
		if n, err := v.deleteDue(); n != 5 || err != nil {
			t.Fatalf("%d keys deleted, %v", n, err)
		}
		if fmt.Sprint(h.calls) != "[Destroy]" || h.unbounded != 0 {
			t.Errorf("%v: the cluster was asked for %v", fails, h.calls)
		}
	}
	if n := v.deletions(); n != 0 {
		t.Errorf("%d deletions wait for another attempt", n)
	}
	for _, e := range v.journal.events[len(v.journal.events)-5:] {
		if !strings.Contains(data(e), `"deletionStatus":"FAILURE"`) {
			t.Errorf("the journal has %s", data(e))
		}
	}
}

// TestDeleteHangingCluster deletes keys while the cluster of another store hangs: neither other
// keys nor those of other clusters wait for it.
func TestDeleteHangingCluster(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeAwsCloudhsm
	in := v.hsm("another")
	in.CloudHsmClusterId, in.TrustAnchorCertificate = new(otherCluster), &v.otherAnchor
	hangs, other := v.connected(origin), v.made(in)
	v.connectNow(other)
	v.scheduled(v.key(origin, hangs))
	v.scheduled(v.key(origin, other))
	v.clock.Advance(8 * day)
	inside, gate, gone := make(chan struct{}), make(chan struct{}), make(chan struct{})
	v.clusters.hsm(firstCluster).set(func(h *hsm) { h.before = func(string) { close(inside); <-gate } })
	v.clusters.hsm(otherCluster).set(func(h *hsm) { h.before = func(string) { <-inside; close(gone) } })
	if n, err := v.DeleteDueKeys(t.Context()); n != 2 || err != nil {
		t.Fatalf("%d keys deleted, %v", n, err)
	}
	done := make(chan error)
	go func() { done <- v.DeleteHSMKeys(t.Context()) }()
	<-gone // while the other hangs
	close(gate)
	must(t, "DeleteHSMKeys", <-done)
	for _, cluster := range []string{firstCluster, otherCluster} {
		if n := v.clusters.hsm(cluster).count(); n != 0 {
			t.Errorf("%d keys are left in %s", n, cluster)
		}
	}
}

// TestDeleteInAnotherCluster has a store that gets another cluster when the key is deleted and the
// material is not yet. That the new one does not have it does not prove that the old one does not.
func TestDeleteInAnotherCluster(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeAwsCloudhsm
	ks := v.connected(origin)
	v.scheduled(v.key(origin, ks))
	v.clock.Advance(8 * day)
	if n, err := v.DeleteDueKeys(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d keys deleted, %v", n, err)
	}
	v.moveTo(ks, twinCluster)
	must(t, "DeleteHSMKeys", v.DeleteHSMKeys(t.Context()))
	if got := data(v.journal.events[len(v.journal.events)-1]); !strings.Contains(got, "clusterId="+firstCluster) || !strings.Contains(got, `"deletionStatus":"FAILURE"`) {
		t.Errorf("the journal has %s", got)
	}
	if n := v.clusters.hsm(twinCluster).calls; len(n) != 0 {
		t.Errorf("the new cluster was asked for %v", n)
	}
}

// moveTo gives a connected store another cluster, made of a backup of its own.
func (v *vaults) moveTo(ks, cluster string) {
	v.t.Helper()
	v.disconnectNow(ks)
	has, _ := rules.Passwords(v.t, v.db, ks)
	v.clusters.change(cluster, func(c *hsmCluster) { c.password = has })
	must(v.t, "UpdateCustomKeyStore", v.change(ks, kms.UpdateCustomKeyStoreInput{CloudHsmClusterId: &cluster}))
	v.connectNow(ks)
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
