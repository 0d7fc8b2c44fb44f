package cloudtrail

import (
	"cmp"
	"log/slog"
	"os"
	"time"

	"github.com/keystead/keystead/internal/clock"
)

// SyncMode says when the disk must have an event.
type SyncMode int

const (
	// SyncInterval hands each event to the kernel before Record returns and to the disk
	// every Interval: a killed process loses nothing, a power failure the last Interval.
	SyncInterval SyncMode = iota
	// SyncAlways has each event on disk before Record returns. Calls that come together
	// share one fsync.
	SyncAlways
)

// JournalOptions has the settings of a journal. The zero value is useful.
type JournalOptions struct {
	Sync         SyncMode
	Interval     time.Duration // between fsyncs, and between attempts after a failure; 100 ms if 0
	SegmentBytes int64         // a new segment begins when this would be exceeded; 64 MiB if 0
	SpoolBytes   int           // bound of the events in memory that the disk does not have; 32 MiB if 0
	Timeout      time.Duration // the longest that Record waits for the disk; 5 s if 0
	Logger       *slog.Logger  // nil discards
	Clock        *clock.Clock  // nil is the wall clock
	Account      string        // the account and Region of the events about the journal itself
	Region       string

	open opener // replaced by tests
}

func (o JournalOptions) withDefaults() JournalOptions {
	o.Interval = cmp.Or(o.Interval, 100*time.Millisecond)
	o.SegmentBytes = cmp.Or(o.SegmentBytes, 64<<20)
	o.SpoolBytes = cmp.Or(o.SpoolBytes, 32<<20)
	o.Timeout = cmp.Or(o.Timeout, 5*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = new(clock.Clock)
	}
	if o.open == nil {
		o.open = openFile
	}
	return o
}

// file is what the journal needs of a file. A test's can fail.
type file interface {
	WriteAt(b []byte, off int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

type opener func(name string) (file, error)

func openFile(name string) (file, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
}
