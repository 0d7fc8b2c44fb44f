package eventstore

import (
	"context"
	"log/slog"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
)

// Options has what a Store needs.
type Options struct {
	DB    *store.DB
	Clock *clock.Clock
	Log   *slog.Logger
	Keys  Keys // for Since, and to merge blocks that are encrypted; may be nil
}

// Keys opens and seals blocks that the caller encrypted.
type Keys interface {
	Open(ctx context.Context, log string, sealed []byte) ([]byte, error)
	Seal(ctx context.Context, log string, plain []byte) ([]byte, error)
}

// Store has all logs.
type Store struct {
	db    *store.DB
	clock *clock.Clock
	log   *slog.Logger
	keys  Keys

	recent recent
}

// New returns the store of logs in a database. Several may work on one database.
func New(o Options) *Store {
	return &Store{db: o.DB, clock: o.Clock, log: o.Log, keys: o.Keys}
}

// Jobs is the background work.
func (s *Store) Jobs(string) []job.Job {
	return []job.Job{
		{Name: "event-blocks", Every: 10 * time.Second, Run: s.tidy},
		{Name: "event-expiry", Every: time.Minute, Run: s.expire},
	}
}
