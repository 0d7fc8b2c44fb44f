package expression

import (
	"math"
)

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// apply calculates with two numbers. What has no result, such as a division by zero, makes its
// point be dropped.
func apply(op string, a, b float64) (float64, bool) {
	var x float64
	switch op {
	case "+":
		x = a + b
	case "-":
		x = a - b
	case "*":
		x = a * b
	case "/":
		if b == 0 {
			return 0, false
		}
		x = a / b
	case "^":
		x = math.Pow(a, b)
	case "==":
		x = truth(a == b)
	case "!=":
		x = truth(a != b)
	case "<=":
		x = truth(a <= b)
	case ">=":
		x = truth(a >= b)
	case "<":
		x = truth(a < b)
	case ">":
		x = truth(a > b)
	case "&&":
		x = truth(a != 0 && b != 0)
	case "||":
		x = truth(a != 0 || b != 0)
	}
	return x, finite(x)
}

func (n *binaryNode) eval(m *machine) (Value, error) {
	a, err := n.left.eval(m)
	if err != nil {
		return Value{}, err
	}
	b, err := n.right.eval(m)
	if err != nil {
		return Value{}, err
	}
	return m.combine(n.operator, a, b)
}

func (m *machine) combine(op string, a, b Value) (Value, error) {
	switch {
	case a.kind == textual || b.kind == textual || a.kind == array && b.kind == array:
		return Value{}, wrong("Unsupported operand type(s) for %s: '%s' and '%s'", op, a.kind, b.kind)
	case a.kind == scalar && b.kind == scalar:
		x, ok := apply(op, a.number, b.number)
		if !ok {
			return Value{}, wrong("%v %s %v has no result", a.number, op, b.number)
		}
		return Value{number: x}, nil
	case b.kind == scalar:
		return m.each(a, op, func(x float64) (float64, bool) { return apply(op, x, b.number) })
	case a.kind == scalar:
		return m.each(b, op, func(x float64) (float64, bool) { return apply(op, a.number, x) })
	case b.kind == array:
		return m.mapSeries(b, op, func(s *Series) ([]Point, error) { return m.both(op, a.series[0], s) })
	case a.kind == array:
		return m.mapSeries(a, op, func(s *Series) ([]Point, error) { return m.both(op, s, b.series[0]) })
	}
	s, t := a.series[0], b.series[0]
	points, err := m.both(op, s, t)
	return one(&Series{Label: s.Label, Period: finer(s.Period, t.Period), Points: points}), err
}

// both combines two series. Where one of them has no value it counts as 0.
func (m *machine) both(op string, s, t *Series) ([]Point, error) {
	if err := m.Budget.Spend(len(s.Points) + len(t.Points)); err != nil {
		return nil, err
	}
	points := make([]Point, 0, max(len(s.Points), len(t.Points)))
	for i, j := 0, 0; i < len(s.Points) || j < len(t.Points); {
		var at int64
		var a, b float64
		first := j == len(t.Points) || i < len(s.Points) && s.Points[i].Time <= t.Points[j].Time
		second := i == len(s.Points) || j < len(t.Points) && t.Points[j].Time <= s.Points[i].Time
		if first {
			at, a = s.Points[i].Time, s.Points[i].Value
			i++
		}
		if second {
			at, b = t.Points[j].Time, t.Points[j].Value
			j++
		}
		if x, ok := apply(op, a, b); ok {
			points = append(points, Point{at, x})
		}
	}
	return points, nil
}

// finer is the shorter of two periods.
func finer(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
