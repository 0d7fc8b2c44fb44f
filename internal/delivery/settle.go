package delivery

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
)

// longestError is how much of an error is kept.
const longestError = 300

// settle notes the outcome of a try. again says that the lane's next item may be sent.
func (q *Queue) settle(ctx context.Context, it Item, next *Item, sent error) (again bool, err error) {
	k := q.kinds[it.Kind]
	if sent == nil || errors.Is(sent, ErrUnwanted) {
		err := q.update(ctx, it, next == nil, func(tx *store.Tx, l *lane) error {
			l.Failing, l.Error = time.Time{}, ""
			if err := l.remove(tx, it, next); err != nil || sent != nil || k.policy.Arrived == nil {
				return err
			}
			return k.policy.Arrived(tx, it)
		})
		if err == nil {
			q.left(it)
			q.count(q.stats.Delivered, it, sent == nil)
		}
		return err == nil && next != nil, err
	}
	q.count(q.stats.Failures, it, true)
	if wait, ok := q.again(ctx, k, it, sent); ok {
		return false, q.update(ctx, it, true, func(tx *store.Tx, l *lane) error {
			l.fail(q.o.Clock.Now(), sent)
			l.Tries = it.Tries + 1
			l.next = l.next.Add(wait)
			return q.sampleFailure(tx, it)
		})
	}
	return q.giveUp(ctx, k, it, next, sent)
}

// giveUp removes an item that has failed for good, and tells Dead.
func (q *Queue) giveUp(ctx context.Context, k kind, it Item, next *Item, why error) (again bool, err error) {
	var bury func(*store.Tx) error
	if k.policy.Dead != nil {
		if bury, err = k.policy.Dead(ctx, it, why); err != nil && !isPermanent(err) {
			return false, q.postpone(ctx, it, err)
		}
		if err != nil {
			q.o.Log.ErrorContext(ctx, "delivery: the dead-letter target does not take an item, which is lost", "lane", it.Lane, "kind", it.Kind, "id", it.ID, "error", err)
			bury = nil
		}
	}
	err = q.update(ctx, it, next == nil, func(tx *store.Tx, l *lane) error {
		if !it.Overflowed {
			l.fail(q.o.Clock.Now(), why)
		}
		if err := l.remove(tx, it, next); err != nil {
			return err
		}
		if bury != nil {
			if err := bury(tx); err != nil {
				return err
			}
		}
		if k.policy.Failed != nil {
			if err := k.policy.Failed(tx, it); err != nil {
				return err
			}
		}
		return q.sampleFailure(tx, it)
	})
	if err == nil {
		q.left(it)
		q.count(q.stats.Dropped, it, true)
		q.o.Log.WarnContext(ctx, "delivery: given up", "lane", it.Lane, "kind", it.Kind, "id", it.ID, "tries", it.Tries+1, "buried", bury != nil, "error", why)
	}
	return err == nil && next != nil, err
}

// postpone keeps an item whose dead letter can't be written at the moment.
func (q *Queue) postpone(ctx context.Context, it Item, why error) error {
	return q.update(ctx, it, true, func(_ *store.Tx, l *lane) error {
		l.fail(q.o.Clock.Now(), why)
		l.Tries = it.Tries
		l.next = l.next.Add(deadLetterRetry)
		return nil
	})
}

const deadLetterRetry = time.Minute

// update changes the lane of an item that was tried, unless another node has it by now. last
// says that the lane is given back.
func (q *Queue) update(ctx context.Context, it Item, last bool, change func(*store.Tx, *lane) error) error {
	return q.o.DB.Update(ctx, func(tx *store.Tx) error {
		l, err := getLane(tx, it.Lane)
		if err != nil {
			return err
		}
		if !l.found || l.Node != q.node {
			return errLost
		}
		now := q.o.Clock.Now()
		l.next = now.Add(claimLength)
		if last {
			l.Node, l.next = "", now
		}
		if err := change(tx, l); err != nil {
			return err
		}
		return l.put(tx)
	})
}

var errLost = errors.New("another node has taken over the lane")

func (l *lane) fail(now time.Time, err error) {
	if l.Failing.IsZero() {
		l.Failing = now
	}
	l.Error = shorten(err.Error())
}

func shorten(s string) string {
	if len(s) > longestError {
		s = s[:longestError]
	}
	return s
}

// again says when an item that has just failed is tried again. One that waited behind others
// while its lane failed for as long as its own tries would take has had them.
func (q *Queue) again(ctx context.Context, k kind, it Item, sent error) (time.Duration, bool) {
	if isPermanent(sent) {
		return 0, false
	}
	retry := &k.policy.Retry
	if it.Retry != nil {
		retry = it.Retry
	}
	wait, ok := retry.Wait(it.Tries + 1)
	if !ok || q.over(ctx, retry, it) {
		return 0, false
	}
	if wait > 0 {
		wait -= rand.N(wait/10 + 1) // so that not all come at once
	}
	return wait, true
}

func (q *Queue) over(ctx context.Context, retry *Retry, it Item) bool {
	now, length := q.o.Clock.Now(), retry.Until
	if length == 0 {
		length = retry.Total()
	}
	if now.Sub(it.Enqueued) < length {
		return false
	}
	r, err := q.o.DB.Get(ctx, laneKind, it.Lane)
	if err != nil {
		return false
	}
	l, err := decodeLane(r)
	return err == nil && !l.Failing.IsZero() && now.Sub(l.Failing) >= length
}

// sampleFailure is the metric of a try that failed.
func (q *Queue) sampleFailure(tx *store.Tx, it Item) error {
	if q.o.Metrics == nil || it.Account == "" {
		return nil
	}
	return q.o.Metrics.Put(tx, []metric.Datum{metric.Count(metricID(it.Account, it.Region, "DeliveryFailures", it.Kind), time.Time{}, 1)})
}

func metricID(account, region, name, kind string) metric.ID {
	return metric.ID{Account: account, Region: region, Namespace: "Keystead", Name: name, Dimensions: []metric.Dimension{{Name: "Kind", Value: kind}}}
}

func (q *Queue) left(it Item) { q.add(it, -1) }

func (q *Queue) count(m map[string]int64, it Item, really bool) {
	if !really {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	m[it.Kind]++
}
