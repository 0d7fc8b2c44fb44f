package store_test

import (
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestTampering: a row that was edited, swapped or copied with SQL does not open.
func TestTampering(t *testing.T) {
	const where = " WHERE kind = 'thing' AND key = 'a'"
	statements := map[string]string{
		"body of another": "UPDATE records SET body = (SELECT body FROM records WHERE key = 'b')" + where,
		"body cut":        "UPDATE records SET body = substr(body, 1, 54)" + where,
		"body emptied":    "UPDATE records SET body = substr(body, 1, 0)" + where,
		"ref":             "UPDATE records SET ref = 'other'" + where,
		"ref removed":     "UPDATE records SET ref = ''" + where,
		"due":             "UPDATE records SET due = due + 1" + where,
		"due removed":     "UPDATE records SET due = NULL" + where,
		"version":         "UPDATE records SET version = version - 1" + where,
		"key":             "DELETE FROM records" + where + "; UPDATE records SET key = 'a' WHERE key = 'b'",
		"kind":            "DELETE FROM records" + where + "; UPDATE records SET kind = 'thing' WHERE kind = 'other'",
		"old body":        "UPDATE records SET body = (SELECT body FROM saved)" + where,
		"copy": "DELETE FROM records" + where + "; INSERT INTO records (kind, key, ref, due, version, body) " +
			"SELECT kind, 'a', ref, due, version, body FROM records WHERE key = 'b'",
	}
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		url := fresh(t)
		db, intruder := open(t, url, storetest.Sealer(t)), raw(t, url)
		plant(t, db)
		exec(t, intruder, "CREATE TABLE saved AS SELECT body FROM records"+where)
		for name, statement := range statements {
			t.Run(name, func(t *testing.T) {
				plant(t, db)
				for one := range strings.SplitSeq(statement, "; ") {
					exec(t, intruder, one)
				}
				mustNotOpen(t, db)
			})
		}
	})
}

// plant writes records that differ in one column each.
func plant(t *testing.T, db *store.DB) {
	t.Helper()
	put(t, db, store.Record{Kind: "thing", Key: "a", Ref: "r", Due: due, Body: []byte("secret")})
	put(t, db, store.Record{Kind: "thing", Key: "b", Ref: "r", Due: due, Body: []byte("secret")})
	put(t, db, store.Record{Kind: "other", Key: "a", Ref: "r", Due: due, Body: []byte("secret")})
}

func mustNotOpen(t *testing.T, db *store.DB) {
	t.Helper()
	_, err := db.Get(t.Context(), "thing", "a")
	wantError(t, "Get", err, seal.ErrSealed)
	_, err = db.Scan(t.Context(), "thing", store.Range{})
	wantError(t, "Scan", err, seal.ErrSealed)
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Get("thing", "a")
		return err
	})
	wantError(t, "Get in a transaction", err, seal.ErrSealed)
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Delete("thing", "a") }); err != nil {
		t.Errorf("Delete of what does not open: %v", err)
	}
}

// TestNothingInClear: the body is nowhere in the database as it was given.
func TestNothingInClear(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		url := fresh(t)
		put(t, open(t, url, storetest.Sealer(t)), thing("a", "hunter2hunter2"))
		var body []byte
		row := raw(t, url).QueryRowContext(t.Context(), "SELECT body FROM records WHERE key = 'a'")
		if err := row.Scan(&body); err != nil || strings.Contains(string(body), "hunter2") {
			t.Errorf("stored as %q, error %v", body, err)
		}
	})
}
