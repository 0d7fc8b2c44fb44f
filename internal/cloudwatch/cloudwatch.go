// Package cloudwatch keeps metrics: it takes samples, keeps them as long as AWS does, and
// answers statistics, metric math and searches over them. Dashboards are kept beside them.
// Alarms on metrics are package alarm's.
//
// Samples come in batches (put.go), which a job moves into blocks by metric and time
// (compact.go) and from there into coarser ones (rollup.go). The one rule: a sample is in one
// place at a time, and moves in a transaction that also counts up the generation of its
// account and Region, by which a reader sees that it must read again (read.go).
package cloudwatch

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
)

// Options are what a Service is made of.
type Options struct {
	DB    *store.DB
	Clock *clock.Clock
	Log   *slog.Logger
}

// Service answers the operations. Its methods may be called by several goroutines at once.
type Service struct {
	db    *store.DB
	clock *clock.Clock
	log   *slog.Logger

	pending atomic.Int64  // batches that came since the compaction ran here
	early   chan struct{} // asks for it

	damaged atomic.Int64 // records that were set aside
}

// New makes the service.
func New(o Options) *Service {
	return &Service{db: o.DB, clock: o.Clock, log: o.Log, early: make(chan struct{}, 1)}
}

// Jobs is the background work of a node.
func (s *Service) Jobs(string) []job.Job {
	return []job.Job{
		{Name: "metric-compaction", Every: 5 * time.Second, Run: s.compact, Early: s.early},
		{Name: "metric-rollup", Every: time.Minute, Run: s.rollUp},
	}
}
