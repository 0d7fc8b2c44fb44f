package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/keystead/keystead/internal/store"
)

// Run is what every store must do. It calls open for an empty store for each case.
func Run(t *testing.T, open func(t *testing.T) *store.DB) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t))
		})
	}
}

var cases = []struct {
	name string
	run  func(t *testing.T, db *store.DB)
}{
	{"InsertGetPutDelete", insertGetPutDelete},
	{"WriteErrors", writeErrors},
	{"InsertAfterDelete", insertAfterDelete},
	{"Upsert", upsert},
	{"Bodies", bodies},
	{"Times", times},
	{"Invalid", invalid},
	{"Scan", scan},
	{"ScanRef", scanRef},
	{"DueBefore", dueBefore},
	{"Rollback", rollback},
	{"ReadsOwnWrites", readsOwnWrites},
	{"Counters", counters},
	{"Neighbours", neighbours},
	{"Panics", panics},
	{"Cancelled", cancelled},
	{"CancelledInGroup", cancelledInGroup},
	{"OverAndClosed", overAndClosed},
	{"Feed", feed},
	{"Order", order},
	{"Trim", trim},
}

// update runs f, which must not fail.
func update(t testing.TB, db *store.DB, f func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), f); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

// insert adds records, which must not be there.
func insert(t testing.TB, db *store.DB, records ...store.Record) {
	t.Helper()
	update(t, db, func(tx *store.Tx) error {
		for _, r := range records {
			if err := tx.Insert(r); err != nil {
				return fmt.Errorf("insert %s %q: %w", r.Kind, r.Key, err)
			}
		}
		return nil
	})
}

// get returns a record that must be there.
func get(t testing.TB, db *store.DB, kind, key string) store.Record {
	t.Helper()
	r, err := db.Get(t.Context(), kind, key)
	if err != nil {
		t.Fatalf("Get %s %q: %v", kind, key, err)
	}
	return r
}

// wantError checks which error came.
func wantError(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}
