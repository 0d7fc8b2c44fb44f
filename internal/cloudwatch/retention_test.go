package cloudwatch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
)

const day = 24 * time.Hour

// TestRetention follows samples through all tiers: what can be asked of them at each age, and
// that their sums never change.
func TestRetention(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		load := id("Load")
		// Two hours with a sample each 10 seconds: 1 … 720.
		var data []metric.Datum
		for i := range 720 {
			data = append(data, metric.Datum{ID: load, Time: start.Add(time.Duration(i) * 10 * time.Second), Values: []float64{float64(i + 1)}})
		}
		b.put(data...)
		b.wait(2 * time.Hour)
		const total = 720 * 721 / 2
		end := start.Add(2 * time.Hour)
		for _, age := range []struct {
			after time.Duration // since the last sample
			fine  []time.Duration
			gone  []time.Duration
		}{
			{30 * time.Minute, []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, time.Hour}, nil},
			{4 * time.Hour, []time.Duration{time.Minute, 5 * time.Minute, time.Hour}, []time.Duration{time.Second, 10 * time.Second}},
			{14 * day, []time.Duration{time.Minute, time.Hour}, []time.Duration{30 * time.Second}},
			{17 * day, []time.Duration{5 * time.Minute, time.Hour}, []time.Duration{time.Minute, 7 * time.Minute}},
			{62 * day, []time.Duration{5 * time.Minute, time.Hour}, []time.Duration{time.Minute}},
			{70 * day, []time.Duration{time.Hour, 2 * time.Hour}, []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute}},
			{454 * day, []time.Duration{time.Hour}, []time.Duration{5 * time.Minute}},
			{530 * day, nil, []time.Duration{time.Hour, day}},
		} {
			b.wait(end.Add(age.after).Sub(b.clock.Now()))
			for _, period := range age.fine {
				var sum, count, most float64
				for _, p := range b.values(load, "Sum", period, start, end) {
					sum += p.Value
				}
				points := b.values(load, "SampleCount", period, start, end)
				for _, p := range points {
					count += p.Value
				}
				for _, p := range b.values(load, "Maximum", period, start, end) {
					most = max(most, p.Value)
				}
				if sum != total || count != 720 || most != 720 || len(points) != int(2*time.Hour/period) {
					t.Errorf("after %v by %v: sum %v, count %v, maximum %v in %d periods", age.after, period, sum, count, most, len(points))
				}
				median := b.values(load, "p50", 2*time.Hour, start, end)
				if len(median) != 1 || median[0].Value < 360*0.99 || median[0].Value > 360*1.01 {
					t.Errorf("after %v the median is %v, want about 360", age.after, median)
				}
			}
			for _, period := range age.gone {
				if points := b.values(load, "Sum", period, start, end); len(points) != 0 {
					t.Errorf("after %v by %v there are %v", age.after, period, points)
				}
			}
		}
		for _, kind := range []string{"metric-batch", "metric-block", "metric"} {
			if n := b.records(kind); n != 0 {
				t.Errorf("in the end there are %d records of kind %s", n, kind)
			}
		}
	})
}

// TestUnits is about samples of several units, which count together where no unit is asked for.
func TestUnits(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		load := id("Load")
		for i, unit := range []string{"", "None", "Count", "Seconds"} {
			b.put(metric.Datum{ID: load, Time: start, Unit: unit, Values: []float64{float64(i + 1)}})
		}
		for _, when := range []string{"as they came", "in a block"} {
			for unit, want := range map[string]float64{"": 10, "None": 3, "Count": 3, "Seconds": 4, "Bytes": 0} {
				st := cloudwatch.Stat{ID: load, Statistic: "Sum", Period: time.Minute, Unit: unit}
				points, err := b.Values(t.Context(), st, start, start.Add(time.Minute))
				if err != nil || len(points) != min(1, int(want)) || want > 0 && points[0].Value != want {
					t.Errorf("%s: of unit %q there are %v, %v; want %v", when, unit, points, err, want)
				}
			}
			if points := b.values(load, "Sum", time.Minute, start.Add(time.Minute), start.Add(time.Hour)); len(points) != 0 {
				t.Errorf("%s: at another time there are %v", when, points)
			}
			b.wait(15 * time.Second)
		}
	})
}

// TestLate is about samples of a time that is in a coarser tier already.
func TestLate(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		load := id("Load")
		b.put(metric.Count(load, start.Add(70*time.Second), 1))
		b.wait(10 * time.Second)
		b.wait(5 * day)
		b.put(metric.Count(load, start.Add(95*time.Second), 2))
		want := cloudwatch.Point{Time: start.Add(time.Minute), Value: 3}
		for _, when := range []string{"as it came", "in a block", "rolled up"} {
			wantPoints(t, when, b.values(load, "Sum", time.Minute, start, start.Add(5*time.Minute)), want)
			b.wait(15 * time.Second)
		}
		if n := b.records("metric-block"); n != 1 {
			t.Errorf("there are %d blocks, want one", n)
		}
	})
}

// TestAway is about a server that was away for so long that a block is due together with the
// one that it moves into.
func TestAway(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		load := id("Load")
		b.put(metric.Count(load, start, 1))
		b.wait(10 * time.Second)
		b.wait(5 * time.Hour)
		b.put(metric.Count(load, start.Add(5*time.Hour), 2))
		b.wait(10 * time.Second)
		b.wait(20 * day)
		if n := b.records("metric-block"); n != 1 {
			t.Errorf("there are %d blocks, want one", n)
		}
		wantPoints(t, "by five minutes", b.values(load, "Sum", 5*time.Minute, start, start.Add(6*time.Hour)),
			cloudwatch.Point{Time: start, Value: 1}, cloudwatch.Point{Time: start.Add(5 * time.Hour), Value: 2})
	})
}

// TestWatermark is about samples of a time that alarms have looked at.
func TestWatermark(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		mark := func(until time.Time) {
			t.Helper()
			body, err := json.Marshal(map[string]time.Time{"until": until})
			if err != nil {
				t.Fatal(err)
			}
			err = b.db.Update(t.Context(), func(tx *store.Tx) error {
				return tx.Upsert(store.Record{Kind: "alarm-watermark", Key: "all", Body: body})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		at := func(name string, given time.Time) time.Time {
			t.Helper()
			b.put(metric.Count(id(name), given, 1))
			points := b.values(id(name), "Sum", time.Second, start.Add(-time.Minute), start.Add(time.Minute))
			if len(points) != 1 {
				t.Fatalf("%s: %v", name, points)
			}
			return points[0].Time
		}
		if got := at("no mark", start.Add(-10*time.Second)); !got.Equal(start.Add(-10 * time.Second)) {
			t.Errorf("without a watermark a sample is at %s", got)
		}
		mark(start.Add(-5 * time.Second))
		for name, c := range map[string]struct{ given, want time.Time }{
			"none":   {time.Time{}, start},
			"before": {start.Add(-10 * time.Second), start},
			"after":  {start.Add(-3 * time.Second), start.Add(-3 * time.Second)},
		} {
			if got := at(name, c.given); !got.Equal(c.want) {
				t.Errorf("%s: the sample is at %s, want %s", name, got, c.want)
			}
		}
		mark(start.Add(8 * time.Second)) // of a node whose clock is ahead
		if got := at("ahead", start.Add(time.Second)); !got.Equal(start.Add(8 * time.Second)) {
			t.Errorf("the sample is at %s, want at the watermark", got)
		}
	})
}

// TestManyMetrics is about samples of so many metrics at once that they come in shards.
func TestManyMetrics(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		const n = 2500
		data := make([]metric.Datum, n)
		name := func(i int) metric.ID {
			return id("Expiry", metric.Dimension{Name: "KeyId", Value: fmt.Sprint(i)})
		}
		for i := range data {
			data[i] = metric.Count(name(i), time.Time{}, float64(i))
		}
		b.put(data...)
		check := func(when string, want float64) {
			t.Helper()
			for _, i := range []int{0, 1, 77, 1234, n - 1} {
				wantPoints(t, when, b.values(name(i), "Sum", time.Hour, start, start.Add(time.Hour)), cloudwatch.Point{Time: start, Value: want * float64(i)})
			}
		}
		check("as they came", 1)
		b.wait(20 * time.Second)
		b.put(data...)
		check("twice", 2)
		b.wait(10 * time.Minute)
		if batches, blocks, names := b.records("metric-batch"), b.records("metric-block"), b.records("metric"); batches != 0 || blocks != n || names != n {
			t.Errorf("there are %d batches, %d blocks, %d names; want 0, %d, %d", batches, blocks, names, n, n)
		}
		check("in blocks", 2)
	})
}

// TestReadWhileMoving reads while samples come and move: it must always find all that came
// before.
func TestReadWhileMoving(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		load := id("Load")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var workers sync.WaitGroup
		for range 2 { // as if a lease had two holders
			workers.Go(func() {
				for ctx.Err() == nil {
					b.clock.Advance(11 * time.Second)
					for _, j := range b.Jobs("node") {
						if err := j.Run(ctx); err != nil && ctx.Err() == nil {
							t.Errorf("job %s: %v", j.Name, err)
						}
					}
				}
			})
		}
		for n := 1; n <= 60; n++ {
			b.put(metric.Count(load, start, 1))
			points := b.values(load, "Sum", time.Hour, start, start.Add(time.Hour))
			if len(points) != 1 || points[0].Value != float64(n) {
				t.Errorf("after %d samples there are %v", n, points)
				break
			}
		}
		stop()
		workers.Wait()
	})
}
