package delivery

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// Stats is the state of the queue, for metrics. The counts are this node's since its start; what
// waits is seen every few seconds.
type Stats struct {
	Delivered, Failures, Dropped map[string]int64 // by kind; Failures counts tries
	Waiting                      map[string]Backlog

	problems []Problem
	started  bool
}

// Backlog is what waits of a kind.
type Backlog struct {
	Items  int
	Bytes  int64
	Oldest time.Time
}

// Problem is a kind of destinations that take nothing. It names none: whoever reaches the
// listener may see it.
type Problem struct {
	Kind  string
	Lanes int // that fail, or are full
	Items int // that wait in them
	Since time.Time
	Full  bool // items were dropped for want of room
}

// String is the problem as a sentence.
func (p Problem) String() string {
	s := fmt.Sprintf("%d destination(s) cannot be reached since %s; %d item(s) wait", p.Lanes, p.Since.UTC().Format(time.RFC3339), p.Items)
	if p.Full {
		s += "; items were dropped for want of room"
	}
	return s
}

// Health lists what fails, by kind.
func (q *Queue) Health() []Problem {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.stats.problems)
}

// Stats counts.
func (q *Queue) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Stats{
		Delivered: maps.Clone(q.stats.Delivered), Failures: maps.Clone(q.stats.Failures), Dropped: maps.Clone(q.stats.Dropped),
		Waiting: maps.Clone(q.stats.Waiting),
	}
}

// refresh looks at all lanes.
func (q *Queue) refresh(ctx context.Context) error {
	lanes, err := q.lanes(ctx)
	if err != nil {
		return err
	}
	waiting, problems := map[string]Backlog{}, map[string]*Problem{}
	var items, bytes int64
	loads := map[string]load{}
	for _, l := range lanes {
		own := loads[l.Account]
		loads[l.Account] = load{own.items + int64(l.Depth), own.bytes + l.Bytes}
		items, bytes = items+int64(l.Depth), bytes+l.Bytes
		b := waiting[l.Kind]
		b.Items, b.Bytes = b.Items+l.Depth, b.Bytes+l.Bytes
		if b.Oldest.IsZero() || l.Oldest.Before(b.Oldest) {
			b.Oldest = l.Oldest
		}
		waiting[l.Kind] = b
		l.tell(problems)
	}
	q.waiting.Store(items)
	q.bytes.Store(bytes)
	q.loadsMu.Lock()
	q.loads = loads
	q.loadsMu.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Waiting, q.stats.problems = waiting, nil
	for _, p := range problems {
		q.stats.problems = append(q.stats.problems, *p)
	}
	slices.SortFunc(q.stats.problems, func(a, b Problem) int { return cmp.Compare(a.Kind, b.Kind) })
	return nil
}

// tell adds what is wrong with the lane.
func (l *lane) tell(problems map[string]*Problem) {
	if l.Failing.IsZero() && l.Dropped == 0 {
		return
	}
	p := problems[l.Kind]
	if p == nil {
		p = &Problem{Kind: l.Kind}
		problems[l.Kind] = p
	}
	p.Lanes++
	p.Items += l.Depth
	p.Full = p.Full || l.Dropped > 0
	since := l.Failing
	if since.IsZero() {
		since = l.Oldest
	}
	if p.Since.IsZero() || since.Before(p.Since) {
		p.Since = since
	}
}

// lanes are all lanes. One that can't be read keeps nobody from the others.
func (q *Queue) lanes(ctx context.Context) ([]*lane, error) {
	const page = 1000
	var all []*lane
	for after := ""; ; {
		records, err := q.o.DB.Scan(ctx, laneKind, store.Range{After: after, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			after = r.Key
			l, err := decodeLane(r)
			if err != nil {
				q.o.Log.ErrorContext(ctx, "delivery", "lane", r.Key, "error", err)
				continue
			}
			all = append(all, l)
		}
		if len(records) < page {
			return all, nil
		}
	}
}
