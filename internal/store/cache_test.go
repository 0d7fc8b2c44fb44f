package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

func TestCacheSeesWrites(t *testing.T) {
	db := storetest.New(t)
	c := store.NewCache(db, "thing", 1<<20, text)
	_, err := c.Get(t.Context(), "a")
	wantError(t, "Get of nothing", err, store.ErrNotFound)
	for _, body := range []string{"one", "two"} {
		put(t, db, thing("a", body))
		put(t, db, store.Record{Kind: "other", Key: "a", Body: []byte("not this")})
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

// TestCacheNeverOld: with writers at work, readers never see a value older than a write
// that was complete when they asked. The cache is so small that it evicts all the time.
func TestCacheNeverOld(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		const keys, writes = 8, 60
		db := open(t, fresh(t), storetest.Sealer(t))
		c := store.NewCache(db, "thing", 5*300, text)
		var complete [keys]atomic.Int64
		for i := range keys {
			put(t, db, thing(strconv.Itoa(i), "0"))
		}
		done := make(chan struct{})
		var writers, readers sync.WaitGroup
		for i := range keys {
			writers.Go(func() {
				for n := range int64(writes) {
					put(t, db, thing(strconv.Itoa(i), strconv.FormatInt(n+1, 10)))
					complete[i].Store(n + 1)
				}
			})
		}
		for range 4 {
			readers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					i := rand.IntN(keys)
					least := complete[i].Load()
					got, err := c.Get(t.Context(), strconv.Itoa(i))
					n, err2 := strconv.ParseInt(got, 10, 64)
					if err != nil || err2 != nil || n < least {
						t.Errorf("Get: %q, %v after %d was written", got, err, least)
						return
					}
				}
			})
		}
		writers.Wait()
		close(done)
		readers.Wait()
	})
}

// TestCacheLoadsOnce: readers who come at once share one read, and a write in between
// keeps its result from being kept.
func TestCacheLoadsOnce(t *testing.T) {
	db := storetest.New(t)
	put(t, db, thing("a", "old"))
	loading, load := make(chan struct{}), make(chan struct{})
	var loads atomic.Int64
	c := store.NewCache(db, "thing", 1<<20, func(r store.Record) (string, int64, error) {
		if loads.Add(1) == 1 {
			close(loading)
			<-load
		}
		return text(r)
	})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if got, err := c.Get(t.Context(), "a"); err != nil || (got != "old" && got != "new") {
				t.Errorf("Get: %q, %v", got, err)
			}
		})
	}
	<-loading
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Get(gone, "a")
	wantError(t, "Get of a caller who has gone", err, context.Canceled)

	put(t, db, thing("a", "new"))
	if got, err := c.Get(t.Context(), "a"); err != nil || got != "new" {
		t.Errorf("Get after a write, with an old read under way: %q, %v", got, err)
	}
	close(load)
	wg.Wait()
	if got, err := c.Get(t.Context(), "a"); err != nil || got != "new" {
		t.Errorf("Get after the old read came back: %q, %v", got, err)
	}
	if loads.Load() != 2 {
		t.Errorf("%d loads, want 2", loads.Load())
	}
}

func TestCacheErrorsAreNotKept(t *testing.T) {
	db := storetest.New(t)
	put(t, db, thing("a", "one"))
	errOnce := errors.New("once")
	fail := errOnce
	c := store.NewCache(db, "thing", 1<<20, func(store.Record) (int, int64, error) { return 7, 8, fail })
	_, err := c.Get(t.Context(), "a")
	wantError(t, "Get", err, errOnce)
	fail = nil
	if got, err := c.Get(t.Context(), "a"); err != nil || got != 7 {
		t.Errorf("Get: %d, %v; want 7", got, err)
	}
}

// TestCacheBound: the cache stays within its bytes, keeps what is used, and its account is
// about what the heap says.
func TestCacheBound(t *testing.T) {
	const most, records = 2 << 20, 20_000
	db := storetest.New(t)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range records {
			if err := tx.Insert(thing(fmt.Sprintf("key/%08d", i), strconv.Itoa(i))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	c := store.NewCache(db, "thing", most, func(r store.Record) ([]byte, int64, error) {
		return make([]byte, 100), 112, nil
	})
	for i := range records {
		for _, key := range []int{i, 0} { // 0 is in use all the time
			if _, err := c.Get(t.Context(), fmt.Sprintf("key/%08d", key)); err != nil {
				t.Fatal(err)
			}
		}
	}
	stats := c.Stats()
	if stats.Bytes > most || stats.Bytes < most*9/10 {
		t.Errorf("%d bytes, want nearly %d", stats.Bytes, most)
	}
	if stats.Loads != records {
		t.Errorf("%d loads, want %d: what was in use was evicted", stats.Loads, records)
	}
	if grown := heap() - before; grown > most*3/2 {
		t.Errorf("the heap grew by %d bytes, the cache says %d", grown, stats.Bytes)
	}
	runtime.KeepAlive(c)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestCacheTooLarge(t *testing.T) {
	db := storetest.New(t)
	put(t, db, thing("a", "one"))
	c := store.NewCache(db, "thing", 1000, func(store.Record) (int, int64, error) { return 7, 1000, nil })
	for range 2 {
		if got, err := c.Get(t.Context(), "a"); err != nil || got != 7 {
			t.Errorf("Get: %d, %v; want 7", got, err)
		}
	}
	if got := c.Stats(); got.Entries != 0 || got.Loads != 2 {
		t.Errorf("%d entries and %d loads, want 0 and 2", got.Entries, got.Loads)
	}
}

func TestCacheHitDoesNotAllocate(t *testing.T) {
	db := storetest.New(t)
	put(t, db, thing("a", "one"))
	c := store.NewCache(db, "thing", 1<<20, text)
	ctx := t.Context()
	allocs := testing.AllocsPerRun(100, func() { _, _ = c.Get(ctx, "a") })
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}
