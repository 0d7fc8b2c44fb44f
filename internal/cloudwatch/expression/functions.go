package expression

import (
	"math"
	"strings"
	"time"
)

// functionRule is a row of the table of functions. Those that need their arguments evaluated
// have call, the others raw.
type functionRule struct {
	least, most int
	call        func(m *machine, name string, args []Value) (Value, error)
	raw         func(m *machine, name string, args []node) (Value, error)
}

// functions holds all functions by their names.
var functions map[string]*functionRule

func init() {
	functions = map[string]*functionRule{
		"ABS":   pointwise(func(x float64) (float64, bool) { return math.Abs(x), true }),
		"CEIL":  pointwise(func(x float64) (float64, bool) { return math.Ceil(x), true }),
		"FLOOR": pointwise(func(x float64) (float64, bool) { return math.Floor(x), true }),
		"LOG":   pointwise(func(x float64) (float64, bool) { return math.Log(x), x > 0 }),
		"LOG10": pointwise(func(x float64) (float64, bool) { return math.Log10(x), x > 0 }),

		"AVG": {least: 1, most: 1, call: aggregate(average, true)},
		"SUM": {least: 1, most: 1, call: aggregate(sum, true)},
		"MIN": {least: 1, most: 1, call: aggregate(least, false)},
		"MAX": {least: 1, most: 1, call: aggregate(most, false)},

		"STDDEV":          {least: 1, most: 1, call: aggregate(deviation, false)},
		"DATAPOINT_COUNT": {least: 1, most: 1, call: aggregate(count, false)},

		"DIFF":        alongside(difference),
		"DIFF_TIME":   alongside(timeDifference),
		"RATE":        alongside(rate),
		"RUNNING_SUM": alongside(runningSum),

		"FILL":         {least: 2, most: 2, raw: fill},
		"IF":           {least: 2, most: 3, call: ifThen},
		"FIRST":        {least: 1, most: 1, call: pick},
		"LAST":         {least: 1, most: 1, call: pick},
		"SLICE":        {least: 2, most: 3, call: slice},
		"SORT":         {least: 3, most: 4, raw: sorting},
		"REMOVE_EMPTY": {least: 1, most: 1, call: removeEmpty},
		"METRICS":      {least: 0, most: 1, call: metrics},
		"METRIC_COUNT": {least: 1, most: 1, call: metricCount},
		"PERIOD":       {least: 1, most: 1, call: period},
		"TIME_SERIES":  {least: 1, most: 1, call: timeSeries},
		"SEARCH":       {least: 2, most: 3, call: search},

		"MINUTE": calendar(func(t time.Time) int64 { return int64(t.Minute()) }),
		"HOUR":   calendar(func(t time.Time) int64 { return int64(t.Hour()) }),
		"DAY":    calendar(func(t time.Time) int64 { return int64(t.Weekday()+6)%7 + 1 }),
		"DATE":   calendar(func(t time.Time) int64 { return int64(t.Day()) }),
		"MONTH":  calendar(func(t time.Time) int64 { return int64(t.Month()) }),
		"YEAR":   calendar(func(t time.Time) int64 { return int64(t.Year()) }),
		"EPOCH":  calendar(func(t time.Time) int64 { return t.Unix() }),

		"ANOMALY_DETECTION_BAND": missing(1, 2),
		"DB_PERF_INSIGHTS":       missing(2, 4),
		"INSIGHT_RULE_METRIC":    missing(2, 2),
		"SERVICE_QUOTA":          missing(1, 1),
		"LAMBDA":                 missing(1, 100),
	}
}

// missing is the rule of a function of AWS's that there is not here.
func missing(least, most int) *functionRule {
	return &functionRule{least: least, most: most, raw: func(_ *machine, name string, _ []node) (Value, error) {
		return Value{}, wrong("Function '%s' is not supported", name)
	}}
}

func (n *callNode) eval(m *machine) (Value, error) {
	if n.function.raw != nil {
		return n.function.raw(m, n.name, n.args)
	}
	args := make([]Value, len(n.args))
	for i, a := range n.args {
		var err error
		if args[i], err = a.eval(m); err != nil {
			return Value{}, err
		}
	}
	return n.function.call(m, n.name, args)
}

// pointwise is the rule of a function of each value.
func pointwise(f func(float64) (float64, bool)) *functionRule {
	return &functionRule{least: 1, most: 1, call: func(m *machine, name string, args []Value) (Value, error) {
		return m.each(args[0], name, f)
	}}
}

// alongside is the rule of a function of neighbouring points.
func alongside(f func([]Point) []Point) *functionRule {
	return &functionRule{least: 1, most: 1, call: func(m *machine, name string, args []Value) (Value, error) {
		return m.mapSeries(args[0], name, func(s *Series) ([]Point, error) { return f(s.Points), nil })
	}}
}

// steps makes a point of each point and the one before it.
func steps(points []Point, f func(value, seconds float64) float64) []Point {
	var out []Point
	for i := 1; i < len(points); i++ {
		x := f(points[i].Value-points[i-1].Value, float64(points[i].Time-points[i-1].Time))
		if finite(x) {
			out = append(out, Point{points[i].Time, x})
		}
	}
	return out
}

func difference(points []Point) []Point {
	return steps(points, func(value, _ float64) float64 { return value })
}

func timeDifference(points []Point) []Point {
	return steps(points, func(_, seconds float64) float64 { return seconds })
}

func rate(points []Point) []Point {
	return steps(points, func(value, seconds float64) float64 { return value / seconds })
}

func runningSum(points []Point) []Point {
	out := make([]Point, 0, len(points))
	var sum float64
	for _, p := range points {
		if sum += p.Value; finite(sum) {
			out = append(out, Point{p.Time, sum})
		}
	}
	return out
}

// calendar is the rule of a function of the times of a series' periods, of which none is left
// out.
func calendar(f func(time.Time) int64) *functionRule {
	return &functionRule{least: 1, most: 1, call: func(m *machine, name string, args []Value) (Value, error) {
		if args[0].kind != single {
			return Value{}, wrong("Function '%s' can't be applied to type %s", name, args[0].kind)
		}
		s := args[0].series[0]
		points, err := m.grid(s.Period, func(t int64) float64 { return float64(f(time.Unix(t, 0).UTC())) })
		return one(&Series{Label: s.Label, Period: s.Period, Points: points}), err
	}}
}

// grid makes a point of every period.
func (m *machine) grid(period int64, f func(int64) float64) ([]Point, error) {
	if period <= 0 {
		period = m.Period
	}
	n := (m.End - m.Start + period - 1) / period
	if n > maxGrid {
		return nil, ErrBudget
	}
	if err := m.Budget.Spend(int(n)); err != nil {
		return nil, err
	}
	points := make([]Point, 0, n)
	for t := m.Start; t < m.End; t += period {
		points = append(points, Point{t, f(t)})
	}
	return points, nil
}

// maxGrid is how many points a series without gaps may have.
const maxGrid = 2_000_000

func timeSeries(m *machine, name string, args []Value) (Value, error) {
	if args[0].kind != scalar {
		return Value{}, wrong("Function '%s' can't be applied to type %s", name, args[0].kind)
	}
	points, err := m.grid(m.Period, func(int64) float64 { return args[0].number })
	return one(&Series{Period: m.Period, Points: points}), err
}

func metrics(m *machine, name string, args []Value) (Value, error) {
	v := Value{kind: array}
	part := ""
	if len(args) == 1 {
		if args[0].kind != textual {
			return Value{}, wrong("Function '%s' can't be applied to type %s", name, args[0].kind)
		}
		part = args[0].text
	}
	for _, q := range m.Metrics {
		if strings.Contains(q.Name, part) {
			v.series = append(v.series, q.Series)
		}
	}
	return v, nil
}

func metricCount(_ *machine, name string, args []Value) (Value, error) {
	if args[0].kind != array {
		return Value{}, wrong("Function '%s' can't be applied to type %s", name, args[0].kind)
	}
	return Value{number: float64(len(args[0].series))}, nil
}

func period(_ *machine, name string, args []Value) (Value, error) {
	if args[0].kind != single || !args[0].metric {
		return Value{}, wrong("Function '%s' can only be applied to a metric", name)
	}
	return Value{number: float64(args[0].series[0].Period)}, nil
}

func search(m *machine, name string, args []Value) (Value, error) {
	for i, a := range args {
		if want := [...]valueKind{textual, textual, scalar}[i]; a.kind != want {
			return Value{}, wrong("Argument %d of function '%s' is not of type %s", i+1, name, want)
		}
	}
	if m.Search == nil {
		return Value{}, wrong("SEARCH is not supported here")
	}
	seconds := m.Period
	if len(args) == 3 {
		if seconds = int64(args[2].number); float64(seconds) != args[2].number || seconds <= 0 {
			return Value{}, wrong("The period of function '%s' is not valid", name)
		}
	}
	series, err := m.Search(args[0].text, args[1].text, seconds)
	if err != nil {
		return Value{}, err
	}
	for _, s := range series {
		if err := m.Budget.Spend(len(s.Points)); err != nil {
			return Value{}, err
		}
	}
	return Value{kind: array, series: series}, nil
}
