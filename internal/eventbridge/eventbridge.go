// Package eventbridge matches events against rules, and hands those that match to the rules'
// targets.
package eventbridge

import (
	"log/slog"

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
}

// New makes the service.
func New(o Options) *Service { return &Service{o.DB, o.Clock, o.Log} }

// Jobs is the background work of a node.
func (s *Service) Jobs(node string) []job.Job { return nil }
