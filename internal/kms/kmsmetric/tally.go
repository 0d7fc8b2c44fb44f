package kmsmetric

import (
	"context"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
)

// series names what is counted in memory: a metric of a Region of an account. It is a key of a
// map, so that its dimensions, sorted by name, are an array; those without a name are none.
type series struct {
	account, region, name, unit string
	dimensions                  [6]metric.Dimension
}

func (s series) datum(samples map[float64]float64) metric.Datum {
	d := metric.Datum{
		ID:     metric.ID{Account: s.account, Region: s.region, Namespace: "AWS/KMS", Name: s.name},
		Unit:   s.unit,
		Values: make([]float64, 0, len(samples)),
		Counts: make([]float64, 0, len(samples)),
	}
	for _, x := range s.dimensions {
		if x.Name != "" {
			d.Dimensions = append(d.Dimensions, x)
		}
	}
	for value, n := range samples {
		d.Values, d.Counts = append(d.Values, value), append(d.Counts, n)
	}
	return d
}

// mostSamples bounds how many different values of all series are kept between two writes.
const mostSamples = 200_000

// tally counts samples until they are written: how often each series had each value, so that
// percentiles stay what they are. It may be used by several goroutines at once.
type tally struct {
	mu    sync.Mutex
	kept  map[series]map[float64]float64
	cells int
}

// add counts a sample. One that there is no room for is lost.
func (t *tally) add(s series, value, n float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	samples := t.kept[s]
	if _, known := samples[value]; !known {
		if t.cells >= mostSamples {
			return
		}
		t.cells++
	}
	if samples == nil {
		samples = map[float64]float64{}
		if t.kept == nil {
			t.kept = map[series]map[float64]float64{}
		}
		t.kept[s] = samples
	}
	samples[value] += n
}

// take takes out what was counted.
func (t *tally) take() map[series]map[float64]float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := t.kept
	t.kept, t.cells = nil, 0
	return kept
}

// flush writes what was counted, for the time of the writing. What can't be written is counted on.
func (t *tally) flush(ctx context.Context, write func(context.Context, []metric.Datum) error) error {
	kept := t.take()
	for len(kept) > 0 {
		var data []metric.Datum
		var part []series
		for s, samples := range kept {
			data, part = append(data, s.datum(samples)), append(part, s)
			if len(data) == perWrite {
				break
			}
		}
		if err := write(ctx, data); err != nil {
			for s, samples := range kept {
				for value, n := range samples {
					t.add(s, value, n)
				}
			}
			return err
		}
		for _, s := range part {
			delete(kept, s)
		}
	}
	return nil
}

// days is a time in whole days, the started one not counted.
func days(d time.Duration) float64 {
	n := d / (24 * time.Hour)
	if d < 0 && d%(24*time.Hour) != 0 {
		n--
	}
	return float64(n)
}
