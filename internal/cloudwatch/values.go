package cloudwatch

import (
	"context"
	"fmt"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/cloudwatch/statistic"
)

// Stat asks for a statistic of a metric.
type Stat struct {
	metric.ID
	Statistic string        // "Sum", "p99", "TM(10%:90%)"
	Period    time.Duration // whole seconds
	Unit      string        // only samples of that unit; "" means all
}

// Point is a value of a period.
type Point struct {
	Time  time.Time // when the period begins
	Value float64
}

// Values are the values of the periods that begin at from, from+Period … before until, without
// those that have none. It decides about no access: that is up to the caller.
func (s *Service) Values(ctx context.Context, st Stat, from, until time.Time) ([]Point, error) {
	return s.view(st.Account, st.Region).values(ctx, st, from, until)
}

func (v *view) values(ctx context.Context, st Stat, from, until time.Time) ([]Point, error) {
	how, err := statistic.Parse(st.Statistic)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", err, st.Statistic)
	}
	units, err := v.periods(ctx, st, from, until)
	if err != nil {
		return nil, err
	}
	return pointsOf(together(units), how), nil
}

// pointsOf are the values of a statistic.
func pointsOf(periods []point, how statistic.Statistic) []Point {
	var points []Point
	for _, p := range periods {
		if value, ok := how.Of(p.sum); ok {
			points = append(points, Point{at(p.time), value})
		}
	}
	return points
}

// periods adds up the samples by period, for each unit.
func (v *view) periods(ctx context.Context, st Stat, from, until time.Time) ([]unitSeries, error) {
	first, step := from.Unix(), int64(st.Period/time.Second)
	if step <= 0 || until.Sub(from) <= 0 {
		return nil, nil
	}
	end := until.Add(time.Second - 1).Unix()
	end = first + (end-first+step-1)/step*step // the last period counts as a whole
	if latest := v.now.Add(maxAhead + time.Minute).Unix(); end > latest {
		end = latest
	}
	start := max(first, oldest(v.now, st.Period).Unix())
	if start >= end {
		return nil, nil
	}
	b, err := v.samples(ctx, st.ID, start, end)
	if err != nil {
		return nil, err
	}
	var units []unitSeries
	for _, u := range b.units {
		if len(u.points) == 0 { // the block has samples of the unit, but at other times
			continue
		}
		if st.Unit == "" || st.Unit == u.unit || st.Unit == noUnit && u.unit == "" {
			units = append(units, unitSeries{u.unit, byPeriod(u.points, first, step)})
		}
	}
	return units, nil
}

// maxAhead is how far in the future the samples of clients may be.
const maxAhead = 2 * time.Hour

// byPeriod merges the points of each period.
func byPeriod(points []point, first, step int64) []point {
	var merged []point
	for _, p := range points {
		begin := first + floor(p.time-first, step)
		if n := len(merged); n == 0 || merged[n-1].time != begin {
			merged = append(merged, point{begin, p.sum.Copy()})
			continue
		}
		merged[len(merged)-1].sum.Merge(p.sum)
	}
	return merged
}

// together merges the points of all units.
func together(units []unitSeries) []point {
	switch len(units) {
	case 0:
		return nil
	case 1:
		return units[0].points
	}
	all := new(block)
	for _, u := range units {
		for _, p := range u.points {
			all.add("", p.time, p.sum)
		}
	}
	return all.units[0].points
}
