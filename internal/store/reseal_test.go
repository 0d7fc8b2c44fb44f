package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestReseal rotates the root key while others write.
func TestReseal(t *testing.T) {
	const records = 700
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		sealer, err := seal.Create(t.Context(), seal.File(filepath.Join(t.TempDir(), "root.key")))
		if err != nil {
			t.Fatal(err)
		}
		url := fresh(t)
		db := open(t, url, sealer)
		fill(t, db, records)
		before, err := db.Get(t.Context(), "thing", "0000")
		if err != nil {
			t.Fatal(err)
		}
		old := sealer.Active()
		stop := keepWriting(t, db)
		rotate(t, sealer)
		n, err := db.Reseal(t.Context())
		stop()
		if err != nil || n < records/10 {
			t.Errorf("Reseal: %d records, error %v", n, err)
		}
		if n, err := db.Reseal(t.Context()); err != nil || n != 0 {
			t.Errorf("Reseal again: %d records, error %v; want none", n, err)
		}
		if err := sealer.Retire(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		got, err := db.Scan(t.Context(), "thing", store.Range{})
		if err != nil || len(got) != records {
			t.Fatalf("%d records, error %v; want %d", len(got), err, records)
		}
		if got[0].Version != before.Version || string(got[0].Body) != string(before.Body) {
			t.Errorf("a record nobody wrote is now %+v, was %+v", got[0], before)
		}
		open(t, url, sealer) // its check record, too
	})
}

// fill writes things 0000, 0001, ….
func fill(t *testing.T, db *store.DB, n int) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range n {
			r := store.Record{Kind: "thing", Key: fmt.Sprintf("%04d", i), Ref: fmt.Sprint(i % 3),
				Due: due, Body: fmt.Appendf(nil, "body %d", i)}
			if i%2 == 0 {
				r.Due = r.Due.AddDate(0, 0, i)
			}
			if err := tx.Upsert(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// keepWriting changes the things 0001 to 0600, two at a time, until it is stopped.
func keepWriting(t *testing.T, db *store.DB) (stop func()) {
	var wg sync.WaitGroup
	done := make(chan struct{})
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				pair := 1 + 2*((i*4+w)%300)
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					if err := tx.Upsert(thing(fmt.Sprintf("%04d", pair), fmt.Sprint(w, i))); err != nil {
						return err
					}
					return tx.Upsert(thing(fmt.Sprintf("%04d", pair+1), fmt.Sprint(w, i)))
				})
				if err != nil {
					t.Errorf("Update: %v", err)
				}
			}
		})
	}
	return func() { close(done); wg.Wait() }
}

func rotate(t *testing.T, s *seal.Sealer) {
	t.Helper()
	number, err := s.AddKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Activate(t.Context(), number); err != nil {
		t.Fatal(err)
	}
}

// TestResealTampered: a record that does not open is named, and stays as it is.
func TestResealTampered(t *testing.T) {
	url, sealer := storetest.SQLite(t), storetest.Sealer(t)
	db := open(t, url, sealer)
	put(t, db, thing("a", "one"))
	exec(t, raw(t, url), "UPDATE records SET version = version + 1 WHERE key = 'a'")
	rotate(t, sealer)
	_, err := db.Reseal(t.Context())
	wantError(t, "Reseal", err, seal.ErrSealed)
}

// meanwhile is a context that does something when Update, which begins with that, asks for
// its error for the nth time. Others, such as goroutines of database/sql, may ask too.
type meanwhile struct {
	context.Context
	n  int
	do func()
}

func (m *meanwhile) Err() error {
	pc, _, _, _ := runtime.Caller(1)
	if strings.HasSuffix(runtime.FuncForPC(pc).Name(), ".(*DB).Update") {
		if m.n--; m.n == 0 {
			m.do()
		}
	}
	return m.Context.Err()
}

// TestResealTwice: a second machine rotates from start to end while the first is between
// the reading of a page and its transaction. Nothing is left under a root key that is gone.
func TestResealTwice(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		path, url := filepath.Join(t.TempDir(), "root.key"), fresh(t)
		first, err := seal.Create(t.Context(), seal.File(path))
		if err != nil {
			t.Fatal(err)
		}
		second, err := seal.Open(t.Context(), seal.File(path))
		if err != nil {
			t.Fatal(err)
		}
		slow, quick := open(t, url, first), open(t, url, second)
		fill(t, slow, 10)
		rotate(t, first)
		overtaken := false
		ctx := &meanwhile{t.Context(), 2, func() {
			overtaken = true
			rotate(t, second)
			if n, err := quick.Reseal(t.Context()); err != nil || n < 10 {
				t.Errorf("the second Reseal: %d records, error %v", n, err)
			}
			for _, number := range []uint32{1, 2} {
				if err := second.Retire(t.Context(), number); err != nil {
					t.Error(err)
				}
			}
		}}
		if _, err := slow.Reseal(ctx); err != nil || !overtaken {
			t.Errorf("the first Reseal: error %v; overtaken: %v", err, overtaken)
		}
		if got, err := open(t, url, second).Scan(t.Context(), "thing", store.Range{}); err != nil || len(got) != 10 {
			t.Errorf("%d records open, error %v; want 10", len(got), err)
		}
	})
}
