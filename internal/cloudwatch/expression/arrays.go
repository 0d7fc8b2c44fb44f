package expression

import (
	"slices"
)

func pick(_ *machine, name string, args []Value) (Value, error) {
	v := args[0]
	if v.kind != array {
		return Value{}, wrong("Function '%s' can't be applied to type %s", name, v.kind)
	}
	switch n := len(v.series); {
	case n == 0:
		return one(new(Series)), nil
	case name == "FIRST":
		return one(v.series[0]), nil
	default:
		return one(v.series[n-1]), nil
	}
}

// slice is SLICE(array, from) or SLICE(array, from, until).
func slice(_ *machine, name string, args []Value) (Value, error) {
	v := args[0]
	if v.kind != array {
		return Value{}, wrong("Function '%s' can't be applied to type %s", name, v.kind)
	}
	bounds := [2]int{0, len(v.series)}
	for i, a := range args[1:] {
		x, ok := whole(a)
		if !ok {
			return Value{}, wrong("Argument %d of function '%s' is not a whole number that is not negative", i+2, name)
		}
		bounds[i] = min(x, len(v.series))
	}
	bounds[1] = max(bounds[0], bounds[1])
	return Value{kind: array, series: v.series[bounds[0]:bounds[1]]}, nil
}

// whole reads a number of series.
func whole(v Value) (int, bool) {
	if v.kind != scalar || v.number < 0 || v.number > 1e9 || v.number != float64(int(v.number)) {
		return 0, false
	}
	return int(v.number), true
}

func removeEmpty(_ *machine, name string, args []Value) (Value, error) {
	if args[0].kind != array {
		return Value{}, wrong("Function '%s' can't be applied to type %s", name, args[0].kind)
	}
	v := Value{kind: array}
	for _, s := range args[0].series {
		if len(s.Points) > 0 {
			v.series = append(v.series, s)
		}
	}
	return v, nil
}

var sortBy = map[string]of{"AVG": average, "MIN": least, "MAX": most, "SUM": sum}

// sorting is SORT(array, function, order) or SORT(array, function, order, limit). Series
// without values come last.
func sorting(m *machine, name string, args []node) (Value, error) {
	v, err := args[0].eval(m)
	if err != nil {
		return Value{}, err
	}
	if v.kind != array {
		return Value{}, wrong("Function '%s' can't be applied to type %s", name, v.kind)
	}
	result, order := sortBy[wordOf(args[1])], wordOf(args[2])
	if result == nil || order != "ASC" && order != "DESC" {
		return Value{}, wrong("Function '%s' needs AVG, MIN, MAX or SUM, and ASC or DESC", name)
	}
	limit := len(v.series)
	if len(args) == 4 {
		n, err := args[3].eval(m)
		if err != nil {
			return Value{}, err
		}
		x, ok := whole(n)
		if !ok {
			return Value{}, wrong("The limit of function '%s' is not a whole number that is not negative", name)
		}
		limit = min(limit, x)
	}
	sorted, err := m.sorted(v.series, result, order == "DESC")
	return Value{kind: array, series: sorted[:limit:limit]}, err
}

func wordOf(n node) string {
	if w, ok := n.(*wordNode); ok {
		return w.word
	}
	return ""
}

func (m *machine) sorted(series []*Series, result of, descending bool) ([]*Series, error) {
	type ranked struct {
		*Series
		key float64
	}
	all := make([]ranked, len(series))
	for i, s := range series {
		if err := m.Budget.Spend(len(s.Points)); err != nil {
			return series, err
		}
		all[i] = ranked{s, result(gathered(s.Points), len(s.Points))}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		switch {
		case len(a.Points) == 0 || len(b.Points) == 0:
			return min(len(b.Points), 1) - min(len(a.Points), 1)
		case a.key == b.key:
			return 0
		case a.key < b.key != descending:
			return -1
		}
		return 1
	})
	out := make([]*Series, len(all))
	for i := range all {
		out[i] = all[i].Series
	}
	return out, nil
}
