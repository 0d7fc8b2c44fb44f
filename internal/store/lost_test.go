package store_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// eventually waits for something that happens by itself.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !f() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("timed out: %s", what)
		}
	}
}

// TestLostDatabase: a node that has lost its database refuses to serve from its cache
// after the bound, and all is well when the database is back.
func TestLostDatabase(t *testing.T) {
	address, wire := wireTo(t, storetest.PostgreSQL(t))
	db := storetest.Open(t, store.Options{URL: address, Sealer: storetest.Sealer(t),
		Staleness: 400 * time.Millisecond, PollInterval: 20 * time.Millisecond})
	cache := store.NewCache(db, "thing", 1<<20, text)
	put(t, db, thing("a", "one"))
	if _, err := cache.Get(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		cut := time.Now()
		wire.cut()
		eventually(t, "stale", func() bool { return errors.Is(db.Fresh(), store.ErrStale) })
		if after := time.Since(cut); after < 100*time.Millisecond {
			t.Errorf("stale after %v, the bound is 400 ms", after)
		}
		_, err := cache.Get(t.Context(), "a")
		wantError(t, "Get of what is cached", err, store.ErrStale)
		called := 0
		err = db.Update(t.Context(), func(tx *store.Tx) error { called++; return tx.Upsert(thing("a", "lost")) })
		if err == nil || called > 0 {
			t.Errorf("Update without a database: called %d times, error %v", called, err)
		}

		wire.mend()
		eventually(t, "fresh", func() bool { return db.Fresh() == nil })
		put(t, db, thing("a", "two"))
		if got, err := cache.Get(t.Context(), "a"); err != nil || got != "two" {
			t.Errorf("Get after the database came back: %q, %v", got, err)
		}
	}
}

// TestKilledConnections: the server ends all connections; nobody but the log notices.
func TestKilledConnections(t *testing.T) {
	address := storetest.PostgreSQL(t)
	db := open(t, address, storetest.Sealer(t))
	resets := make(chan bool, 1000)
	db.Subscribe(func(changes []store.Change) {
		if changes[0].Reset {
			resets <- true
		}
	})
	eventually(t, "it listens", func() bool { return listeners(t, address) == 1 })
	for range 3 {
		put(t, db, thing("a", "one"))
		kill(t, address)
		put(t, db, thing("a", "two"))
		readAtOnce(t, db)
		kill(t, address)
		readAtOnce(t, db)
		select { // the caches start anew with the connection that listens
		case <-resets:
		case <-time.After(20 * time.Second):
			t.Fatal("timed out: no reset")
		}
	}
}

// readAtOnce uses many connections.
func readAtOnce(t *testing.T, db *store.DB) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if got, err := db.Get(t.Context(), "thing", "a"); err != nil || string(got.Body) != "two" {
					t.Errorf("Get: %q, %v", got.Body, err)
				}
			}
		})
	}
	wg.Wait()
}

// kill ends all connections to a database.
func kill(t *testing.T, address string) {
	t.Helper()
	exec(t, raw(t, address), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

// listeners counts the connections whose last statement was to listen.
func listeners(t *testing.T, address string) (n int) {
	t.Helper()
	row := raw(t, address).QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle'`)
	if err := row.Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// wire is a connection to a server that can be cut.
type wire struct {
	to    string
	mu    sync.Mutex
	dead  bool
	ends  []net.Conn
	lines sync.WaitGroup
}

// wireTo puts a wire between a database and whoever uses the URL that it returns.
func wireTo(t *testing.T, database string) (string, *wire) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{to: u.Host}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.lines.Go(func() { w.serve(listener) })
	t.Cleanup(func() {
		listener.Close()
		w.cut()
		w.lines.Wait()
	})
	return strings.Replace(database, u.Host, listener.Addr().String(), 1), w
}

func (w *wire) serve(listener net.Listener) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.to)
		if err != nil || !w.add(near, far) {
			near.Close()
			continue
		}
		for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
			w.lines.Go(func() {
				_, _ = io.Copy(pair[0], pair[1])
				pair[0].Close()
			})
		}
	}
}

// add reports whether the wire is whole; else it ends the far connection.
func (w *wire) add(near, far net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		far.Close()
		return false
	}
	w.ends = append(w.ends, near, far)
	return true
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
	for _, end := range w.ends {
		end.Close()
	}
	w.ends = nil
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = false
}
