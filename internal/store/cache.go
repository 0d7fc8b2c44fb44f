package store

import (
	"context"
	"hash/maphash"
	"sync/atomic"
	"time"
)

// loadTimeout bounds how long a cache waits for the database on behalf of its callers.
const loadTimeout = 10 * time.Second

// Cache keeps what was decoded from the records of one kind, up to a number of bytes. It
// never returns a value older than a write that is known to be complete: by Update on
// this node, by Sync for those of other nodes, and by Options.Staleness in any case.
//
// What Get returns is shared by all callers, who must not change it.
type Cache[V any] struct {
	db     *DB
	kind   string
	decode func(Record) (V, int64, error)
	seed   maphash.Seed
	shards []shard[V]
	loads  atomic.Int64
}

// NewCache returns a cache of the records of a kind. decode makes a value of a record and
// says how many bytes of memory it takes; its errors are returned by Get and not cached.
func NewCache[V any](db *DB, kind string, maxBytes int64, decode func(Record) (V, int64, error)) *Cache[V] {
	c := &Cache[V]{db: db, kind: kind, decode: decode, seed: maphash.MakeSeed()}
	c.shards = make([]shard[V], shardsFor(maxBytes))
	for i := range c.shards {
		c.shards[i].init(maxBytes / int64(len(c.shards)))
	}
	db.Subscribe(c.apply)
	return c
}

// shardsFor is a power of two: as many shards as leave each a part that is worth having.
func shardsFor(maxBytes int64) int {
	n := 1
	for n < 64 && maxBytes/int64(2*n) >= 256<<10 {
		n *= 2
	}
	return n
}

// Get returns the value of a record. It returns ErrNotFound if there is none, and ErrStale
// if the node could not confirm for too long that the cache is current.
func (c *Cache[V]) Get(ctx context.Context, key string) (V, error) {
	if err := c.db.Fresh(); err != nil {
		var none V
		return none, err
	}
	s := c.shard(key)
	if v, ok := s.get(key); ok {
		return v, nil
	}
	return c.load(ctx, s, key)
}

func (c *Cache[V]) shard(key string) *shard[V] {
	return &c.shards[maphash.String(c.seed, key)&uint64(len(c.shards)-1)]
}

// load waits for the value with all others who want it. The one who comes first starts a
// goroutine that reads it for all of them, so it does not end with the first one's ctx.
func (c *Cache[V]) load(ctx context.Context, s *shard[V], key string) (V, error) {
	f, first := s.board(key)
	if first {
		go c.fly(context.WithoutCancel(ctx), s, key, f)
	}
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func (c *Cache[V]) fly(ctx context.Context, s *shard[V], key string, f *flight[V]) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	c.loads.Add(1)
	r, err := c.db.Get(ctx, c.kind, key)
	if err != nil {
		f.err = err
	} else {
		f.value, f.size, f.err = c.decode(r)
	}
	s.land(key, f)
}

// apply drops what changed.
func (c *Cache[V]) apply(changes []Change) {
	for _, change := range changes {
		switch {
		case change.Reset:
			for i := range c.shards {
				c.shards[i].clear()
			}
		case change.Kind == c.kind:
			c.shard(change.Key).drop(change.Key)
		}
	}
}

// CacheStats is the state of a cache, for metrics.
type CacheStats struct {
	Entries int64
	Bytes   int64 // of values, keys and the cache's own structures
	Loads   int64 // reads from the database since the start
}

// Stats counts.
func (c *Cache[V]) Stats() CacheStats {
	stats := CacheStats{Loads: c.loads.Load()}
	for i := range c.shards {
		entries, bytes := c.shards[i].size()
		stats.Entries += entries
		stats.Bytes += bytes
	}
	return stats
}
