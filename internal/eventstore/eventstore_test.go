package eventstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is a store of logs beside a plain list of what must be in it.
type fixture struct {
	*eventstore.Store
	t     testing.TB
	db    *store.DB
	clock *clock.Clock
	model map[string][]eventstore.Event
}

func newFixture(t testing.TB, url string) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: clock.At(start), model: map[string][]eventstore.Event{}}
	f.db = storetest.Open(t, store.Options{URL: url, Sealer: storetest.Sealer(t)})
	f.Store = eventstore.New(eventstore.Options{DB: f.db, Clock: f.clock})
	return f
}

// engines runs a test on both engines.
func engines(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, newFixture(t, fresh(t)))
	})
}

func batch(t testing.TB, events []eventstore.Event) *eventstore.Batch {
	t.Helper()
	b, err := eventstore.NewBatch(events)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// append appends a batch to logs, and to the model.
func (f *fixture) append(b *eventstore.Batch, events []eventstore.Event, logs ...string) {
	f.t.Helper()
	err := f.db.Update(context.Background(), func(tx *store.Tx) error {
		for _, log := range logs {
			first, err := f.Append(tx, log, b, time.Time{})
			if err != nil {
				return err
			}
			if want := uint64(len(f.model[log]) + 1); first != want {
				f.t.Errorf("the first event of the batch has number %d, not %d", first, want)
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, log := range logs {
		for _, e := range events {
			e.Log, e.Seq = log, uint64(len(f.model[log])+1)
			f.model[log] = append(f.model[log], e)
		}
	}
}

// add makes a batch and appends it.
func (f *fixture) add(events []eventstore.Event, logs ...string) {
	f.t.Helper()
	f.append(batch(f.t, events), events, logs...)
}

// jobs runs all background work once.
func (f *fixture) jobs() {
	f.t.Helper()
	for _, j := range f.Jobs("node") {
		if err := j.Run(context.Background()); err != nil {
			f.t.Fatalf("job %s: %v", j.Name, err)
		}
	}
}

// all pages to the end.
func (f *fixture) all(q eventstore.Query, limit int, match func(*eventstore.Event) bool) []eventstore.Event {
	f.t.Helper()
	var all []eventstore.Event
	for range 100_000 {
		events, next, err := f.Page(context.Background(), q, limit, match)
		if err != nil {
			f.t.Fatalf("Page: %v", err)
		}
		if len(events) > limit {
			f.t.Fatalf("a page of %d events, limit %d", len(events), limit)
		}
		all = append(all, events...)
		if next == "" {
			return all
		}
		q.After = next
	}
	f.t.Fatal("there is no end of pages")
	return nil
}

// want is what all must return, but for the order of logs in one millisecond.
func (f *fixture) want(q eventstore.Query, match func(*eventstore.Event) bool) []eventstore.Event {
	var want []eventstore.Event
	for _, log := range q.Logs {
		for _, e := range f.model[log] {
			if (q.From.IsZero() || !e.Time.Before(q.From)) && (q.Until.IsZero() || e.Time.Before(q.Until)) && match(&e) {
				want = append(want, e)
			}
		}
	}
	return want
}

func names(events []eventstore.Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = fmt.Sprintf("%s %s/%d %q", e.Time.Format("02 15:04:05.000"), e.Log, e.Seq, e.Text)
	}
	return out
}

// check compares what a query returns with the model.
func (f *fixture) check(q eventstore.Query, limit int, match func(*eventstore.Event) bool) {
	f.t.Helper()
	got := f.all(q, limit, match)
	for i := 1; i < len(got); i++ {
		a, b := got[i-1], got[i]
		if q.Backward {
			a, b = b, a
		}
		if a.Time.After(b.Time) || a.Time.Equal(b.Time) && a.Log == b.Log && a.Seq >= b.Seq {
			f.t.Fatalf("event %d is out of order: %s, then %s", i, names(got[i-1:i]), names(got[i:i+1]))
		}
	}
	sorted := func(events []eventstore.Event) []string {
		s := names(events)
		slices.Sort(s)
		return s
	}
	if diff := cmp.Diff(sorted(f.want(q, match)), sorted(got)); diff != "" {
		f.t.Fatalf("%+v (-want +got):\n%s", q, diff)
	}
}

// some makes events, most of them later than the ones before.
func some(r *rand.Rand, now *time.Time, n int) []eventstore.Event {
	events := make([]eventstore.Event, n)
	for i := range events {
		*now = now.Add(time.Duration(r.IntN(3)) * time.Millisecond)
		at := *now
		if r.IntN(20) == 0 {
			at = at.Add(-time.Duration(r.IntN(2000)) * time.Millisecond)
		}
		word := [...]string{"alice", "bob", "carol"}[r.IntN(3)]
		if r.IntN(50) == 0 {
			word = "mallory"
		}
		text := fmt.Sprintf(`{"user":%q,"n":%d,"id":"%08x-0000-4000-8000-%012x","pad":%q}`,
			word, r.IntN(10), r.Uint32(), r.Uint64()>>16, strings.Repeat("x", r.IntN(100)))
		events[i] = eventstore.Event{Time: at, Ingested: *now, Text: []byte(text)}
	}
	return events
}

func TestPage(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 0))
		now := start
		logs := []string{"a", "a/b", "c"}
		for range 60 {
			var to []string
			for _, log := range logs {
				if r.IntN(2) == 0 {
					to = append(to, log)
				}
			}
			f.add(some(r, &now, 1+r.IntN(40)), to...)
			if r.IntN(10) == 0 {
				f.jobs()
			}
		}
		for i := range 40 {
			q := eventstore.Query{Logs: logs[:1+r.IntN(3)], Backward: i%2 == 0}
			if r.IntN(2) == 0 {
				q.From = start.Add(time.Duration(r.Int64N(int64(now.Sub(start)))))
			}
			if r.IntN(2) == 0 {
				q.Until = start.Add(time.Duration(r.Int64N(int64(now.Sub(start)))))
			}
			match := func(*eventstore.Event) bool { return true }
			if r.IntN(2) == 0 {
				q.Terms = []string{[...]string{"mallory", "alice", "nobody"}[r.IntN(3)]}
				match = func(e *eventstore.Event) bool { return strings.Contains(string(e.Text), q.Terms[0]) }
			}
			f.check(q, 1+r.IntN(100), match)
			if r.IntN(10) == 0 {
				f.jobs()
			}
		}
	})
}

// TestPageBytes: the texts of a page are bounded also where all events must be seen before the
// first is known, because they lie at one time or come in the wrong order.
func TestPageBytes(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		const size = 1000
		for i := range 100 {
			var events []eventstore.Event
			for n := range 3 {
				at := start.Add(time.Duration((100-i)/2*n) * time.Second)
				events = append(events, eventstore.Event{Time: at, Ingested: start, Text: fmt.Appendf(nil, "%0*d", size, 3*i+n)})
			}
			f.add(events, "log")
		}
		for _, backward := range []bool{false, true} {
			q := eventstore.Query{Logs: []string{"log"}, Backward: backward, Bytes: 7*size + 1}
			f.check(q, 1000, any)
			f.check(q, 5, any)
			page, next, err := f.Page(t.Context(), q, 1000, any)
			if err != nil || len(page) != 7 || next == "" {
				t.Errorf("backward %v: a page of %d events, %q, %v", backward, len(page), next, err)
			}
			q.Bytes = 1 // one event is always on a page
			f.check(q, 1000, any)
		}
	})
}

func TestSince(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		r := rand.New(rand.NewPCG(1, 2))
		now := start
		for range 30 {
			f.add(some(r, &now, 1+r.IntN(20)), "log")
		}
		f.jobs()
		for seq := uint64(0); seq <= uint64(len(f.model["log"]))+2; seq += 7 {
			var got []eventstore.Event
			for next := seq; ; next = got[len(got)-1].Seq + 1 {
				events, err := f.Since(t.Context(), "log", next, 2000)
				if err != nil {
					t.Fatal(err)
				}
				if len(events) == 0 {
					break
				}
				got = append(got, events...)
			}
			want := f.model["log"][min(max(int(seq)-1, 0), len(f.model["log"])):]
			if diff := cmp.Diff(names(want), names(got)); diff != "" {
				t.Fatalf("since %d (-want +got):\n%s", seq, diff)
			}
		}
	})
}

// TestSinceMerged: who is between two blocks when they are merged goes on in the middle of the
// new one.
func TestSinceMerged(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		r := rand.New(rand.NewPCG(1, 2))
		now := start
		for range 30 {
			f.add(some(r, &now, 3), "log")
		}
		var got []eventstore.Event
		steps := 0
		for block, err := range f.Blocks(t.Context(), "log", 5) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, block...); steps == 4 {
				f.jobs()
			}
			steps++
		}
		if diff := cmp.Diff(names(f.model["log"][4:]), names(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if steps > 10 {
			t.Errorf("nothing was merged: %d steps", steps)
		}
	})
}

func TestHead(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		head := func() eventstore.Head {
			t.Helper()
			h, err := f.Head(t.Context(), "log")
			if err != nil {
				t.Fatal(err)
			}
			h.Stored = 0
			return h
		}
		if diff := cmp.Diff(eventstore.Head{Next: 1}, head()); diff != "" {
			t.Errorf("of no log (-want +got):\n%s", diff)
		}
		f.add([]eventstore.Event{
			{Time: start.Add(time.Second), Ingested: start, Text: []byte("one")},
			{Time: start, Ingested: start, Text: []byte("three")},
		}, "log")
		want := eventstore.Head{Next: 3, First: start, Last: start.Add(time.Second), LastIngested: start, Bytes: 8}
		if diff := cmp.Diff(want, head()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		f.drop("log")
		f.model["log"] = nil
		if diff := cmp.Diff(eventstore.Head{Next: 1}, head()); diff != "" {
			t.Errorf("of a deleted log (-want +got):\n%s", diff)
		}
		f.add([]eventstore.Event{{Time: start, Ingested: start, Text: []byte("new")}}, "log")
		f.check(eventstore.Query{Logs: []string{"log"}}, 10, func(*eventstore.Event) bool { return true })
	})
}
