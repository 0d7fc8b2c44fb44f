package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
)

// patience is how long a run waits for what it has begun. What takes longer goes on without it.
const patience = 5 * time.Second

// batch is how many items of a lane are read at once.
const batch = 8

// Jobs is the background work of a node.
func (q *Queue) Jobs(node string) []job.Job {
	q.mu.Lock()
	q.node = node
	q.mu.Unlock()
	return []job.Job{
		{Name: "deliver/" + node, Every: time.Second, Early: q.early, Run: q.run},
		{Name: "count-deliveries/" + node, Every: 5 * time.Second, Run: q.refresh},
		{Name: "sample-deliveries", Every: time.Minute, Run: q.sample},
	}
}

// run serves the lanes that are due until none is, or what is left takes long.
func (q *Queue) run(ctx context.Context) error {
	if err := q.reclaim(ctx); err != nil {
		return err
	}
	until := time.NewTimer(patience)
	defer until.Stop()
	for {
		done, err := q.dispatch(ctx)
		if err != nil || done == nil {
			return err
		}
		select {
		case <-done:
		case <-q.early:
		case <-ctx.Done():
			return nil
		case <-until.C:
			return nil
		}
	}
}

// reclaim frees the lanes that this node had when it ended.
func (q *Queue) reclaim(ctx context.Context) error {
	q.mu.Lock()
	first := !q.stats.started
	q.mu.Unlock()
	if !first {
		return nil
	}
	lanes, err := q.lanes(ctx)
	if err != nil {
		return err
	}
	for _, l := range lanes {
		if l.Node == q.node {
			if err := q.release(ctx, l.name, 0); err != nil {
				return err
			}
		}
	}
	q.mu.Lock()
	q.stats.started = true
	q.mu.Unlock()
	return nil
}

// An account's destinations have a quarter of the workers at most, so that those that answer
// slowly hold up only its own. So that many of them do not hide the others', more lanes are read
// than there are workers.
const (
	workersShare = 4
	dueLanes     = 4096
)

// dispatch begins to serve lanes that are due. The channel it returns is closed when one of
// those that are being served is done; it is nil if none is.
func (q *Queue) dispatch(ctx context.Context) (<-chan struct{}, error) {
	if q.ctx.Err() != nil {
		return nil, nil
	}
	due, err := q.o.DB.DueBefore(ctx, laneKind, q.o.Clock.Now(), dueLanes)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	busy := map[string]int{}
	for _, account := range q.running {
		busy[account]++
	}
	for _, r := range due {
		if _, ok := q.running[r.Key]; ok {
			continue
		}
		l, err := decodeLane(r)
		if err != nil {
			q.o.Log.ErrorContext(ctx, "delivery", "lane", r.Key, "error", err)
			continue
		}
		if busy[l.Account] >= max(1, q.o.Workers/workersShare) {
			continue
		}
		select {
		case q.slots <- struct{}{}:
		default:
			return q.finished, nil
		}
		if len(q.running) == 0 || q.finished == nil {
			q.finished = make(chan struct{})
		}
		q.running[r.Key] = l.Account
		busy[l.Account]++
		q.sending.Add(1)
		go q.serve(r.Key)
	}
	if len(q.running) == 0 {
		return nil, nil
	}
	return q.finished, nil
}

// serve sends the first items of a lane.
func (q *Queue) serve(name string) {
	defer q.sending.Done()
	err := q.serveLane(q.ctx, name)
	if err != nil {
		wait := time.Duration(0)
		if q.ctx.Err() == nil {
			q.o.Log.Error("delivery", "lane", name, "error", err)
			wait = laneRetry
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(q.ctx), 2*time.Second)
		defer cancel()
		if err := q.release(ctx, name, wait); err != nil {
			q.o.Log.Warn("delivery: give back a lane", "lane", name, "error", err)
		}
	}
	<-q.slots
	q.mu.Lock()
	delete(q.running, name)
	close(q.finished)
	q.finished = make(chan struct{})
	q.mu.Unlock()
	q.wake()
}

func (q *Queue) serveLane(ctx context.Context, name string) error {
	items, tries, err := q.claim(ctx, name)
	if err != nil || len(items) == 0 {
		return err
	}
	for i := range items {
		it := items[i]
		it.Tries = tries
		tries = 0
		var next *Item
		if i+1 < len(items) {
			next = &items[i+1]
		}
		began := time.Now()
		sent := q.try(ctx, it)
		if err := ctx.Err(); err != nil {
			return err
		}
		again, err := q.settle(ctx, it, next, sent)
		if err != nil || !again {
			return err
		}
		if it.PerSecond > 0 {
			if err := pause(ctx, time.Second/time.Duration(it.PerSecond)-time.Since(began)); err != nil {
				return err
			}
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// claim takes a lane that is due, and its first items.
func (q *Queue) claim(ctx context.Context, name string) (items []Item, tries int, err error) {
	err = q.o.DB.Update(ctx, func(tx *store.Tx) error {
		items, tries = nil, 0
		l, err := getLane(tx, name)
		now := q.o.Clock.Now()
		if err != nil || !l.found || l.next.After(now) {
			return err
		}
		records, err := tx.Scan(itemKind, store.Range{Prefix: name + " ", Limit: batch})
		if err != nil {
			return err
		}
		for _, r := range records {
			it, err := decodeItem(r, name)
			if err != nil {
				return err
			}
			items = append(items, it)
		}
		if len(items) == 0 {
			l.Depth = 0
			return l.put(tx)
		}
		tries = l.Tries
		l.Node, l.next = q.node, now.Add(claimLength)
		return l.put(tx)
	})
	return items, tries, err
}

// laneRetry is when a lane is served again whose items or state could not be read or written.
const laneRetry = 10 * time.Second

// release gives a lane back, to be served after a while. One that nobody has is not served
// earlier than it was to be.
func (q *Queue) release(ctx context.Context, name string, wait time.Duration) error {
	return q.o.DB.Update(ctx, func(tx *store.Tx) error {
		l, err := getLane(tx, name)
		at := q.o.Clock.Now().Add(wait)
		if err != nil || !l.found || l.Node != q.node && (l.Node != "" || !l.next.Before(at)) {
			return err
		}
		l.Node, l.next = "", at
		return l.put(tx)
	})
}

// errNoSender stays until a version of the service that knows the kind runs.
var errNoSender = errors.New("this version of the service does not know how to send it")

// try sends an item once. A sender that panics has failed.
func (q *Queue) try(ctx context.Context, it Item) (err error) {
	k, ok := q.kinds[it.Kind]
	if !ok {
		return errNoSender
	}
	if it.Overflowed {
		return Permanent(errNoRoom)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, k.policy.Timeout)
	defer cancel()
	return k.send(ctx, it)
}
