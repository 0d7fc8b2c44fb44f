package store_test

import (
	"testing"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

func text(r store.Record) (string, int64, error) { return string(r.Body), int64(len(r.Body)), nil }

func TestCacheSeesWrites(t *testing.T) {
	db := storetest.New(t)
	c := store.NewCache(db, "thing", 1<<20, text)
	if _, err := c.Get(t.Context(), "a"); err != store.ErrNotFound {
		t.Errorf("Get of nothing: %v, want ErrNotFound", err)
	}
	for _, body := range []string{"one", "two"} {
		r := store.Record{Kind: "thing", Key: "a", Body: []byte(body)}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Upsert(r) }); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got, err := c.Get(t.Context(), "a"); err != nil || got != body {
				t.Errorf("Get: %q, %v; want %q", got, err, body)
			}
		}
	}
	if got := c.Stats(); got.Loads != 3 || got.Entries != 1 {
		t.Errorf("%d loads and %d entries, want 3 and 1", got.Loads, got.Entries)
	}
}

// put writes a record whether it exists or not.
func put(tb testing.TB, db *store.DB, r store.Record) {
	tb.Helper()
	if err := db.Update(tb.Context(), func(tx *store.Tx) error { return tx.Upsert(r) }); err != nil {
		tb.Error(err)
	}
}
