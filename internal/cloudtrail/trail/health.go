package trail

import (
	"maps"
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

// keep drops what is known of partitions that a delivery does not cover any more.
func (l *lags) keep(name string, covered []partition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all[name] == nil {
		return
	}
	kept := make(map[partition]bool, len(covered))
	for _, p := range covered {
		kept[p] = true
	}
	maps.DeleteFunc(l.all[name], func(p partition, _ lag) bool { return !kept[p] })
	if len(l.all[name]) == 0 {
		delete(l.all, name)
	}
}

// keep drops what is known of deliveries to a kind of target but those of some trails: the
// others were deleted, or deliver there no more. Any node may have done that.
func (s *Service) keep(name func(*trail) string, trails []*trail) {
	kept := make(map[string]bool, len(trails))
	for _, t := range trails {
		kept[name(t)] = true
	}
	target := targetOf(name(new(trail)))
	gone := func(name string) bool { return targetOf(name) == target && !kept[name] }
	s.lags.mu.Lock()
	maps.DeleteFunc(s.lags.all, func(name string, _ map[partition]lag) bool { return gone(name) })
	s.lags.mu.Unlock()
	s.backoffs.mu.Lock()
	maps.DeleteFunc(s.backoffs.all, func(name string, _ *backoff) bool { return gone(name) })
	s.backoffs.mu.Unlock()
}

// Target is the kind of what is delivered to: "log group", "bucket", "rules", or "event history"
// for the pump. It names nobody.
func (h *Health) Target() string { return targetOf(h.Name) }

func targetOf(name string) string {
	target, _, _ := strings.Cut(name, " of ")
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
