package policy

import (
	"slices"
	"strings"
)

// ContextKeys lists the condition keys that the document looks at, in conditions and in
// variables, each once, sorted and as written where it first occurs.
func (d *Document) ContextKeys() []string {
	var list []string
	seen := make(map[string]bool)
	add := func(written string) {
		if name := strings.ToLower(written); !seen[name] {
			seen[name] = true
			list = append(list, written)
		}
	}
	for i := range d.statements {
		s := &d.statements[i]
		for j := range s.resources {
			d.eachVariable(s.resources[j].source, add)
		}
		for j := range s.conditions {
			add(s.conditions[j].key)
			if !s.conditions[j].op.variables {
				continue
			}
			for _, v := range s.conditions[j].values {
				d.eachVariable(v.source, add)
			}
		}
	}
	slices.Sort(list)
	return list
}

// eachVariable calls f with the name of each variable of a pattern that compiles.
func (d *Document) eachVariable(s string, f func(string)) {
	for d.variables() {
		_, body, found := strings.Cut(s, "${")
		if !found {
			return
		}
		a, rest, err := parseVariable("${" + body)
		if err != nil {
			return
		}
		if a.kind != literal {
			f(strings.Trim(body[:strings.IndexAny(body, ",}")], " "))
		}
		s = rest
	}
}
