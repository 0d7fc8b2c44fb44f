package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/store"
)

var errRefused = errors.New("refused")

func rollback(t *testing.T, db *store.DB) {
	insert(t, db, store.Record{Kind: "thing", Key: "kept", Body: []byte("old")})
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		kept, err := tx.Get("thing", "kept")
		kept.Body = []byte("new")
		err = errors.Join(err, tx.Put(kept), tx.Insert(store.Record{Kind: "thing", Key: "more"}))
		if err != nil {
			return err
		}
		return errRefused
	})
	wantError(t, "Update", err, errRefused)
	if got := get(t, db, "thing", "kept"); string(got.Body) != "old" {
		t.Errorf("body %q after a function that failed, want %q", got.Body, "old")
	}
	_, err = db.Get(t.Context(), "thing", "more")
	wantError(t, "Get of what a failed function inserted", err, store.ErrNotFound)
}

func readsOwnWrites(t *testing.T, db *store.DB) {
	insert(t, db, store.Record{Kind: "thing", Key: "a", Ref: "r"}, store.Record{Kind: "thing", Key: "b", Ref: "r"})
	update(t, db, func(tx *store.Tx) error {
		if err := errors.Join(tx.Delete("thing", "a"), tx.Insert(store.Record{Kind: "thing", Key: "c", Ref: "r"})); err != nil {
			return err
		}
		_, err := tx.Get("thing", "a")
		wantError(t, "Get of what was deleted", err, store.ErrNotFound)
		c, err := tx.Get("thing", "c")
		if err != nil || c.Version != tx.Revision() {
			t.Errorf("version %d, error %v; want version %d", c.Version, err, tx.Revision())
		}
		c.Body = []byte("again")
		if err := tx.Put(c); err != nil {
			return err
		}
		byKey, err1 := tx.Scan("thing", store.Range{})
		byRef, err2 := tx.ScanRef("thing", store.Range{Prefix: "r"})
		want := []string{"b", "c"}
		if diff := cmp.Diff([][]string{want, want}, [][]string{keys(byKey), keys(byRef)}); diff != "" {
			t.Errorf("scans in the transaction (-want +got):\n%s", diff)
		}
		return errors.Join(err1, err2)
	})
}

// counters: functions of many goroutines run one after the other.
func counters(t *testing.T, db *store.DB) {
	const goroutines, each = 20, 10
	insert(t, db, store.Record{Kind: "thing", Key: "n", Body: []byte("0")})
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				if err := db.Update(t.Context(), increment); err != nil {
					t.Errorf("Update: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if got := string(get(t, db, "thing", "n").Body); got != strconv.Itoa(goroutines*each) {
		t.Errorf("%s after %d increments", got, goroutines*each)
	}
}

func increment(tx *store.Tx) error {
	r, err := tx.Get("thing", "n")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(string(r.Body))
	if err != nil {
		return err
	}
	r.Body = strconv.AppendInt(nil, int64(n+1), 10)
	return tx.Put(r)
}

// neighbours: functions that fail, panic, or end their goroutine don't hurt the others of
// their group.
func neighbours(t *testing.T, db *store.DB) {
	const functions = 40
	write := func(i int) func(tx *store.Tx) error {
		return func(tx *store.Tx) error {
			for j := range 2 {
				if err := tx.Insert(store.Record{Kind: "thing", Key: fmt.Sprintf("%02d/%d", i, j)}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	inOneGroup(t, db, functions, func(i int) {
		defer func() { _ = recover() }()
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := write(i)(tx); err != nil {
				return err
			}
			switch i % 8 {
			case 0, 4:
				return errRefused
			case 1:
				panic("in a function")
			case 5:
				runtime.Goexit()
			}
			return nil
		})
		if failed := err != nil; failed != (i%4 == 0) {
			t.Errorf("function %d: %v", i, err)
		}
	})
	var want []string
	for i := range functions {
		if i%4 >= 2 {
			want = append(want, fmt.Sprintf("%02d/0", i), fmt.Sprintf("%02d/1", i))
		}
	}
	got, err := db.Scan(t.Context(), "thing", store.Range{})
	if diff := cmp.Diff(want, keys(got)); err != nil || diff != "" {
		t.Errorf("error %v, what was written (-want +got):\n%s", err, diff)
	}
}

// inOneGroup calls f on n goroutines while the writer is busy, so that what they ask of it
// waits together.
func inOneGroup(t *testing.T, db *store.DB, n int, f func(i int)) {
	t.Helper()
	var started, wg sync.WaitGroup
	busy, free := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		update(t, db, func(*store.Tx) error { close(busy); <-free; return nil })
	})
	<-busy
	for i := range n {
		started.Add(1)
		wg.Go(func() { started.Done(); f(i) })
	}
	started.Wait()
	close(free)
	wg.Wait()
}

// panics: a panic of a function is that of its caller.
func panics(t *testing.T, db *store.DB) {
	defer func() {
		if got := recover(); got != "in a function" {
			t.Errorf("recovered %v", got)
		}
		insert(t, db, store.Record{Kind: "thing", Key: "after"})
	}()
	_ = db.Update(t.Context(), func(*store.Tx) error { panic("in a function") })
}

// cancelled: a function whose caller has gone is not called, or wholly done.
func cancelled(t *testing.T, db *store.DB) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	called := false
	err := db.Update(gone, func(*store.Tx) error { called = true; return nil })
	wantError(t, "Update of a caller who has gone", err, context.Canceled)

	waiting, cancel := context.WithCancel(t.Context())
	defer cancel()
	busy, free := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		update(t, db, func(*store.Tx) error { close(busy); <-free; return nil })
	})
	<-busy
	wg.Go(func() {
		err := db.Update(waiting, func(*store.Tx) error { called = true; return nil })
		wantError(t, "Update of a caller who goes", err, context.Canceled)
		close(free) // not before
	})
	cancel()
	wg.Wait()
	if called {
		t.Error("a function was called although its caller had gone")
	}

	during, cancel := context.WithCancel(t.Context())
	err = db.Update(during, func(tx *store.Tx) error {
		cancel()
		return tx.Insert(store.Record{Kind: "thing", Key: "done"})
	})
	wantError(t, "Update of a caller who goes meanwhile", err, nil)
	get(t, db, "thing", "done")
}

// cancelledInGroup: callers may go while another function of their group has its turn.
func cancelledInGroup(t *testing.T, db *store.DB) {
	var waiting sync.WaitGroup // those who neither had their turn nor have gone
	ctx, cancel := context.WithCancel(t.Context())
	waiting.Add(10)
	inOneGroup(t, db, 11, func(i int) {
		if i == 0 {
			update(t, db, func(*store.Tx) error { cancel(); waiting.Wait(); return nil })
			return
		}
		done := sync.OnceFunc(waiting.Done)
		defer done()
		if err := db.Update(ctx, func(*store.Tx) error { done(); return nil }); err != nil {
			wantError(t, "Update", err, context.Canceled)
		}
	})
	insert(t, db, store.Record{Kind: "thing", Key: "after"})
}

func overAndClosed(t *testing.T, db *store.DB) {
	var kept *store.Tx
	update(t, db, func(tx *store.Tx) error { kept = tx; return nil })
	if err := kept.Insert(store.Record{Kind: "thing", Key: "a"}); err == nil {
		t.Error("Insert after the function returned: no error")
	}
	if _, err := kept.Get("thing", "a"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get after the function returned: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	err := db.Update(t.Context(), func(*store.Tx) error { return nil })
	wantError(t, "Update after Close", err, store.ErrClosed)
	wantError(t, "Fresh after Close", db.Fresh(), store.ErrStale)
}
