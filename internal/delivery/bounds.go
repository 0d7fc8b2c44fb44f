package delivery

import (
	"errors"

	"github.com/keystead/keystead/internal/store"
)

var errNoRoom = errors.New("too many items waited already")

// share is what part of the queue one account may fill, so that there is room for the others: a
// quarter.
const share = 4

// full says whether there is no room for one more item.
func (q *Queue) full(l *lane, it *Item) bool {
	size := int64(len(it.Body))
	own := q.load(it.Account)
	return l.Depth >= q.o.PerLane || q.waiting.Load() >= int64(q.o.Total) || q.bytes.Load()+size > q.o.Bytes ||
		own.items >= max(1, int64(q.o.Total)/share) || own.bytes+size > q.o.Bytes/share
}

// overfull says whether there is no room either for what waits to be buried.
func (q *Queue) overfull(it *Item) bool {
	own := q.load(it.Account)
	return q.waiting.Load() >= 2*int64(q.o.Total) || q.bytes.Load() > 2*q.o.Bytes ||
		own.items >= 2*max(1, int64(q.o.Total)/share) || own.bytes > 2*q.o.Bytes/share
}

func (q *Queue) load(account string) load {
	q.loadsMu.Lock()
	defer q.loadsMu.Unlock()
	return q.loads[account]
}

// add counts an item that came, or with -1 one that left.
func (q *Queue) add(it Item, n int64) {
	size := n * int64(len(it.Body))
	q.waiting.Add(n)
	q.bytes.Add(size)
	q.loadsMu.Lock()
	defer q.loadsMu.Unlock()
	own := q.loads[it.Account]
	q.loads[it.Account] = load{own.items + n, own.bytes + size}
}

// overflowLane holds what there was no room for on its way to the dead letters.
const overflowLane = "overflow:"

// overflow drops the newest item. What has a place to be buried in waits for it in a lane of its
// own, which has the same bound.
func (q *Queue) overflow(tx *store.Tx, l *lane, it Item) error {
	q.count(q.stats.Dropped, it, true)
	if l.Dropped%1000 == 0 {
		q.o.Log.Error("delivery: items are dropped, for too many wait already", "lane", it.Lane, "kind", it.Kind, "depth", l.Depth)
	}
	if l.found {
		l.Dropped++
		if err := l.put(tx); err != nil {
			return err
		}
	}
	name := overflowLane + it.Lane
	if q.kinds[it.Kind].policy.Dead == nil || !validLane(name) || q.overfull(&it) {
		return nil
	}
	grave, err := getLane(tx, name)
	if err != nil || grave.Depth >= q.o.PerLane {
		return err
	}
	it.Overflowed, it.Lane = true, name
	return q.insert(tx, grave, it)
}
