package job_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// node is a scheduler with one job that counts its runs.
type node struct {
	*job.Scheduler
	runs atomic.Int64
	ran  chan struct{} // one for each run, if somebody receives
	log  bytes.Buffer
}

// nodes are schedulers on stores of their own over one database, with one clock.
func nodes(t *testing.T, url string, names ...string) []*node {
	t.Helper()
	sealer, clk := storetest.Sealer(t), new(clock.Clock)
	var list []*node
	for _, name := range names {
		n := &node{ran: make(chan struct{}, 1)}
		db := storetest.Open(t, store.Options{URL: url, Sealer: sealer})
		n.Scheduler = &job.Scheduler{
			DB: db, Clock: clk, Node: name, Log: slog.New(slog.NewTextHandler(&n.log, nil)),
			Jobs: []job.Job{{Name: "count", Every: time.Hour, Run: n.run}},
		}
		list = append(list, n)
	}
	return list
}

func (n *node) run(context.Context) error {
	n.runs.Add(1)
	select {
	case n.ran <- struct{}{}:
	default:
	}
	return nil
}

// wantRuns checks how often each node ran its job.
func wantRuns(t *testing.T, what string, list []*node, want ...int64) {
	t.Helper()
	for i, n := range list {
		if got := n.runs.Load(); got != want[i] {
			t.Errorf("%s: node %s ran its job %d times, want %d", what, n.Node, got, want[i])
		}
	}
}

func engines(t *testing.T, test func(t *testing.T, url string)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) { test(t, fresh(t)) })
}

func TestLease(t *testing.T) {
	engines(t, func(t *testing.T, url string) {
		list := nodes(t, url, "a", "b")
		a, b, clk := list[0], list[1], list[0].Clock
		ctx := t.Context()
		a.RunAll(ctx)
		b.RunAll(ctx)
		wantRuns(t, "the first who comes", list, 1, 0)
		clk.Advance(40 * time.Second) // less than half is left, so a renews it
		a.RunAll(ctx)
		clk.Advance(40 * time.Second)
		b.RunAll(ctx)
		wantRuns(t, "a renewed lease", list, 2, 0)
		clk.Advance(10 * time.Second)
		b.RunAll(ctx)
		wantRuns(t, "shortly before its end", list, 2, 0)
		clk.Advance(10 * time.Second) // a has died
		b.RunAll(ctx)
		a.RunAll(ctx)
		wantRuns(t, "a lease that has ended", list, 2, 1)
	})
}

// TestWrongClock has a node with a clock far ahead take the lease: it must not keep the
// others from their work for as long.
func TestWrongClock(t *testing.T) {
	engines(t, func(t *testing.T, url string) {
		list := nodes(t, url, "a", "b", "c")
		a, b, c := list[0], list[1], list[2]
		b.Clock, c.Clock = new(clock.Clock), new(clock.Clock)
		b.Clock.Advance(24 * time.Hour)
		c.Clock.Advance(30 * time.Second)
		b.RunAll(t.Context())
		a.RunAll(t.Context())
		wantRuns(t, "a day ahead", list, 1, 1, 0)
		a.Clock.Advance(time.Hour)
		c.Clock.Advance(time.Hour)
		c.RunAll(t.Context())
		a.RunAll(t.Context())
		wantRuns(t, "half a minute ahead", list, 1, 1, 1)
	})
}

// TestRun checks when the job runs: at once, and whenever the clock is moved; and that a
// scheduler that ends gives its lease back.
func TestRun(t *testing.T) {
	engines(t, func(t *testing.T, url string) {
		list := nodes(t, url, "a", "b")
		a, b := list[0], list[1]
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { a.Run(ctx) })
		<-a.ran
		a.Clock.Advance(time.Second)
		<-a.ran
		b.RunAll(t.Context())
		wantRuns(t, "while the other runs", list, 2, 0)
		cancel()
		running.Wait()
		b.RunAll(t.Context())
		wantRuns(t, "after the other has ended", list, 2, 1)
		if a.log.Len() > 0 || b.log.Len() > 0 {
			t.Errorf("logs: %s%s", &a.log, &b.log)
		}
	})
}

// TestEarly runs a job before its time because somebody asks for it.
func TestEarly(t *testing.T) {
	t.Parallel()
	n := nodes(t, storetest.SQLite(t), "a")[0]
	early := make(chan struct{})
	n.Jobs[0].Early = early
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { n.Run(ctx) })
	<-n.ran
	early <- struct{}{}
	<-n.ran
	cancel()
	running.Wait()
	wantRuns(t, "early", []*node{n}, 2)
}

// TestInterval runs a job again without anybody moving the clock.
func TestInterval(t *testing.T) {
	n := nodes(t, storetest.SQLite(t), "a")[0]
	n.Jobs[0].Every = time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { n.Run(ctx) })
	for range 3 {
		<-n.ran
	}
	cancel()
	running.Wait()
}

// TestOneAtATime lets two nodes try at once, again and again: the job never runs twice at
// the same time, and only where the lease is.
func TestOneAtATime(t *testing.T) {
	engines(t, func(t *testing.T, url string) {
		list := nodes(t, url, "a", "b")
		var inside, together atomic.Int64
		for _, n := range list {
			n.Jobs[0].Run = func(context.Context) error {
				n.runs.Add(1)
				if inside.Add(1) > 1 {
					together.Add(1)
				}
				inside.Add(-1)
				return nil
			}
		}
		var wg sync.WaitGroup
		for _, n := range list {
			for range 4 {
				wg.Go(func() {
					for range 10 {
						n.RunAll(t.Context())
					}
				})
			}
		}
		wg.Wait()
		a, b := list[0].runs.Load(), list[1].runs.Load()
		if together.Load() != 0 || a*b != 0 || a+b != 40 {
			t.Errorf("%d and %d runs, %d of them together; want 40 on one node", a, b, together.Load())
		}
	})
}

// TestFailure has a job that fails: the error is logged, and the job runs again.
func TestFailure(t *testing.T) {
	n := nodes(t, storetest.SQLite(t), "a")[0]
	n.Jobs = append(n.Jobs, n.Jobs[0])
	n.Jobs[0] = job.Job{Name: "fails", Every: time.Hour, Run: func(context.Context) error { return errors.New("no luck") }}
	n.RunAll(t.Context())
	n.RunAll(t.Context())
	if n.runs.Load() != 2 {
		t.Errorf("the job behind the failing one ran %d times, want 2", n.runs.Load())
	}
	if got := strings.Count(n.log.String(), `level=ERROR msg="background job" job=fails error="no luck"`); got != 2 {
		t.Errorf("%d errors in the log:\n%s", got, &n.log)
	}
}

// TestPanic has a job that panics: that is a failure like any other.
func TestPanic(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		n := nodes(t, fresh(t), "a")[0]
		n.Jobs = append([]job.Job{{Name: "panics", Every: time.Hour, Run: func(context.Context) error { panic("oops") }}}, n.Jobs...)
		n.RunAll(t.Context())
		wantRuns(t, "after a panic", []*node{n}, 1)
		if !strings.Contains(n.log.String(), "panic: oops") {
			t.Errorf("the log: %s", &n.log)
		}
	})
}
