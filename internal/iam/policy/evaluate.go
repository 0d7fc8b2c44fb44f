package policy

// Request is what a document decides about.
type Request struct {
	Principal Principal
	Action    string  // "kms:Encrypt"
	Resource  string  // an ARN; "" for an action that has no resource, as with role trust policies
	Context   Context // nil: no condition keys
}

// Outcome is what a document says about a request.
type Outcome uint8

// The outcomes, in order of strength.
const (
	NoMatch      Outcome = iota // no statement applies: neither allowed nor denied
	Delegated                   // allowed to the caller's account, whose own policies decide
	Allowed                     // allowed to the caller's role, to the root user, or to a service
	AllowedByARN                // allowed to the caller's own ARN, that of a user or a session, or to everybody
	Denied                      // denied, whatever any other policy allows
)

func (o Outcome) String() string {
	return [...]string{"no match", "delegated", "allowed", "allowed by ARN", "denied"}[o]
}

// Decision is an outcome and the statement that made it.
type Decision struct {
	Outcome   Outcome
	Statement int    // its index; -1 for NoMatch
	Sid       string // as written, "" if it has none
}

// Evaluate decides a request as a resource's policy: each statement applies to the
// principals that it names. The first of the statements with the strongest outcome is
// the one that decides.
func (d *Document) Evaluate(r *Request) Decision {
	return d.evaluate(r, false)
}

// EvaluateIdentity decides a request as a policy that is attached to the caller, to a
// role session or to the whole account, and so names no principals. A statement that
// does name some applies to nobody.
func (d *Document) EvaluateIdentity(r *Request) Decision {
	return d.evaluate(r, true)
}

// reach is how the statement includes the caller; holder says that the caller is who the
// policy is attached to.
func (s *statement) reach(p *Principal, holder bool) reach {
	switch {
	case !holder:
		return s.reaches(p)
	case len(s.principals) > 0:
		return unreached
	}
	return directly
}

func (d *Document) evaluate(r *Request, holder bool) Decision {
	best := Decision{Statement: -1}
	seen := looked{context: r.Context}
	for i := range d.statements {
		s := &d.statements[i]
		if !s.coversAction(r.Action) {
			continue
		}
		outcome := s.outcome(s.reach(&r.Principal, holder))
		if outcome <= best.Outcome || !s.coversResource(r) || !s.conditionsHold(&seen) {
			continue
		}
		best = Decision{Outcome: outcome, Statement: i, Sid: s.sid}
		if outcome == Denied {
			break
		}
	}
	return best
}

// outcome is what the statement brings about if the rest of it applies.
func (s *statement) outcome(r reach) Outcome {
	switch {
	case r == unreached:
		return NoMatch
	case s.deny:
		return Denied
	case r == byDelegation:
		return Delegated
	case r == byARN:
		return AllowedByARN
	}
	return Allowed
}

func (s *statement) coversAction(action string) bool {
	for i := range s.actions {
		if s.actions[i].match(action) {
			return !s.notAction
		}
	}
	return s.notAction && len(s.actions) > 0
}

// coversResource takes a statement without resources for one that applies to requests
// without a resource.
func (s *statement) coversResource(r *Request) bool {
	if len(s.resources) == 0 {
		return r.Resource == ""
	}
	for i := range s.resources {
		if s.resources[i].match(r.Resource, r.Context) {
			return !s.notResource
		}
	}
	return s.notResource
}

func (s *statement) conditionsHold(l *looked) bool {
	for i := range s.conditions {
		if !s.conditions[i].holds(l) {
			return false
		}
	}
	return true
}
