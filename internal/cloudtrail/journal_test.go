package cloudtrail_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
)

func open(t *testing.T, dir string, o cloudtrail.JournalOptions) *cloudtrail.Journal {
	t.Helper()
	j, err := cloudtrail.OpenJournal(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func record(t *testing.T, j *cloudtrail.Journal, events ...*cloudtrail.Event) {
	t.Helper()
	for _, e := range events {
		if err := j.Record(e); err != nil {
			t.Fatal(err)
		}
	}
}

func closeJournal(t *testing.T, j *cloudtrail.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// named is an event whose name says which one it is.
func named(i int) *cloudtrail.Event {
	e := smallEvent()
	e.Name = fmt.Sprintf("Event%d", i)
	return e
}

// fill makes a closed journal of n events.
func fill(t *testing.T, dir string, n int, o cloudtrail.JournalOptions) {
	t.Helper()
	j := open(t, dir, o)
	for i := range n {
		record(t, j, named(i))
	}
	closeJournal(t, j)
}

// names reads the names of the events in a journal.
func names(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	for r, err := range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Name)
	}
	return all
}

// verified checks the journal and returns the report.
func verified(t *testing.T, dir string) cloudtrail.Report {
	t.Helper()
	r, err := cloudtrail.VerifyJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Problem != nil {
		t.Fatalf("the journal does not verify: %v", r.Problem)
	}
	return r
}

func segmentPath(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("%020d.log", n)) }

func TestRecord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	var c clock.Clock
	c.Advance(1000 * time.Hour)
	j := open(t, dir, cloudtrail.JournalOptions{Clock: &c})
	e := encryptEvent()
	e.Time = time.Time{}
	record(t, j, e)
	if e.ID == "" || c.Now().Sub(e.Time) > time.Hour {
		t.Errorf("ID %q, time %v", e.ID, e.Time)
	}
	want := e.AppendJSON(nil)
	b, err := os.ReadFile(segmentPath(dir, 1)) // the kernel has it already
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Split(b, []byte{'\n'}); len(lines) != 3 || !bytes.Equal(lines[1][65:], want) {
		t.Errorf("the segment is\n%s\nwant a header and\n%s", b, want)
	}
	s := j.Stats()
	if s.Records != 1 || s.Bytes != int64(len(want)+66) || s.Segment != 1 || s.Line != 2 || s.Unwritten != 0 || s.Lost != 0 {
		t.Errorf("stats %+v", s)
	}
	closeJournal(t, j)
	if s := j.Stats(); s.Syncs == 0 || s.SyncTime < s.LastSync || s.Unsynced != 0 {
		t.Errorf("stats after Close %+v", s)
	}
	if err := j.Record(encryptEvent()); !errors.Is(err, cloudtrail.ErrClosed) {
		t.Errorf("Record after Close: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	verified(t, dir)
}

func TestPermissions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	fill(t, dir, 1, cloudtrail.JournalOptions{})
	paths, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, path := range append(paths, dir) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for round := range 4 {
		j := open(t, dir, cloudtrail.JournalOptions{SegmentBytes: 6000})
		for i := range 7 {
			e := named(round*100 + i)
			want = append(want, e.Name)
			record(t, j, e)
		}
		closeJournal(t, j)
	}
	if got := names(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if r := verified(t, dir); r.Segments < 5 || r.Records != 28 || r.Unfinished != 0 {
		t.Errorf("report %+v", r)
	}
	for n := 1; n <= verified(t, dir).Segments; n++ {
		info, err := os.Stat(segmentPath(dir, n))
		if err != nil || info.Size() > 6000 {
			t.Errorf("segment %d: %v, %v", n, info.Size(), err)
		}
	}
}

func TestLargeEvents(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, cloudtrail.JournalOptions{SegmentBytes: 1000})
	large := encryptEvent()
	for range 7000 { // a record of almost 1 MiB
		large.Resources = append(large.Resources, large.Resources[0])
	}
	size := len(large.AppendJSON(nil))
	if size < 900<<10 {
		t.Fatalf("only %d bytes", size)
	}
	record(t, j, named(1), large, named(2), large)
	closeJournal(t, j)
	if r := verified(t, dir); r.Records != 4 || r.Segments != 4 {
		t.Errorf("report %+v", r)
	}
	if got := fmt.Sprint(names(t, dir)); got != "[Event1 Encrypt Event2 Encrypt]" {
		t.Errorf("got %s", got)
	}
}

func TestConcurrent(t *testing.T) {
	for mode, name := range []string{"interval", "always"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, cloudtrail.JournalOptions{Sync: cloudtrail.SyncMode(mode), SegmentBytes: 64 << 10})
			before := j.Stats().Syncs
			var wg sync.WaitGroup
			for i := range 32 {
				wg.Go(func() {
					for k := range 25 {
						if err := j.Record(named(i*100 + k)); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			if s := j.Stats(); mode == int(cloudtrail.SyncAlways) && (s.Unsynced != 0 || s.Syncs-before > 500) {
				t.Errorf("%d syncs for 800 events, %d bytes unsynced", s.Syncs-before, s.Unsynced)
			}
			closeJournal(t, j)
			seen := map[string]bool{}
			for _, name := range names(t, dir) {
				seen[name] = true
			}
			if r := verified(t, dir); r.Records != 800 || len(seen) != 800 || r.Segments < 10 {
				t.Errorf("%d different events, report %+v", len(seen), r)
			}
		})
	}
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, cloudtrail.JournalOptions{})
	if _, err := cloudtrail.OpenJournal(dir, cloudtrail.JournalOptions{}); !errors.Is(err, cloudtrail.ErrInUse) {
		t.Errorf("second open: %v", err)
	}
	record(t, j, named(1)) // the attempt does no harm
	closeJournal(t, j)
	fill(t, dir, 1, cloudtrail.JournalOptions{})
	verified(t, dir)
}

func TestOpenRepairs(t *testing.T) {
	tails := map[string]struct {
		tail string
		want int64 // bytes set aside
	}{
		"unfinished line":  {"0123", 4},
		"line of zeros":    {strings.Repeat("\x00", 4096) + "\n", 4097},
		"gap before lines": {"ab\x00\x00\nnot a line\nand more\n", 25},
	}
	for name, test := range tails {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, 3, cloudtrail.JournalOptions{})
			before := verified(t, dir)
			appendTo(t, segmentPath(dir, 1), test.tail)
			var log bytes.Buffer
			j := open(t, dir, cloudtrail.JournalOptions{
				Account: "111122223333", Region: "eu-west-1", Logger: slog.New(slog.NewTextHandler(&log, nil))})
			record(t, j, named(3))
			closeJournal(t, j)
			r := verified(t, dir)
			if len(r.Torn) != 1 || r.Records != before.Records+2 {
				t.Fatalf("report %+v", r)
			}
			if kept, err := os.ReadFile(r.Torn[0]); err != nil || string(kept) != test.tail {
				t.Errorf("set aside %q, %v", kept, err)
			}
			if got := fmt.Sprint(names(t, dir)); got != "[Event0 Event1 Event2 RepairJournal Event3]" {
				t.Errorf("got %s", got)
			}
			b, _ := os.ReadFile(segmentPath(dir, 1))
			for _, want := range []string{`"awsRegion":"eu-west-1"`, `"recipientAccountId":"111122223333"`,
				fmt.Sprintf(`"bytes":"%d"`, test.want), `"file":"` + filepath.Base(r.Torn[0])} {
				if !bytes.Contains(b, []byte(want)) {
					t.Errorf("the journal lacks %s", want)
				}
			}
			if !strings.Contains(log.String(), "set aside") {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// A crash right after the file of a new segment was made leaves it empty or with a part
// of its header.
func TestOpenRepairsNewSegment(t *testing.T) {
	for _, header := range []string{"", "abc"} {
		dir := t.TempDir()
		fill(t, dir, 3, cloudtrail.JournalOptions{})
		if err := os.WriteFile(segmentPath(dir, 2), []byte(header), 0o600); err != nil {
			t.Fatal(err)
		}
		fill(t, dir, 1, cloudtrail.JournalOptions{})
		want := int64(4)
		if header != "" {
			want++ // and the event that tells of it
		}
		if r := verified(t, dir); r.Segments != 2 || r.Records != want {
			t.Errorf("header %q: report %+v", header, r)
		}
	}
}

// A crash in the middle of the very first start leaves a head and no more.
func TestOpenAfterFirstCrash(t *testing.T) {
	whole := t.TempDir()
	fill(t, whole, 0, cloudtrail.JournalOptions{})
	head, err := os.ReadFile(filepath.Join(whole, "head"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 512, 1024} {
		dir := t.TempDir()
		if n < len(head) {
			if err := os.WriteFile(filepath.Join(dir, "head"), head[:n], 0o600); err != nil {
				t.Fatal(err)
			}
		}
		fill(t, dir, 1, cloudtrail.JournalOptions{})
		if r := verified(t, dir); r.Records != 1 {
			t.Errorf("head of %d bytes: report %+v", n, r)
		}
	}
}

// What was on disk is never repaired away: who changed it has to be found.
func TestOpenRefuses(t *testing.T) {
	damage := map[string]func(t *testing.T, dir string){
		"changed byte":       func(t *testing.T, dir string) { flip(t, segmentPath(dir, 2), 300) },
		"changed header":     func(t *testing.T, dir string) { flip(t, segmentPath(dir, 2), 70) },
		"last newline":       func(t *testing.T, dir string) { flip(t, segmentPath(dir, 2), -1) },
		"zeros before head":  func(t *testing.T, dir string) { overwrite(t, segmentPath(dir, 2), 400, 0) },
		"cut tail":           func(t *testing.T, dir string) { cutLines(t, segmentPath(dir, 2), 1) },
		"segment missing":    func(t *testing.T, dir string) { remove(t, segmentPath(dir, 2)) },
		"head missing":       func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "head")) },
		"head damaged":       func(t *testing.T, dir string) { truncate(t, filepath.Join(dir, "head"), 100) },
		"segment too many":   func(t *testing.T, dir string) { copyFile(t, segmentPath(dir, 1), segmentPath(dir, 3)) },
		"added bad line":     func(t *testing.T, dir string) { appendTo(t, segmentPath(dir, 2), "no line\n") },
		"all segments gone":  func(t *testing.T, dir string) { remove(t, segmentPath(dir, 1)); remove(t, segmentPath(dir, 2)) },
		"gap after segments": func(t *testing.T, dir string) { copyFile(t, segmentPath(dir, 1), segmentPath(dir, 9)) },
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, 6, cloudtrail.JournalOptions{SegmentBytes: 5000})
			do(t, dir)
			_, err := cloudtrail.OpenJournal(dir, cloudtrail.JournalOptions{})
			var p *cloudtrail.Problem
			if !errors.As(err, &p) || !strings.Contains(err.Error(), "keystead journal verify") {
				t.Errorf("got %v", err)
			}
			if name == "zeros before head" && !strings.Contains(err.Error(), "never written") {
				t.Errorf("got %v", err)
			}
			if _, again := cloudtrail.OpenJournal(dir, cloudtrail.JournalOptions{}); fmt.Sprint(again) != fmt.Sprint(err) {
				t.Errorf("the second time: %v", again)
			}
		})
	}
}

// When the machine stopped while one copy of the head was written, the other one counts.
func TestOpenWithOneCopyOfHead(t *testing.T) {
	for _, at := range []int{3, 515} {
		dir := t.TempDir()
		fill(t, dir, 3, cloudtrail.JournalOptions{})
		flip(t, filepath.Join(dir, "head"), at)
		fill(t, dir, 1, cloudtrail.JournalOptions{})
		if r := verified(t, dir); r.Records != 4 {
			t.Errorf("report %+v", r)
		}
	}
}

func change(t *testing.T, path string, f func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, f(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, path string, at int) {
	change(t, path, func(b []byte) []byte {
		b[(at+len(b))%len(b)] ^= 1
		return b
	})
}

func overwrite(t *testing.T, path string, at int, with byte) {
	change(t, path, func(b []byte) []byte {
		b[at] = with
		return b
	})
}

func truncate(t *testing.T, path string, size int) {
	change(t, path, func(b []byte) []byte { return b[:size] })
}

// cutLines removes lines at the end.
func cutLines(t *testing.T, path string, n int) {
	change(t, path, func(b []byte) []byte {
		lines := bytes.SplitAfter(b, []byte{'\n'})
		return bytes.Join(lines[:len(lines)-1-n], nil)
	})
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
