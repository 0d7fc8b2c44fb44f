package cloudwatch_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
)

// start is when the tests' clock stands at first: a full hour.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a service over a store of its own, with a clock that stands still.
type bench struct {
	*cloudwatch.Service
	t     testing.TB
	db    *store.DB
	clock *clock.Clock
}

func newBench(t testing.TB, url string) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.At(start), db: storetest.Open(t, store.Options{URL: url, Sealer: storetest.Sealer(t)})}
	b.Service = cloudwatch.New(cloudwatch.Options{DB: b.db, Clock: b.clock, Log: slog.New(slog.DiscardHandler)})
	return b
}

// engines runs a test on both engines.
func engines(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) { test(t, newBench(t, fresh(t))) })
}

func (b *bench) put(data ...metric.Datum) {
	b.t.Helper()
	if err := b.db.Update(context.Background(), func(tx *store.Tx) error { return b.Put(tx, data) }); err != nil {
		b.t.Fatalf("Put: %v", err)
	}
}

// work runs the jobs once.
func (b *bench) work() {
	b.t.Helper()
	for _, j := range b.Jobs("node") {
		if err := j.Run(context.Background()); err != nil {
			b.t.Fatalf("job %s: %v", j.Name, err)
		}
	}
}

// wait moves the clock and runs the jobs.
func (b *bench) wait(d time.Duration) {
	b.t.Helper()
	b.clock.Advance(d)
	b.work()
}

func (b *bench) records(kind string) int {
	b.t.Helper()
	all, err := b.db.Scan(context.Background(), kind, store.Range{})
	if err != nil {
		b.t.Fatalf("scan %s: %v", kind, err)
	}
	return len(all)
}

func (b *bench) values(id metric.ID, stat string, period time.Duration, from, until time.Time) []cloudwatch.Point {
	b.t.Helper()
	points, err := b.Values(context.Background(), cloudwatch.Stat{ID: id, Statistic: stat, Period: period}, from, until)
	if err != nil {
		b.t.Fatalf("Values: %v", err)
	}
	return points
}

func id(name string, dimensions ...metric.Dimension) metric.ID {
	return metric.ID{Account: account, Region: region, Namespace: "App", Name: name, Dimensions: dimensions}
}

func wantPoints(t testing.TB, what string, got []cloudwatch.Point, want ...cloudwatch.Point) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range got {
		if !got[i].Time.Equal(want[i].Time) || got[i].Value != want[i].Value {
			t.Errorf("%s: point %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// TestPut follows samples from the batch that they came in to the blocks of their metrics.
func TestPut(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		orders := id("Orders", metric.Dimension{Name: "Shop", Value: "A"}, metric.Dimension{Name: "Kind", Value: "B"})
		same := id("Orders", metric.Dimension{Name: "Kind", Value: "B"}, metric.Dimension{Name: "Shop", Value: "A"})
		b.put(metric.Count(orders, start, 3), metric.Count(id("Orders"), start, 100))
		b.clock.Advance(5 * time.Second)
		b.put(metric.Count(same, time.Time{}, 4))
		want := []cloudwatch.Point{{Time: start, Value: 7}}
		fine := []cloudwatch.Point{{Time: start, Value: 3}, {Time: start.Add(5 * time.Second), Value: 4}}
		check := func(when string) {
			t.Helper()
			wantPoints(t, when+": by the minute", b.values(orders, "Sum", time.Minute, start, start.Add(time.Minute)), want...)
			wantPoints(t, when+": by the second", b.values(orders, "Sum", time.Second, start, start.Add(time.Minute)), fine...)
		}
		check("as they came")
		b.wait(20 * time.Second)
		if n := b.records("metric-batch"); n != 0 {
			t.Errorf("%d batches are left", n)
		}
		check("in blocks")
		b.put(metric.Count(orders, start.Add(30*time.Second), 1))
		want[0].Value, fine = 8, append(fine, cloudwatch.Point{Time: start.Add(30 * time.Second), Value: 1})
		check("in both")
		b.wait(time.Minute)
		check("merged")
	})
}

// TestManyBatches is about so many batches in a short time that they are moved before they are
// due, so that who reads never finds many.
func TestManyBatches(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		const n = 300
		err := b.db.Update(t.Context(), func(tx *store.Tx) error {
			for range n {
				if err := b.Put(tx, []metric.Datum{metric.Count(id("Load"), start, 1)}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-b.Jobs("node")[0].Early:
		default:
			t.Error("nobody asks for the compaction")
		}
		b.work()
		if left := b.records("metric-batch"); left != 0 {
			t.Errorf("%d batches are left", left)
		}
		wantPoints(t, "in a block", b.values(id("Load"), "Sum", time.Minute, start, start.Add(time.Minute)), cloudwatch.Point{Time: start, Value: n})
	})
}
