package awsapi

import (
	"reflect"
	"strconv"
	"strings"
)

// maxViolations is how many violations one message tells of, as AWS has it.
const maxViolations = 10

// validate checks an input against its constraints and returns AWS's message, or "".
func validate(p *plan, v reflect.Value) string {
	w := validator{}
	w.structure(p, v)
	if len(w.found) == 0 {
		return ""
	}
	n := min(len(w.found), maxViolations)
	intro := strconv.Itoa(n) + " validation error"
	if n > 1 {
		intro += "s"
	}
	return intro + " detected: " + strings.Join(w.found[:n], "; ")
}

type validator struct {
	path  []string
	found []string
}

func (w *validator) structure(p *plan, v reflect.Value) {
	for _, i := range p.order {
		f := &p.fields[i]
		if !f.plan.open {
			continue
		}
		w.path = append(w.path, f.param)
		w.value(f.plan, v.Field(f.index))
		w.path = w.path[:len(w.path)-1]
	}
}

func (w *validator) value(p *plan, v reflect.Value) {
	if absent(v) {
		if p.rule != nil && p.rule.Required {
			w.report("null", p, "Member must not be null")
		}
		return
	}
	v = indirect(v)
	violations(p, v, func(constraint string) { w.report(display(p, v), p, constraint) })
	switch p.kind {
	case kindStruct:
		w.structure(p, v)
	case kindList:
		w.list(p, v)
	case kindMap:
		w.mapping(p, v)
	}
}

// list checks the elements. Structures have paths of their own; of simple values AWS
// tells all that is demanded of them, at the list.
func (w *validator) list(p *plan, v reflect.Value) {
	if !p.elem.open {
		return
	}
	for i := range v.Len() {
		e := v.Index(i)
		if !p.elem.simple() {
			w.path = append(w.path, strconv.Itoa(i+1), "member")
			w.value(p.elem, e)
			w.path = w.path[:len(w.path)-2]
		} else if violated(p.elem, e) {
			w.report(display(p, v), p, "Member must satisfy constraint: "+demands(p.elem))
			return
		}
	}
}

func (w *validator) mapping(p *plan, v reflect.Value) {
	if !p.elem.open && !p.key.open {
		return
	}
	keys, values := false, false
	for _, k := range sortedKeys(v) {
		keys = keys || violated(p.key, k)
		if e := v.MapIndex(k); p.elem.simple() {
			values = values || violated(p.elem, e)
		} else {
			w.path = append(w.path, k.String(), "member")
			w.value(p.elem, e)
			w.path = w.path[:len(w.path)-2]
		}
	}
	if keys {
		w.report(display(p, v), p, "Map keys must satisfy constraint: "+demands(p.key))
	}
	if values {
		w.report(display(p, v), p, "Map value must satisfy constraint: "+demands(p.elem))
	}
}

// report words one violation. value is as AWS prints it; with its quotes, if it has any.
func (w *validator) report(value string, p *plan, constraint string) {
	var b strings.Builder
	b.WriteString("Value ")
	if value != "" && !p.secret() {
		b.WriteString(value)
		b.WriteByte(' ')
	}
	b.WriteString("at '")
	b.WriteString(strings.Join(w.path, "."))
	b.WriteString("' failed to satisfy constraint: ")
	b.WriteString(constraint)
	w.found = append(w.found, b.String())
}
