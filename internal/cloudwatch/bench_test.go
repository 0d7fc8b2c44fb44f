package cloudwatch_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// BenchmarkPut is what a log pipeline does every half second: a sample of each of 20 metrics.
func BenchmarkPut(b *testing.B) {
	w := newBench(b, storetest.SQLite(b))
	data := make([]metric.Datum, 20)
	for i := range data {
		data[i] = metric.Count(id(fmt.Sprintf("M%d", i), metric.Dimension{Name: "Trail", Value: "management"}), time.Time{}, float64(i))
	}
	for b.Loop() {
		w.put(data...)
	}
}

// BenchmarkCompact moves what came in ten seconds of that into blocks which have half an hour
// of it already.
func BenchmarkCompact(b *testing.B) {
	w := newBench(b, storetest.SQLite(b))
	data := make([]metric.Datum, 20)
	for i := range data {
		data[i] = metric.Count(id(fmt.Sprintf("M%d", i)), time.Time{}, float64(i))
	}
	step := func() {
		for range 20 {
			w.clock.Advance(500 * time.Millisecond)
			w.put(data...)
		}
	}
	for range 90 {
		step()
		w.wait(10 * time.Second)
	}
	for b.Loop() {
		b.StopTimer()
		step()
		b.StartTimer()
		w.wait(10 * time.Second)
	}
}

// BenchmarkKeyMetrics is a sample of each of 100,000 metrics: how long it takes to put them,
// and, divided by five minutes' worth of them, to move them.
func BenchmarkKeyMetrics(b *testing.B) {
	const n = 100_000
	data := make([]metric.Datum, n)
	for i := range data {
		key := metric.Dimension{Name: "KeyId", Value: fmt.Sprintf("1234abcd-12ab-34cd-56ef-%012d", i)}
		data[i] = metric.Datum{ID: metric.ID{Account: account, Region: region, Namespace: "AWS/KMS", Name: "SecondsUntilKeyMaterialExpiration", Dimensions: []metric.Dimension{key}}, Unit: "Seconds", Values: []float64{86400}}
	}
	b.Run("Put", func(b *testing.B) {
		w := newBench(b, storetest.SQLite(b))
		for b.Loop() {
			w.put(data...)
		}
	})
	b.Run("Compact", func(b *testing.B) {
		w := newBench(b, storetest.SQLite(b))
		for b.Loop() {
			b.StopTimer()
			for range 5 {
				w.clock.Advance(time.Minute)
				w.put(data...)
			}
			b.StartTimer()
			w.wait(5 * time.Minute)
		}
		records, err := w.db.Scan(b.Context(), "metric-block", store.Range{})
		if err != nil {
			b.Fatal(err)
		}
		bytes := 0
		for _, r := range records {
			bytes += len(r.Body)
		}
		b.ReportMetric(float64(bytes)/float64(5*n*b.N), "B/sample")
	})
}

// BenchmarkValues is what an alarm reads: five minutes of a metric with a sample each second,
// some of them in batches.
func BenchmarkValues(b *testing.B) {
	w := newBench(b, storetest.SQLite(b))
	m := id("M")
	for range 300 {
		w.clock.Advance(10 * time.Second)
		w.put(metric.Count(m, time.Time{}, 1))
	}
	w.wait(10 * time.Second)
	for range 20 {
		w.put(metric.Count(m, time.Time{}, 1), metric.Count(id("N"), time.Time{}, 1))
	}
	now := w.clock.Now().Truncate(time.Minute)
	for b.Loop() {
		w.values(m, "Sum", time.Minute, now.Add(-5*time.Minute), now)
	}
}
