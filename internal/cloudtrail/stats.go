package cloudtrail

import (
	"sync/atomic"
	"time"
)

// JournalStats are figures about a journal since it was opened, for metrics.
type JournalStats struct {
	Records   int64         // events that were accepted
	Bytes     int64         // of their lines
	Lost      int64         // events that were not, because the spool was full
	Syncs     int64         // fsyncs, failed ones too
	SyncTime  time.Duration // of all of them together
	LastSync  time.Duration // of the last one
	Unwritten int64         // bytes in memory that the kernel does not have: the spool
	Unsynced  int64         // bytes in memory that the disk does not have
	Segment   uint64        // the current one
	Line      int64         // the last one in it
}

// counters is guarded by Journal.mu.
type counters struct{ records, bytes, lost int64 }

// syncStats tells of the fsyncs.
type syncStats struct{ n, total, last atomic.Int64 }

func (s *syncStats) count(d time.Duration) {
	s.n.Add(1)
	s.total.Add(int64(d))
	s.last.Store(int64(d))
}

// Stats returns the journal's figures. It never waits for the disk.
func (j *Journal) Stats() JournalStats {
	j.mu.Lock()
	defer j.mu.Unlock()
	return JournalStats{
		Records:   j.stats.records,
		Bytes:     j.stats.bytes,
		Lost:      j.stats.lost,
		Syncs:     j.fsyncs.n.Load(),
		SyncTime:  time.Duration(j.fsyncs.total.Load()),
		LastSync:  time.Duration(j.fsyncs.last.Load()),
		Unwritten: max(0, j.tail.end-j.written.Load()),
		Unsynced:  int64(j.tail.len()),
		Segment:   j.tip.segment,
		Line:      j.tip.lines,
	}
}
