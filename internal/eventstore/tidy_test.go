package eventstore_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/store"
)

func any(*eventstore.Event) bool { return true }

// kinds counts records.
func (f *fixture) kinds() map[string]int {
	f.t.Helper()
	counts := map[string]int{}
	for _, kind := range []string{"event-block", "event-index", "event-words", "event-trash"} {
		records, err := f.db.Scan(context.Background(), kind, store.Range{})
		if err != nil {
			f.t.Fatal(err)
		}
		counts[kind] = len(records)
	}
	return counts
}

// TestTidy: many small blocks become few, and no event changes.
func TestTidy(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		r := rand.New(rand.NewPCG(3, 4))
		now := start
		for range 200 {
			f.add(some(r, &now, 1+r.IntN(5)), "log")
		}
		q := eventstore.Query{Logs: []string{"log"}}
		first, next, err := f.Page(t.Context(), q, 100, any)
		if err != nil {
			t.Fatal(err)
		}
		f.jobs()
		if n := f.kinds()["event-block"]; n > 8 {
			t.Errorf("%d blocks are left", n)
		}
		q.After = next
		rest := f.all(q, 100, any)
		if diff := cmp.Diff(names(f.all(eventstore.Query{Logs: q.Logs}, 1000, any)), names(append(first, rest...))); diff != "" {
			t.Errorf("pages before and after (-want +got):\n%s", diff)
		}
		f.check(eventstore.Query{Logs: q.Logs}, 17, any)
		events, err := f.Since(t.Context(), "log", 1, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(names(f.model["log"]), names(events)); diff != "" {
			t.Errorf("Since (-want +got):\n%s", diff)
		}
	})
}

// big makes events that fill blocks quickly.
func big(r *rand.Rand, now *time.Time, n int) []eventstore.Event {
	events := some(r, now, n)
	for i := range events {
		events[i].Text = append(events[i].Text, strings.Repeat(" ", 1<<20)...)
	}
	return events
}

// TestRuns: full blocks are gathered into runs, found by their words, and expire one by one.
func TestRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("it unpacks some gigabytes, which takes minutes with the race detector")
	}
	engines(t, func(t *testing.T, f *fixture) {
		r := rand.New(rand.NewPCG(5, 6))
		now := start
		for range 14 {
			f.add(big(r, &now, 22), "log")
			now = now.Add(time.Hour)
		}
		before := f.kinds()
		f.jobs()
		after := f.kinds()
		if after["event-words"] == 0 || after["event-index"] >= before["event-index"] {
			t.Fatalf("no run was made: %v, %v", before, after)
		}
		brief := func(events []eventstore.Event) []eventstore.Event {
			for i := range events {
				events[i].Text = []byte(strings.TrimRight(string(events[i].Text), " "))
			}
			return events
		}
		brief(f.model["log"])
		for _, term := range []string{"", "mallory", "alice", "nobody"} {
			for _, backward := range []bool{false, true} {
				q := eventstore.Query{Logs: []string{"log"}, Backward: backward}
				match := any
				if term != "" {
					q.Terms = []string{term}
					match = func(e *eventstore.Event) bool { return strings.Contains(string(e.Text), term) }
				}
				if got, want := len(f.all(q, 20, match)), len(f.want(q, match)); got != want {
					t.Errorf("%q, backward %v: %d events, not %d", term, backward, got, want)
				}
			}
		}
		f.retain("log", 10*time.Hour)
		f.clock.Advance(15 * time.Hour)
		f.jobs()
		var left int
		for _, e := range f.model["log"] {
			if e.Time.After(start.Add(5 * time.Hour)) {
				left++
			}
		}
		if got := len(f.all(eventstore.Query{Logs: []string{"log"}}, 1000, any)); got != left {
			t.Errorf("%d events after some expired, not %d", got, left)
		}
		f.clock.Advance(30 * time.Hour)
		f.jobs()
		if diff := cmp.Diff(map[string]int{"event-block": 0, "event-index": 0, "event-words": 0, "event-trash": 0}, f.kinds()); diff != "" {
			t.Errorf("after all expired (-want +got):\n%s", diff)
		}
		if h, err := f.Head(t.Context(), "log"); err != nil || h.Bytes != 0 || h.Stored != 0 || h.Next != uint64(len(f.model["log"])+1) {
			t.Errorf("the head is %+v, %v", h, err)
		}
	})
}

func (f *fixture) retain(log string, d time.Duration) {
	f.t.Helper()
	if err := f.db.Update(context.Background(), func(tx *store.Tx) error { return f.Retain(tx, log, d) }); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) drop(log string) {
	f.t.Helper()
	if err := f.db.Update(context.Background(), func(tx *store.Tx) error { return f.Drop(tx, log) }); err != nil {
		f.t.Fatal(err)
	}
}

// TestExpiry: what Append says holds, and what Retain says holds instead, also for what was
// there before.
func TestExpiry(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		b := batch(t, []eventstore.Event{{Time: start, Ingested: start, Text: []byte("one")}})
		for _, log := range []string{"kept", "expires", "longer", "shorter"} {
			err := f.db.Update(t.Context(), func(tx *store.Tx) error {
				expires := start.Add(24 * time.Hour)
				if log == "kept" || log == "shorter" {
					expires = time.Time{}
				}
				_, err := f.Append(tx, log, b, expires)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		f.retain("longer", 72*time.Hour)
		f.retain("shorter", time.Hour)
		found := func() (logs []string) {
			for _, log := range []string{"kept", "expires", "longer", "shorter"} {
				if len(f.all(eventstore.Query{Logs: []string{log}}, 10, any)) == 1 {
					logs = append(logs, log)
				}
			}
			return logs
		}
		for _, step := range []struct {
			after time.Duration
			want  []string
			kept  int
		}{
			{0, []string{"kept", "expires", "longer", "shorter"}, 4},
			{2 * time.Hour, []string{"kept", "expires", "longer"}, 3},
			{25 * time.Hour, []string{"kept", "longer"}, 2},
			{80 * time.Hour, []string{"kept"}, 1},
		} {
			f.clock.Advance(start.Add(step.after).Sub(f.clock.Now()))
			if diff := cmp.Diff(step.want, found()); diff != "" {
				t.Errorf("after %s, before the job (-want +got):\n%s", step.after, diff)
			}
			f.jobs()
			if diff := cmp.Diff(step.want, found()); diff != "" {
				t.Errorf("after %s (-want +got):\n%s", step.after, diff)
			}
			if got := f.kinds()["event-block"]; got != step.kept {
				t.Errorf("after %s there are %d blocks, not %d", step.after, got, step.kept)
			}
		}
		f.drop("kept")
		f.jobs()
		if diff := cmp.Diff(map[string]int{"event-block": 0, "event-index": 0, "event-words": 0, "event-trash": 0}, f.kinds()); diff != "" {
			t.Errorf("after the log was deleted (-want +got):\n%s", diff)
		}
	})
}

// TestBesides: nodes that append, read and tidy at once see each event once.
func TestBesides(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		other := eventstore.New(eventstore.Options{DB: f.db, Clock: new(clock.Clock)})
		ctx, stop := context.WithCancel(t.Context())
		var tidy sync.WaitGroup
		for _, s := range []*eventstore.Store{f.Store, other} {
			tidy.Go(func() {
				for ctx.Err() == nil {
					for _, j := range s.Jobs("") {
						if err := j.Run(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrConflict) {
							t.Errorf("job %s: %v", j.Name, err)
						}
					}
				}
			})
		}
		var follow sync.WaitGroup
		const total = 300
		follow.Go(func() { // in order of numbers
			for next := uint64(1); next <= total; {
				events, err := other.Since(t.Context(), "log", next, 1000)
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range events {
					if e.Seq != next {
						t.Errorf("event %d after %d", e.Seq, next-1)
						return
					}
					next++
				}
			}
		})
		follow.Go(func() { // in order of times
			q := eventstore.Query{Logs: []string{"log"}}
			for seen := uint64(0); seen < total; {
				events, next, err := f.Page(t.Context(), q, 7, any)
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range events {
					if seen++; e.Seq != seen {
						t.Errorf("event %d is the %dth", e.Seq, seen)
						return
					}
				}
				if next != "" {
					q.After = next
				} else if len(events) > 0 {
					q = eventstore.Query{Logs: q.Logs, From: events[len(events)-1].Time.Add(time.Millisecond)}
				}
			}
		})
		for i := range total {
			at := start.Add(time.Duration(i) * time.Millisecond)
			f.add([]eventstore.Event{{Time: at, Ingested: at, Text: []byte("event")}}, "log")
		}
		follow.Wait()
		stop()
		tidy.Wait()
		f.check(eventstore.Query{Logs: []string{"log"}}, 50, any)
	})
}

// TestExpiryDamaged: an index that is damaged does not keep the others from expiring.
func TestExpiryDamaged(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		b := batch(t, []eventstore.Event{{Time: start, Ingested: start, Text: []byte("one")}})
		err := f.db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.Insert(store.Record{Kind: "event-index", Key: "damaged/0000000000000001", Due: start, Body: []byte{0xff}}); err != nil {
				return err
			}
			_, err := f.Append(tx, "expires", b, start.Add(time.Hour))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(2 * time.Hour)
		for _, j := range f.Jobs("a") {
			_ = j.Run(t.Context()) // it tells of the damage
		}
		left, err := f.db.Scan(t.Context(), "event-index", store.Range{})
		if err != nil || len(left) != 1 || left[0].Key != "damaged/0000000000000001" {
			t.Errorf("left are %v, %v", left, err)
		}
	})
}
