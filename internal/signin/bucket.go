package signin

import (
	"sync"
	"time"
)

// bucket lets so many through at once, and then one in each span of time. It may be used by
// several goroutines at once.
type bucket struct {
	burst float64
	every time.Duration

	mu    sync.Mutex
	spent float64
	at    time.Time
}

// take says whether there is one left at the time, and takes it.
func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(0, b.spent-float64(now.Sub(b.at))/float64(b.every))
	b.at = now
	if b.spent+1 > b.burst {
		return false
	}
	b.spent++
	return true
}

// giveBack gives back what take took.
func (b *bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(0, b.spent-1)
}
