package hsm

import (
	"errors"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// TestCallsDistrust has a driver answer what it was not asked, or too much.
func TestCallsDistrust(t *testing.T) {
	t.Parallel()
	open := func(list bool) (*calls, *call, uint64) {
		c := new(calls)
		c.init()
		x := &call{done: make(chan struct{}), free: func() {}, list: list}
		return c, x, c.add(x)
	}
	c, _, id := open(false)
	for name, r := range map[string]*wire.Response{
		"to no request":    {ID: id + 1, Status: wire.OK},
		"to the greeting":  {ID: 0, Status: wire.OK},
		"in several parts": {ID: id, Status: wire.OK, More: true},
	} {
		if err := c.answer(r); !errors.Is(err, wire.ErrFrame) {
			t.Errorf("an answer %s: %v", name, err)
		}
	}
	if err := c.answer(&wire.Response{ID: id, Status: wire.OK}); err != nil {
		t.Errorf("the answer: %v", err)
	}
	if err := c.answer(&wire.Response{ID: id, Status: wire.OK}); !errors.Is(err, wire.ErrFrame) {
		t.Errorf("the same again: %v", err)
	}

	c, x, id := open(true)
	var err error
	for range maxParts + 1 {
		err = errors.Join(err, c.answer(&wire.Response{ID: id, Status: wire.OK, More: true}))
	}
	if !errors.Is(err, wire.ErrFrame) || len(x.parts) != maxParts {
		t.Errorf("a list without end: %d parts, %v", len(x.parts), err)
	}
	x.since = time.Now().Add(-time.Minute)
	if !c.overdue(time.Second) || !x.late {
		t.Error("a call of a minute is not overdue")
	}
	c.fail()
	if <-x.done; x.parts != nil || c.add(x) != 0 {
		t.Error("calls that failed go on")
	}
}
