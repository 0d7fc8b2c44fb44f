package cloudtrail

import (
	"fmt"
	"time"
)

// fsync is one that runs while others write.
type fsync struct {
	done chan struct{}
	err  error
}

// sync has everything that was recorded before the call on disk when it returns. Others
// may write meanwhile. Only the keeper calls it.
func (j *Journal) sync() error {
	if !j.acquire() {
		return errNoAnswer
	}
	err := j.write()
	if err == nil && j.reached.at == j.tail.start {
		err = j.settle(j.reached) // the head may be left from an attempt that failed
	}
	if err != nil || j.reached.at == j.tail.start {
		j.release()
		return err
	}
	m, f, c := j.reached, j.segment, &fsync{done: make(chan struct{})}
	j.inflight = c
	j.release()

	c.err = j.timedSync(f)
	close(c.done)

	j.io <- struct{}{}
	defer j.release()
	j.inflight = nil
	if c.err != nil {
		return j.unsynced(c.err)
	}
	return j.settle(m)
}

// syncHeld is sync for who holds io and has written.
func (j *Journal) syncHeld() error {
	// An fsync tells of a failure once. The one that already runs may be the one that is
	// told, so its result counts for this one too.
	if c := j.inflight; c != nil {
		<-c.done
		if c.err != nil {
			return j.unsynced(c.err)
		}
	}
	if err := j.timedSync(j.segment); err != nil {
		return j.unsynced(err)
	}
	return j.settle(j.reached)
}

func (j *Journal) timedSync(f file) error {
	start := time.Now()
	j.syncing.Store(start.UnixNano())
	err := f.Sync()
	j.syncing.Store(0)
	j.fsyncs.count(time.Since(start))
	return err
}

// unsynced deals with an fsync that failed. The kernel may have dropped the pages and
// call them clean from now on, so all that was not synced before is written again.
func (j *Journal) unsynced(err error) error {
	j.written.Store(j.tail.start)
	return j.fail(fmt.Errorf("sync journal: %w", err))
}

// settle notes that everything up to m is on disk: in the head first, so that who sees that
// nothing is unsynced can read it all.
func (j *Journal) settle(m mark) error {
	if j.head.last.before(m.position) {
		if err := j.head.write(m.position); err != nil {
			return j.fail(err)
		}
	}
	if m.at > j.tail.start {
		j.mu.Lock()
		j.tail.drop(m.at)
		j.mu.Unlock()
	}
	return nil
}
