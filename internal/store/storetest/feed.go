package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/store"
)

// feed: subscribers know of a change before Update returns, and of nothing that was not
// committed.
func feed(t *testing.T, db *store.DB) {
	told := watch(db)
	insert(t, db, store.Record{Kind: "thing", Key: "a"}, store.Record{Kind: "thing", Key: "b"})
	told.want(t, "thing a", "thing b")
	_ = db.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.Insert(store.Record{Kind: "thing", Key: "c"}), errRefused)
	})
	update(t, db, func(tx *store.Tx) error { _, err := tx.Get("thing", "a"); return err })
	told.want(t)
	update(t, db, func(tx *store.Tx) error { return tx.Delete("thing", "a") })
	told.want(t, "thing a")
	if err := db.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	told.want(t)
	wantError(t, "Fresh", db.Fresh(), nil)
}

// order: revisions come in order, one at a time.
func order(t *testing.T, db *store.DB) {
	var last int64
	var calls sync.Mutex
	db.Subscribe(func(changes []store.Change) {
		if !calls.TryLock() {
			t.Error("two calls at once")
			return
		}
		defer calls.Unlock()
		for _, c := range changes {
			if c.Revision < last {
				t.Errorf("revision %d after %d", c.Revision, last)
			}
			last = c.Revision
		}
	})
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() { insert(t, db, store.Record{Kind: "thing", Key: fmt.Sprint(i)}) })
	}
	wg.Wait()
}

// trim: a node that follows closely does not notice.
func trim(t *testing.T, db *store.DB) {
	told := watch(db)
	for i := range 10 {
		insert(t, db, store.Record{Kind: "thing", Key: fmt.Sprint(i)})
	}
	told.clear()
	for _, keep := range []int64{1000, 3, 0, 0} {
		if err := db.Trim(t.Context(), keep); err != nil {
			t.Fatalf("Trim %d: %v", keep, err)
		}
	}
	if err := db.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	told.want(t)
	insert(t, db, store.Record{Kind: "thing", Key: "after"})
	told.want(t, "thing after")
}

// watcher collects changes.
type watcher struct {
	mu   sync.Mutex
	told []string
}

func watch(db *store.DB) *watcher {
	w := &watcher{}
	db.Subscribe(func(changes []store.Change) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, c := range changes {
			w.told = append(w.told, c.Kind+" "+c.Key)
		}
	})
	return w
}

func (w *watcher) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = nil
}

// want checks what was told since the last time.
func (w *watcher) want(t *testing.T, changes ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if diff := cmp.Diff(changes, w.told); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	w.told = nil
}
