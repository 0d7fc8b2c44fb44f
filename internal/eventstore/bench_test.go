package eventstore_test

import (
	"testing"
	"time"

	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/eventstore/sample"
)

// BenchmarkNewBatch is what an event costs before it is appended.
func BenchmarkNewBatch(b *testing.B) {
	const n = 5000
	events := sample.New(1, start, time.Millisecond).Next(n)
	b.ReportAllocs()
	var done *eventstore.Batch
	for b.Loop() {
		done = batch(b, events)
	}
	payload, index := done.Stored()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
	b.ReportMetric(float64(done.Bytes())/n, "raw/event")
	b.ReportMetric(float64(payload)/n, "payload/event")
	b.ReportMetric(float64(index)/n, "index/event")
}

// BenchmarkEvents is what an event costs to be unpacked.
func BenchmarkEvents(b *testing.B) {
	const n = 5000
	packed := batch(b, sample.New(1, start, time.Millisecond).Next(n))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := packed.Events(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
}
