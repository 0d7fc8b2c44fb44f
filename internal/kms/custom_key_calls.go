package kms

import (
	"context"
	"sync"
	"time"
)

// callsAtOnce is how many calls a node makes at a time of what is behind one custom key store. The
// quota alone would let a store whose HSMs hang hold thousands of calls, and what they hold.
const callsAtOnce = 512

// storeCalls counts the calls of custom key stores that are under way.
type storeCalls struct {
	mu    sync.Mutex
	under map[string]int // by the path of the store
}

func (c *storeCalls) enter(path string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.under[path] >= callsAtOnce {
		return false
	}
	c.under[path]++
	return true
}

func (c *storeCalls) leave(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.under[path]--; c.under[path] == 0 {
		delete(c.under, path)
	}
}

// The longest that a call of a cluster may take, in wall time, with all the HSMs that are tried one
// after the other. HSMs that hang must not hold callers for as long as there are HSMs.
const (
	clusterTime = 15 * time.Second
	makingTime  = 30 * time.Second // of a new key
)

// enter begins a call of what is behind a custom key store, and leave ends it. It refuses one that
// is too many at a time for the store.
func (s *Service) enter(ctx context.Context, ks *keyStore, longest time.Duration) (within context.Context, leave func(), err error) {
	path := ks.path()
	if !s.underway.enter(path) {
		return nil, nil, errThrottling()
	}
	if ks.external() { // whose client has limits of its own
		return ctx, func() { s.underway.leave(path) }, nil
	}
	within, cancel := context.WithTimeout(ctx, longest)
	return within, func() {
		cancel()
		s.underway.leave(path)
		s.overtaken(ks)
	}, nil
}

// begin begins a call of what works with a key, which enter bounds if that is outside.
func (s *Service) begin(ctx context.Context, w working) (within context.Context, leave func(), err error) {
	if w.custom == nil {
		return ctx, func() {}, nil
	}
	if within, leave, err = s.enter(ctx, w.custom, clusterTime); err != nil {
		s.tellThrottled(w.custom, w.called)
	}
	return within, leave, err
}
