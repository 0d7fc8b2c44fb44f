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

func TestAt(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := clock.At(start)
	if now := c.Now(); !now.Equal(start) {
		t.Errorf("the clock shows %s, want %s", now, start)
	}
	c.Advance(time.Hour)
	if now := c.Now(); !now.Equal(start.Add(time.Hour)) || c.Offset() != time.Hour {
		t.Errorf("an hour later the clock shows %s", now)
	}
}
