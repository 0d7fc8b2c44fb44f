package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// crowd are records among which some are erased. Their bodies have the sizes of key material, and
// sizes at which the engines keep them elsewhere.
type crowd struct {
	t      *testing.T
	db     *store.DB
	raw    *sql.DB // on the same database
	keys   []string
	erased map[string][]byte // the sealed bodies of those that were erased, by key
}

func newCrowd(t *testing.T, driver, url string) *crowd {
	t.Helper()
	c := &crowd{t: t, erased: map[string][]byte{}}
	c.db = storetest.Open(t, store.Options{URL: url, Sealer: storetest.Sealer(t)})
	var err error
	if c.raw, err = sql.Open(driver, strings.TrimPrefix(url, "sqlite://")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.raw.Close() })
	return c
}

func (c *crowd) update(f func(tx *store.Tx) error) {
	c.t.Helper()
	if err := c.db.Update(c.t.Context(), f); err != nil {
		c.t.Fatal(err)
	}
}

// add inserts records with random keys and bodies.
func (c *crowd) add(n int) {
	c.update(func(tx *store.Tx) error {
		for i := range n {
			key, body := rand.Text(), make([]byte, []int{65, 130, 700, 1300, 2500, 6000}[i%6])
			_, _ = rand.Read(body)
			c.keys = append(c.keys, key)
			if err := tx.Insert(store.Record{Kind: "secret", Key: key, Ref: "ref/" + key, Body: body}); err != nil {
				return err
			}
		}
		return nil
	})
}

// erase erases n of the records, the oldest first, and remembers their sealed bodies.
func (c *crowd) erase(n int) {
	c.t.Helper()
	for _, key := range c.keys[:n] {
		var body []byte
		if err := c.raw.QueryRowContext(c.t.Context(), `SELECT body FROM records WHERE kind = 'secret' AND key = $1`, key).Scan(&body); err != nil {
			c.t.Fatal(err)
		}
		c.erased[key] = body
		c.update(func(tx *store.Tx) error { return tx.Erase("secret", key) })
	}
	c.keys = c.keys[n:]
}

func (c *crowd) scrub() {
	c.t.Helper()
	if err := c.db.Scrub(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

// window is the length of the smallest piece of a body that counts as left over.
const window = 16

// leftovers counts the erased bodies of which a window is in data.
func (c *crowd) leftovers(data []byte) int {
	owner := map[[window]byte]string{}
	for key, body := range c.erased {
		for i := 0; i+window <= len(body); i++ {
			owner[[window]byte(body[i:])] = key
		}
	}
	found := map[string]bool{}
	for i := 0; i+window <= len(data); i++ {
		if key, ok := owner[[window]byte(data[i:])]; ok {
			found[key] = true
		}
	}
	return len(found)
}

// TestErasedFromSQLite searches the database's files, with its free pages and its log, for any
// 16 bytes of the sealed bodies of erased records, and for their keys.
func TestErasedFromSQLite(t *testing.T) {
	t.Parallel()
	url := storetest.SQLite(t)
	c := newCrowd(t, "sqlite", url)
	for range 12 {
		c.add(60)
		c.erase(10)
	}
	path := strings.TrimPrefix(url, "sqlite://")
	files := func() (all []byte) {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			b, err := os.ReadFile(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		return all
	}
	if c.leftovers(files()) == 0 {
		t.Error("before the scrub the log has nothing of the erased records: the test would find nothing")
	}
	c.scrub()
	if n := c.leftovers(files()); n != 0 {
		t.Errorf("after the scrub, something of %d of the %d erased records is in the files", n, len(c.erased))
	}
	c.erase(1)
	if err := c.db.Trim(t.Context(), 0); err != nil { // the change feed names what was erased
		t.Fatal(err)
	}
	c.scrub()
	b := files()
	for key := range c.erased {
		if bytes.Contains(b, []byte(key)) {
			t.Errorf("the key of an erased record, %s, is in the files", key)
		}
	}
	for _, key := range c.keys {
		if _, err := c.db.Get(t.Context(), "secret", key); err != nil {
			t.Errorf("a record that was not erased: %v", err)
		}
	}
}

// TestGaps: SQLite leaves copies where it moves records. Scrub overwrites them, also while others
// write, and takes nothing else.
func TestGaps(t *testing.T) {
	t.Parallel()
	url := storetest.SQLite(t)
	c := newCrowd(t, "sqlite", url)
	dirty := func() (n int) {
		rows, err := c.raw.QueryContext(t.Context(), `SELECT pgno, data FROM sqlite_dbpage`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var number int64
			var page []byte
			if err := rows.Scan(&number, &page); err != nil {
				t.Fatal(err)
			}
			if store.GapLength(number, page) > 0 {
				n++
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var writers sync.WaitGroup
	fill := func() {
		for i := range 200 {
			key := rand.Text()
			err := c.db.Update(t.Context(), func(tx *store.Tx) error {
				if err := tx.Insert(store.Record{Kind: "other", Key: key, Body: []byte(key)}); err != nil || i%3 > 0 {
					return err
				}
				return tx.Erase("other", key)
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	c.add(300)
	fill()
	if dirty() == 0 {
		t.Error("before the scrub no gap has anything: the test would find nothing")
	}
	for range 4 {
		writers.Go(fill)
	}
	for range 10 {
		c.erase(10)
		c.scrub()
	}
	writers.Wait()
	c.erase(1)
	c.scrub()
	if n := dirty(); n > 0 {
		t.Errorf("after the scrub %d pages have something in their gaps", n)
	}
	var ok string
	if err := c.raw.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("the database is damaged: %q, %v", ok, err)
	}
	for _, key := range c.keys {
		if _, err := c.db.Get(t.Context(), "secret", key); err != nil {
			t.Errorf("a record that was not erased: %v", err)
		}
	}
	if others, err := c.db.Scan(t.Context(), "other", store.Range{Limit: 1000}); err != nil || len(others) != 5*133 {
		t.Errorf("%d of the other records, %v", len(others), err)
	}
}

// TestGapsOfMappedPages: a database whose owner has turned auto_vacuum on has pages that look like
// those of a b-tree and are not. Scrub leaves them alone.
func TestGapsOfMappedPages(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, "sqlite", storetest.SQLite(t))
	c.add(300)
	// The first page that maps others begins with a root, the next with any page: 822 pages on.
	err := c.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		for range 6000 {
			err = errors.Join(err, tx.Insert(store.Record{Kind: "other", Key: rand.Text(), Body: make([]byte, 700)}))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.raw.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`PRAGMA auto_vacuum = FULL`, `VACUUM`} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	c.erase(100)
	c.scrub()
	var ok string
	if err := c.raw.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("the database is damaged: %q, %v", ok, err)
	}
}

// TestScrubWithReaders: a long read, such as a backup, keeps the log from being emptied, and the
// next Scrub does it.
func TestScrubWithReaders(t *testing.T) {
	t.Parallel()
	url := storetest.SQLite(t)
	c := newCrowd(t, "sqlite", url)
	c.add(60)
	c.scrub()
	read, err := c.raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := read.QueryRow(`SELECT count(*) FROM records`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	c.erase(30)
	c.scrub()
	log := strings.TrimPrefix(url, "sqlite://") + "-wal"
	if info, err := os.Stat(log); err != nil || info.Size() == 0 {
		t.Errorf("the log beside a reader: %v, %v", info, err)
	}
	c.add(1) // writes go on
	if err := read.Rollback(); err != nil {
		t.Fatal(err)
	}
	c.scrub()
	if info, err := os.Stat(log); err != nil || info.Size() != 0 {
		t.Errorf("the log after the scrub: %v, %v", info, err)
	}
}

// TestErasedFromPostgreSQL looks at the raw pages of the table: no row, dead or alive, has
// anything of an erased record after the scrub, and no page after VACUUM FULL.
func TestErasedFromPostgreSQL(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, "pgx", storetest.PostgreSQL(t))
	ctx := t.Context()
	if _, err := c.raw.ExecContext(ctx, `CREATE EXTENSION pageinspect`); err != nil {
		t.Skipf("pageinspect, which shows the pages, is not there: %v", err)
	}
	for range 12 {
		c.add(60)
		c.erase(10)
	}
	if c.leftovers(c.rows(ctx)) == 0 {
		t.Error("before the scrub no dead row has anything of the erased records: the test would find nothing")
	}
	// A statement that began before the last deletion may still need its row.
	n := -1
	for range 20 {
		c.add(6)
		c.erase(1)
		c.scrub()
		if n = c.leftovers(c.rows(ctx)); n == 0 {
			break
		}
	}
	if n != 0 {
		t.Errorf("after the scrub, something of %d of the %d erased records is in rows", n, len(c.erased))
	}
	if _, err := c.raw.ExecContext(ctx, `VACUUM FULL records`); err != nil {
		t.Fatal(err)
	}
	if n := c.leftovers(c.pages(ctx)); n != 0 {
		t.Errorf("after VACUUM FULL, something of %d of the %d erased records is in pages", n, len(c.erased))
	}
}

// pages are the pages of the table, and of the one that has its long values.
func (c *crowd) pages(ctx context.Context) []byte {
	return c.query(ctx, `SELECT get_raw_page(name, n) FROM `+relations)
}

// rows are the rows in these pages, also dead ones.
func (c *crowd) rows(ctx context.Context) []byte {
	return c.query(ctx, `SELECT t_data FROM `+relations+`, heap_page_items(get_raw_page(name, n)) WHERE t_data IS NOT NULL`)
}

const relations = `(SELECT oid::regclass::text AS name FROM pg_class WHERE oid = 'records'::regclass
		OR oid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'records'::regclass)) AS r,
	generate_series(0, pg_relation_size(name::regclass) / current_setting('block_size')::bigint - 1) AS n`

func (c *crowd) query(ctx context.Context, query string) (all []byte) {
	c.t.Helper()
	found, err := c.raw.QueryContext(ctx, query)
	if err != nil {
		c.t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var b []byte
		if err := found.Scan(&b); err != nil {
			c.t.Fatal(err)
		}
		all = append(append(all, b...), fmt.Sprintf("%*s", window, "")...)
	}
	if err := found.Err(); err != nil {
		c.t.Fatal(err)
	}
	return all
}
