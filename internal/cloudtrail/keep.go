package cloudtrail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// expireName is the event that says which segments may be missing.
const expireName = "ExpireJournal"

// Archive compresses the segments before the one numbered read, which nobody follows any
// more, and deletes those of them whose events are all older than keep; 0 keeps all.
// Before a segment goes, an event in the journal says so: VerifyJournal takes a journal that
// begins later than that for one whose beginning was removed.
//
// Only one call may run at a time. It takes long if there is much to compress, and goes on
// where it was when it is called again.
func (j *Journal) Archive(ctx context.Context, read uint64, keep time.Duration) error {
	head, _, err := readHead(j.dir)
	if err != nil {
		return fmt.Errorf("archive the journal: %w", err)
	}
	read = min(read, head.segment) // a segment behind the head's is not complete on disk
	numbers, err := segments(j.dir)
	if err != nil {
		return fmt.Errorf("archive the journal: %w", err)
	}
	if numbers, err = j.expireSegments(ctx, numbers, read, keep); err != nil {
		return fmt.Errorf("archive the journal: %w", err)
	}
	for _, n := range numbers {
		if n >= read || ctx.Err() != nil {
			break
		}
		if _, err := os.Stat(filepath.Join(j.dir, segmentName(n))); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := pack(ctx, j.dir, n); err != nil {
			return fmt.Errorf("archive the journal: %w", err)
		}
	}
	return nil
}

// expireSegments deletes old segments, the oldest first, and returns the others.
func (j *Journal) expireSegments(ctx context.Context, numbers []uint64, read uint64, keep time.Duration) ([]uint64, error) {
	old := 0
	for keep > 0 && old+1 < len(numbers) && numbers[old+1] <= read {
		h, ok, err := readHeader(j.dir, numbers[old+1])
		if err != nil {
			return nil, err
		}
		if !ok || !h.Latest.Before(j.opt.Clock.Now().Add(-keep)) {
			break
		}
		old++
	}
	if old == 0 {
		return numbers, nil
	}
	if err := j.announce(ctx, numbers[old]); err != nil {
		return nil, err
	}
	for _, n := range numbers[:old] {
		path := filepath.Join(j.dir, segmentName(n))
		for _, name := range [...]string{path + packedExt + workExt, path, path + packedExt} {
			if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
	}
	j.opt.Logger.Info("old segments of the journal were deleted", "dir", j.dir, "segments", old, "first", numbers[old])
	return numbers[old:], syncDir(j.dir)
}

// announce has it on disk that the journal begins with a segment from now on.
func (j *Journal) announce(ctx context.Context, first uint64) error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return ErrClosed
	}
	j.noteLocked(expireName, Field{expireDetail, strconv.FormatUint(first, 10)})
	at := j.tip
	j.mu.Unlock()
	for {
		select {
		case j.kick <- struct{}{}:
		default:
		}
		head, _, err := readHead(j.dir)
		if err == nil && !head.before(at) {
			return nil
		}
		if !pause(ctx, 20*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// expireDetail is where the event names the first segment that is kept.
const expireDetail = "firstSegment"

// announced is the first segment that is kept according to a record; 0 if it says nothing of
// that.
func announced(record []byte) uint64 {
	if !bytes.Contains(record, []byte(expireName)) {
		return 0
	}
	var e struct {
		EventSource, EventName string
		ServiceEventDetails    struct{ FirstSegment string }
	}
	if json.Unmarshal(record, &e) != nil || e.EventSource != selfSource || e.EventName != expireName {
		return 0
	}
	first, _ := strconv.ParseUint(e.ServiceEventDetails.FirstSegment, 10, 64)
	return first
}
