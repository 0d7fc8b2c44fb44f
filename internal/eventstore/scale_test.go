package eventstore_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/eventstore/sample"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

var (
	scaleEvents   = flag.Int("events", 20_000, "how many events TestScale looks for some in")
	scalePostgres = flag.Bool("events-postgres", false, "TestScale on PostgreSQL")
)

// TestScale loads a log as a busy service fills it, and measures first pages. `make
// bench-events` runs it with ten million events.
func TestScale(t *testing.T) {
	t.Parallel()
	fresh := storetest.SQLite
	if *scalePostgres {
		fresh = storetest.PostgreSQL
	}
	url := fresh(t)
	f := newFixture(t, url)
	rare := f.load(*scaleEvents)
	h, err := f.Head(t.Context(), "log")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events of %d bytes: %.1f bytes each in blocks", h.Next-1, h.Bytes/int64(h.Next-1), float64(h.Stored)/float64(h.Next-1))
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("the database has %.1f bytes for each event", float64(info.Size())/float64(h.Next-1))
	}
	middle := start.Add(h.Last.Sub(start) / 2)
	word := strings.Split(rare, "-")[4]
	for _, q := range []struct {
		name  string
		query eventstore.Query
		term  string
		limit int
		want  int
	}{
		{"history, the latest", eventstore.Query{Backward: true}, "", 50, 50},
		{"history, by an event's id", eventstore.Query{Backward: true}, rare, 50, 1},
		{"history, by a name that does not occur", eventstore.Query{Backward: true}, "nobody", 50, 0},
		{"history, by a name that is frequent", eventstore.Query{Backward: true}, "app-001", 50, 50},
		{"group, from the beginning", eventstore.Query{}, "", 10_000, 10_000},
		{"group, from the middle", eventstore.Query{From: middle}, "", 100, 100},
		{"group, by a word that is rare", eventstore.Query{}, word, 10_000, 1},
		{"group, by a word that does not occur", eventstore.Query{}, "nobody", 10_000, 0},
	} {
		q.query.Logs = []string{"log"}
		match := any
		if q.term != "" {
			for w := range eventstore.Words([]byte(q.term)) {
				q.query.Terms = append(q.query.Terms, string(w))
			}
			match = func(e *eventstore.Event) bool { return bytes.Contains(e.Text, []byte(q.term)) }
		}
		var times []string
		for range 3 {
			begin, before := time.Now(), cpuTime(t)
			events, _, err := f.Page(t.Context(), q.query, q.limit, match)
			if err != nil {
				t.Fatal(err)
			}
			times = append(times, fmt.Sprintf("%s (%s)", time.Since(begin).Round(100*time.Microsecond), (cpuTime(t)-before).Round(100*time.Microsecond)))
			if len(events) != min(q.want, *scaleEvents) {
				t.Errorf("%s: %d events, not %d", q.name, len(events), q.want)
			}
		}
		t.Logf("%-40s %s", q.name, strings.Join(times, ", "))
	}
}

// cpuTime is what the process has used of the processor: on a machine that does other things
// too, only that can be compared.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// load fills the log and returns the id of an event in it.
func (f *fixture) load(n int) (id string) {
	f.t.Helper()
	source := sample.New(7, start, 5*time.Millisecond)
	begin, busy := time.Now(), time.Duration(0)
	for done, i := 0, 0; done < n; i++ {
		events := source.Next(min(n-done, 4000))
		done += len(events)
		before := time.Now()
		b := batch(f.t, events)
		err := f.db.Update(f.t.Context(), func(tx *store.Tx) error {
			_, err := f.Append(tx, "log", b, time.Time{})
			return err
		})
		if err != nil {
			f.t.Fatal(err)
		}
		if i%20 == 19 {
			f.jobs()
		}
		busy += time.Since(before)
		if id == "" || done < n/2 {
			_, rest, _ := bytes.Cut(events[len(events)/2].Text, []byte(`"eventID":"`))
			id = string(rest[:36])
		}
	}
	f.jobs()
	f.t.Logf("loaded in %s, of that %s in the store", time.Since(begin).Round(time.Second), busy.Round(time.Second))
	return id
}
