package eventstore

import (
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
)

// Options has what a Store needs.
type Options struct {
	DB    *store.DB
	Clock *clock.Clock
}

// Store has all logs.
type Store struct {
	db    *store.DB
	clock *clock.Clock

	recent recent
}

// New returns the store of logs in a database. Several may work on one database.
func New(o Options) *Store {
	return &Store{db: o.DB, clock: o.Clock}
}

// Jobs is the background work.
func (s *Store) Jobs(string) []job.Job {
	return []job.Job{
		{Name: "event-blocks", Every: 10 * time.Second, Run: s.tidy},
		{Name: "event-expiry", Every: time.Minute, Run: s.expire},
	}
}
