package kms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/material/materialtest"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// expiries are the material ids in the records of expirations of a key, "" for those without.
func expiries(t testing.TB, srv *keysteadtest.Server, arn string) (ids []string) {
	t.Helper()
	for _, r := range eventsNamed(t, srv, "DeleteExpiredKeyMaterial") {
		var e struct {
			EventType           string
			ReadOnly            bool
			UserIdentity        map[string]string
			ServiceEventDetails map[string]string
			RequestParameters   any
			ResponseElements    any
			Resources           []map[string]string
		}
		must(t, "parse the record", json.Unmarshal(r.JSON, &e))
		if e.Resources[0]["ARN"] != arn {
			continue
		}
		if e.EventType != "AwsServiceEvent" || e.ReadOnly || e.UserIdentity["invokedBy"] != "AWS Internal" || len(e.Resources) != 1 ||
			e.RequestParameters != nil || e.ResponseElements != nil || r.Keys[0] != arn || e.ServiceEventDetails["keyId"] == "" {
			t.Errorf("the record is %s", r.JSON)
		}
		ids = append(ids, e.ServiceEventDetails["keyMaterialId"])
	}
	return ids
}

// TestExpiry: at its time material is deleted, whatever the state of the key.
func TestExpiry(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		at := time.Now().Add(3 * time.Hour).Truncate(time.Second)
		type subject struct {
			importer
			m  []byte
			id string
		}
		make := func(spec types.KeySpec) subject {
			i, m := u.importer(u.external(spec)), newMaterial(t, spec)
			return subject{i, m, i.must(m, until(at))}
		}
		enabled, disabled, pending, mac := make(types.KeySpecSymmetricDefault), make(types.KeySpecSymmetricDefault), make(types.KeySpecSymmetricDefault), make(types.KeySpecHmac256)
		extended, endless := make(types.KeySpecSymmetricDefault), make(types.KeySpecSymmetricDefault)
		extended.must(extended.m, until(at.Add(time.Hour)))
		endless.must(endless.m)
		blob := u.encrypt(enabled.key, "text", nil)
		u.disable(disabled.key)
		u.scheduleDeletion(pending.key, 7)
		if m := u.describe(enabled.key); m.ExpirationModel != types.ExpirationModelTypeKeyMaterialExpires || !m.ValidTo.Equal(at) {
			t.Errorf("the material is %s, until %v; want %v", m.ExpirationModel, m.ValidTo, at)
		}

		srv.Advance(3*time.Hour - time.Minute)
		u.wantState(enabled.key, "a minute before", types.KeyStateEnabled)
		srv.Advance(2 * time.Minute)
		for _, s := range []struct {
			subject
			state types.KeyState
			want  []string
		}{
			{enabled, types.KeyStatePendingImport, []string{enabled.id}}, {disabled, types.KeyStatePendingImport, []string{disabled.id}},
			{pending, types.KeyStatePendingDeletion, []string{pending.id}}, {mac, types.KeyStatePendingImport, []string{""}},
			{extended, types.KeyStateEnabled, nil}, {endless, types.KeyStateEnabled, nil},
		} {
			m := u.wantState(s.key, "when the time is over", s.state)
			if got := expiries(t, srv, u.keyARN(s.key)); !slices.Equal(got, s.want) {
				t.Errorf("a key that is %s then has records of %q, want %q", s.state, got, s.want)
			}
			if expires := s.key == extended.key; (m.ValidTo != nil) != expires || (m.ExpirationModel == types.ExpirationModelTypeKeyMaterialExpires) != expires {
				t.Errorf("a key that is %s then has material until %v (%s)", s.state, m.ValidTo, m.ExpirationModel)
			}
		}
		_, err := u.decrypt(blob, nil)
		wantOutcome(t, "Decrypt", err, "KMSInvalidStateException: "+u.keyARN(enabled.key)+" is pending import.")
		_, err = u.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: &pending.key})
		must(t, "CancelKeyDeletion", err)
		u.wantState(pending.key, "after its deletion was cancelled", types.KeyStatePendingImport)
		enabled.must(enabled.m, until(at.Add(30*day)))
		if text, err := u.decrypt(blob, nil); err != nil || text != "text" {
			t.Errorf("with its material again, the key decrypts to %q, %v", text, err)
		}
		mac.must(mac.m)
		u.wantState(mac.key, "with its material", types.KeyStateEnabled)
	})
}

// TestExpiryOfWaitingMaterial: the key does without it.
func TestExpiryOfWaitingMaterial(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		i, at := u.importer(u.external("")), time.Now().Add(time.Hour)
		i.must(randomBytes(32), until(at.Add(day)))
		waiting := i.must(randomBytes(32), asNew, until(at))
		if m := u.describe(i.key); m.ValidTo.Sub(at).Abs() > time.Second {
			t.Errorf("the first material expires at %v, want %v", m.ValidTo, at)
		}
		srv.Advance(time.Hour + time.Minute)
		u.wantState(i.key, "without what waited", types.KeyStateEnabled)
		if got := expiries(t, srv, u.keyARN(i.key)); !slices.Equal(got, []string{waiting}) {
			t.Errorf("records of %q, want %q", got, waiting)
		}
		_, err := u.RotateKeyOnDemand(t.Context(), &kms.RotateKeyOnDemandInput{KeyId: &i.key})
		wantOutcome(t, "RotateKeyOnDemand", err, "KMSInvalidStateException: No available key material pending rotation for the key: "+u.keyARN(i.key)+".")
		id := i.must(randomBytes(32), asNew)
		_, err = u.RotateKeyOnDemand(t.Context(), &kms.RotateKeyOnDemandInput{KeyId: &i.key})
		must(t, "RotateKeyOnDemand", err)
		if m := u.describe(i.key); *m.CurrentKeyMaterialId != id {
			t.Errorf("after the rotation the material is %s, want %s", *m.CurrentKeyMaterialId, id)
		}
		srv.Advance(day) // the former material, which the key needs
		u.wantState(i.key, "without its former material", types.KeyStatePendingImport)
	})
}

// TestDeletionEndsExpiry: a key that is gone expires no more.
func TestDeletionEndsExpiry(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(url))
		u := root(t, srv)
		i := u.importer(u.external(""))
		m := randomBytes(32)
		db := storetest.Open(t, store.Options{URL: url, Sealer: sealer(t, srv)})
		left := func() string {
			t.Helper()
			found, err := db.Scan(t.Context(), "kms-expiry", store.Range{Prefix: "us-east-1/" + i.key})
			must(t, "Scan", err)
			return fmt.Sprintf("%d kms-expiry, %s", len(found), records(t, db, i.key))
		}
		i.must(m, until(time.Now().Add(30*day)))
		if got := left(); got != "1 kms-expiry, 1 kms-key, 1 kms-material, 0 kms-alias" {
			t.Errorf("with material that expires there are %s", got)
		}
		i.must(m)
		if got := left(); got != "0 kms-expiry, 1 kms-key, 1 kms-material, 0 kms-alias" {
			t.Errorf("with material that does not expire there are %s", got)
		}
		i.must(m, until(time.Now().Add(30*day)))
		u.deleteMaterial(i.key, nil)
		if got := left(); got != "0 kms-expiry, 1 kms-key, 0 kms-material, 0 kms-alias" {
			t.Errorf("without material there are %s", got)
		}
		i.must(m, until(time.Now().Add(30*day)))
		u.scheduleDeletion(i.key, 7)
		srv.Advance(8 * day)
		if got := left(); got != "0 kms-expiry, 0 kms-key, 0 kms-material, 0 kms-alias" {
			t.Errorf("after the deletion there are %s", got)
		}
	})
}

// withExpiry makes a key with material that expires in an hour, and a ciphertext of it.
func (f *frail) withExpiry() (key string, blob []byte) {
	f.t.Helper()
	ctx := f.t.Context()
	out, err := f.CreateKey(ctx, f.caller(), &kms.CreateKeyInput{Origin: types.OriginTypeExternal})
	must(f.t, "CreateKey", err)
	key = *out.KeyMetadata.KeyId
	f.importForAnHour(f.caller(), key, randomBytes(32))
	e, err := f.Encrypt(ctx, f.caller(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte("text")})
	must(f.t, "Encrypt", err)
	return key, e.CiphertextBlob
}

// importForAnHour imports material in the caller's Region that expires in an hour.
func (f *frail) importForAnHour(c *iam.Caller, key string, m []byte) {
	f.t.Helper()
	p, err := f.GetParametersForImport(f.t.Context(), c, &kms.GetParametersForImportInput{
		KeyId: &key, WrappingAlgorithm: oaep, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	})
	must(f.t, "GetParametersForImport", err)
	_, err = f.ImportKeyMaterial(f.t.Context(), c, &kms.ImportKeyMaterialInput{
		KeyId: &key, ImportToken: p.ImportToken, EncryptedKeyMaterial: materialtest.Wrap(f.t, p.PublicKey, oaep, m),
		ValidTo: new(f.clock.Now().Add(time.Hour)),
	})
	must(f.t, "ImportKeyMaterial", err)
}

// TestExpiryOfRelatedKey: a call that changes two related keys does not find material of the
// other one that has expired, although no job has run.
func TestExpiryOfRelatedKey(t *testing.T) {
	const there = "eu-west-1"
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		f, ctx, m := newFrail(t, fresh(t)), t.Context(), randomBytes(32)
		out, err := f.CreateKey(ctx, f.caller(), &kms.CreateKeyInput{Origin: types.OriginTypeExternal, MultiRegion: new(true)})
		must(t, "CreateKey", err)
		key := *out.KeyMetadata.KeyId
		f.importForAnHour(f.caller(), key, slices.Clone(m))
		_, err = f.ReplicateKey(ctx, f.caller(), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new(there)})
		must(t, "ReplicateKey", err)
		_, err = f.SynchronizeDueKeys(ctx)
		must(t, "SynchronizeDueKeys", err)
		f.importForAnHour(f.in(there), key, slices.Clone(m))
		f.clock.Advance(time.Minute)
		f.importForAnHour(f.caller(), key, m) // again, a minute longer
		f.clock.Advance(59 * time.Minute)
		_, err = f.UpdatePrimaryRegion(ctx, f.caller(), &kms.UpdatePrimaryRegionInput{KeyId: &key, PrimaryRegion: new(there)})
		wantOutcome(t, "UpdatePrimaryRegion", err, "KMSInvalidStateException: arn:aws:kms:"+there+":000000000000:key/"+key+" is pending import.")
	})
}

// TestExpiryAtTheVeryMoment: no call works with expired material, whether a job has run or not,
// and many calls at once delete it once.
func TestExpiryAtTheVeryMoment(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		f := newFrail(t, fresh(t))
		ctx := t.Context()
		for name, call := range map[string]func(key string, blob []byte) error{
			"Encrypt": func(key string, _ []byte) error {
				_, err := f.Encrypt(ctx, f.caller(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x")})
				return err
			},
			"Decrypt": func(_ string, blob []byte) error {
				_, err := f.Decrypt(ctx, f.caller(), &kms.DecryptInput{CiphertextBlob: blob})
				return err
			},
			"EnableKey": func(key string, _ []byte) error {
				_, err := f.EnableKey(ctx, f.caller(), &kms.EnableKeyInput{KeyId: &key})
				return err
			},
		} {
			f.mend()
			key, blob := f.withExpiry()
			f.clock.Advance(time.Hour - time.Second)
			must(t, name+" before", call(key, blob))
			f.clock.Advance(time.Second)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					wantOutcome(t, name, call(key, blob), "KMSInvalidStateException: arn:aws:kms:us-east-1:000000000000:key/"+key+" is pending import.")
				})
			}
			wg.Wait()
			if n := len(f.journal.events); n != 1 {
				t.Errorf("%s: %d records, want 1", name, n)
			}
			if got := records(t, f.db, key); got != "1 kms-key, 0 kms-material, 0 kms-alias" {
				t.Errorf("%s leaves %s", name, got)
			}
			if n, err := f.ExpireDueMaterial(ctx); n != 0 || err != nil {
				t.Errorf("%s: the job found %d keys more, %v", name, n, err)
			}
		}
	})
}

// TestExpiryInterrupted: without its record no material goes, and is of no use either.
func TestExpiryInterrupted(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		f := newFrail(t, fresh(t))
		key, blob := f.withExpiry()
		f.clock.Advance(2 * time.Hour)
		f.journal.err = errStop
		if n, err := f.ExpireDueMaterial(t.Context()); n != 0 || !errors.Is(err, errStop) {
			t.Errorf("%d keys, error %v", n, err)
		}
		if _, err := f.Decrypt(t.Context(), f.caller(), &kms.DecryptInput{CiphertextBlob: blob}); !errors.Is(err, errStop) {
			t.Errorf("Decrypt: %v", err)
		}
		if got := records(t, f.db, key); got != "1 kms-key, 1 kms-material, 0 kms-alias" {
			t.Errorf("there are %s", got)
		}
		f.mend()
		if n, err := f.ExpireDueMaterial(t.Context()); n != 1 || err != nil || len(f.journal.events) != 1 {
			t.Errorf("the next run: %d keys, error %v, %d records", n, err, len(f.journal.events))
		}
		if got := records(t, f.db, key); got != "1 kms-key, 0 kms-material, 0 kms-alias" {
			t.Errorf("the next run left %s", got)
		}
		if n, err := f.ExpireDueMaterial(t.Context()); n != 0 || err != nil {
			t.Errorf("a third run: %d keys, error %v", n, err)
		}
	})
}
