package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // also the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens or creates a database file. One connection writes; the others read
// what is committed, and wait for nobody, thanks to the write-ahead log.
func openSQLite(ctx context.Context, path string) (*engine, error) {
	if path == "" {
		return nil, errors.New("open SQLite database: the URL has no path")
	}
	if err := ownFile(path); err != nil {
		return nil, fmt.Errorf("open SQLite database: %w", err)
	}
	writer, err := sql.Open("sqlite", sqliteName(path, "journal_mode(WAL)", "synchronous(FULL)",
		"secure_delete(ON)", "journal_size_limit(67108864)")+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open SQLite database: %w", err)
	}
	reader, err := sql.Open("sqlite", sqliteName(path, "query_only(ON)"))
	if err != nil {
		return nil, fmt.Errorf("open SQLite database: %w", errors.Join(err, writer.Close()))
	}
	writer.SetMaxOpenConns(1)
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	e := &engine{
		name:        "SQLite",
		writer:      &pool{DB: writer},
		reader:      &pool{DB: reader},
		prepares:    true,
		bump:        `UPDATE feed SET revision = revision + 1 WHERE id = 1 RETURNING revision, root_key`,
		orderedText: "TEXT",
		dialect:     goose.DialectSQLite3,
		scrub:       (&scrubber{gaps: gaps{reader: reader, writer: writer}, path: path}).scrub,
	}
	// The first connection of the writer turns the log on, before anybody reads.
	if err := pingPatiently(ctx, writer); err != nil {
		return nil, fmt.Errorf("open SQLite database %s: %w", path, errors.Join(err, e.close()))
	}
	return e, nil
}

// pingPatiently makes the first connection. SQLite waits for locks, but not for the one that it
// takes to turn the log on: if another process does so at this moment, it says at once that the
// database is busy.
func pingPatiently(ctx context.Context, db *sql.DB) error {
	const patience, pause = 10 * time.Second, 10 * time.Millisecond
	for begin := time.Now(); ; {
		err := db.PingContext(ctx)
		busy, ok := errors.AsType[*sqlite.Error](err)
		if !ok || busy.Code()&0xff != sqlite3.SQLITE_BUSY || time.Since(begin) > patience {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// sqliteName is the driver's name for a database file. A connection waits 10 s for others,
// which matters if a second process has the file open.
func sqliteName(path string, pragmas ...string) string {
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(10000)"
	for _, p := range pragmas {
		name += "&_pragma=" + url.QueryEscape(p)
	}
	return name
}

// ownFile makes the file exist for its owner alone; SQLite gives its other files the same
// permissions. A file that exists is not opened here: to close it would release the
// locks of all connections that this process has to it.
func ownFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.Chmod(path, 0o600)
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the entry of a new file durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
