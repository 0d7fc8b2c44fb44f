// Package job runs the background work of the service: what is due because time has
// passed, not because somebody called. The one rule: a job is idempotent and survives a
// kill at any point. With several nodes over one database a lease makes each job run on
// one of them; if that one dies, another takes over when the lease has ended.
package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/store"
)

// Job is one piece of background work.
type Job struct {
	Name  string                      // of its lease, and in logs
	Every time.Duration               // how long a run starts after the one before at the latest, in wall time
	Run   func(context.Context) error // does what is due now; called by one goroutine at a time
	Early <-chan struct{}             // a token in it asks for a run before its time; may be nil
}

// Scheduler runs jobs until its context ends.
type Scheduler struct {
	DB    *store.DB
	Clock *clock.Clock
	Node  string // who holds the leases: unique among the nodes
	Log   *slog.Logger
	Jobs  []Job

	mu      sync.Mutex
	running map[string]*sync.Mutex // by job; held during its round, so that RunAll and its loop don't meet
}

// leaseKind is the kind of lease records. A record's key is the name of the job.
const leaseKind = "job-lease"

// leaseLength is how long a node that died keeps the others from its jobs. A lease is
// renewed when half of it is left.
const leaseLength = time.Minute

// ended is the time of a lease that was given back.
var ended time.Time

type lease struct {
	Node  string    `json:"node"`
	Until time.Time `json:"until"`
}

// runs reports whether the lease still runs. One that would run for longer than any can
// was given by a clock that was wrong, and counts for nothing.
func (l lease) runs(now time.Time) bool {
	return now.Before(l.Until) && l.Until.Sub(now) < 2*leaseLength
}

// Run runs every job each time that its interval has passed, it is asked for early, or the
// clock was moved, until ctx ends. Then it gives the leases back, so that another node need not wait.
func (s *Scheduler) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, j := range s.Jobs {
		wg.Go(func() { s.loop(ctx, j) })
	}
	wg.Wait()
	s.release()
}

func (s *Scheduler) loop(ctx context.Context, j Job) {
	tick := time.NewTicker(j.Every)
	defer tick.Stop()
	for {
		moved := s.Clock.Moved()
		s.round(ctx, j)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-j.Early:
		case <-moved:
		}
	}
}

// RunAll runs every job once, now, and returns when all are done. Tests and the test
// clock use it to see what has become due.
func (s *Scheduler) RunAll(ctx context.Context) {
	for _, j := range s.Jobs {
		s.round(ctx, j)
	}
}

// round runs a job if this node has, or gets, its lease.
func (s *Scheduler) round(ctx context.Context, j Job) {
	turn := s.turn(j.Name)
	turn.Lock()
	defer turn.Unlock()
	held, err := s.acquire(ctx, j.Name)
	if err == nil && held {
		err = run(ctx, j)
	}
	if err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "background job", "job", j.Name, "error", err)
	}
}

// run runs a job. One that panics has failed: what a single record does to it must not end the
// service, again and again.
func run(ctx context.Context, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return j.Run(ctx)
}

// turn is the lock of a job. Jobs don't wait for each other: one of them may be about a mail
// server that does not answer.
func (s *Scheduler) turn(name string) *sync.Mutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		s.running = map[string]*sync.Mutex{}
	}
	if s.running[name] == nil {
		s.running[name] = new(sync.Mutex)
	}
	return s.running[name]
}

// acquire takes or renews the lease of a job.
func (s *Scheduler) acquire(ctx context.Context, name string) (bool, error) {
	now := s.Clock.Now()
	if r, err := s.DB.Get(ctx, leaseKind, name); err == nil {
		if l, err := decodeLease(r); err == nil && l.Node == s.Node && l.Until.Sub(now) > leaseLength/2 {
			return true, nil
		}
	}
	held := false
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		held = false
		r, err := tx.Get(leaseKind, name)
		missing := errors.Is(err, store.ErrNotFound)
		if err != nil && !missing {
			return err
		}
		if !missing {
			l, err := decodeLease(r)
			if err != nil {
				return err
			}
			if l.Node != s.Node && l.runs(now) {
				return nil
			}
		}
		held = true
		return s.put(tx, name, r.Version, missing, now.Add(leaseLength))
	})
	if err != nil {
		return false, fmt.Errorf("take the lease: %w", err)
	}
	return held, nil
}

func (s *Scheduler) put(tx *store.Tx, name string, version int64, missing bool, until time.Time) error {
	body, err := json.Marshal(lease{s.Node, until})
	if err != nil {
		return err
	}
	r := store.Record{Kind: leaseKind, Key: name, Version: version, Body: body}
	if missing {
		return tx.Insert(r)
	}
	return tx.Put(r)
}

// release ends the leases that this node holds.
func (s *Scheduler) release() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, j := range s.Jobs {
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			r, err := tx.Get(leaseKind, j.Name)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			if l, err := decodeLease(r); err != nil || l.Node != s.Node {
				return err
			}
			return s.put(tx, j.Name, r.Version, false, ended)
		})
		if err != nil {
			s.Log.Warn("give back a job's lease", "job", j.Name, "error", err)
		}
	}
}

func decodeLease(r store.Record) (lease, error) {
	var l lease
	if err := json.Unmarshal(r.Body, &l); err != nil {
		return lease{}, fmt.Errorf("decode the lease of job %s: %w", r.Key, err)
	}
	return l, nil
}
