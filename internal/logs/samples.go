package logs

import (
	"strings"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/eventstore"
)

// maxSeries is how many metrics a filter may make of one batch. AWS disables filters whose
// dimensions take too many values.
const maxSeries = 1000

// samples are what the filters of a group make of a batch of events.
type samples struct {
	data    []metric.Datum
	matched []string // filters with a default value that matched an event
	waiting bool     // there are filters with a default value
}

// seriesKey tells apart what is added up in one datum.
type seriesKey struct {
	second     int64
	dimensions string
}

// sampled matches all events with all filters.
func (g *group) sampled(events []eventstore.Event) samples {
	var out samples
	for _, f := range g.Filters {
		out.waiting = out.waiting || f.Default != nil
		if f.add(g, events, &out) && f.Default != nil {
			out.matched = append(out.matched, f.Name)
		}
	}
	return out
}

// add appends the samples of one filter, those of a second and of the same dimensions in one
// datum, and reports whether the filter matched any event.
func (f *filter) add(g *group, events []eventstore.Event, out *samples) (matched bool) {
	var at map[seriesKey]int
	for i := range events {
		value, dimensions, hit, ok := f.sample(events[i].Text)
		matched = matched || hit
		if !ok {
			continue
		}
		second := events[i].Time.Unix()
		key := seriesKey{second, joined(dimensions)}
		n, known := at[key]
		if !known {
			if at == nil {
				at = map[seriesKey]int{}
			}
			if len(at) == maxSeries {
				continue
			}
			n = len(out.data)
			at[key] = n
			out.data = append(out.data, metric.Datum{ID: f.id(g, dimensions), Time: time.Unix(second, 0).UTC(), Unit: f.Unit})
		}
		addValue(&out.data[n], value)
	}
	return matched
}

// addValue counts a value in a datum. Most filters have the same value for all events.
func addValue(d *metric.Datum, value float64) {
	if last := len(d.Values) - 1; last >= 0 && d.Values[last] == value {
		d.Counts[last]++
		return
	}
	d.Values, d.Counts = append(d.Values, value), append(d.Counts, 1)
}

func joined(dimensions []metric.Dimension) string {
	if len(dimensions) == 0 {
		return ""
	}
	var b strings.Builder
	for _, d := range dimensions {
		b.WriteString(d.Value)
		b.WriteByte(0)
	}
	return b.String()
}
