package store_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// text decodes a record for a cache of strings.
func text(r store.Record) (string, int64, error) { return string(r.Body), int64(len(r.Body)), nil }

// put writes a record whether it exists or not.
func put(tb testing.TB, db *store.DB, r store.Record) {
	tb.Helper()
	if err := db.Update(tb.Context(), func(tx *store.Tx) error { return tx.Upsert(r) }); err != nil {
		tb.Error(err)
	}
}

// thing is a record with a body.
func thing(key, body string) store.Record {
	return store.Record{Kind: "thing", Key: key, Body: []byte(body)}
}

// raw opens a database past the store, which an intruder could do.
func raw(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver, name := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		driver, name = "sqlite", path+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// open opens one node on a database.
func open(t *testing.T, url string, s *seal.Sealer) *store.DB {
	t.Helper()
	return storetest.Open(t, store.Options{URL: url, Sealer: s})
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}
