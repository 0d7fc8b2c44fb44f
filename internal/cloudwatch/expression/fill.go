package expression

// fill is FILL(series, filler): a number, another series, REPEAT or LINEAR.
func fill(m *machine, name string, args []node) (Value, error) {
	v, err := args[0].eval(m)
	if err != nil {
		return Value{}, err
	}
	var filler func(gap gap) (float64, bool)
	switch wordOf(args[1]) {
	case "REPEAT":
		filler = gap.repeat
	case "LINEAR":
		filler = gap.linear
	default:
		with, err := args[1].eval(m)
		if err != nil {
			return Value{}, err
		}
		if with.kind != scalar && with.kind != single {
			return Value{}, wrong("Function '%s' can't fill with type %s", name, with.kind)
		}
		return m.mapSeries(v, name, func(s *Series) ([]Point, error) {
			other := walk(with)
			return m.filled(s, func(g gap) (float64, bool) { return other(g.at) })
		})
	}
	return m.mapSeries(v, name, func(s *Series) ([]Point, error) { return m.filled(s, filler) })
}

// gap is a time without a value, and the points around it.
type gap struct {
	at            int64
	before, after *Point // nil at the ends
}

func (g gap) repeat() (float64, bool) {
	if g.before == nil {
		return 0, false
	}
	return g.before.Value, true
}

func (g gap) linear() (float64, bool) {
	if g.before == nil || g.after == nil {
		return 0, false
	}
	part := float64(g.at-g.before.Time) / float64(g.after.Time-g.before.Time)
	return g.before.Value + part*(g.after.Value-g.before.Value), true
}

// filled has the points of the series, and those that the filler has for the gaps.
func (m *machine) filled(s *Series, filler func(gap) (float64, bool)) ([]Point, error) {
	times, err := m.grid(s.Period, func(int64) float64 { return 0 })
	if err != nil {
		return nil, err
	}
	out, rest := make([]Point, 0, len(times)), s.Points
	var before *Point
	for _, t := range times {
		for len(rest) > 0 && rest[0].Time <= t.Time {
			before, out, rest = &rest[0], append(out, rest[0]), rest[1:]
		}
		if before != nil && before.Time == t.Time {
			continue
		}
		g := gap{at: t.Time, before: before}
		if len(rest) > 0 {
			g.after = &rest[0]
		}
		if x, ok := filler(g); ok && finite(x) {
			out = append(out, Point{t.Time, x})
		}
	}
	return append(out, rest...), nil
}
