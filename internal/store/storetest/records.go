package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/store"
)

func insertGetPutDelete(t *testing.T, db *store.DB) {
	due := time.Date(2026, 5, 1, 12, 0, 0, 123456789, time.FixedZone("x", 3600))
	r := store.Record{Kind: "thing", Key: "a/1", Ref: "r", Due: due, Body: []byte("one")}
	insert(t, db, r)

	got := get(t, db, "thing", "a/1")
	want := r
	want.Due = due.Truncate(time.Microsecond).UTC()
	want.Version = got.Version
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after Insert (-want +got):\n%s", diff)
	}
	if got.Version == 0 {
		t.Error("Version is 0 after Insert")
	}

	second := got
	second.Ref, second.Due, second.Body = "", time.Time{}, []byte("two")
	update(t, db, func(tx *store.Tx) error { return tx.Put(second) })
	third := get(t, db, "thing", "a/1")
	if third.Version <= second.Version {
		t.Errorf("Version %d after Put, not above %d", third.Version, second.Version)
	}
	second.Version = third.Version
	if diff := cmp.Diff(second, third); diff != "" {
		t.Errorf("after Put (-want +got):\n%s", diff)
	}

	update(t, db, func(tx *store.Tx) error { return tx.Delete("thing", "a/1") })
	_, err := db.Get(t.Context(), "thing", "a/1")
	wantError(t, "Get after Delete", err, store.ErrNotFound)
}
