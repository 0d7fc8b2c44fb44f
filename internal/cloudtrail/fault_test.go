package cloudtrail_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// disk opens files that fail on demand.
type disk struct {
	mu       sync.Mutex
	writeErr error
	partly   int // bytes that a failing write still writes
	syncErr  error
	openErr  error
	lose     bool          // a failing fsync loses what was written since the one before
	hang     chan struct{} // not nil: writes wait until it is closed
	hangSync chan struct{} // the same for fsyncs
	syncs    atomic.Int64
	files    []*diskFile
	early    int // segments that began before the one before was on disk
}

func (d *disk) set(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *disk) open(name string) (cloudtrail.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.openErr != nil {
		return nil, d.openErr
	}
	file, err := cloudtrail.OpenFile(name)
	f := &diskFile{File: file, d: d, head: strings.HasSuffix(name, "head")}
	for _, other := range d.files {
		if !other.head && !f.head && len(other.written) > 0 {
			d.early++
		}
	}
	d.files = append(d.files, f)
	return f, err
}

type diskFile struct {
	cloudtrail.File
	d       *disk
	head    bool
	written []span // since the last fsync
}

type span struct {
	off int64
	n   int
}

func (f *diskFile) WriteAt(b []byte, off int64) (int, error) {
	f.d.mu.Lock()
	hang, err, partly := f.d.hang, f.d.writeErr, f.d.partly
	f.d.mu.Unlock()
	if hang != nil {
		<-hang
	}
	if err != nil {
		n, _ := f.File.WriteAt(b[:min(partly, len(b))], off)
		return n, err
	}
	n, err := f.File.WriteAt(b, off)
	f.d.set(func() { f.written = append(f.written, span{off, n}) })
	return n, err
}

func (f *diskFile) Sync() error {
	f.d.syncs.Add(1)
	f.d.mu.Lock()
	hang, syncErr := f.d.hangSync, f.d.syncErr
	f.d.mu.Unlock()
	if hang != nil {
		<-hang
	}
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if syncErr == nil || f.head {
		f.written = nil
		return f.File.Sync()
	}
	for _, s := range f.written {
		if f.d.lose {
			f.File.WriteAt(make([]byte, s.n), s.off)
		}
	}
	f.written = nil
	return syncErr
}

// inBubble runs f in a bubble of synctest with a journal on a disk that can fail.
func inBubble(t *testing.T, o cloudtrail.JournalOptions, f func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := new(disk)
		j, err := cloudtrail.OpenJournal(dir, o.WithOpener(d.open))
		if err != nil {
			t.Fatal(err)
		}
		f(t, dir, j, d)
		closeJournal(t, j)
	})
	verified(t, dir)
}

// tick lets the journal try again.
func tick() {
	time.Sleep(150 * time.Millisecond) // in the bubble: no time passes outside
	synctest.Wait()
}

func TestWriteFails(t *testing.T) {
	modes := map[string]cloudtrail.SyncMode{"interval": cloudtrail.SyncInterval, "always": cloudtrail.SyncAlways}
	for name, mode := range modes {
		for _, partly := range []int{0, 7, 1500} {
			t.Run(fmt.Sprintf("%s/%d", name, partly), func(t *testing.T) {
				var log bytes.Buffer
				o := cloudtrail.JournalOptions{Sync: mode, Logger: slog.New(slog.NewTextHandler(&log, nil))}
				inBubble(t, o, func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk) {
					record(t, j, named(0))
					d.set(func() { d.writeErr, d.partly = syscall.ENOSPC, partly })
					for i := 1; i <= 3; i++ {
						if err := j.Record(named(i)); !errors.Is(err, cloudtrail.ErrSpooled) || !errors.Is(err, syscall.ENOSPC) {
							t.Errorf("got %v", err)
						}
					}
					if err := j.Ready(); !errors.Is(err, syscall.ENOSPC) {
						t.Errorf("Ready is %v", err)
					}
					tick()
					if r := verified(t, dir); r.Unfinished != 0 {
						t.Errorf("%d bytes of a line are left", r.Unfinished)
					}
					if s := j.Stats(); s.Unwritten == 0 {
						t.Errorf("stats %+v", s)
					}
					d.set(func() { d.writeErr = nil })
					tick()
					if err := j.Ready(); err != nil {
						t.Errorf("does not heal: %v", err)
					}
					record(t, j, named(4))
					if got := fmt.Sprint(names(t, dir)); got != "[Event0 Event1 Event2 Event3 Event4]" {
						t.Errorf("got %s", got)
					}
				})
				for _, want := range []string{"can't be written", "no space left", "can be written again"} {
					if strings.Count(log.String(), want) != 1 {
						t.Errorf("not once %q in the log:\n%s", want, log.String())
					}
				}
			})
		}
	}
}

// After an fsync failed, the kernel may have thrown away what it had taken before. The
// journal still has it.
func TestSyncFails(t *testing.T) {
	for _, mode := range []cloudtrail.SyncMode{cloudtrail.SyncInterval, cloudtrail.SyncAlways} {
		inBubble(t, cloudtrail.JournalOptions{Sync: mode}, func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk) {
			d.set(func() { d.syncErr, d.lose = syscall.EIO, true })
			for i := range 3 {
				err := j.Record(named(i))
				if mode == cloudtrail.SyncAlways && !errors.Is(err, cloudtrail.ErrSpooled) {
					t.Errorf("acknowledged without the disk: %v", err)
				}
			}
			tick()
			if err := j.Ready(); !errors.Is(err, syscall.EIO) {
				t.Errorf("Ready is %v", err)
			}
			d.set(func() { d.syncErr = nil })
			tick()
			if err := j.Ready(); err != nil {
				t.Errorf("does not heal: %v", err)
			}
			if got := fmt.Sprint(names(t, dir)); got != "[Event0 Event1 Event2]" {
				t.Errorf("got %s", got)
			}
		})
	}
}

// The kernel tells one fsync of a failure. Another one that runs at the same time succeeds
// and means nothing.
func TestSyncFailsBesideAnother(t *testing.T) {
	o := cloudtrail.JournalOptions{SegmentBytes: 3000}
	inBubble(t, o, func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk) {
		hang := make(chan struct{})
		d.set(func() { d.hangSync, d.syncErr, d.lose = hang, syscall.EIO, true })
		record(t, j, named(0))
		tick() // the keeper's fsync hangs, and will fail
		d.set(func() { d.hangSync, d.syncErr = nil, nil })
		failed := make(chan bool)
		go func() {
			defer close(failed)
			for i := 1; i <= 4; i++ { // one of them has to sync and begin a new segment
				if err := j.Record(named(i)); errors.Is(err, syscall.EIO) {
					failed <- true
				} else if err != nil {
					t.Error(err)
				}
			}
		}()
		synctest.Wait()
		close(hang)
		if !<-failed {
			t.Error("an fsync was trusted while another one failed")
		}
		for range failed {
		}
		tick()
		if got := fmt.Sprint(names(t, dir)); got != "[Event0 Event1 Event2 Event3 Event4]" {
			t.Errorf("got %s", got)
		}
	})
}

// A segment is on disk before the next one begins, so that a power failure leaves no gap.
func TestNewSegmentAfterSync(t *testing.T) {
	o := cloudtrail.JournalOptions{SegmentBytes: 3000, Interval: time.Hour}
	inBubble(t, o, func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk) {
		for i := range 20 {
			record(t, j, named(i))
		}
		if len(d.files) < 8 || d.early != 0 {
			t.Errorf("%d of %d segments began too early", d.early, len(d.files))
		}
	})
}

func TestNewSegmentFails(t *testing.T) {
	o := cloudtrail.JournalOptions{SegmentBytes: 3000}
	inBubble(t, o, func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk) {
		d.set(func() { d.openErr = syscall.EMFILE })
		failed := 0
		for i := range 10 {
			if err := j.Record(named(i)); errors.Is(err, cloudtrail.ErrSpooled) {
				failed++
			} else if err != nil {
				t.Error(err)
			}
		}
		if failed < 5 || !errors.Is(j.Ready(), syscall.EMFILE) {
			t.Errorf("%d failed, Ready is %v", failed, j.Ready())
		}
		d.set(func() { d.openErr = nil })
		tick()
		record(t, j, named(10))
		if got := len(names(t, dir)); got != 11 {
			t.Errorf("%d events", got)
		}
	})
}

func TestSpoolIsBounded(t *testing.T) {
	o := cloudtrail.JournalOptions{SpoolBytes: 10000}
	inBubble(t, o, func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk) {
		d.set(func() { d.writeErr = syscall.ENOSPC })
		spooled, lost := 0, 0
		for i := range 30 {
			switch err := j.Record(named(i)); {
			case errors.Is(err, cloudtrail.ErrSpooled):
				spooled++
			case errors.Is(err, cloudtrail.ErrLost):
				lost++
			default:
				t.Errorf("got %v", err)
			}
		}
		s := j.Stats()
		if spooled < 5 || lost < 5 || s.Lost != int64(lost) || s.Unwritten > 10000 {
			t.Errorf("%d spooled, %d lost, stats %+v", spooled, lost, s)
		}
		d.set(func() { d.writeErr = nil })
		tick()
		tick()
		all := names(t, dir)
		if len(all) != spooled+1 || all[spooled] != "LoseEvents" {
			t.Errorf("%d spooled, got %v", spooled, all)
		}
		for r, err := range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{Filter: cloudtrail.Filter{EventName: "LoseEvents"}}) {
			if want := fmt.Sprintf(`"serviceEventDetails":{"events":"%d"}`, lost); err != nil || !bytes.Contains(r.JSON, []byte(want)) {
				t.Errorf("%v, %s lacks %s", err, r.JSON, want)
			}
		}
	})
}

// A disk that takes writes but is slow with fsync slows the callers down; they lose nothing.
func TestSlowDiskHoldsCallersBack(t *testing.T) {
	o := cloudtrail.JournalOptions{SpoolBytes: 10000, Interval: time.Hour}
	inBubble(t, o, func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk) {
		before := d.syncs.Load()
		for i := range 100 {
			record(t, j, named(i))
		}
		if n := d.syncs.Load() - before; n < 10 {
			t.Errorf("%d syncs for ten times the spool", n)
		}
	})
}

func TestHangingDisk(t *testing.T) {
	for _, mode := range []cloudtrail.SyncMode{cloudtrail.SyncInterval, cloudtrail.SyncAlways} {
		o := cloudtrail.JournalOptions{Sync: mode, Timeout: 2 * time.Second}
		inBubble(t, o, func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk) {
			hang := make(chan struct{})
			d.set(func() { d.hang = hang })
			var failed atomic.Int64
			for i := range 10 {
				go func() {
					if err := j.Record(named(i)); errors.Is(err, cloudtrail.ErrSpooled) {
						failed.Add(1)
					}
				}()
			}
			time.Sleep(3 * time.Second)
			synctest.Wait()
			if n := failed.Load(); n < 9 { // one may be in the kernel, nobody can get it out
				t.Errorf("only %d of 10 callers came back", n)
			}
			if err := j.Ready(); err == nil || !strings.Contains(err.Error(), "does not answer") {
				t.Errorf("Ready is %v", err)
			}
			d.set(func() { d.hang = nil })
			close(hang)
			tick()
			if err := j.Ready(); err != nil {
				t.Errorf("does not heal: %v", err)
			}
			if got := len(names(t, dir)); got != 10 {
				t.Errorf("%d events", got)
			}
		})
	}
}

// An fsync that hangs stops nobody but those who asked for it, and readiness tells.
func TestHangingSync(t *testing.T) {
	o := cloudtrail.JournalOptions{Timeout: 2 * time.Second}
	inBubble(t, o, func(t *testing.T, dir string, j *cloudtrail.Journal, d *disk) {
		hang := make(chan struct{})
		d.set(func() { d.hangSync = hang })
		record(t, j, named(0))
		tick()
		if err := j.Ready(); err != nil {
			t.Errorf("not ready at once: %v", err)
		}
		record(t, j, named(1))
		time.Sleep(3 * time.Second)
		record(t, j, named(2))
		if err := j.Ready(); err == nil {
			t.Error("ready, although an fsync hangs")
		}
		d.set(func() { d.hangSync = nil })
		close(hang)
		tick()
		if err := j.Ready(); err != nil {
			t.Errorf("does not heal: %v", err)
		}
	})
}

func TestCloseInTrouble(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := new(disk)
		j, err := cloudtrail.OpenJournal(dir, cloudtrail.JournalOptions{}.WithOpener(d.open))
		if err != nil {
			t.Fatal(err)
		}
		record(t, j, named(0))
		d.set(func() { d.writeErr = syscall.ENOSPC })
		if err := j.Record(named(1)); !errors.Is(err, cloudtrail.ErrSpooled) {
			t.Errorf("got %v", err)
		}
		if err := j.Close(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Close hides that an event is lost: %v", err)
		}
	})
	fill(t, dir, 1, cloudtrail.JournalOptions{}) // the directory is free again
	verified(t, dir)
}

func TestOpenFails(t *testing.T) {
	for _, d := range []*disk{{openErr: syscall.EMFILE}, {writeErr: syscall.ENOSPC}, {syncErr: syscall.EIO}} {
		dir := t.TempDir()
		if _, err := cloudtrail.OpenJournal(dir, cloudtrail.JournalOptions{}.WithOpener(d.open)); err == nil {
			t.Errorf("opened on a disk with %v, %v, %v", d.openErr, d.writeErr, d.syncErr)
		}
		fill(t, dir, 1, cloudtrail.JournalOptions{})
		if r := verified(t, dir); r.Records != 1 {
			t.Errorf("report %+v", r)
		}
	}
}
