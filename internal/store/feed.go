package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Change says that a record was written or deleted.
type Change struct {
	Revision  int64 // of the transaction; grows by one from each to the next, on all nodes
	Kind, Key string
	Reset     bool // there is no kind and key: anything may have changed
}

// feed is how far this node has followed the changes of all nodes, and who wants to know.
type feed struct {
	hint chan struct{} // asks the follower to look at once
	turn chan struct{} // holds the right to read the feed

	mu          sync.Mutex // held while subscribers are called
	seen        int64      // the revision up to which they know everything
	subscribers []func([]Change)

	fence atomic.Uint32 // the root key that writes need, when this node last looked

	staleness time.Duration
	stale     atomic.Bool
	lost      atomic.Bool // a connection was: the next one may lead to another server
	clock     sync.Mutex  // guards what follows and the setting of stale
	confirmed time.Time   // when the last successful look began
	watchdog  *time.Timer
}

func newFeed(staleness time.Duration) *feed {
	f := &feed{hint: make(chan struct{}, 1), turn: make(chan struct{}, 1), staleness: staleness}
	f.stale.Store(true)
	f.watchdog = time.AfterFunc(staleness, f.bark)
	return f
}

// Subscribe has f called with every change, before Update returns on the node that made
// it, and on other nodes when they learn of it. Calls come one at a time and in the order
// of revisions, but when the database was lost a change may come early, and once more in
// its order. f must be quick and must not call Update or Sync.
func (db *DB) Subscribe(f func(changes []Change)) {
	db.feed.mu.Lock()
	defer db.feed.mu.Unlock()
	db.feed.subscribers = append(db.feed.subscribers, f)
}

// Fresh returns ErrStale if this node could not confirm for longer than the bound that it
// has seen the newest changes. It costs a few nanoseconds.
func (db *DB) Fresh() error {
	if db.feed.stale.Load() {
		return ErrStale
	}
	return nil
}

// committed tells of a group of this node. If another node wrote since this one last
// looked, its changes come first; if they can't be had, they come later.
func (db *DB) committed(ctx context.Context, revision int64, changes []Change) {
	f := db.feed
	if !f.continues(revision) && db.Sync(ctx) == nil {
		return // which has told of this group, too
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen < revision { // else the follower was faster
		f.tellLocked(changes)
	}
	if f.seen == revision-1 {
		f.seen = revision
	}
}

// continues reports whether a revision follows directly on what the subscribers know.
func (f *feed) continues(revision int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen >= revision-1
}

// position is the revision up to which the subscribers know everything.
func (f *feed) position() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// advance tells of the changes up to a revision, as far as they are not known yet, or
// resets if some of them were trimmed before they could be read.
func (f *feed) advance(revision, trimmed int64, changes []Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if trimmed > f.seen {
		f.resetLocked(revision)
		return
	}
	for len(changes) > 0 && changes[0].Revision <= f.seen {
		changes = changes[1:]
	}
	f.tellLocked(changes)
	f.seen = max(f.seen, revision)
}

// reset tells that anything may have changed up to a revision.
func (f *feed) reset(revision int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.resetLocked(revision)
}

// resetLocked takes the revision even if it is an earlier one: then the database has lost
// its last changes.
func (f *feed) resetLocked(revision int64) {
	f.tellLocked([]Change{{Revision: revision, Reset: true}})
	f.seen = revision
}

func (f *feed) tellLocked(changes []Change) {
	if len(changes) == 0 {
		return
	}
	for _, tell := range f.subscribers {
		tell(changes)
	}
}

// wake asks the follower to look at once.
func (f *feed) wake() {
	select {
	case f.hint <- struct{}{}:
	default:
	}
}

// confirm says that the subscribers knew everything at that time.
func (f *feed) confirm(at time.Time) {
	f.clock.Lock()
	defer f.clock.Unlock()
	if at.After(f.confirmed) {
		f.confirmed = at
	}
	f.judgeLocked()
}

// bark is called by the watchdog when nothing was confirmed for too long.
func (f *feed) bark() {
	f.clock.Lock()
	defer f.clock.Unlock()
	f.judgeLocked()
}

// stop ends the watchdog.
func (f *feed) stop() {
	f.clock.Lock()
	defer f.clock.Unlock()
	f.watchdog.Stop()
	f.stale.Store(true)
}

// judgeLocked sets stale, so that Fresh need not ask for the time.
func (f *feed) judgeLocked() {
	left := f.staleness - time.Since(f.confirmed)
	f.stale.Store(left <= 0)
	if left > 0 {
		f.watchdog.Reset(left)
	}
}

// confirmedSince reports whether a look that began after t was successful.
func (f *feed) confirmedSince(t time.Time) bool {
	f.clock.Lock()
	defer f.clock.Unlock()
	return f.confirmed.After(t)
}
