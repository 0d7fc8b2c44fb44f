package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestFullDisk: an Update that finds no room fails whole, and the next one that finds some
// works.
func TestFullDisk(t *testing.T) {
	db := storetest.New(t)
	put(t, db, thing("kept", "old"))
	if err := db.ExecWriter(t.Context(), "PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.Upsert(thing("kept", "new")); err != nil {
			return err
		}
		_ = tx.Insert(thing("large", strings.Repeat("x", 1<<20))) // even if nobody looks
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("Update on a full disk: %v", err)
	}
	if got, err := db.Get(t.Context(), "thing", "kept"); err != nil || string(got.Body) != "old" {
		t.Errorf("Get: %q, %v; want %q", got.Body, err, "old")
	}
	put(t, db, thing("small", ""))
	if err := db.ExecWriter(t.Context(), "PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	put(t, db, thing("large", strings.Repeat("x", 1<<20)))
}

// TestFailingStatements: a function whose statement the database refuses fails alone, even
// if the database has rolled back the whole transaction.
func TestFailingStatements(t *testing.T) {
	const functions = 30
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		url := fresh(t)
		db := open(t, url, storetest.Sealer(t))
		refusePoison(t, url)
		var wg sync.WaitGroup
		for i := range functions {
			wg.Go(func() {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					if err := tx.Insert(thing(fmt.Sprintf("a%02d", i), "")); err != nil {
						return err
					}
					if i%10 == 0 {
						_ = tx.Insert(thing("poison", ""))
					}
					return tx.Insert(thing(fmt.Sprintf("b%02d", i), ""))
				})
				if failed := err != nil; failed != (i%10 == 0) {
					t.Errorf("function %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		for _, prefix := range []string{"a", "b"} {
			got, err := db.Scan(t.Context(), "thing", store.Range{Prefix: prefix})
			if err != nil || len(got) != functions*9/10 {
				t.Errorf("%d records with %s, error %v; want %d", len(got), prefix, err, functions*9/10)
			}
		}
	})
}

// refusePoison makes the database refuse a key.
func refusePoison(t *testing.T, url string) {
	t.Helper()
	statement := `ALTER TABLE records ADD CONSTRAINT poison CHECK (key <> 'poison')`
	if strings.HasPrefix(url, "sqlite:") {
		statement = `CREATE TRIGGER poison BEFORE INSERT ON records WHEN new.key = 'poison'
			BEGIN SELECT RAISE(ROLLBACK, 'poison'); END`
	}
	exec(t, raw(t, url), statement)
}
