package expression

import (
	"math"
	"slices"
)

// gather is what is gathered of values at one time, or of a series.
type gather struct {
	n                    int // values that there are
	sum, least, greatest float64
	mean, squares        float64 // as Welford has them
}

func (g *gather) add(x float64) {
	g.n++
	g.sum += x
	if g.n == 1 {
		g.least, g.greatest = x, x
	}
	g.least, g.greatest = min(g.least, x), max(g.greatest, x)
	d := x - g.mean
	g.mean += d / float64(g.n)
	g.squares += d * (x - g.mean)
}

// of tells the result of values; all is how many there would be if none was missing.
type of func(g *gather, all int) float64

func sum(g *gather, _ int) float64       { return g.sum }
func least(g *gather, _ int) float64     { return g.least }
func most(g *gather, _ int) float64      { return g.greatest }
func count(g *gather, _ int) float64     { return float64(g.n) }
func average(g *gather, all int) float64 { return g.sum / float64(max(all, 1)) }

func deviation(g *gather, _ int) float64 {
	if g.n == 0 {
		return 0
	}
	return math.Sqrt(g.squares / float64(g.n))
}

// aggregate is a function that makes one number of a series, and one series of an array.
// Missing values of an array's series count as 0 if zero is set, else not at all.
func aggregate(result of, zero bool) func(*machine, string, []Value) (Value, error) {
	return func(m *machine, name string, args []Value) (Value, error) {
		v := args[0]
		switch v.kind {
		case single:
			return m.number(v.series[0], result)
		case array:
			points, err := m.across(v.series, result, zero)
			s := &Series{Period: m.Period, Points: points}
			for _, t := range v.series {
				s.Period = finer(t.Period, s.Period)
			}
			return one(s), err
		}
		return Value{}, wrong("Function '%s' can't be applied to type %s", name, v.kind)
	}
}

func (m *machine) number(s *Series, result of) (Value, error) {
	if err := m.Budget.Spend(len(s.Points)); err != nil {
		return Value{}, err
	}
	x := result(gathered(s.Points), len(s.Points))
	if !finite(x) {
		return Value{}, wrong("The values are too large")
	}
	return Value{number: x}, nil
}

func gathered(points []Point) *gather {
	g := new(gather)
	for _, p := range points {
		g.add(p.Value)
	}
	return g
}

// across gathers the values of all series at each time that one of them has.
func (m *machine) across(series []*Series, result of, zero bool) ([]Point, error) {
	at := map[int64]*gather{}
	for _, s := range series {
		if err := m.Budget.Spend(len(s.Points)); err != nil {
			return nil, err
		}
		for _, p := range s.Points {
			g := at[p.Time]
			if g == nil {
				g = new(gather)
				at[p.Time] = g
			}
			g.add(p.Value)
		}
	}
	points := make([]Point, 0, len(at))
	for t, g := range at {
		n := g.n
		if zero {
			n = len(series)
		}
		if x := result(g, n); finite(x) {
			points = append(points, Point{t, x})
		}
	}
	slices.SortFunc(points, func(a, b Point) int { return int(a.Time - b.Time) })
	return points, nil
}
