package hsm

import (
	"fmt"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// call is one request at the driver.
type call struct {
	since  time.Time     // of the request, or of the last part of the answer
	budget time.Duration // what it may take beside the timeout: waiting for a session
	list   bool          // the answer may have several parts
	parts  []*wire.Response
	done   chan struct{} // closed when the answer is there or will not come
	late   bool          // it took too long
	free   func()        // gives back its turn; called once
}

// calls are the requests that a process has not answered yet. A call whose caller has gone
// stays: the driver is still busy with it.
type calls struct {
	mu     sync.Mutex
	next   uint64
	open   map[uint64]*call
	closed bool          // takes no more calls
	empty  chan struct{} // closed when there is none left and there can be no more
}

func (c *calls) init() {
	c.open = map[uint64]*call{}
	c.empty = make(chan struct{})
}

// add adds a call and returns its id; 0 if there can be no more calls.
func (c *calls) add(x *call) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0
	}
	c.next++
	x.since = time.Now()
	c.open[c.next] = x
	return c.next
}

// maxParts bounds the answer to one request: a list of some 100,000 keys.
const maxParts = 512

// answer hands a response to its call.
func (c *calls) answer(r *wire.Response) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.open[r.ID]
	if x == nil {
		return fmt.Errorf("%w: an answer to no request", wire.ErrFrame)
	}
	if len(x.parts) >= maxParts || r.More && !x.list {
		return fmt.Errorf("%w: an answer of too many parts", wire.ErrFrame)
	}
	x.parts = append(x.parts, r)
	if r.More {
		x.since = time.Now()
		return nil
	}
	c.finishLocked(r.ID, x)
	return nil
}

func (c *calls) finishLocked(id uint64, x *call) {
	delete(c.open, id)
	x.free()
	close(x.done)
	if c.closed && len(c.open) == 0 {
		close(c.empty)
	}
}

// close takes no more calls, and returns a channel that is closed when none is left.
func (c *calls) close() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && len(c.open) == 0 {
		close(c.empty)
	}
	c.closed = true
	return c.empty
}

// overdue reports whether a call has taken longer than it may, and marks those that have.
func (c *calls) overdue(timeout time.Duration) (found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for _, x := range c.open {
		if now.Sub(x.since) > timeout+x.budget {
			x.late, found = true, true
		}
	}
	return found
}

// fail ends all calls without an answer.
func (c *calls) fail() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for id, x := range c.open {
		x.parts = nil
		c.finishLocked(id, x)
	}
}
