package store

import (
	"context"
	"fmt"
	"time"
)

const (
	selectRevision = `SELECT revision FROM feed WHERE id = 1`
	selectFeed     = `SELECT revision, root_key FROM feed WHERE id = 1`
	selectTrimmed  = `SELECT trimmed FROM feed WHERE id = 1`
	selectChanges  = `SELECT revision, kind, key FROM changes
		WHERE revision > $1 AND revision <= $2 ORDER BY revision`
	insertChanges = `INSERT INTO changes (revision, kind, key)`
)

// follow looks at the feed whenever it is hinted at, and at intervals without a hint.
func (db *DB) follow() {
	tick := time.NewTicker(db.poll)
	defer tick.Stop()
	healthy := true
	for {
		select {
		case <-tick.C:
		case <-db.feed.hint:
		case <-db.ctx.Done():
			return
		}
		err := db.lookInTime()
		switch {
		case db.ctx.Err() != nil:
			return
		case err != nil && healthy:
			db.log.Warn("store: the change feed can't be read", "error", err)
		case err == nil && !healthy:
			db.log.Info("store: the change feed can be read again")
		}
		healthy = err == nil
	}
}

// lookInTime gives up a look that takes so long that it is worth a new connection.
func (db *DB) lookInTime() error {
	ctx, cancel := context.WithTimeout(db.ctx, max(db.feed.staleness/2, 100*time.Millisecond))
	defer cancel()
	return db.Sync(ctx)
}

// Sync returns when the caches of this node hold nothing older than the call.
func (db *DB) Sync(ctx context.Context) error {
	start := time.Now()
	select {
	case db.feed.turn <- struct{}{}:
		defer func() { <-db.feed.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if db.feed.confirmedSince(start) { // somebody else looked meanwhile
		return nil
	}
	err := db.look(ctx)
	if err != nil && ctx.Err() == nil {
		db.reader.forget() // the connection may have been lost
		err = db.look(ctx)
	}
	return err
}

// SyncTo returns when the caches of this node hold nothing older than a revision that is
// known to be committed. It reads nothing if they are that far already.
func (db *DB) SyncTo(ctx context.Context, revision int64) error {
	if db.feed.position() >= revision {
		return nil
	}
	return db.Sync(ctx)
}

// maxBehind is how many revisions a node reads before it rather starts its caches anew.
const maxBehind = 10_000

// look reads what is new in the feed and tells the subscribers.
func (db *DB) look(ctx context.Context) (err error) {
	f, start, lost := db.feed, time.Now(), db.feed.lost.Swap(false)
	defer func() {
		if err == nil {
			f.confirm(start)
		} else if lost {
			f.lost.Store(true)
		}
	}()
	from := f.position()
	var revision int64
	var fence uint32
	if err := db.reader.QueryRowContext(ctx, selectFeed).Scan(&revision, &fence); err != nil {
		return fmt.Errorf("read revision: %w", err)
	}
	f.fence.Store(fence)
	switch {
	case lost || revision < from || revision > from+maxBehind:
		f.reset(revision)
		return nil
	case revision == from:
		return nil
	}
	changes, trimmed, err := db.changesBetween(ctx, from, revision)
	if err != nil {
		return fmt.Errorf("read change feed: %w", err)
	}
	f.advance(revision, trimmed, changes)
	return nil
}

// changesBetween reads the changes after one revision up to another, and up to where they
// are gone. That is read last, because Trim may run at the same time.
func (db *DB) changesBetween(ctx context.Context, after, to int64) (changes []Change, trimmed int64, err error) {
	rows, err := db.reader.QueryContext(ctx, selectChanges, after, to)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var c Change
		if err := rows.Scan(&c.Revision, &c.Kind, &c.Key); err != nil {
			return nil, 0, err
		}
		changes = append(changes, c)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	err = db.reader.QueryRowContext(ctx, selectTrimmed).Scan(&trimmed)
	return changes, trimmed, err
}

// writeChanges adds the group's changes to the feed, each record once.
func (g *group) writeChanges() error {
	type record struct{ kind, key string }
	seen := make(map[record]bool, len(g.changes))
	var once []Change
	var args []any
	for _, c := range g.changes {
		if r := (record{c.Kind, c.Key}); !seen[r] {
			seen[r] = true
			once = append(once, c)
			args = append(args, c.Revision, c.Kind, c.Key)
		}
	}
	g.changes = once
	return insertRows(g.ctx, g.sql, insertChanges, 3, args)
}
