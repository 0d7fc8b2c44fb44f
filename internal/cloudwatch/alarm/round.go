package alarm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch"
)

// round is one run of the evaluator: what it has read of the metrics, so that each is read
// once, however many alarms watch it.
type round struct {
	s    *Service
	ctx  context.Context
	now  time.Time
	read map[string]reading
	wide map[string]int // how many periods the alarms on a metric look back, by the metric
}

// errSeveral is what is wrong with an expression that gives more than one line of a graph.
var errSeveral = errors.New("the expression returns several time series")

type reading struct {
	points []cloudwatch.Point
	err    error
}

// changes evaluates all alarms for the times between from and until at which they are due, and
// returns the changes in the order in which they came about.
func (r *round) changes(from, until time.Time) ([]change, error) {
	r.wide = map[string]int{}
	var due []*alarm
	for _, a := range r.s.known.alarms {
		if a.Metric == nil || len(a.dueTimes(from, until)) == 0 {
			continue
		}
		due = append(due, a)
		name := r.name(a)
		r.wide[name] = max(r.wide[name], a.Metric.rangeLength())
	}
	slices.SortFunc(due, func(a, b *alarm) int { return strings.Compare(a.key(), b.key()) })
	var all []change
	for _, a := range due {
		found, err := r.follow(a, a.dueTimes(from, until))
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		if err != nil { // one alarm that can't be evaluated must not hold up the others
			r.s.log.WarnContext(r.ctx, "alarm evaluation", "alarm", a.arn(), "error", err)
			continue
		}
		all = append(all, found...)
	}
	return all, nil
}

// dueTimes are the times at which the alarm is due. What was before it was put as it is now is
// not its business.
func (a *alarm) dueTimes(from, until time.Time) []time.Time {
	times := dueTimes(a.Metric.step(), from, until)
	return slices.DeleteFunc(times, func(t time.Time) bool { return t.Before(a.Configured) })
}

// dueTimes are the times after from and up to until that a step divides, the last ones if there
// are many. A new evaluator begins with the last.
func dueTimes(step time.Duration, from, until time.Time) []time.Time {
	last := until.Truncate(step)
	if !last.After(from) {
		return nil
	}
	first := from.Truncate(step).Add(step)
	if from.IsZero() {
		first = last
	}
	if earliest := last.Add(-(maxCatchUp - 1) * step); first.Before(earliest) {
		first = earliest
	}
	var times []time.Time
	for t := first; !t.After(last); t = t.Add(step) {
		times = append(times, t)
	}
	return times
}

// follow evaluates an alarm at several times, one after the other.
func (r *round) follow(a *alarm, times []time.Time) ([]change, error) {
	var found []change
	current := a.State
	for _, t := range r.relevant(a, times) {
		next, err := r.at(a, current, t)
		if err != nil {
			return nil, err
		}
		if next.Value != current.Value {
			found = append(found, change{a, current.Value, next})
			current = next
		}
	}
	return found, nil
}

// relevant leaves out what is so long ago that the metric may have no data for it, and for
// alarms whose periods are long most of what was missed: they look at the same points again and
// again, and each look has to read the metric.
func (r *round) relevant(a *alarm, times []time.Time) []time.Time {
	if n := len(times); n > 1 && a.Metric.period() > a.Metric.step() {
		each := min(int(a.Metric.period()/a.Metric.step()), n)
		var some []time.Time
		for i := n - 1; i >= 0; i -= each {
			some = append(some, times[i])
		}
		slices.Reverse(some)
		return some
	}
	return times
}

// at evaluates an alarm at a time and returns the state it has then, which may be the current.
func (r *round) at(a *alarm, current state, until time.Time) (state, error) {
	m := a.Metric
	points, err := r.points(a, until)
	if err != nil {
		return state{}, err
	}
	slots := m.slots(points, until)
	few, err := r.tooFew(a, slots, until)
	if err != nil || few {
		return current, err
	}
	o := m.evaluate(slots)
	if o.retain || o.state == current.Value {
		return current, nil
	}
	next := state{Value: o.state, Reason: m.reason(o)}
	counts, err := r.counts(a, until)
	if err != nil {
		return state{}, err
	}
	next.Data, err = m.data(o, r.now, counts)
	return next, err
}

// name is what an alarm watches, for maps.
func (r *round) name(a *alarm) string {
	m := a.Metric
	if len(m.Metrics) > 0 {
		return "math/" + a.key()
	}
	return fmt.Sprintf("%q/%s/%s/%d", a.id(), m.statistic(), m.Unit, m.Period)
}

// points reads what an alarm watches, for the evaluation range that ends at until.
func (r *round) points(a *alarm, until time.Time) ([]cloudwatch.Point, error) {
	m, name := a.Metric, r.name(a)
	from := until.Add(-time.Duration(max(r.wide[name], m.rangeLength())) * m.period())
	return r.once(fmt.Sprintf("%s/%d", name, until.Unix()), func() ([]cloudwatch.Point, error) {
		if len(m.Metrics) > 0 {
			series, err := r.s.metrics.Query(r.ctx, a.account, a.region, m.Metrics, from, until)
			if err != nil || len(series) == 0 {
				return nil, err
			}
			if len(series) > 1 {
				return nil, errSeveral
			}
			return series[0].Points, nil
		}
		return r.s.metrics.Values(r.ctx, cloudwatch.Stat{ID: a.id(), Statistic: m.statistic(), Period: m.period(), Unit: string(m.Unit)}, from, until)
	})
}

func (r *round) once(name string, read func() ([]cloudwatch.Point, error)) ([]cloudwatch.Point, error) {
	if r.s.metrics == nil {
		return nil, nil
	}
	got, ok := r.read[name]
	if !ok {
		got.points, got.err = read()
		r.read[name] = got
	}
	return got.points, got.err
}

// counts are the numbers of samples in the evaluation range, by the beginnings of the periods.
// There are none with metric math.
func (r *round) counts(a *alarm, until time.Time) (map[time.Time]float64, error) {
	m := a.Metric
	if len(m.Metrics) > 0 {
		return nil, nil
	}
	from := until.Add(-time.Duration(m.rangeLength()) * m.period())
	name := fmt.Sprintf("%s/%d/%d/count", r.name(a), m.rangeLength(), until.Unix())
	points, err := r.once(name, func() ([]cloudwatch.Point, error) {
		return r.s.metrics.Values(r.ctx, cloudwatch.Stat{ID: a.id(), Statistic: string(types.StatisticSampleCount), Period: m.period(), Unit: string(m.Unit)}, from, until)
	})
	if err != nil {
		return nil, err
	}
	counts := map[time.Time]float64{}
	for _, s := range m.slots(points, until) {
		if !s.missing {
			counts[s.begins] = s.value
		}
	}
	return counts, nil
}

// tooFew reports whether an alarm on a percentile is to wait until there are enough samples
// for it to mean something.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
func (r *round) tooFew(a *alarm, slots []slot, until time.Time) (bool, error) {
	p, ok := percentile(a.Metric.ExtendedStatistic)
	if !ok || a.Metric.LowSamples != lowIgnore {
		return false, nil
	}
	counts, err := r.counts(a, until)
	if err != nil {
		return false, err
	}
	total := 0.0
	for _, s := range slots[:a.Metric.EvaluationPeriods] {
		total += counts[s.begins]
	}
	if p >= 0.5 {
		return total > 0 && total < 10/(1-p)-1e-9, nil
	}
	return total > 0 && total < 10/p-1e-9, nil
}
