package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	maxGroup = 64

	// writeTimeout bounds one attempt to commit a group, and so how long a connection that
	// died without a word can hold up the writer.
	writeTimeout = 30 * time.Second
)

// write is the one writer of this node.
func (db *DB) write() {
	for {
		select {
		case r := <-db.queue:
			db.serve(db.gather(r))
		case <-db.closing:
			return
		}
	}
}

// gather returns the first request and those that wait behind it.
func (db *DB) gather(first *request) []*request {
	requests := []*request{first}
	for len(requests) < maxGroup {
		select {
		case r := <-db.queue:
			requests = append(requests, r)
		default:
			return requests
		}
	}
	return requests
}

// errCommit marks an error after which it is not known whether the group is durable. All
// other errors of an attempt mean that nothing of it is.
var errCommit = errors.New("commit")

// errBegin marks an error that no function of the group had a part in.
var errBegin = errors.New("begin")

// errUndo ends an attempt without savepoints in which a function failed that had written.
var errUndo = errors.New("a function must be undone")

// serve commits the requests as one group. It first tries without savepoints, because it
// is rare that a function fails after it has written, then with them. If that fails, too,
// none of the functions is in the database, and each is tried once more on its own: a
// connection may have been lost that can be made anew, and a function whose statement
// can't work must not hurt its neighbours.
func (db *DB) serve(requests []*request) {
	err := db.attempt(requests, false)
	if err == errUndo {
		err = db.attempt(requests, true)
	}
	if err == nil || errors.Is(err, errCommit) {
		for _, r := range requests {
			r.reply(err)
		}
		return
	}
	db.writer.forget()
	for _, r := range requests {
		if !errors.Is(err, errBegin) || r == requests[0] {
			err = db.attempt([]*request{r}, false)
		}
		r.reply(err)
	}
}

// reply tells the caller the outcome: what went wrong with the transaction, else what the
// function returned.
func (r *request) reply(err error) {
	if err == nil {
		err = r.result
	}
	r.done <- err
}

// group is one write transaction of the database.
type group struct {
	view
	tx       *sql.Tx
	revision int64
	changes  []Change
	wrote    bool // something that is to be committed
	erased   bool // something that is to be scrubbed
	alone    bool // it has one function, which is undone with the group
	careful  bool // each function has a savepoint
}

// attempt runs the functions in one transaction and commits it. Unless it is careful, it
// ends with errUndo if it had to undo one of several functions.
func (db *DB) attempt(requests []*request, careful bool) error {
	ctx, cancel := context.WithTimeout(db.ctx, writeTimeout)
	defer cancel()
	g, err := db.begin(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errBegin, err)
	}
	defer g.tx.Rollback()
	g.alone, g.careful = len(requests) == 1, careful
	for _, r := range requests {
		if err := g.turn(r); err != nil {
			return err
		}
	}
	return g.commit()
}

// begin starts a transaction and takes the one row that lets in one writer at a time.
func (db *DB) begin(ctx context.Context) (*group, error) {
	tx, err := db.writer.BeginTx(ctx, db.isolation)
	if err != nil {
		return nil, err
	}
	g := &group{view: view{db, ctx, poolTx{tx, db.writer.prepared}}, tx: tx}
	var fence uint32
	if err := g.sql.QueryRowContext(ctx, db.bump).Scan(&g.revision, &fence); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	if err := db.reach(ctx, fence); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return g, nil
}

// turn lets one function have the transaction. It returns an error if the whole group is
// lost, not if the function failed.
func (g *group) turn(r *request) error {
	if r.lost {
		return nil
	}
	tx := &Tx{view: g.view, group: g}
	select {
	case r.turn <- tx:
	case <-r.gone:
		return nil
	}
	r.result = <-r.back
	r.lost = r.result == errLost
	if tx.broken != nil {
		return tx.broken
	}
	if r.result != nil {
		return tx.undo()
	}
	g.wrote, g.erased = g.wrote || tx.wrote, g.erased || tx.erased
	g.changes = append(g.changes, tx.changes...)
	return tx.release()
}

// commit writes the feed, makes the group durable, and tells the subscribers. A group that
// wrote nothing leaves no trace.
func (g *group) commit() error {
	if !g.wrote {
		return nil
	}
	if err := g.writeChanges(); err != nil {
		return &sqlError{fmt.Errorf("write change feed: %w", err)}
	}
	err := g.tx.Commit()
	if g.erased { // even if nobody knows whether it is: the next Scrub comes after it
		g.db.unscrubbed.Store(true)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	g.db.committed(g.ctx, g.revision, g.changes)
	return nil
}
