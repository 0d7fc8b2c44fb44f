// Package expression is metric math: the expressions that make new time series of others. The
// one rule: an expression costs no more than it is allowed to, whatever it says.
//
// Begin with Parse and Expression.Evaluate; functions.go has the table of functions.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
package expression

import (
	"slices"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
)

// Point is the value of a series at one time.
type Point struct {
	Time  int64 // Unix seconds
	Value float64
}

// Series is a time series: points in the order of their times. Points are shared between
// series and never changed.
type Series struct {
	Label  string
	Period int64 // seconds between points that follow each other
	Points []Point

	Metric *metric.ID // that it shows, as it is; nil for what was calculated
	Stat   string     // likewise
}

// Value is what a part of an expression is: a number, a series or an array of series.
type Value struct {
	kind   valueKind
	number float64
	series []*Series // one, for a series
	text   string
	metric bool // the series is a metric's, not an expression's
}

type valueKind byte

const (
	scalar valueKind = iota
	single
	array
	textual
)

func (k valueKind) String() string {
	return [...]string{"Scalar", "TimeSeries", "Array[TimeSeries]", "String"}[k]
}

// OfSeries is the value of a query: a series, or an array of them. Metric says that it is a
// metric's.
func OfSeries(series []*Series, isArray, isMetric bool) Value {
	v := Value{kind: single, series: series, metric: isMetric}
	if isArray {
		v.kind = array
	}
	return v
}

// Labelled is the value with another label of its series.
func (v Value) Labelled(label string) Value {
	all := make([]*Series, len(v.series))
	for i, s := range v.series {
		named := *s
		named.Label = label
		all[i] = &named
	}
	v.series = all
	return v
}

// Series are the series that the value is.
func (v Value) Series() []*Series { return v.series }

// IsArray says whether the value is an array of series, not a single one.
func (v Value) IsArray() bool { return v.kind == array }

// Environment is what expressions are evaluated in.
type Environment struct {
	Start, End int64 // the times of all points: from Start on, before End
	Period     int64 // of series that no other says the period of

	// Lookup returns the result of another query.
	Lookup func(name string) (Value, error)
	// Metrics are the queries that are metrics, in their order, by name.
	Metrics []Named
	// Search finds series; nil where SEARCH is not allowed.
	Search func(query, stat string, period int64) ([]*Series, error)

	Budget *Budget
}

// Named is a series with the name of its query.
type Named struct {
	Name   string
	Series *Series
}

// Budget bounds the work of a request: how many points it may make.
type Budget struct{ left int64 }

// NewBudget allows that many points.
func NewBudget(points int64) *Budget { return &Budget{points} }

// ErrBudget says that an expression asks for too much.
var ErrBudget = wrong("The expression needs too much data")

// Spend takes from the budget.
func (b *Budget) Spend(points int) error {
	if b.left -= int64(points) + 1; b.left < 0 {
		return ErrBudget
	}
	return nil
}

// MaxSeries is how many series an array may have.
const MaxSeries = 500

// machine evaluates one expression.
type machine struct{ *Environment }

// Evaluate tells what the expression is: a series or an array of them.
func (e *Expression) Evaluate(env *Environment) (Value, error) {
	v, err := e.root.eval(&machine{env})
	if err != nil {
		return Value{}, err
	}
	if v.kind != single && v.kind != array {
		return Value{}, wrong("The result of the expression must be a time series or an array of time series, not %s", v.kind)
	}
	return v, nil
}

func (n *numberNode) eval(*machine) (Value, error) { return Value{number: n.value}, nil }
func (n *textNode) eval(*machine) (Value, error)   { return Value{kind: textual, text: n.text}, nil }
func (n *nameNode) eval(m *machine) (Value, error) { return m.Lookup(n.name) }
func (n *wordNode) eval(*machine) (Value, error) {
	return Value{}, wrong("Unexpected %q", n.word)
}

func (n *listNode) eval(m *machine) (Value, error) {
	v := Value{kind: array}
	for _, item := range n.items {
		x, err := item.eval(m)
		if err != nil {
			return Value{}, err
		}
		if x.kind != single && x.kind != array {
			return Value{}, wrong("An array can't have an element of type %s", x.kind)
		}
		if v.series = append(v.series, x.series...); len(v.series) > MaxSeries {
			return Value{}, wrong("An array has more than %d time series", MaxSeries)
		}
	}
	v.series = slices.Clip(v.series)
	return v, nil
}

func (n *unaryNode) eval(m *machine) (Value, error) {
	v, err := n.of.eval(m)
	if err != nil {
		return Value{}, err
	}
	if v.kind == scalar {
		return Value{number: -v.number}, nil
	}
	return m.each(v, "-", func(x float64) (float64, bool) { return -x, true })
}

// each makes a value with every point changed by f, or dropped.
func (m *machine) each(v Value, what string, f func(float64) (float64, bool)) (Value, error) {
	return m.mapSeries(v, what, func(s *Series) ([]Point, error) {
		points := make([]Point, 0, len(s.Points))
		for _, p := range s.Points {
			if x, ok := f(p.Value); ok && finite(x) {
				points = append(points, Point{p.Time, x})
			}
		}
		return points, nil
	})
}

// mapSeries makes a value of which every series has other points.
func (m *machine) mapSeries(v Value, what string, f func(*Series) ([]Point, error)) (Value, error) {
	if v.kind != single && v.kind != array {
		return Value{}, wrong("Function '%s' can't be applied to type %s", what, v.kind)
	}
	out := Value{kind: v.kind, series: make([]*Series, len(v.series))}
	for i, s := range v.series {
		if err := m.Budget.Spend(len(s.Points)); err != nil {
			return Value{}, err
		}
		points, err := f(s)
		if err != nil {
			return Value{}, err
		}
		out.series[i] = &Series{Label: s.Label, Period: s.Period, Points: points, Metric: s.Metric, Stat: s.Stat}
	}
	return out, nil
}

// one makes the value of one series.
func one(s *Series) Value { return Value{kind: single, series: []*Series{s}} }
