package xksproxy

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
)

// The health check: a deep one in the background, whose result a request gets.
const (
	checkEvery   = 20 * time.Second
	recheckAfter = 3 * time.Second // while something is wrong
	checkTimeout = 8 * time.Second
	// resultGoodFor is the specification's: an older result is none.
	resultGoodFor = time.Minute
)

// monitored is a backend with what is known of its health.
type monitored struct {
	backend
	cfg Backend
	pin secret.Bytes

	result atomic.Pointer[checked]
	stop   context.CancelFunc
	done   chan struct{}
}

// checked is the result of a health check.
type checked struct {
	identity
	at    time.Time // with Go's monotonic clock
	took  time.Duration
	err   error
	state xks.HealthState
}

// monitor begins to check a backend, if there are requests to come.
func (p *Proxy) monitor(cfg Backend, pin secret.Bytes, b backend) *monitored {
	ctx, stop := context.WithCancel(context.Background())
	m := &monitored{backend: b, cfg: cfg, pin: pin, stop: stop, done: make(chan struct{})}
	if p.journal == nil {
		close(m.done)
		return m
	}
	go func() {
		defer close(m.done)
		for ctx.Err() == nil {
			again := checkEvery
			if !m.look(ctx, p.log, p.budget) {
				again = recheckAfter
			}
			select {
			case <-ctx.Done():
			case <-time.After(again):
			}
		}
	}()
	return m
}

// look checks once and reports whether all is well.
func (m *monitored) look(ctx context.Context, log *slog.Logger, slow time.Duration) bool {
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	begin := time.Now()
	who, err := m.check(limited)
	if ctx.Err() != nil {
		return true // it was the end that stopped it
	}
	r := &checked{identity: who, at: begin, took: time.Since(begin), err: err, state: xks.Active}
	switch {
	case err != nil:
		r.state = xks.Unavailable
	case r.took > slow:
		r.state = xks.Degraded
	}
	before := m.result.Swap(r)
	switch {
	case err != nil && (before == nil || before.err == nil):
		log.Error("a backend does not work", "backend", m.cfg.Name, "error", err)
	case err == nil && before != nil && before.err != nil:
		log.Info("a backend works again", "backend", m.cfg.Name)
	}
	return r.state == xks.Active
}

// ekm is the backend as the health status shows it.
func (m *monitored) ekm(now time.Time) (vendor string, e xks.EKM) {
	r := m.result.Load()
	if r == nil {
		return "unknown", xks.EKM{ID: m.cfg.Name, Model: "unknown", State: xks.Unavailable}
	}
	e = xks.EKM{ID: r.id, Model: r.model, State: r.state}
	if now.Sub(r.at) > resultGoodFor {
		e.State = xks.Unavailable
	}
	return r.vendor, e
}

// firstCheck waits until a first check has a result, but not for ever.
func (m *monitored) firstCheck(ctx context.Context) {
	for m.result.Load() == nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (m *monitored) close() error {
	m.stop()
	<-m.done
	return m.backend.close()
}
