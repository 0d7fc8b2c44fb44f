package expression

// ifThen is IF(condition, then) or IF(condition, then, otherwise). A condition that is a series
// is looked at point by point: the result has no other points.
func ifThen(m *machine, name string, args []Value) (Value, error) {
	for _, a := range args {
		if a.kind != scalar && a.kind != single {
			return Value{}, wrong("Function '%s' can't be applied to type %s", name, a.kind)
		}
	}
	condition := args[0]
	if condition.kind == scalar {
		switch {
		case condition.number != 0:
			return args[1], nil
		case len(args) == 3:
			return args[2], nil
		}
		return one(&Series{Period: m.Period}), nil
	}
	s := condition.series[0]
	if err := m.Budget.Spend(3 * len(s.Points)); err != nil {
		return Value{}, err
	}
	then, otherwise := walk(args[1]), walk(Value{kind: single, series: []*Series{{}}})
	if len(args) == 3 {
		otherwise = walk(args[2])
	}
	out := &Series{Label: s.Label, Period: s.Period}
	for _, p := range s.Points {
		a, _ := then(p.Time) // 0 if it has none
		b, ok := otherwise(p.Time)
		switch {
		case p.Value != 0:
			out.Points = append(out.Points, Point{p.Time, a})
		case ok:
			out.Points = append(out.Points, Point{p.Time, b})
		}
	}
	return one(out), nil
}

// walk returns a function that tells the value at a time. It must be asked for times that
// grow.
func walk(v Value) func(t int64) (float64, bool) {
	if v.kind == scalar {
		return func(int64) (float64, bool) { return v.number, true }
	}
	points := v.series[0].Points
	return func(t int64) (float64, bool) {
		for len(points) > 0 && points[0].Time < t {
			points = points[1:]
		}
		if len(points) == 0 || points[0].Time != t {
			return 0, false
		}
		return points[0].Value, true
	}
}
