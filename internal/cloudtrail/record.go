package cloudtrail

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// lines keeps the buffers in which Record makes its lines.
var lines = sync.Pool{New: func() any { return new([]byte) }}

// Record adds e to the journal and returns when the kernel has it, or, with SyncAlways,
// when the disk has it. It fills in the ID and the Time if they are missing. When it
// fails with ErrSpooled the event will be written later, if the process lives that long.
// It waits at most JournalOptions.Timeout for the disk.
func (j *Journal) Record(e *Event) error {
	if e.ID == "" {
		e.ID = NewID()
	}
	if e.Time.IsZero() {
		e.Time = j.opt.Clock.Now()
	}
	buf := lines.Get().(*[]byte)
	b := append((*buf)[:0], blankPrefix[:]...)
	b = append(e.AppendJSON(b), '\n')
	end, r, err := j.enqueue(b, e.Time)
	*buf = b
	lines.Put(buf)
	switch {
	case err != nil:
		return err
	case r != nil:
		err = j.wait(r)
	default:
		err = j.flush(end)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSpooled, err)
	}
	return nil
}

// enqueue puts a line at the end of the chain, in memory. It returns the line's end, and
// with SyncAlways the round of callers to wait with.
func (j *Journal) enqueue(b []byte, t time.Time) (end int64, r *round, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return 0, nil, ErrClosed
	}
	if j.tail.len()+len(b) > j.opt.SpoolBytes {
		j.lost++
		j.stats.lost++
		return 0, nil, ErrLost
	}
	j.enqueueLocked(b, t)
	if j.opt.Sync == SyncAlways {
		if j.next == nil {
			j.next = &round{done: make(chan struct{})}
		}
		r = j.next
	}
	return j.tail.end, r, nil
}

func (j *Journal) enqueueLocked(b []byte, t time.Time) {
	if j.tip.lines > 1 && j.tail.end-j.segStart+int64(len(b)) > j.opt.SegmentBytes {
		j.beginSegmentLocked()
	}
	if t.After(j.latest) {
		j.latest = t
	}
	j.appendLocked(b)
	j.stats.records++
	j.stats.bytes += int64(len(b))
}

func (j *Journal) appendLocked(b []byte) {
	j.tip.digest = link(j.tip.digest, b)
	j.tip.lines++
	j.tail.append(b)
}

// beginSegmentLocked puts the header of the next segment at the end of the chain. Who
// writes it finds the mark and changes the file there.
func (j *Journal) beginSegmentLocked() {
	at := j.tail.end
	j.cuts = append(j.cuts, mark{at, j.tip})
	b := append([]byte(nil), blankPrefix[:]...)
	b = append(j.tip.header(j.latest).appendJSON(b), '\n')
	j.tip.segment, j.tip.lines = j.tip.segment+1, 0
	j.segStart = at
	j.appendLocked(b)
}

// flush returns when the kernel has everything up to end. One caller writes for all that
// wait.
func (j *Journal) flush(end int64) error {
	// Those who are about to record come first: one write then serves them all. With 32
	// callers on two processors this is a third of the cost of a call.
	runtime.Gosched()
	if j.written.Load() >= end && j.trouble.Load() == nil {
		return nil
	}
	// When somebody else is writing, this is often written too by the time that the
	// processor comes back, which is cheaper than to sleep and be woken.
	for spin := 0; !j.tryAcquire(); spin++ {
		if spin == 3 {
			if !j.acquire() {
				return errNoAnswer
			}
			break
		}
		runtime.Gosched()
		if j.written.Load() >= end && j.trouble.Load() == nil {
			return nil
		}
	}
	defer j.release()
	// In trouble only the keeper tries, so that callers need not wait for what fails.
	if t := j.trouble.Load(); t != nil {
		return t.err
	}
	if j.written.Load() >= end {
		return nil
	}
	return j.write()
}

// wait returns when the round is over.
func (j *Journal) wait(r *round) error {
	if t := j.trouble.Load(); t != nil {
		return t.err
	}
	select {
	case j.kick <- struct{}{}:
	default: // the keeper has been told already
	}
	start := time.Now()
	if !await(r.done, j.opt.Timeout) {
		j.stalled.CompareAndSwap(0, start.UnixNano())
		return errNoAnswer
	}
	return r.err
}

// acquire takes io, or gives up after the timeout.
func (j *Journal) acquire() bool {
	if j.tryAcquire() {
		return true
	}
	start := time.Now()
	t := time.NewTimer(j.opt.Timeout)
	defer t.Stop()
	select {
	case j.io <- struct{}{}:
		return true
	case <-t.C:
		j.stalled.CompareAndSwap(0, start.UnixNano())
		return false
	}
}

func (j *Journal) tryAcquire() bool {
	select {
	case j.io <- struct{}{}:
		return true
	default:
		return false
	}
}

func (j *Journal) release() {
	if j.stalled.Load() != 0 {
		j.stalled.Store(0)
	}
	<-j.io
}
