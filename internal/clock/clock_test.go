package clock_test

import (
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
)

func TestAdvance(t *testing.T) {
	var c clock.Clock
	before := c.Now()
	moved := c.Moved()
	select {
	case <-moved:
		t.Fatal("Moved is closed before Advance")
	default:
	}
	c.Advance(720 * time.Hour)
	select {
	case <-moved:
	default:
		t.Fatal("Moved is open after Advance")
	}
	if got := c.Now().Sub(before); got < 720*time.Hour || got > 721*time.Hour {
		t.Errorf("the clock moved by %v, want 720h", got)
	}
	c.Advance(-time.Hour)
	if c.Offset() != 720*time.Hour {
		t.Errorf("offset %v after a negative Advance, want 720h", c.Offset())
	}
}
