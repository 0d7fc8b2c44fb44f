package kms

import (
	"hash/maphash"
	"maps"
	"sync"
)

// Calls is how often a cryptographic operation has succeeded with a key.
type Calls struct {
	KeyARN      string
	Destination string // ARN of the key that ReEncrypt encrypted under; else ""
	Operation   string
	Count       int64
}

// callKey is what calls are counted by.
type callKey struct{ key, destination, operation string }

// mostCalls bounds what a shard counts by; further keys are not counted until the counts are taken.
const mostCalls = 4096

// callCounts counts successful cryptographic operations until somebody takes the counts. It is
// spread over shards, so that calls with different keys don't wait for each other.
type callCounts struct {
	seed   maphash.Seed
	shards [useShards]callShard
}

type callShard struct {
	mu     sync.Mutex
	counts map[callKey]int64
	_      [48]byte // so that the locks of two shards are not in one cache line
}

func newCallCounts() *callCounts {
	c := &callCounts{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].counts = map[callKey]int64{}
	}
	return c
}

// add counts.
func (c *callCounts) add(k callKey, n int64) {
	s := &c.shards[maphash.String(c.seed, k.key)%useShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.counts[k]; known || len(s.counts) < mostCalls {
		s.counts[k] += n
	}
}

// TakeCalls returns the calls since it was called last. A kill loses what was not taken.
func (s *Service) TakeCalls() []Calls {
	var all []Calls
	for i := range s.calls.shards {
		shard := &s.calls.shards[i]
		shard.mu.Lock()
		counts := maps.Clone(shard.counts)
		clear(shard.counts)
		shard.mu.Unlock()
		for k, n := range counts {
			all = append(all, Calls{k.key, k.destination, k.operation, n})
		}
	}
	return all
}

// GiveBackCalls counts again what was taken and could not be used.
func (s *Service) GiveBackCalls(calls []Calls) {
	for _, c := range calls {
		s.calls.add(callKey{c.KeyARN, c.Destination, c.Operation}, c.Count)
	}
}
