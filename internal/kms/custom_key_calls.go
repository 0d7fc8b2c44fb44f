package kms

import "sync"

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

// enter begins a call of what works with a key. It refuses one that is too many at a time for its
// custom key store.
func (s *Service) enter(w working) (leave func(), err error) {
	if w.custom == nil {
		return func() {}, nil
	}
	path := w.custom.path()
	if !s.underway.enter(path) {
		s.tellThrottled(w.custom, w.called)
		return nil, errThrottling()
	}
	return func() { s.underway.leave(path) }, nil
}
