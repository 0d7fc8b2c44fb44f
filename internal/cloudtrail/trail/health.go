package trail

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// backoffs are the deliveries that failed: each rests for a while before it is tried again,
// longer each time.
type backoffs struct {
	mu  sync.Mutex
	all map[string]*backoff
}

type backoff struct {
	since  time.Time // of the first failure
	until  time.Time
	length time.Duration
	reason string
}

// How long a delivery rests.
const (
	shortestRest = 2 * time.Second
	longestRest  = 2 * time.Minute
)

// rests reports whether a delivery is not to be tried yet.
func (b *backoffs) rests(name string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.all[name]
	return f != nil && now.Before(f.until) && f.until.Sub(now) <= longestRest
}

// note notes what came of an attempt.
func (b *backoffs) note(name string, now time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		delete(b.all, name)
		return
	}
	if b.all == nil {
		b.all = map[string]*backoff{}
	}
	f := b.all[name]
	if f == nil {
		f = &backoff{since: now, length: shortestRest / 2}
		b.all[name] = f
	}
	f.length = min(2*f.length, longestRest)
	f.until, f.reason = now.Add(f.length), brief(err)
}

// lags are how far deliveries are behind.
type lags struct {
	mu  sync.Mutex
	all map[string]map[partition]lag
}

type lag struct {
	behind uint64
	since  time.Time
}

func (l *lags) note(name string, p partition, now time.Time, head, next uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]map[partition]lag{}
	}
	parts := l.all[name]
	if head <= next {
		delete(parts, p)
		if len(parts) == 0 {
			delete(l.all, name)
		}
		return
	}
	if parts == nil {
		parts = map[partition]lag{}
		l.all[name] = parts
	}
	since := now
	if old, ok := parts[p]; ok {
		since = old.since
	}
	parts[p] = lag{head - next, since}
}

// forget drops what is known of the deliveries of a trail that is no more.
func (s *Service) forget(t *trail) {
	for _, name := range []string{groupName(t), bucketName(t)} {
		s.backoffs.note(name, s.now(), nil)
		s.lags.mu.Lock()
		delete(s.lags.all, name)
		s.lags.mu.Unlock()
	}
}

// Target is the kind of what is delivered to: "log group", "bucket", "rules", or "event history"
// for the pump. It names nobody.
func (h *Health) Target() string {
	target, _, _ := strings.Cut(h.Name, " of ")
	return target
}

// Health is the state of one delivery.
type Health struct {
	Name         string    // "log group of arn:aws:cloudtrail:…"
	Behind       uint64    // events that wait for it
	BehindSince  time.Time // zero if none do
	FailingSince time.Time // zero if it does not fail
	Error        string    // why it fails
}

// Health lists the deliveries of this node that fail or are behind, and the pump: its Error is
// the last problem of the journal that was passed over if it does not fail.
func (s *Service) Health() []Health {
	byName := map[string]*Health{}
	of := func(name string) *Health {
		if byName[name] == nil {
			byName[name] = &Health{Name: name}
		}
		return byName[name]
	}
	s.lags.mu.Lock()
	for name, parts := range s.lags.all {
		for _, l := range parts {
			h := of(name)
			h.Behind += l.behind
			if h.BehindSince.IsZero() || l.since.Before(h.BehindSince) {
				h.BehindSince = l.since
			}
		}
	}
	s.lags.mu.Unlock()
	s.backoffs.mu.Lock()
	for name, f := range s.backoffs.all {
		h := of(name)
		h.FailingSince, h.Error = f.since, f.reason
	}
	s.backoffs.mu.Unlock()
	s.pump.state.mu.Lock()
	if p := &s.pump.state; p.problems > 0 || p.reason != "" {
		h := of("event history")
		h.FailingSince, h.Error = p.failed, p.reason
		if p.reason == "" {
			h.Error = p.last
		}
	}
	s.pump.state.mu.Unlock()
	all := make([]Health, 0, len(byName))
	for _, h := range byName {
		all = append(all, *h)
	}
	slices.SortFunc(all, func(a, b Health) int { return strings.Compare(a.Name, b.Name) })
	return all
}
