package policy

// Matches evaluates each statement of a resource's policy by itself. It returns those that
// apply to the request, in their order.
func (d *Document) Matches(r *Request) []Decision {
	return d.matches(r, false)
}

// MatchesIdentity is Matches for a policy that names no principals, as with
// EvaluateIdentity.
func (d *Document) MatchesIdentity(r *Request) []Decision {
	return d.matches(r, true)
}

func (d *Document) matches(r *Request, holder bool) []Decision {
	var list []Decision
	for i := range d.statements {
		s := &d.statements[i]
		outcome := s.outcome(s.reach(&r.Principal, holder))
		if outcome != NoMatch && s.coversAction(r.Action) && s.coversResource(r) && s.conditionsHold(&looked{context: r.Context}) {
			list = append(list, Decision{Outcome: outcome, Statement: i, Sid: s.sid})
		}
	}
	return list
}
