package awsapi

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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

// violations calls f with each constraint that the present value breaks.
func violations(p *plan, v reflect.Value, f func(string)) {
	if p.kind == kindEnum && !slices.Contains(p.values, v.String()) {
		f(enumDemand(p))
	}
	r := p.rule
	if r == nil {
		return
	}
	if r.pattern != nil && !r.pattern.MatchString(v.String()) {
		f(patternDemand(r))
	}
	if r.MinLen > 0 || r.MaxLen > 0 {
		n := length(p, v)
		if n < r.MinLen {
			f(minLenDemand(r))
		}
		if r.MaxLen > 0 && n > r.MaxLen {
			f(maxLenDemand(r))
		}
	}
	if r.Min != 0 || r.Max != 0 {
		n := quantity(p, v)
		if n < float64(r.Min) {
			f("Member must have value greater than or equal to " + strconv.FormatInt(r.Min, 10))
		}
		if r.Max != 0 && n > float64(r.Max) {
			f("Member must have value less than or equal to " + strconv.FormatInt(r.Max, 10))
		}
	}
}

func violated(p *plan, v reflect.Value) bool {
	bad := false
	violations(p, indirect(v), func(string) { bad = true })
	return bad
}

// demands lists what a simple element must satisfy, in AWS's order.
func demands(p *plan) string {
	var all []string
	if r := p.rule; r != nil {
		if r.MaxLen > 0 {
			all = append(all, maxLenDemand(r))
		}
		if r.MaxLen > 0 || r.MinLen > 0 {
			all = append(all, minLenDemand(r))
		}
		if r.pattern != nil {
			all = append(all, patternDemand(r))
		}
	}
	if p.kind == kindEnum {
		all = append(all, enumDemand(p))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func minLenDemand(r *rule) string {
	return "Member must have length greater than or equal to " + strconv.Itoa(r.MinLen)
}

func maxLenDemand(r *rule) string {
	return "Member must have length less than or equal to " + strconv.Itoa(r.MaxLen)
}

func patternDemand(r *rule) string {
	return "Member must satisfy regular expression pattern: " + r.Pattern
}

func enumDemand(p *plan) string {
	return "Member must satisfy enum value set: [" + strings.Join(p.values, ", ") + "]"
}

// length counts as AWS does: characters, bytes, elements.
func length(p *plan, v reflect.Value) int {
	if p.kind == kindString || p.kind == kindEnum {
		return utf8.RuneCountInString(v.String())
	}
	return v.Len()
}

func quantity(p *plan, v reflect.Value) float64 {
	if p.kind == kindInt {
		return float64(v.Int())
	}
	return v.Float()
}

// simple tells a value that is neither a structure nor a collection.
func (p *plan) simple() bool { return p.kind < kindStruct }

// secret tells a value that no message may show: sensitive ones, and blobs wherever.
func (p *plan) secret() bool {
	switch {
	case p.rule != nil && p.rule.Sensitive, p.kind == kindBlob:
		return true
	case p.kind == kindMap:
		return p.elem.secret() || p.key.secret()
	case p.kind == kindList:
		return p.elem.secret()
	}
	return false
}

// display prints a value as AWS's messages show it, in quotes; "" if they don't.
func display(p *plan, v reflect.Value) string {
	switch {
	case p.secret():
		return ""
	case p.simple():
		return "'" + plain(p, v) + "'"
	case p.kind == kindList && p.elem.simple():
		all := make([]string, v.Len())
		for i := range all {
			all[i] = plain(p.elem, indirect(v.Index(i)))
		}
		return "'[" + strings.Join(all, ", ") + "]'"
	case p.kind == kindMap && p.elem.simple():
		var all []string
		for _, k := range sortedKeys(v) {
			all = append(all, k.String()+"="+plain(p.elem, indirect(v.MapIndex(k))))
		}
		return "'{" + strings.Join(all, ", ") + "}'"
	}
	return ""
}

func plain(p *plan, v reflect.Value) string {
	switch p.kind {
	case kindString, kindEnum:
		if s := v.String(); s != emptyEnum {
			return s
		}
		return ""
	case kindTime:
		return v.Interface().(time.Time).UTC().Format(auditDate)
	}
	return string(appendScalar(nil, p, v))
}
