package policy

// NearMiss is a statement that allows the action, and would apply but for one of its other
// elements.
type NearMiss struct {
	Statement int
	Sid       string
	Element   string // "Condition", "Resource" or "Principal"
}

// NearMisses finds statements of a resource's policy that nearly allow a request that it
// does not allow, at most so many: first those that fail for their conditions.
func (d *Document) NearMisses(r *Request, most int) []NearMiss {
	return d.nearMisses(r, false, most)
}

// NearMissesIdentity is NearMisses for a policy that names no principals, as with
// EvaluateIdentity.
func (d *Document) NearMissesIdentity(r *Request, most int) []NearMiss {
	return d.nearMisses(r, true, most)
}

func (d *Document) nearMisses(r *Request, holder bool, most int) []NearMiss {
	var conditions, others []NearMiss
	for i := range d.statements {
		s := &d.statements[i]
		if s.deny || !s.coversAction(r.Action) {
			continue
		}
		m := NearMiss{Statement: i, Sid: s.sid}
		switch reached, covered := s.reach(&r.Principal, holder) != unreached, s.coversResource(r); {
		case reached && covered && len(conditions) < most && !s.conditionsHold(&looked{context: r.Context}):
			m.Element = "Condition"
			conditions = append(conditions, m)
		case reached && !covered && len(others) < most:
			m.Element = "Resource"
			others = append(others, m)
		case !reached && covered && !holder && len(others) < most:
			m.Element = "Principal"
			others = append(others, m)
		}
	}
	all := append(conditions, others...)
	return all[:min(most, len(all))]
}

// ConditionCheck is what became of one condition of a statement.
type ConditionCheck struct {
	Operator, Key string   // as written
	Values        []string // as written
	Request       []string // the values of the key in the request; nil if it has none
	Holds         bool
}

// CheckConditions says of each condition of a statement whether it holds, and why.
func (d *Document) CheckConditions(statement int, ctx Context) []ConditionCheck {
	var list []ConditionCheck
	for i := range d.statements[statement].conditions {
		c := &d.statements[statement].conditions[i]
		check := ConditionCheck{Operator: c.operator, Key: c.key, Holds: c.holds(&looked{context: ctx})}
		for _, v := range c.values {
			check.Values = append(check.Values, v.source)
		}
		if v, ok := lookup(ctx, c.name); ok {
			check.Request = v.Strings()
		}
		list = append(list, check)
	}
	return list
}
