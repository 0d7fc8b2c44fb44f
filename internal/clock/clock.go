// Package clock is the service's one clock. Everything in Keystead that depends on
// time (deletion windows, expiry, rotation, alarms, lease ends) asks a Clock, so that
// a test, or the server's --test-clock mode, can move it.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time of the service. The zero value is the wall clock. A Clock may
// be used by several goroutines at once.
type Clock struct {
	mu     sync.Mutex
	start  time.Time // of a clock that stands still; zero for the wall clock
	offset time.Duration
	moved  chan struct{} // closed and replaced by each Advance; nil until somebody waits
}

// At returns a clock that shows t and stands still but for Advance, for tests that compare
// times exactly.
func At(t time.Time) *Clock { return &Clock{start: t.UTC()} }

// Now returns the service's time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.start.IsZero() {
		return c.start.Add(c.offset)
	}
	return time.Now().UTC().Add(c.offset)
}

// Offset is how far Advance has moved the clock in all.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Advance moves the clock forward by d and wakes everybody who waits on Moved.
// A negative d is ignored: time does not run backwards.
func (c *Clock) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
	if c.moved != nil {
		close(c.moved)
		c.moved = nil
	}
}

// Moved returns a channel that is closed when Advance is next called. A loop that
// waits for a time selects on it beside its timer.
func (c *Clock) Moved() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moved == nil {
		c.moved = make(chan struct{})
	}
	return c.moved
}
