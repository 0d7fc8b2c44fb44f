package kms_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestCreateCustomKeyRefusals has what does not fit together, and what the store is not fit for.
func TestCreateCustomKeyRefusals(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const hsm, external = types.OriginTypeAwsCloudhsm, types.OriginTypeExternalKeyStore
	hsms, proxies := v.connected(hsm), v.connected(external)
	with := func(o types.OriginType, ks string, change func(*kms.CreateKeyInput)) kms.CreateKeyInput {
		in := v.input(o, ks)
		change(&in)
		return in
	}
	for name, c := range map[string]struct {
		in   kms.CreateKeyInput
		want string
	}{
		"no store":          {with(hsm, hsms, func(in *kms.CreateKeyInput) { in.CustomKeyStoreId = nil }), "ValidationException: You must specify CustomKeyStoreId for a KMS key with Origin AWS_CLOUDHSM."},
		"no external store": {with(external, proxies, func(in *kms.CreateKeyInput) { in.CustomKeyStoreId = nil }), "ValidationException: You must specify CustomKeyStoreId for a KMS key with Origin EXTERNAL_KEY_STORE."},
		"no origin":         {kms.CreateKeyInput{CustomKeyStoreId: &hsms}, "ValidationException: You must specify Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE for a KMS key in a custom key store."},
		"to be imported":    {kms.CreateKeyInput{CustomKeyStoreId: &hsms, Origin: types.OriginTypeExternal}, "ValidationException: You must specify Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE for a KMS key in a custom key store."},
		"unknown store":     {v.input(hsm, "cks-00000000000000000"), "CustomKeyStoreNotFoundException: Custom key store cks-00000000000000000 is not found."},
		"of another type":   {v.input(hsm, proxies), "UnsupportedOperationException: Origin AWS_CLOUDHSM is not valid for a custom key store of type EXTERNAL_KEY_STORE."},
		"of the other type": {v.input(external, hsms), "UnsupportedOperationException: Origin EXTERNAL_KEY_STORE is not valid for a custom key store of type AWS_CLOUDHSM."},
		"RSA": {with(hsm, hsms, func(in *kms.CreateKeyInput) {
			in.KeySpec, in.KeyUsage = types.KeySpecRsa2048, types.KeyUsageTypeSignVerify
		}), "UnsupportedOperationException: KeySpec RSA_2048 is not supported in a custom key store."},
		"HMAC": {with(external, proxies, func(in *kms.CreateKeyInput) {
			in.KeySpec, in.KeyUsage = types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac
		}), "UnsupportedOperationException: KeySpec HMAC_256 is not supported in a custom key store."},
		"multi-Region":      {with(hsm, hsms, func(in *kms.CreateKeyInput) { in.MultiRegion = new(true) }), "UnsupportedOperationException: Multi-Region keys are not supported in a custom key store."},
		"no external key":   {with(external, proxies, func(in *kms.CreateKeyInput) { in.XksKeyId = nil }), "ValidationException: You must specify XksKeyId for a KMS key with Origin EXTERNAL_KEY_STORE."},
		"needless XksKeyId": {with(hsm, hsms, func(in *kms.CreateKeyInput) { in.XksKeyId = new("key") }), "ValidationException: XksKeyId is only valid with Origin EXTERNAL_KEY_STORE."},
		"a path":            {with(external, proxies, func(in *kms.CreateKeyInput) { in.XksKeyId = new("..") }), "ValidationException: XksKeyId is not a valid external key ID."},
		"unknown key":       {with(external, proxies, func(in *kms.CreateKeyInput) { in.XksKeyId = new("unknown") }), "XksKeyNotFoundException: The external key"},
	} {
		_, _, err := v.createKey(c.in)
		if got := outcome(err); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	if n := v.clusters.hsm(firstCluster).count(); n != 0 {
		t.Errorf("the refused keys have left %d in the cluster", n)
	}
}

// TestCreateExternalKeyFailures has external keys that are not fit, and proxies that fail.
func TestCreateExternalKeyFailures(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	ks := v.connected(types.OriginTypeExternalKeyStore)
	both := []string{xks.UsageEncrypt, xks.UsageDecrypt}
	for id, m := range map[string]xks.KeyMetadata{
		"aes-128":  {Spec: "AES_128", Usage: both, Status: xks.StatusEnabled},
		"disabled": {Spec: xks.KeySpecAES256, Usage: both, Status: xks.StatusDisabled},
		"encrypts": {Spec: xks.KeySpecAES256, Usage: both[:1], Status: xks.StatusEnabled},
	} {
		v.proxy.SetKey(id, xkstest.Key{KeyMetadata: m})
		in := v.input(types.OriginTypeExternalKeyStore, ks)
		in.XksKeyId = &id
		_, _, err := v.createKey(in)
		wantException(t, id, err, "XksKeyInvalidConfigurationException")
	}
	for name, want := range map[xks.ErrorName]string{
		xks.ValidationException: "CustomKeyStoreInvalidStateException", xks.AuthenticationFailedException: "CustomKeyStoreInvalidStateException",
		xks.AccessDeniedException: "CustomKeyStoreInvalidStateException", xks.InvalidStateException: "XksKeyInvalidConfigurationException",
		xks.KeyNotFoundException: "XksKeyNotFoundException", xks.ThrottlingException: "CustomKeyStoreInvalidStateException",
	} {
		v.proxy.Set(xkstest.Fails(name, "secret detail"))
		_, event, err := v.createKey(v.input(types.OriginTypeExternalKeyStore, ks))
		wantException(t, string(name), err, want)
		if strings.Contains(outcome(err), "secret") {
			t.Errorf("%s: the caller sees the proxy's message: %v", name, err)
		}
		seen := v.proxy.Seen()
		m := seen[len(seen)-1].Metadata
		if m.RequestID != event.RequestID || m.Operation != "CreateKey" || m.KeyARN != "" || m.PrincipalARN != "arn:aws:iam::000000000000:root" {
			t.Errorf("the proxy was told %+v", m)
		}
	}
	v.proxy.Set(nil)
	v.key(types.OriginTypeExternalKeyStore, ks)
}

// TestCreateHSMKeyFailures has clusters that fail. None of the keys leaves material behind.
func TestCreateHSMKeyFailures(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const origin = types.OriginTypeAwsCloudhsm
		ks := v.connected(origin)
		h := v.clusters.hsm(firstCluster)
		for err, want := range map[error]string{
			cloudhsm.ErrTooFewHSMs:  "CloudHsmClusterInvalidConfigurationException",
			cloudhsm.ErrUnreachable: "DependencyTimeoutException",
			cloudhsm.ErrThrottled:   "KMSInternalException",
		} {
			h.set(func(h *hsm) { h.fails = err })
			_, _, got := v.createKey(v.input(origin, ks))
			wantException(t, err.Error(), got, want)
		}
		h.set(func(h *hsm) { h.fails = nil })
		v.clusters.change(firstCluster, func(c *hsmCluster) { c.ActiveHSMs, c.Zones = 1, 1 })
		_, _, err := v.createKey(v.input(origin, ks))
		wantException(t, "one HSM", err, "CloudHsmClusterInvalidConfigurationException")
		v.clusters.change(firstCluster, func(c *hsmCluster) { c.ActiveHSMs, c.Zones, c.State = 2, 2, "DELETED" })
		_, _, err = v.createKey(v.input(origin, ks))
		wantException(t, "a deleted cluster", err, "CloudHsmClusterInvalidConfigurationException")
		v.clusters.change(firstCluster, func(c *hsmCluster) { c.State = "ACTIVE" })

		// The store is disconnected while the HSMs make the key.
		h.set(func(h *hsm) {
			h.before = func(call string) {
				switch call {
				case "Generate":
					v.disconnectNow(ks)
				case "Destroy":
					t.Error("kmsuser is logged in at a cluster of a disconnected store")
				}
			}
		})
		_, _, err = v.createKey(v.input(origin, ks))
		wantException(t, "disconnected meanwhile", err, "CustomKeyStoreInvalidStateException")
		if h.count() != 1 || v.deletions() == 0 {
			t.Errorf("%d keys in the cluster, %d to be deleted; the orphan can't be removed while the store is disconnected", h.count(), v.deletions())
		}
		// The job removes it if the store is connected in time.
		h.set(func(h *hsm) { h.before = nil })
		v.connectNow(ks)
		v.clock.Advance(10 * time.Minute)
		v.journal.events = nil
		if _, err := v.deleteDue(); err != nil || h.count() != 0 || v.deletions() != 0 || len(v.journal.events) != 0 {
			t.Errorf("afterwards: %v, %d keys in the cluster, %d to be deleted, %d events", err, h.count(), v.deletions(), len(v.journal.events))
		}
	})
}

// TestCreateKeyInAnotherCluster has a store that gets another cluster while the old one makes the key:
// there is no key without its material.
func TestCreateKeyInAnotherCluster(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const origin = types.OriginTypeAwsCloudhsm
		ks := v.connected(origin)
		v.clusters.hsm(firstCluster).set(func(h *hsm) {
			h.before = func(call string) {
				if call == "Generate" {
					v.moveTo(ks, twinCluster)
				}
			}
		})
		_, _, err := v.createKey(v.input(origin, ks))
		wantException(t, "CreateKey", err, "CustomKeyStoreInvalidStateException")
		if all := reports(t, v); len(all) != 0 {
			t.Errorf("there is a key: %+v", all)
		}
	})
}

// TestCreateHSMKeyKilled ends CreateKey between the material and the record of the key, as a kill
// does: nothing of it can run any more. The job removes the material.
func TestCreateHSMKeyKilled(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const origin = types.OriginTypeAwsCloudhsm
		ks := v.connected(origin)
		h := v.clusters.hsm(firstCluster)
		key := v.key(origin, ks)
		killed := errors.New("killed")
		stop := false
		h.set(func(h *hsm) {
			h.before = func(call string) {
				switch {
				case call == "Generate":
					if v.deletions() != 1 {
						t.Error("the material is made, and no record says that it may be there")
					}
				case stop && call == "Destroy":
					h.fails = killed
				}
			}
		})
		// One that is made is on no list.
		second := v.key(origin, ks)
		if n := v.deletions(); n != 0 || h.count() != 2 {
			t.Fatalf("%d deletions wait after CreateKey, %d keys", n, h.count())
		}
		// The record of the key can't be stored, and the material can't be removed.
		stop = true
		v.clusters.keep = killed
		_, _, err := v.createKey(v.input(origin, ks))
		if !errors.Is(err, killed) {
			t.Fatalf("CreateKey: %v", err)
		}
		if n := v.deletions(); n != 1 || h.count() != 3 {
			t.Fatalf("%d deletions wait, %d keys in the cluster", n, h.count())
		}
		v.clusters.keep = nil
		h.set(func(h *hsm) { h.before, h.fails = nil, nil })
		// Who is still making a key gets its time.
		if _, err := v.deleteDue(); err != nil || h.count() != 3 {
			t.Errorf("at once: %v, %d keys in the cluster", err, h.count())
		}
		v.clock.Advance(10 * time.Minute)
		if _, err := v.deleteDue(); err != nil || h.count() != 2 || v.deletions() != 0 {
			t.Errorf("later: %v, %d keys in the cluster, %d to be deleted", err, h.count(), v.deletions())
		}
		for _, k := range []string{key, second} {
			if _, _, err := v.encrypt(k); err != nil {
				t.Errorf("the other keys: %v", err)
			}
		}
	})
}

// TestCreateHSMKeyLate stores a key whose material somebody else has destroyed, because it took too
// long: there is no key without material.
func TestCreateHSMKeyLate(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeAwsCloudhsm
	ks := v.connected(origin)
	h := v.clusters.hsm(firstCluster)
	h.set(func(h *hsm) {
		h.after = func(call string) {
			if call == "Generate" {
				v.clock.Advance(10 * time.Minute)
				if _, err := v.deleteDue(); err != nil || h.count() != 0 {
					t.Errorf("meanwhile: %v, %d keys in the cluster", err, h.count())
				}
			}
		}
	})
	if m, _, err := v.createKey(v.input(origin, ks)); !errors.Is(err, cloudhsm.ErrNoKey) {
		t.Errorf("CreateKey: %+v, %v", m, err)
	}
}

// TestCreateHSMKeyLast stores a key at the last moment: when its material is due to go, and the job
// has begun with other material, or with this one. A key that there is has its material.
func TestCreateHSMKeyLast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		holds int // the deletion that waits until CreateKey has ended
		want  string
	}{
		{"before its turn", 1, "ok"},
		{"in its turn", 2, cloudhsm.ErrNoKey.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVaults(t, sqlite(t))
			const origin = types.OriginTypeAwsCloudhsm
			ks := v.connected(origin)
			h := v.clusters.hsm(firstCluster)
			other := v.key(origin, ks)
			v.scheduled(other)
			v.clock.Advance(8 * day)
			if n, err := v.DeleteDueKeys(t.Context()); n != 1 || err != nil {
				t.Fatalf("%d keys deleted, %v", n, err)
			}
			inside, gate, done := make(chan struct{}), make(chan struct{}), make(chan error)
			destroys := 0
			h.set(func(h *hsm) {
				h.before = func(call string) {
					if call != "Destroy" {
						return
					}
					if destroys++; destroys == c.holds {
						close(inside)
						<-gate
					}
				}
				h.after = func(string) { // Generate has made the material, and CreateKey takes its time
					v.clock.Advance(10 * time.Minute)
					go func() { done <- v.DeleteHSMKeys(t.Context()) }()
					<-inside
					if c.holds == 2 {
						h.set(func(h *hsm) { h.before = nil }) // for what CreateKey removes itself
					}
				}
			})
			m, _, err := v.createKey(v.input(origin, ks))
			close(gate)
			must(t, "DeleteHSMKeys", <-done)
			h.set(func(h *hsm) { h.before, h.after = nil, nil })
			if got := outcome(err); !strings.Contains(got, c.want) {
				t.Errorf("CreateKey: %s, want %s", got, c.want)
			}
			if err == nil {
				if _, _, err := v.encrypt(*m.KeyId); err != nil {
					t.Errorf("the key has lost its material: %v", err)
				}
			} else if h.count() != 0 {
				t.Errorf("%d keys of no KMS key are left", h.count())
			}
			if n := v.deletions(); n != 0 {
				t.Errorf("%d deletions wait", n)
			}
		})
	}
}

// TestCreateHSMKeyIV has HSMs whose ciphertexts could not be read back.
func TestCreateHSMKeyIV(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeAwsCloudhsm
	ks := v.connected(origin)
	v.clusters.hsm(firstCluster).set(func(h *hsm) { h.fails = fmt.Errorf("a new key does not work: %w", cloudhsm.ErrIV) })
	_, _, err := v.createKey(v.input(origin, ks))
	want := "CloudHsmClusterInvalidConfigurationException: The CloudHSM cluster " + firstCluster +
		" does not meet the requirements of a custom key store: its HSMs make AES-GCM initialization vectors that do not have 12 bytes."
	if got := outcome(err); got != want {
		t.Errorf("CreateKey:\n got %s\nwant %s", got, want)
	}
}

// TestXksKeyAlreadyInUse makes many keys for one external key at once: one comes of it, and until
// that is deleted there is no other.
func TestXksKeyAlreadyInUse(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const origin = types.OriginTypeExternalKeyStore
		ks := v.connected(origin)
		var wg sync.WaitGroup
		results := make(chan string, 8)
		for range cap(results) {
			wg.Go(func() {
				_, _, err := v.createKey(v.input(origin, ks))
				code, _, _ := strings.Cut(outcome(err), ":")
				results <- code
			})
		}
		wg.Wait()
		close(results)
		counts := map[string]int{}
		for r := range results {
			counts[r]++
		}
		if counts["ok"] != 1 || counts["XksKeyAlreadyInUseException"] != 7 {
			t.Errorf("the calls ended as %v", counts)
		}
		var key string
		for _, r := range reports(t, v) {
			key = r.KeyID
		}
		_, err := v.ScheduleKeyDeletion(t.Context(), v.calling("ScheduleKeyDeletion"), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(7))})
		must(t, "ScheduleKeyDeletion", err)
		_, _, err = v.createKey(v.input(origin, ks))
		wantException(t, "while the other waits for its deletion", err, "XksKeyAlreadyInUseException")
		v.clock.Advance(8 * day)
		if n, err := v.DeleteDueKeys(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d keys deleted, %v", n, err)
		}
		v.key(origin, ks)
	})
}
