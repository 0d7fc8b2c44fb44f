package cloudtrail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Errors of Record and OpenJournal.
var (
	// ErrClosed is returned by Record after Close.
	ErrClosed = errors.New("the journal is closed")
	// ErrInUse is returned by OpenJournal when another process, or this one, has it open.
	ErrInUse = errors.New("the journal is in use by another process")
	// ErrSpooled means that the event is in memory only, because the disk does not take it
	// now. It is written as soon as the disk does.
	ErrSpooled = errors.New("the event is not in the journal yet")
	// ErrLost means that even the memory for such events is full. How many were lost is
	// recorded when the journal works again.
	ErrLost = errors.New("the event is lost: the journal can't be written and its spool is full")

	errNoAnswer = errors.New("the disk does not answer")
)

// Journal is an open journal. Its methods may be called by several goroutines at once.
//
// Two locks keep the disk's troubles apart from the callers: mu guards the chain and the
// lines in memory and is never held while something is written; io is held by the one
// goroutine that writes, and waiting for it ends with JournalOptions.Timeout.
//
// Offsets count from the beginning of the segment that was current at the start, on
// through all segments. The disk has everything before tail.start, the kernel everything
// before written, and tail has the rest and what lies between. So what the kernel lost
// before it was on disk is still there to be written again.
type Journal struct {
	dir      string
	opt      JournalOptions
	lockFile *os.File

	mu       sync.Mutex
	tip      position  // behind the last line of tail
	latest   time.Time // of all events
	segStart int64     // where tip's segment begins
	tail     spool     // its start changes only with io held
	cuts     []mark    // where tail goes on in a new segment
	next     *round    // of the callers that wait for the next fsync; nil if there are none
	lost     int64     // events since the journal was last in order
	closed   bool
	stats    counters

	io       chan struct{} // holds one token while somebody has the fields below
	segment  file          // nil before the first
	base     int64         // where segment begins
	reached  mark          // how far was written
	head     headFile
	inflight *fsync // the keeper's, which runs without io

	written atomic.Int64 // changed with io held
	trouble atomic.Pointer[trouble]
	stalled atomic.Int64 // since when (Unix, ns) somebody waits for the disk in vain; 0 if nobody does
	syncing atomic.Int64 // since when an fsync runs; 0 if none does
	fsyncs  syncStats

	kick, stop, done chan struct{} // of the keeper
}

// mark is a position and its offset.
type mark struct {
	at int64
	position
}

// round is a group of callers that wait for the same fsync.
type round struct {
	done chan struct{}
	err  error
}

// trouble says why the journal can't be written.
type trouble struct{ err error }

// OpenJournal opens the journal in dir, or begins one there. A last line that a crash
// left unfinished is moved to a .torn file, and an event tells of it. When a line that was
// on disk is missing or changed, OpenJournal fails: somebody has to look at it first.
func OpenJournal(dir string, o JournalOptions) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", dir, err)
	}
	j := &Journal{
		dir: dir, opt: o.withDefaults(), lockFile: lock,
		io:   make(chan struct{}, 1),
		kick: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	if err := j.recover(); err != nil {
		j.closeFiles()
		return nil, fmt.Errorf("open journal %s: %w", dir, explain(err))
	}
	go j.keep()
	return j, nil
}

// explain tells the operator what to do about a journal that is not as it was left.
func explain(err error) error {
	if p := (*Problem)(nil); errors.As(err, &p) {
		return fmt.Errorf("%w; no crash does that: the journal was changed from outside, or its disk fails. "+
			"Run 'keystead journal verify', then put the files back as they were, "+
			"or move the directory away, keep it as evidence, and start again with a new one", err)
	}
	return err
}

// lockDir makes sure that no other process writes to dir. The kernel gives the lock up
// when the process ends, however it does.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrInUse
	}
	return nil, fmt.Errorf("lock: %w", err)
}

// Ready returns nil if events can be recorded, or why they can't. It costs a few
// nanoseconds.
func (j *Journal) Ready() error {
	if t := j.trouble.Load(); t != nil {
		return t.err
	}
	since := j.stalled.Load()
	if since == 0 {
		since = j.syncing.Load()
	}
	if since == 0 || time.Since(time.Unix(0, since)) < j.opt.Timeout {
		return nil
	}
	return fmt.Errorf("write journal: %w since %s", errNoAnswer, time.Unix(0, since).UTC().Format(timeFormat))
}

// Close writes what is left, waits until it is on disk, and gives the directory up. It
// fails if events are left that could not be written. It waits at most twice
// JournalOptions.Timeout.
func (j *Journal) Close() error {
	j.mu.Lock()
	closed := j.closed
	j.closed = true
	j.mu.Unlock()
	if closed {
		return nil
	}
	close(j.stop)
	if !await(j.done, j.opt.Timeout) || !j.acquire() {
		return fmt.Errorf("close journal: %w", errNoAnswer) // the files are still in use
	}
	j.closeFiles()
	if t := j.trouble.Load(); t != nil {
		return fmt.Errorf("close journal: %d bytes are not written: %w", j.Stats().Unwritten, t.err)
	}
	return nil
}

// closeFiles closes what is synced already, so there is nothing left to fail.
func (j *Journal) closeFiles() {
	if j.segment != nil {
		j.segment.Close()
	}
	if j.head.f != nil {
		j.head.f.Close()
	}
	j.lockFile.Close()
}

// await waits for done, but not longer than d.
func await(done <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}
