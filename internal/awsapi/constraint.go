package awsapi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// rule is a Constraint made ready for a node of a plan.
type rule struct {
	Constraint
	pattern *regexp.Regexp
}

// constrain hangs the rows of a constraint table on the plan of an operation's input.
func constrain(p *plan, rows []Constraint) error {
	rank := map[*field]int{}
	for i, row := range rows {
		target, way, err := resolve(p, row.Path)
		if err != nil {
			return err
		}
		if target.rule != nil {
			return fmt.Errorf("constraint of %q: there are two", row.Path)
		}
		if target.rule, err = newRule(row, target); err != nil {
			return fmt.Errorf("constraint of %q: %w", row.Path, err)
		}
		for _, f := range way {
			rank[f] = min(rank[f], i-len(rows)) // before members without a row, whose rank is 0
		}
		way[len(way)-1].hidden = way[len(way)-1].hidden || row.Sensitive
	}
	arrange(p, rank, map[*plan]bool{})
	return nil
}

func newRule(row Constraint, p *plan) (*rule, error) {
	r := &rule{Constraint: row}
	hasLength := p.kind != kindBool && p.kind != kindInt && p.kind != kindFloat && p.kind != kindTime && p.kind != kindStruct
	switch {
	case (row.MinLen != 0 || row.MaxLen > 0) && !hasLength:
		return nil, fmt.Errorf("a %v has no length", p.typ)
	case (row.Min != 0 || row.Max != 0) && p.kind != kindInt && p.kind != kindFloat:
		return nil, fmt.Errorf("a %v is not a number", p.typ)
	case row.Pattern != "" && p.kind != kindString:
		return nil, fmt.Errorf("a %v can't match a pattern", p.typ)
	}
	if row.Pattern != "" {
		var err error
		if r.pattern, err = regexp.Compile(`^(?s:` + goPattern(row.Pattern) + `)$`); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// javaEscape finds code points as the API models write them. The models also have
// \u10000-\u10FFFF, by which they mean the planes above the first.
var javaEscape = regexp.MustCompile(`\\u(10FFFF|10000|[0-9A-Fa-f]{4})`)

// goPattern turns a pattern of the API models, which are Java's, into one of package regexp.
func goPattern(s string) string {
	if p, ok := lookingAhead[s]; ok {
		return p
	}
	return javaEscape.ReplaceAllString(s, `\x{$1}`)
}

// lookingAhead holds the patterns that package regexp can't read, and what means the same
// in it. Lengths are constraints of their own.
var lookingAhead = map[string]string{
	`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`: `^[a-z0-9](-?[a-z0-9])+$`,
	`^(?!\s*$).+`: `.*\S.*`,
}

// resolve finds the node that a row's path names, and the members on the way to it.
// "member" steps into a list, "key" and "value" into a map.
func resolve(p *plan, path string) (_ *plan, way []*field, err error) {
	for step := range strings.SplitSeq(path, ".") {
		i := slices.IndexFunc(p.fields, func(f field) bool { return f.param == step })
		switch {
		case i >= 0:
			way = append(way, &p.fields[i])
			p = p.fields[i].plan
		case p.kind == kindList && step == "member", p.kind == kindMap && step == "value":
			p = p.elem
		case p.kind == kindMap && step == "key":
			p = p.key
		default:
			return nil, nil, fmt.Errorf("constraint of %q: %v has no %q", path, p.typ, step)
		}
	}
	return p, way, nil
}

// arrange orders the members as the table does, for the sake of messages, and marks what
// validation has to look at. It tells whether p is to be looked at.
func arrange(p *plan, rank map[*field]int, done map[*plan]bool) bool {
	if done[p] {
		return p.open
	}
	done[p] = true
	p.open = p.rule != nil || p.kind == kindEnum
	for i := range p.fields {
		p.open = arrange(p.fields[i].plan, rank, done) || p.open
	}
	for _, sub := range []*plan{p.key, p.elem} {
		if sub != nil {
			p.open = arrange(sub, rank, done) || p.open
		}
	}
	slices.SortStableFunc(p.order, func(a, b int) int { return rank[&p.fields[a]] - rank[&p.fields[b]] })
	return p.open
}
