package store

import (
	"sync"
	"sync/atomic"
)

// entryOverhead is about what an entry takes beside its key and value: the struct, and
// its places in the map and in the ring, which grow ahead of their contents.
const entryOverhead = 192

// shard is a part of a cache with a lock of its own. When it is full it evicts in the
// manner of CLOCK: a hand goes round the ring of entries and takes the first that was not
// used since it last came by.
type shard[V any] struct {
	mu      sync.RWMutex
	entries map[string]*entry[V]
	flights map[string]*flight[V] // what is being loaded and was not changed since
	ring    []*entry[V]
	hand    int
	bytes   int64
	max     int64
	_       [64]byte // keeps the locks of two shards on separate cache lines
}

type entry[V any] struct {
	key   string
	value V
	bytes int64
	place int // in the ring
	used  atomic.Bool
}

// flight is a value on its way from the database. A change of the record removes it from
// shard.flights; then those on board, who came before the change, still get the value, but
// it is not kept, and who comes later boards the next one.
type flight[V any] struct {
	done  chan struct{} // closed when the rest is set
	value V
	size  int64
	err   error
}

func (s *shard[V]) init(maxBytes int64) {
	s.max = maxBytes
	s.entries = make(map[string]*entry[V])
	s.flights = make(map[string]*flight[V])
}

func (s *shard[V]) get(key string) (value V, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.entries[key]
	if !ok {
		return value, false
	}
	if !e.used.Load() { // to write what is there already would only move the cache line
		e.used.Store(true)
	}
	return e.value, true
}

// board returns the flight for a key, and whether the caller must start it.
func (s *shard[V]) board(key string) (f *flight[V], first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flights[key]; f != nil {
		return f, false
	}
	f = &flight[V]{done: make(chan struct{})}
	s.flights[key] = f
	return f, true
}

// land lets those on board go, and keeps the value if it was not changed on the way.
func (s *shard[V]) land(key string, f *flight[V]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(f.done)
	if s.flights[key] != f {
		return
	}
	delete(s.flights, key)
	if f.err == nil {
		s.addLocked(&entry[V]{key: key, value: f.value, bytes: f.size + int64(len(key)) + entryOverhead})
	}
}

func (s *shard[V]) addLocked(e *entry[V]) {
	if e.bytes > s.max {
		return
	}
	if old := s.entries[e.key]; old != nil {
		s.removeLocked(old)
	}
	for s.bytes+e.bytes > s.max {
		s.evictLocked()
	}
	e.place = len(s.ring)
	s.ring = append(s.ring, e)
	s.entries[e.key] = e
	s.bytes += e.bytes
}

// evictLocked moves the hand on to an entry that was not used, and removes it.
func (s *shard[V]) evictLocked() {
	for {
		s.hand %= len(s.ring)
		e := s.ring[s.hand]
		if !e.used.Swap(false) {
			s.removeLocked(e)
			return
		}
		s.hand++
	}
}

// removeLocked fills the entry's place in the ring with the last one.
func (s *shard[V]) removeLocked(e *entry[V]) {
	last := len(s.ring) - 1
	s.ring[e.place] = s.ring[last]
	s.ring[e.place].place = e.place
	s.ring[last] = nil
	s.ring = s.ring[:last]
	delete(s.entries, e.key)
	s.bytes -= e.bytes
}

// drop forgets a record that changed, and lets nobody board a flight with its old value.
func (s *shard[V]) drop(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.flights, key)
	if e := s.entries[key]; e != nil {
		s.removeLocked(e)
	}
}

func (s *shard[V]) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.flights)
	clear(s.entries)
	s.ring, s.hand, s.bytes = nil, 0, 0
}

func (s *shard[V]) size() (entries, bytes int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return int64(len(s.entries)), s.bytes
}
