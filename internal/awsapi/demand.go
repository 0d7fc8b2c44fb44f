package awsapi

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

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
