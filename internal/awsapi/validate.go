package awsapi

import (
	"cmp"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

const (
	maxViolations = 10 // that one message tells of, as AWS has it
	maxNoted      = 64 // of an input in which everything may be wrong
)

// Violation is a member of an input that does not satisfy a constraint.
type Violation struct {
	Path       string // as messages have it: "metricData.1.member.metricName"
	Parameter  string // as awsQuery spells it: "MetricData.member.1.MetricName"
	Value      string // as messages have it, with its quotes; "" if they don't show it
	Constraint string // "Member must not be null"
	Missing    bool
}

// violationsOf checks an input against its constraints.
func violationsOf(p *plan, v reflect.Value) []Violation {
	w := validator{}
	w.structure(p, v)
	return w.found
}

// violationFault words what is wrong with an input.
func (s *Service) violationFault(operation string, words vocabulary, all []Violation) *fault {
	f := &fault{status: http.StatusBadRequest}
	if s.Wording != nil {
		f.code, f.message = s.Wording(operation, all)
	}
	if f.code == "" {
		f.code = cmp.Or(s.InvalidCode, words.invalid)
	}
	if f.message == "" {
		f.message = detected(all)
	}
	return f
}

// detected is AWS's common message.
func detected(all []Violation) string {
	n := min(len(all), maxViolations)
	var b strings.Builder
	b.WriteString(strconv.Itoa(n) + " validation error")
	if n > 1 {
		b.WriteByte('s')
	}
	between := " detected: "
	for _, v := range all[:n] {
		b.WriteString(between + "Value ")
		if v.Value != "" {
			b.WriteString(v.Value + " ")
		}
		b.WriteString("at '" + v.Path + "' failed to satisfy constraint: " + v.Constraint)
		between = "; "
	}
	return b.String()
}

// step is one of the way to a member: its name in messages, or an element's place.
type step struct{ param, name string }

type validator struct {
	path  []step
	found []Violation
}

func (w *validator) structure(p *plan, v reflect.Value) {
	for _, i := range p.order {
		f := &p.fields[i]
		if !f.plan.open {
			continue
		}
		w.path = append(w.path, step{f.param, f.name})
		w.value(f.plan, v.Field(f.index))
		w.path = w.path[:len(w.path)-1]
	}
}

func (w *validator) value(p *plan, v reflect.Value) {
	if absent(v) {
		if p.rule != nil && p.rule.Required {
			w.report("null", p, notNull)
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
			w.path = append(w.path, step{strconv.Itoa(i + 1), "member"}, step{"member", strconv.Itoa(i + 1)})
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
			w.path = append(w.path, step{k.String(), k.String()}, step{"member", "value"})
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

// report notes one violation. value is as AWS prints it; with its quotes, if it has any.
func (w *validator) report(value string, p *plan, constraint string) {
	if len(w.found) == maxNoted {
		return
	}
	if p.secret() {
		value = ""
	}
	path, names := make([]string, len(w.path)), make([]string, len(w.path))
	for i, s := range w.path {
		path[i], names[i] = s.param, s.name
	}
	w.found = append(w.found, Violation{
		Path: strings.Join(path, "."), Parameter: strings.Join(names, "."), Value: value,
		Constraint: constraint, Missing: constraint == notNull,
	})
}

const notNull = "Member must not be null"
