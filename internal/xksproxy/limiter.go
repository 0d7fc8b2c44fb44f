package xksproxy

import (
	"sync"
	"time"
)

// limiter lets a number of requests through in a second: as many at once, and then as they come
// back.
type limiter struct {
	mu   sync.Mutex
	rate float64 // in a second; 0: no bound
	left float64
	last time.Time
}

func newLimiter(perSecond int) *limiter {
	return &limiter{rate: float64(perSecond), left: float64(perSecond)}
}

// take reports whether one more request may go on.
func (l *limiter) take(now time.Time) bool {
	if l.rate == 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.IsZero() {
		l.last = now
	}
	// A request that began before another and comes after it brings nothing back: that time counts once.
	if now.After(l.last) {
		l.left = min(l.rate, l.left+l.rate*now.Sub(l.last).Seconds())
		l.last = now
	}
	if l.left < 1 {
		return false
	}
	l.left--
	return true
}
