package kms

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// grantCache keeps the grants of each key and grantee that somebody asked for, also that
// there are none. As store.Cache, it never answers with anything older than a write that
// is known to be complete. It is another one because a change must not cost more than the
// grant that changed: there may be 50,000 in one entry.
//
// Its memory is bounded by maxBytes and one entry more, which 50,000 grants bound.
type grantCache struct {
	db    *store.DB
	max   int64
	scans chan struct{} // holds a place for each scan under way
	loads atomic.Int64

	mu      sync.RWMutex
	entries map[grantRef]*grantEntry
	ring    []*grantEntry // for eviction in the manner of CLOCK
	hand    int
	bytes   int64
	large   *grantEntry // the last one that took much; it is not counted against max
}

// grantRef says which grants an entry has: those on a key whose grantee has a hash.
type grantRef struct {
	path string // of the key: "REGION/KEY ID"
	hash granteeHash
}

// prefix is that of the keys of the grants' records.
func (r grantRef) prefix() string { return r.path + "/" + r.hash.String() }

// grantEntry is an entry. What is in it is changed by whoever has turn, except that every
// change of a grant takes it out of the index at once.
type grantEntry struct {
	ref  grantRef
	turn chan struct{} // holds the right to read the database for the entry
	used atomic.Bool

	mu      sync.RWMutex
	loaded  bool // the index has all grants but those that changed
	index   grantIndex
	changed map[grantSuffix]int // grants to read again, with the number of the last change
	changes int

	// The cache's.
	place int   // in the ring; -1 when it is not in the cache any more
	bytes int64 // as counted
}

const (
	grantScanPage    = 500
	grantScansAtOnce = 4
	grantLoadTimeout = 30 * time.Second

	// grantsChanged is how many changed grants are read one by one, rather than all of them
	// in a scan.
	grantsChanged = 1000

	// entrySize is what an entry takes beside its index.
	entrySize = 450
)

func newGrantCache(db *store.DB, maxBytes int64) *grantCache {
	c := &grantCache{db: db, max: maxBytes, scans: make(chan struct{}, grantScansAtOnce), entries: map[grantRef]*grantEntry{}}
	db.Subscribe(c.apply)
	return c
}

// find returns the id of a grant on the key of a path to who that permits what is asked
// for, or "".
func (c *grantCache) find(ctx context.Context, path string, who granteeName, q *grantQuery) (string, error) {
	if err := c.db.Fresh(); err != nil {
		return "", err
	}
	ref := grantRef{path, who.hash()}
	e := c.entry(ref)
	for refreshed := false; ; refreshed = true {
		s, state := e.find(q, who)
		switch {
		case state == grantFound:
			return grantID(ref.hash, s), nil
		case state == noGrant, state == grantsBehind && refreshed:
			// What changed since the refresh began has changed since the call began.
			return "", nil
		}
		if err := c.refresh(ctx, e); err != nil {
			return "", fmt.Errorf("read grants: %w", err)
		}
	}
}

// entry finds or makes an entry.
func (c *grantCache) entry(ref grantRef) *grantEntry {
	c.mu.RLock()
	e := c.entries[ref]
	c.mu.RUnlock()
	if e == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if e = c.entries[ref]; e == nil {
			e = &grantEntry{ref: ref, turn: make(chan struct{}, 1), place: len(c.ring)}
			c.entries[ref] = e
			c.ring = append(c.ring, e)
			c.countLocked(e, indexSize)
		}
	}
	if !e.used.Load() {
		e.used.Store(true)
	}
	return e
}

// countLocked says how large the index of an entry is, and makes room.
func (c *grantCache) countLocked(e *grantEntry, indexBytes int64) {
	if e.place < 0 {
		return
	}
	bytes := indexBytes + entrySize + int64(len(e.ref.path))
	c.bytes += bytes - e.bytes
	e.bytes = bytes
	if bytes > c.max/4 {
		c.large = e
	}
	for c.bytes > c.allowedLocked() && len(c.ring) > 1 {
		c.evictLocked(e)
	}
}

// allowedLocked leaves the large entry out of account. It stays until there is another:
// small ones must not drive out what takes long to read.
func (c *grantCache) allowedLocked() int64 {
	if c.large == nil {
		return c.max
	}
	return c.max + c.large.bytes
}

// evictLocked moves the hand on to an entry that was not used, and removes it. There is one
// beside keep and the large one: these two alone do not take too much.
func (c *grantCache) evictLocked(keep *grantEntry) {
	for {
		c.hand %= len(c.ring)
		e := c.ring[c.hand]
		if e != keep && e != c.large && !e.used.Swap(false) {
			c.removeLocked(e)
			return
		}
		c.hand++
	}
}

// removeLocked fills the entry's place in the ring with the last one.
func (c *grantCache) removeLocked(e *grantEntry) {
	last := len(c.ring) - 1
	c.ring[e.place] = c.ring[last]
	c.ring[e.place].place = e.place
	c.ring[last] = nil
	c.ring = c.ring[:last]
	c.bytes -= e.bytes
	delete(c.entries, e.ref)
	e.place = -1
	if c.large == e {
		c.large = nil
	}
}

// apply takes changed grants out of their entries.
func (c *grantCache) apply(changes []store.Change) {
	for _, change := range changes {
		switch {
		case change.Reset:
			c.clear()
		case change.Kind == grantKind:
			c.drop(change.Key)
		}
	}
}

func (c *grantCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.ring {
		e.place = -1
	}
	clear(c.entries)
	c.ring, c.hand, c.bytes, c.large = nil, 0, 0, nil
}

func (c *grantCache) drop(key string) {
	path, id, _ := splitGrantKey(key)
	hash, suffix, ok := parseGrantID(id)
	if !ok {
		return
	}
	c.mu.RLock()
	e := c.entries[grantRef{path, hash}]
	c.mu.RUnlock()
	if e != nil {
		e.drop(suffix)
	}
}

// drop notes that a grant was made or deleted.
func (e *grantEntry) drop(s grantSuffix) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.index.remove(s)
	e.changes++
	if len(e.changed) >= grantsChanged {
		e.loaded, e.index, e.changed = false, grantIndex{}, nil
		return
	}
	if e.changed == nil {
		e.changed = map[grantSuffix]int{}
	}
	e.changed[s] = e.changes
}

// grantState is what an entry knows of a grant.
type grantState uint8

const (
	grantFound    grantState = iota // whatever others have changed
	noGrant                         // there is none
	grantsBehind                    // there is none among those that have not changed
	grantsUnknown                   // they must be read
)

// find looks into the index.
func (e *grantEntry) find(q *grantQuery, who granteeName) (grantSuffix, grantState) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	switch s, found := e.index.find(q, who); {
	case found:
		return s, grantFound
	case !e.loaded:
		return s, grantsUnknown
	case len(e.changed) > 0:
		return s, grantsBehind
	default:
		return s, noGrant
	}
}

// refresh reads what has changed, or everything, or waits for whoever does. It goes on when
// the caller gives up: the next one is to find something.
func (c *grantCache) refresh(ctx context.Context, e *grantEntry) error {
	select {
	case e.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-e.turn }()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grantLoadTimeout)
		defer cancel()
		done <- c.read(ctx, e)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *grantCache) read(ctx context.Context, e *grantEntry) error {
	loaded, changed := e.state()
	defer c.recount(e)
	if loaded {
		return c.reread(ctx, e, changed)
	}
	return c.load(ctx, e)
}

func (e *grantEntry) state() (loaded bool, changed map[grantSuffix]int) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.loaded, maps.Clone(e.changed)
}

func (c *grantCache) recount(e *grantEntry) {
	e.mu.RLock()
	size := e.index.size()
	e.mu.RUnlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.countLocked(e, size)
}

// load reads all grants of an entry. Those that change meanwhile are read again.
func (c *grantCache) load(ctx context.Context, e *grantEntry) error {
	select {
	case c.scans <- struct{}{}:
		defer func() { <-c.scans }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c.loads.Add(1)
	e.mu.Lock()
	e.changed = nil // the scan will see them
	before := e.changes
	e.mu.Unlock()
	var index grantIndex
	r := store.Range{Prefix: e.ref.prefix(), Limit: grantScanPage}
	for {
		records, err := c.db.Scan(ctx, grantKind, r)
		if err != nil {
			return err
		}
		for i := range records {
			g, err := decodeGrant(records[i])
			if err != nil {
				return err
			}
			index.add(g)
			r.After = records[i].Key
		}
		if len(records) < grantScanPage {
			break
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.changes-before > grantsChanged { // some may have been forgotten
		return nil
	}
	for s := range e.changed {
		index.remove(s)
	}
	e.index, e.loaded = index, true
	return nil
}

// reread reads grants that changed.
func (c *grantCache) reread(ctx context.Context, e *grantEntry, changed map[grantSuffix]int) error {
	for s, number := range changed {
		r, err := c.db.Get(ctx, grantKind, e.ref.path+"/"+grantID(e.ref.hash, s))
		var g *grant
		if err == nil {
			g, err = decodeGrant(r)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		e.settle(s, number, g)
	}
	return nil
}

// settle puts a grant that was read back into the index, unless it has changed again; g
// is nil if it is gone.
func (e *grantEntry) settle(s grantSuffix, number int, g *grant) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.changed[s] != number {
		return
	}
	delete(e.changed, s)
	if g != nil {
		e.index.add(g)
	}
}

// stats counts.
func (c *grantCache) stats() store.CacheStats {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return store.CacheStats{Entries: int64(len(c.ring)), Bytes: c.bytes, Loads: c.loads.Load()}
}
