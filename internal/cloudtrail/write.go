package cloudtrail

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
)

// write hands to the kernel what it does not have yet. The caller holds io.
func (j *Journal) write() error {
	for {
		b, to := j.unwritten()
		if err := j.put(b); err != nil {
			return j.fail(fmt.Errorf("write journal: %w", err))
		}
		if j.written.Load() < to.at {
			continue // with the next chunk
		}
		j.reached = to.mark
		if to.end {
			break
		}
		if err := j.changeSegment(); err != nil {
			return j.fail(err)
		}
	}
	if j.written.Load()-j.tail.start > int64(j.opt.SpoolBytes)/2 {
		return j.syncHeld() // the disk is slower than the callers, who now have to wait for it
	}
	return nil
}

// goal is how far can be written without a change of the segment.
type goal struct {
	mark
	end bool // nothing comes behind it
}

// unwritten returns bytes to write to the current segment, and how far to go on there.
func (j *Journal) unwritten() ([]byte, goal) {
	j.mu.Lock()
	defer j.mu.Unlock()
	g := goal{mark{j.tail.end, j.tip}, true}
	if len(j.cuts) > 0 {
		g = goal{j.cuts[0], false}
	}
	return j.tail.part(j.written.Load(), g.at), g
}

// put writes b. When the disk takes only a part of it, the segment is cut back to the
// last whole line.
func (j *Journal) put(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	n, err := j.segment.WriteAt(b, j.written.Load()-j.base)
	if err == nil {
		j.written.Add(int64(n))
		return nil
	}
	j.written.Add(int64(bytes.LastIndexByte(b[:n], '\n') + 1))
	return errors.Join(err, j.segment.Truncate(j.written.Load()-j.base))
}

// changeSegment closes a segment that has all its lines and opens the next one. The old
// one is on disk before the new one has a line, so that a power failure leaves no gap.
func (j *Journal) changeSegment() error {
	if j.segment != nil {
		if err := j.syncHeld(); err != nil {
			return err
		}
	}
	f, err := j.openSegment(j.reached.segment + 1)
	if err != nil {
		return fmt.Errorf("begin segment: %w", err)
	}
	if j.segment != nil {
		j.segment.Close()
	}
	j.segment, j.base = f, j.reached.at
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cuts = j.cuts[1:]
	return nil
}

// openSegment makes an empty segment. What an attempt that failed left there goes.
func (j *Journal) openSegment(n uint64) (file, error) {
	f, err := j.opt.open(filepath.Join(j.dir, segmentName(n)))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(0), syncDir(j.dir)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// fail notes that the journal can't be written. The keeper tries again.
func (j *Journal) fail(err error) error {
	if j.trouble.Swap(&trouble{err}) == nil {
		j.opt.Logger.Error("the journal can't be written", "dir", j.dir, "error", err)
	}
	return err
}
