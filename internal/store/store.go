// Package store keeps sealed, ordered records in SQLite or PostgreSQL. It knows no noun
// of the domain: a record has a kind, a key, and perhaps a second index value and a time
// at which it is due. Its body is sealed together with all of these, so that a row that
// was edited, swapped or copied with SQL does not open.
//
// The one rule to know: all writes go through DB.Update. It runs one function after the
// other, on all nodes, and returns when the change is durable and every cache of this
// node has dropped what changed. So read inside the function what the decision rests on.
//
// Begin reading at DB.Update (update.go) and the group commit behind it (commit.go); the
// change feed is in feed.go, the cache over it in cache.go.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/seal"
)

var (
	// ErrNotFound is returned when there is no record of that kind and key.
	ErrNotFound = errors.New("no such record")

	// ErrExists is returned by Insert when there is a record of that kind and key.
	ErrExists = errors.New("the record exists already")

	// ErrConflict is returned by Put when the record has changed or gone since it was read.
	ErrConflict = errors.New("the record was changed meanwhile")

	// ErrInvalid is returned for kinds, keys and refs that both engines can't keep and
	// order alike; see Record.
	ErrInvalid = errors.New("invalid record")

	// ErrStale is returned when this node could not confirm for longer than
	// Options.Staleness that it has seen the newest changes.
	ErrStale = errors.New("the store could not confirm for too long that its caches are current")

	// ErrWrongRootKey is returned by Open and Restore when the records were sealed under
	// another root key. Nothing has been changed then.
	ErrWrongRootKey = errors.New("the database was sealed under another root key")

	// ErrRootKeyBehind is returned by Update when the root key was rotated and this node
	// does not have the new one yet.
	ErrRootKeyBehind = errors.New("the root key was rotated, and this node does not have the new one")

	// ErrNewer is returned by Open when a newer version of Keystead changed the schema.
	ErrNewer = errors.New("the database was written by a newer version of Keystead")

	// ErrNotEmpty is returned by Restore when the database holds records.
	ErrNotEmpty = errors.New("the database is not empty")

	// ErrClosed is returned by Update after Close.
	ErrClosed = errors.New("the store is closed")
)

// Options say which database to open. URL and Sealer are required.
type Options struct {
	// URL is "postgres://…" or "sqlite://PATH". PATH is taken literally; its directory
	// must exist, the file need not.
	URL string

	// Sealer holds the root key.
	Sealer *seal.Sealer

	// Logger is told of connections that are lost and found; nil means slog.Default().
	Logger *slog.Logger

	// Staleness bounds how old a cached value may be; 0 means 10 s.
	Staleness time.Duration

	// PollInterval is how often the change feed is read without a hint; 0 means 1 s, or a
	// quarter of Staleness if that is less.
	PollInterval time.Duration
}

// DB is an open store. Its methods may be called by several goroutines at once.
type DB struct {
	*engine
	sealer *seal.Sealer
	log    *slog.Logger
	feed   *feed
	poll   time.Duration

	unscrubbed atomic.Bool // records were erased since the last Scrub, or there was none yet

	queue   chan *request // to the writer
	closing chan struct{}
	close   sync.Once
	writing sync.WaitGroup     // the writer
	reading sync.WaitGroup     // the follower and the listener
	ctx     context.Context    // of everything that is done for nobody in particular
	cancel  context.CancelFunc // after the writer's last group
}

// Open connects to the database, brings its schema up to date, and checks that the
// records were sealed under the root key at hand before it changes anything.
func Open(ctx context.Context, o Options) (*DB, error) {
	db, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := db.start(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open %s database: %w", db.name, err)
	}
	return db, nil
}

// connect returns a DB that has not looked at its database yet.
func connect(ctx context.Context, o Options) (*DB, error) {
	e, err := openEngine(ctx, o.URL)
	if err != nil {
		return nil, err
	}
	staleness := cmp.Or(o.Staleness, 10*time.Second)
	db := &DB{
		engine:  e,
		sealer:  o.Sealer,
		log:     cmp.Or(o.Logger, slog.Default()),
		feed:    newFeed(staleness),
		poll:    cmp.Or(o.PollInterval, min(time.Second, staleness/4)),
		queue:   make(chan *request),
		closing: make(chan struct{}),
	}
	db.unscrubbed.Store(true)
	db.ctx, db.cancel = context.WithCancel(context.Background())
	db.writing.Go(db.write)
	return db, nil
}

// start makes the database usable and begins to follow its changes.
func (db *DB) start(ctx context.Context) error {
	if err := db.migrate(ctx); err != nil {
		return err
	}
	if err := db.prepare(ctx); err != nil {
		return err
	}
	if err := db.ensureCheck(ctx); err != nil {
		return err
	}
	if err := db.Sync(ctx); err != nil {
		return err
	}
	db.reading.Go(db.follow)
	if db.listen != nil {
		db.reading.Go(func() { db.listen(db.ctx, db.log, db.feed) })
	}
	return nil
}

func openEngine(ctx context.Context, url string) (*engine, error) {
	scheme, rest, _ := strings.Cut(url, "://")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest)
	case "postgres", "postgresql":
		return openPostgres(ctx, url)
	default: // the URL may hold a password: not repeated
		return nil, errors.New("open database: the URL begins neither with sqlite:// nor with postgres://")
	}
}

// Close lets the writer finish its group and releases the database. Functions that still
// wait for their turn get ErrClosed.
func (db *DB) Close() (err error) {
	db.close.Do(func() {
		close(db.closing)
		db.writing.Wait()
		db.cancel()
		db.reading.Wait()
		db.feed.stop()
		err = db.engine.close()
	})
	return err
}
