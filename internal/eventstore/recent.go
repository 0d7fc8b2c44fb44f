package eventstore

import (
	"slices"
	"sync"
)

// recent remembers the events of the blocks that were unpacked last, up to a number of bytes.
// A block never changes, so what it remembers is right as long as an index names the block.
type recent struct {
	mu     sync.Mutex
	blocks []unpacked // the one used last at the end
	bytes  int
}

type unpacked struct {
	key    string
	events []Event
	bytes  int
}

// recentBytes is the memory of all texts that are remembered: enough for who reads the events
// of a log file twice.
const recentBytes = 32 << 20

// get returns a copy of the events of a block, or nil if it is not remembered.
func (r *recent) get(key string) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.blocks, func(u unpacked) bool { return u.key == key })
	if i < 0 {
		return nil
	}
	u := r.blocks[i]
	r.blocks = append(slices.Delete(r.blocks, i, i+1), u)
	return slices.Clone(u.events)
}

// add remembers the events of a block.
func (r *recent) add(key string, events []Event) {
	u := unpacked{key: key, events: slices.Clone(events)}
	for i := range events {
		u.bytes += len(events[i].Text) + 100
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.ContainsFunc(r.blocks, func(u unpacked) bool { return u.key == key }) {
		return
	}
	r.blocks = append(r.blocks, u)
	r.bytes += u.bytes
	for r.bytes > recentBytes {
		r.bytes -= r.blocks[0].bytes
		r.blocks = slices.Delete(r.blocks, 0, 1)
	}
}
