package delivery

import (
	"errors"

	"github.com/keystead/keystead/internal/store"
)

var errNoRoom = errors.New("too many items waited already")

// full says whether there is no room for one more item.
func (q *Queue) full(l *lane, size int) bool {
	return l.Depth >= q.o.PerLane || q.waiting.Load() >= int64(q.o.Total) || q.bytes.Load()+int64(size) > q.o.Bytes
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
	if q.kinds[it.Kind].policy.Dead == nil || !validLane(name) || q.waiting.Load() >= 2*int64(q.o.Total) || q.bytes.Load() > 2*q.o.Bytes {
		return nil
	}
	grave, err := getLane(tx, name)
	if err != nil || grave.Depth >= q.o.PerLane {
		return err
	}
	it.Overflowed, it.Lane = true, name
	return q.insert(tx, grave, it)
}
