package store_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

var due = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// nodes opens a database twice. A poll interval of an hour shows what Sync, or a hint,
// does without it.
func nodes(t *testing.T, fresh func(testing.TB) string, poll time.Duration) (a, b *store.DB) {
	t.Helper()
	o := store.Options{URL: fresh(t), Sealer: storetest.Sealer(t), PollInterval: poll, Staleness: 2 * time.Hour}
	return storetest.Open(t, o), storetest.Open(t, o)
}

func TestNodesSync(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		a, b := nodes(t, fresh, time.Hour)
		cache := store.NewCache(b, "thing", 1<<20, text)
		for i := range 20 {
			put(t, a, thing("a", strconv.Itoa(i)))
			if err := b.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if got, err := cache.Get(t.Context(), "a"); err != nil || got != strconv.Itoa(i) {
					t.Fatalf("after Sync the other node has %q, %v; want %d", got, err, i)
				}
			}
		}
		if loads := cache.Stats().Loads; loads > 20 {
			t.Errorf("%d loads, want 20: the cache was not used", loads)
		}
	})
}

// TestNodesFollow: the other node learns of a change without being asked.
func TestNodesFollow(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		o := store.Options{URL: fresh(t), Sealer: storetest.Sealer(t), PollInterval: 10 * time.Millisecond}
		remote := !strings.HasPrefix(o.URL, "sqlite:")
		if remote { // there the hint is enough
			o.PollInterval, o.Staleness = time.Hour, 2*time.Hour
		}
		a, b := storetest.Open(t, o), storetest.Open(t, o)
		if remote {
			eventually(t, "both listen", func() bool { return listeners(t, o.URL) == 2 })
		}
		told := make(chan string, 100)
		b.Subscribe(func(changes []store.Change) {
			for _, c := range changes {
				told <- c.Key
			}
		})
		for i := range 3 {
			put(t, a, thing(strconv.Itoa(i), ""))
			select {
			case key := <-told:
				if key != strconv.Itoa(i) {
					t.Errorf("told of %q, want %d", key, i)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("timed out: not told of %d", i)
			}
		}
	})
}

// TestNodesOrder: a node that writes knows of the others' earlier changes when Update returns.
func TestNodesOrder(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		a, b := nodes(t, fresh, time.Hour)
		cache := store.NewCache(b, "thing", 1<<20, text)
		put(t, a, thing("a", "old"))
		put(t, b, thing("b", ""))
		if got, err := cache.Get(t.Context(), "a"); err != nil || got != "old" {
			t.Fatalf("Get: %q, %v", got, err)
		}
		put(t, a, thing("a", "new"))
		put(t, b, thing("b", ""))
		if got, err := cache.Get(t.Context(), "a"); err != nil || got != "new" {
			t.Errorf("Get after a later write of this node: %q, %v", got, err)
		}
	})
}

// TestNodesContend: a lease that two nodes compete for has one owner at a time, and
// functions of both run one after the other.
func TestNodesContend(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		a, b := nodes(t, fresh, 20*time.Millisecond)
		put(t, a, thing("n", "0"))
		leases := make(chan string, 100)
		var wg sync.WaitGroup
		for i := range 8 {
			node, me := []*store.DB{a, b}[i%2], strconv.Itoa(i)
			wg.Go(func() {
				for range 10 {
					if err := node.Update(t.Context(), add); err != nil {
						t.Errorf("Update: %v", err)
					}
				}
				err := node.Update(t.Context(), func(tx *store.Tx) error { return tx.Insert(thing("lease", me)) })
				if err == nil {
					leases <- me
				} else if !errors.Is(err, store.ErrExists) {
					t.Errorf("Insert: %v", err)
				}
			})
		}
		wg.Wait()
		if len(leases) != 1 {
			t.Errorf("%d got the lease, want 1", len(leases))
		}
		if got, err := b.Get(t.Context(), "thing", "n"); err != nil || string(got.Body) != "80" {
			t.Errorf("%s after 80 additions, error %v", got.Body, err)
		}
	})
}

// add adds one to the record n.
func add(tx *store.Tx) error {
	r, err := tx.Get("thing", "n")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(string(r.Body))
	r.Body = []byte(strconv.Itoa(n + 1))
	return errors.Join(err, tx.Put(r))
}

func TestNodesConflict(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		a, b := nodes(t, fresh, time.Hour)
		put(t, a, thing("a", "one"))
		read, err := b.Get(t.Context(), "thing", "a")
		if err != nil {
			t.Fatal(err)
		}
		put(t, a, thing("a", "two"))
		err = b.Update(t.Context(), func(tx *store.Tx) error { return tx.Put(read) })
		wantError(t, "Put of what the other node has changed", err, store.ErrConflict)
	})
}

// TestBehind: a node that slept through changes that are gone starts anew.
func TestBehind(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		a, b := nodes(t, fresh, time.Hour)
		cache := store.NewCache(b, "thing", 1<<20, text)
		for i := range 10 {
			put(t, a, thing(fmt.Sprint(i), "old"))
		}
		if err := b.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := cache.Get(t.Context(), "5"); err != nil {
			t.Fatal(err)
		}
		resets := 0
		b.Subscribe(func(changes []store.Change) {
			if changes[0].Reset {
				resets++
			}
		})
		put(t, a, thing("5", "new"))
		put(t, a, thing("6", "new"))
		if err := errors.Join(a.Trim(t.Context(), 1), b.Sync(t.Context())); err != nil {
			t.Fatal(err)
		}
		if got, err := cache.Get(t.Context(), "5"); err != nil || got != "new" {
			t.Errorf("Get: %q, %v; want %q", got, err, "new")
		}
		if resets != 1 && t.Name() != "TestBehind/PostgreSQL" { // where hints may have been faster
			t.Errorf("%d resets, want 1", resets)
		}
	})
}

// TestDatabaseWentBack: after a failover that lost changes the caches start anew.
func TestDatabaseWentBack(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		url := fresh(t)
		db := open(t, url, storetest.Sealer(t))
		cache := store.NewCache(db, "thing", 1<<20, text)
		put(t, db, thing("a", "lost"))
		if _, err := cache.Get(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		intruder := raw(t, url)
		exec(t, intruder, "DELETE FROM records WHERE key = 'a'")
		exec(t, intruder, "UPDATE feed SET revision = revision - 1")
		if err := db.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := cache.Get(t.Context(), "a")
		wantError(t, "Get of what was lost", err, store.ErrNotFound)
	})
}
