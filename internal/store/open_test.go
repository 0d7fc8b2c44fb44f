package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

func TestReopen(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		url, sealer := fresh(t), storetest.Sealer(t)
		first := open(t, url, sealer)
		put(t, first, thing("a", "one"))
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := open(t, url, sealer).Get(t.Context(), "thing", "a")
		if err != nil || string(got.Body) != "one" {
			t.Errorf("Get after reopening: %q, %v", got.Body, err)
		}
	})
}

func TestWrongRootKey(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		url, sealer := fresh(t), storetest.Sealer(t)
		db := open(t, url, sealer)
		put(t, db, thing("a", "one"))
		before := contents(t, raw(t, url))
		_, err := store.Open(t.Context(), store.Options{URL: url, Sealer: storetest.Sealer(t)})
		wantError(t, "Open with another root key", err, store.ErrWrongRootKey)
		if after := contents(t, raw(t, url)); after != before {
			t.Errorf("the database changed from\n%s\nto\n%s", before, after)
		}
	})
}

// contents prints all tables.
func contents(t *testing.T, db *sql.DB) string {
	t.Helper()
	var b strings.Builder
	for _, query := range []string{
		"SELECT kind, key, version, body FROM records ORDER BY kind, key",
		"SELECT revision, kind, key, '' FROM changes ORDER BY revision, kind, key",
		"SELECT revision, '', '', '' FROM feed",
		"SELECT version_id, '', '', '' FROM goose_db_version ORDER BY id",
	} {
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var columns [4]any
			if err := rows.Scan(&columns[0], &columns[1], &columns[2], &columns[3]); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, columns[:]...)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestMissingCheck(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		url, sealer := fresh(t), storetest.Sealer(t)
		put(t, open(t, url, sealer), thing("a", "one"))
		exec(t, raw(t, url), "DELETE FROM records WHERE kind = 'store'")
		if db, err := store.Open(t.Context(), store.Options{URL: url, Sealer: sealer}); err == nil {
			db.Close()
			t.Error("Open of records without a check record: no error")
		}
	})
}

func TestNewerSchema(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		url, sealer := fresh(t), storetest.Sealer(t)
		open(t, url, sealer)
		exec(t, raw(t, url), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, $1)", true)
		_, err := store.Open(t.Context(), store.Options{URL: url, Sealer: sealer})
		wantError(t, "Open", err, store.ErrNewer)
	})
}

// TestOpenAtOnce: several nodes may meet on an empty database.
func TestOpenAtOnce(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		url, sealer := fresh(t), storetest.Sealer(t)
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				db, err := store.Open(t.Context(), store.Options{URL: url, Sealer: sealer})
				if err != nil {
					t.Errorf("Open: %v", err)
					return
				}
				defer db.Close()
				put(t, db, thing(fmt.Sprint(i), ""))
			})
		}
		wg.Wait()
		got, err := open(t, url, sealer).Scan(t.Context(), "thing", store.Range{})
		if err != nil || len(got) != 5 {
			t.Errorf("%d records, error %v; want 5", len(got), err)
		}
	})
}

func TestBadURL(t *testing.T) {
	for _, url := range []string{"", "sqlite://", "mysql://user:hunter2@host/db", "postgres://:hunter2@[",
		"sqlite:///nowhere/at/all/keystead.db", "postgres://user:hunter2@127.0.0.1:1/x"} {
		db, err := store.Open(t.Context(), store.Options{URL: url, Sealer: storetest.Sealer(t)})
		if err == nil {
			db.Close()
			t.Errorf("Open %q: no error", url)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open %q: the error has the password: %v", url, err)
		}
	}
}

// TestFiles: nobody else may read the files, and the path is taken as it is.
func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%41&e")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "keystead.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	put(t, open(t, "sqlite://"+path, storetest.Sealer(t)), thing("a", "one"))
	names := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names++
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", d.Name(), info.Mode())
		}
		return err
	})
	if err != nil || names != 3 {
		t.Errorf("%d files, error %v; want the database, its log and its index", names, err)
	}
}
