package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// Scrub removes from the files of the database what is left there of the records that this
// store has erased (Tx.Erase), and does nothing if there were none since the last time. The
// first Scrub always does something, because a process that was killed may have left something.
// What can't be removed now, because a backup is being read or the database is away, the next
// Scrub removes.
//
// With SQLite nothing of such a record is in any file when Scrub returns: deleted content is
// overwritten (secure_delete), so are the copies that SQLite leaves where it has moved something
// (see clearGaps), and the write-ahead log, which has pages as they were, is emptied.
//
// With PostgreSQL, Scrub has the server remove the dead rows that nobody's snapshot needs (VACUUM).
// Some of their bytes may stay in pages until these are used again, or until an administrator has
// the table written anew (VACUUM FULL records), and in the server's own log as long as that is
// kept.
func (db *DB) Scrub(ctx context.Context) error {
	if !db.unscrubbed.Swap(false) {
		return nil
	}
	err := db.scrub(ctx)
	if err != nil {
		db.unscrubbed.Store(true)
	}
	if errors.Is(err, errEarly) {
		return nil
	}
	if errors.Is(err, errReaders) {
		db.log.InfoContext(ctx, "erased records are still in the database's log, which somebody reads: they will be removed later")
		return nil
	}
	if err != nil {
		return fmt.Errorf("scrub the database: %w", err)
	}
	return nil
}

// scrubber scrubs an SQLite database.
type scrubber struct {
	mu   sync.Mutex // one at a time looks at all pages
	gaps gaps
	path string
}

func (s *scrubber) scrub(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	done, err := s.gaps.clear(ctx)
	if err != nil {
		return err
	}
	if err := emptyLog(ctx, s.path); err != nil || done {
		return err
	}
	return errEarly
}

// errEarly means that a large database was looked through a short time ago.
var errEarly = errors.New("the pages were looked at a short time ago")

// errReaders means that somebody reads from the log for so long that it could not be emptied.
var errReaders = errors.New("the write-ahead log is in use")

// emptyLog moves all pages from the log into the database file and cuts the log to nothing.
// That needs a moment without readers, during which nobody can write either; it is not waited
// for longer than half a second.
func emptyLog(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", sqliteName(path))
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA busy_timeout(500)`); err != nil {
		return err
	}
	var busy, pages, moved int
	for _, how := range [...]string{"PASSIVE", "TRUNCATE"} { // the first does most of it, and stops nobody
		if err := conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(`+how+`)`).Scan(&busy, &pages, &moved); err != nil {
			return err
		}
	}
	if busy != 0 {
		return errReaders
	}
	return nil
}
