package kms_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

const day = 24 * time.Hour

func TestDeletion(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(url))
		u := root(t, srv)
		key, kept := u.key(), u.key()
		alias, other := u.alias(key), u.alias(kept)
		blob := u.encrypt(key, "text", nil)
		db := storetest.Open(t, store.Options{URL: url, Sealer: sealer(t, srv)})
		if got := records(t, db, key); got != "1 kms-key, 1 kms-material, 1 kms-alias" {
			t.Fatalf("before the deletion there are %s", got)
		}

		date := u.scheduleDeletion(key, 7)
		srv.Advance(7*day - time.Minute)
		if m := u.describe(alias); m.KeyState != types.KeyStatePendingDeletion || !m.DeletionDate.Equal(date) {
			t.Errorf("a minute before its date the key is %s until %v", m.KeyState, m.DeletionDate)
		}
		srv.Advance(time.Minute)

		gone := "NotFoundException: Key '" + u.keyARN(key) + "' does not exist"
		for _, op := range operations {
			if op.takes != none {
				s := situation{key: key, blob: blob, grant: strings.Repeat("0", 64), other: kept, others: other}
				wantOutcome(t, op.name, op.call(t.Context(), u.Client, s), gone)
			}
		}
		_, err := u.decrypt(blob, nil)
		wantOutcome(t, "Decrypt", err, inCiphertext(u, "Decrypt"))
		wantOutcome(t, "ReEncrypt", call(t.Context(), u.Client, &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &kept}), inCiphertext(u, "ReEncryptFrom"))
		_, err = u.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &alias})
		wantOutcome(t, "the alias", err, "NotFoundException: Alias "+u.aliasARN(alias)+" is not found.")
		if keys, _, _, _ := u.listKeys(nil, nil); len(keys) != 1 || len(u.aliasesOf("")) != 1 {
			t.Errorf("the lists show the keys %q and the aliases %+v", keys, u.aliasesOf(""))
		}
		if got := records(t, db, key); got != "0 kms-key, 0 kms-material, 0 kms-alias" {
			t.Errorf("after the deletion there are %s", got)
		}
		must(t, "CreateAlias", u.createAlias(alias, kept))
		if events := eventsNamed(t, srv, "DeleteKey"); len(events) != 1 || events[0].Keys[0] != u.keyARN(key) {
			t.Errorf("DeleteKey events: %+v", events)
		}
	})
}

// sealer opens the root key of a server.
func sealer(t testing.TB, srv *keysteadtest.Server) *seal.Sealer {
	t.Helper()
	s, err := seal.Open(t.Context(), seal.File(srv.DataDir+"/root.key"))
	must(t, "open the root key", err)
	return s
}

// records counts what the database holds of a key.
func records(t testing.TB, db *store.DB, key string) string {
	t.Helper()
	path := "us-east-1/" + key
	k, err := db.Scan(t.Context(), "kms-key", store.Range{Prefix: path})
	must(t, "Scan", err)
	m, err := db.Scan(t.Context(), "kms-material", store.Range{Prefix: path})
	must(t, "Scan", err)
	a, err := db.ScanRef(t.Context(), "kms-alias", store.Range{Prefix: path})
	must(t, "ScanRef", err)
	return fmt.Sprintf("%d kms-key, %d kms-material, %d kms-alias", len(k), len(m), len(a))
}

func TestCancelDeletion(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		alias, blob := u.alias(key), u.encrypt(key, "text", nil)
		cancel := func() {
			out, err := u.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: &key})
			must(t, "CancelKeyDeletion", err)
			if *out.KeyId != u.keyARN(key) {
				t.Errorf("CancelKeyDeletion answers %s", *out.KeyId)
			}
		}
		u.scheduleDeletion(key, 30)
		cancel() // at once
		u.scheduleDeletion(key, 7)
		srv.Advance(7*day - time.Minute)
		cancel() // a minute before its date
		srv.Advance(100 * day)
		if m := u.describe(alias); m.KeyState != types.KeyStateDisabled || m.DeletionDate != nil {
			t.Errorf("the key is %s with deletion date %v", m.KeyState, m.DeletionDate)
		}
		_, err := u.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: &key})
		must(t, "EnableKey", err)
		if text, err := u.decrypt(blob, nil); err != nil || text != "text" {
			t.Errorf("decrypts to %q, %v", text, err)
		}
		if events := eventsNamed(t, srv, "DeleteKey"); len(events) != 0 {
			t.Errorf("DeleteKey events: %+v", events)
		}
	})
}

func TestDeletionWindow(t *testing.T) {
	bound := func(n int, than string, limit int) string {
		return fmt.Sprintf("ValidationException: 1 validation error detected: Value '%d' at 'pendingWindowInDays' failed to satisfy constraint: "+
			"Member must have value %s than or equal to %d", n, than, limit)
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		for days, want := range map[int32]string{
			7: "ok", 8: "ok", 30: "ok",
			-1: bound(-1, "greater", 1), 0: bound(0, "greater", 1), 1: bound(1, "greater", 7), 6: bound(6, "greater", 7),
			31: bound(31, "less", 30), 365: bound(365, "less", 30), 366: bound(366, "less", 365),
		} {
			key := u.key()
			out, err := u.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: &days})
			wantOutcome(t, fmt.Sprintf("%d days", days), err, want)
			if err == nil {
				checkSchedule(t, u, key, days, out)
			}
		}
		key := u.key()
		out, err := u.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &key})
		must(t, "ScheduleKeyDeletion", err)
		checkSchedule(t, u, key, 30, out)
	})
}

func checkSchedule(t *testing.T, u user, key string, days int32, out *kms.ScheduleKeyDeletionOutput) {
	t.Helper()
	off := time.Until(out.DeletionDate.Add(-time.Duration(days) * day)).Abs()
	if *out.KeyId != u.keyARN(key) || out.KeyState != types.KeyStatePendingDeletion || *out.PendingWindowInDays != days || off > time.Minute {
		t.Errorf("ScheduleKeyDeletion for %d days: key %s, %s, %d days, until %v", days, *out.KeyId, out.KeyState, *out.PendingWindowInDays, out.DeletionDate)
	}
}
