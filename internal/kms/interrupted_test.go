package kms_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keypair"
	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/keystore/software"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/kms/kmstest"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

var errStop = errors.New("stop here")

// frail is a service whose deletions can be stopped at each step.
type frail struct {
	*rules.Service
	t       testing.TB
	db      *store.DB
	clock   *clock.Clock
	store   *frailStore
	journal *frailJournal
	options rules.Options
}

func newFrail(t testing.TB, url string, further ...func(*rules.Options)) *frail {
	sealer := storetest.Sealer(t)
	db := storetest.Open(t, store.Options{URL: url, Sealer: sealer})
	f := &frail{t: t, db: db, clock: new(clock.Clock), store: &frailStore{Vault: software.New(db, 1<<20)}, journal: new(frailJournal)}
	o := rules.Options{
		DB: db, Clock: f.clock, Software: f.store, Journal: f.journal, Log: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20,
		Sealer: sealer, Principals: kmstest.Everybody{},
		Pairs: keypair.New(slog.New(slog.DiscardHandler)),
	}
	for _, change := range further {
		change(&o)
	}
	f.options, f.Service = o, rules.New(o)
	return f
}

// mend lets everything succeed again, and forgets the events.
func (f *frail) mend() {
	f.store.before, f.store.after = nil, nil
	*f.journal = frailJournal{}
}

// frailStore is a key store that can fail around the removal of key material.
type frailStore struct {
	keystore.Vault
	before, after func(keystore.Ref) error // nil for no failure
}

// Destroy implements keystore.Store.
func (s *frailStore) Destroy(ctx context.Context, tx *store.Tx, ref keystore.Ref) error {
	if s.before != nil && s.before(ref) != nil {
		return s.before(ref)
	}
	if err := s.Vault.Destroy(ctx, tx, ref); err != nil || s.after == nil {
		return err
	}
	return s.after(ref)
}

// frailJournal is a journal that can fail.
type frailJournal struct {
	err    error
	left   *int // how many events it takes before it fails; nil for all
	events []*cloudtrail.Event
}

// Record implements rules.Journal.
func (j *frailJournal) Record(e *cloudtrail.Event) error {
	if j.left != nil {
		if *j.left--; *j.left < 0 {
			return errStop
		}
	}
	j.events = append(j.events, e)
	return j.err
}

func (f *frail) caller() *iam.Caller {
	return &iam.Caller{
		Principal: iam.Principal{Type: "Root", ARN: "arn:aws:iam::000000000000:root", Account: "000000000000"},
		Region:    "us-east-1", Event: new(cloudtrail.Event),
	}
}

// doomed makes a key with an alias that waits for its deletion.
func (f *frail) doomed() (key string) {
	f.t.Helper()
	ctx := f.t.Context()
	out, err := f.CreateKey(ctx, f.caller(), &kms.CreateKeyInput{})
	must(f.t, "CreateKey", err)
	key = *out.KeyMetadata.KeyId
	_, err = f.CreateAlias(ctx, f.caller(), &kms.CreateAliasInput{AliasName: new(newAlias()), TargetKeyId: &key})
	must(f.t, "CreateAlias", err)
	_, err = f.ScheduleKeyDeletion(ctx, f.caller(), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(7))})
	must(f.t, "ScheduleKeyDeletion", err)
	return key
}

// TestDeletionInterrupted stops a deletion at each step. The key is whole then, and can
// still be saved; the next run finishes.
func TestDeletionInterrupted(t *testing.T) {
	stop := func(keystore.Ref) error { return errStop }
	steps := []struct {
		name  string
		spoil func(*frail)
	}{
		{"before the key material goes", func(f *frail) { f.store.before = stop }},
		{"after the key material went", func(f *frail) { f.store.after = stop }},
		{"when the event is recorded", func(f *frail) { f.journal.err = errStop }},
	}
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		f := newFrail(t, fresh(t))
		for _, step := range steps {
			key, saved := f.doomed(), f.doomed()
			f.clock.Advance(8 * day)
			step.spoil(f)
			if n, err := f.DeleteDueKeys(t.Context()); n != 0 || !errors.Is(err, errStop) {
				t.Errorf("%s: %d keys deleted, error %v", step.name, n, err)
			}
			for _, k := range []string{key, saved} {
				if got := records(t, f.db, k); got != "1 kms-key, 1 kms-material, 1 kms-alias" {
					t.Errorf("%s: it left %s", step.name, got)
				}
			}
			_, err := f.CancelKeyDeletion(t.Context(), f.caller(), &kms.CancelKeyDeletionInput{KeyId: &saved})
			must(t, "CancelKeyDeletion", err)
			if due, err := f.db.DueBefore(t.Context(), "kms-key", f.clock.Now(), 10); len(due) != 1 || err != nil {
				t.Errorf("%s: %d keys are due, error %v; want the one that was not saved", step.name, len(due), err)
			}
			f.mend()
			if n, err := f.DeleteDueKeys(t.Context()); n != 1 || err != nil {
				t.Errorf("%s: the next run deleted %d keys, error %v", step.name, n, err)
			}
			if got := records(t, f.db, key); got != "0 kms-key, 0 kms-material, 0 kms-alias" || len(f.journal.events) != 1 {
				t.Errorf("%s: the next run left %s and %d events", step.name, got, len(f.journal.events))
			}
			if got := records(t, f.db, saved); got != "1 kms-key, 1 kms-material, 1 kms-alias" {
				t.Errorf("%s: of the saved key there are %s", step.name, got)
			}
			if n, err := f.DeleteDueKeys(t.Context()); n != 0 || err != nil || len(f.journal.events) != 1 {
				t.Errorf("%s: a third run deleted %d keys, error %v, %d events", step.name, n, err, len(f.journal.events))
			}
			f.mend()
		}
	})
}

// TestDeletionOfMany has more due keys than the job reads at once, and many that can't be
// deleted in front of the others.
func TestDeletionOfMany(t *testing.T) {
	const many = 250
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		f := newFrail(t, fresh(t))
		sick := map[string]bool{}
		for _, key := range concurrently(many/2, func(int) string { return f.doomed() }) {
			sick[key] = true
		}
		f.clock.Advance(day)
		concurrently(many/2, func(int) string { return f.doomed() })
		f.clock.Advance(7 * day)
		f.store.before = func(r keystore.Ref) error {
			if sick[r.Key.String()] {
				return errStop
			}
			return nil
		}
		if n, err := f.DeleteDueKeys(t.Context()); n != many/2 || !errors.Is(err, errStop) {
			t.Errorf("%d keys deleted beside the sick ones, error %v; want %d", n, err, many/2)
		}
		f.store.before = nil
		if n, err := f.DeleteDueKeys(t.Context()); n != many/2 || err != nil {
			t.Errorf("%d keys deleted afterwards, error %v; want %d", n, err, many/2)
		}
		if n := len(f.journal.events); n != many {
			t.Errorf("%d events, want %d", n, many)
		}
	})
}
