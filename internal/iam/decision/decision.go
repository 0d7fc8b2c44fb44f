// Package decision combines what all policies and grants say about a request into one
// decision, and can say why: which layer, policy and statement allowed or denied it, or
// which permission is missing.
//
// The one rule to know: it is pure. It reads no clock and no database; whoever asks brings
// every policy along, except grants, which are asked for only if they matter.
//
// Begin reading with Decide. The order of evaluation is that of the IAM User Guide, "Policy
// evaluation logic" (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html),
// and of the KMS Developer Guide, "Determining access to AWS KMS keys".
package decision

import "github.com/keystead/keystead/internal/iam/policy"

// Layer is a kind of policy, in the order in which a decision looks for explicit denials.
type Layer uint8

// The layers.
const (
	None     Layer = iota
	Control        // service control policies of the caller's account
	Endpoint       // the policy of the private endpoint that the request came through
	Resource       // the resource's own policy: a key policy, a role's trust policy
	Identity       // the policies of a user, its groups, or a role
	Boundary       // the permissions boundary of a user or role
	Session        // the session policies of temporary credentials
	Grant          // grants: they allow, and never deny
)

// String is the layer as AWS's error messages name a policy of it.
func (l Layer) String() string {
	return [...]string{
		"", "service control policy", "VPC endpoint policy", "resource-based policy", "identity-based policy",
		"permissions boundary", "session policy", "grant",
	}[l]
}

// Policy is a policy that takes part in a decision.
type Policy struct {
	*policy.Document
	Name string // by which a person finds it: "the key policy", "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

// Request is what is decided about, and everything that bears on it.
type Request struct {
	policy.Request

	Owner   string // the account that owns the resource
	Missing bool   // there is no such resource
	Root    bool   // the caller is the root user of its account, who needs no identity policies

	Controls []Policy // nil if the caller's account has none
	Endpoint *Policy  // nil if the request came through no private endpoint
	Resource *Policy  // the resource's own; nil for resources that have none
	Identity []Policy
	Boundary *Policy  // nil if there is none
	Session  []Policy // nil if the session has none

	// Trust says that Resource is a role's trust policy, whose statements name no resource.
	Trust bool

	// Adds says that Resource need not allow what policies of its own account allow, as with
	// most services: it adds to them. A key's or a role's own policy always has to take part.
	Adds bool

	// ResourceContext is what the conditions of Resource see; nil: the same as all others.
	ResourceContext policy.Context

	// Grants finds a grant that allows the request; nil where there are none.
	Grants Grants
}

// Grants finds grants. It is asked at most once for a decision.
type Grants interface {
	// FindGrant returns the id of a grant that allows the request, and how it names the
	// caller: Delegated if it names the caller's account, Allowed its role or a service,
	// AllowedByARN the caller itself. NoMatch means that there is none.
	FindGrant() (id string, by policy.Outcome, err error)
}

// Match is a statement of a policy.
type Match struct {
	Policy    *Policy // nil if there is none
	Statement int     // its index
	Sid       string
}

// Result is a decision.
type Result struct {
	Allowed bool

	// Layer is what decided: for an allowed request Resource, Identity or Grant; for a
	// denied one the layer with the explicit denial, or the one that allows nothing.
	Layer    Layer
	Explicit bool // denied by a statement, By

	By        Match  // the statement that allowed, or denied explicitly
	Delegated Match  // the statement of the resource's policy that lets the account decide
	GrantID   string // of the grant that allowed
	Foreign   bool   // caller and resource are of different accounts
}

// Decide makes the decision. The error is one of Grants.
func Decide(r *Request) (Result, error) {
	d := decider{r: r, out: Result{Foreign: r.Principal.Account != r.Owner}}
	if d.denied() || d.lacks(Control) || d.lacks(Endpoint) {
		return d.out, nil
	}
	switch {
	case r.Resource == nil || r.Missing && !d.out.Foreign:
		return d.byIdentity(), nil
	case d.out.Foreign:
		return d.foreign()
	}
	return d.own()
}

// decider is a decision in the making.
type decider struct {
	r    *Request
	says [Grant]found // what each layer says; that of a layer that is not there is empty
	out  Result
}

// found is the best that the policies of one layer say.
type found struct {
	policy.Decision
	policy *Policy
}

func (f *found) match() Match { return Match{f.policy, f.Statement, f.Sid} }

// denied asks the layers one by one until one denies explicitly. A denial by any policy
// beats whatever the others allow.
func (d *decider) denied() bool {
	for l := Control; l < Grant; l++ {
		f := &d.says[l]
		if *f = d.r.ask(l); f.Outcome == policy.Denied {
			d.out.Layer, d.out.Explicit, d.out.By = l, true, f.match()
			return true
		}
	}
	return false
}

// ask evaluates the policies of a layer. The first with the strongest outcome decides.
func (r *Request) ask(l Layer) found {
	switch l {
	case Control:
		return strongest(r.Controls, &r.Request)
	case Endpoint:
		return r.ofResource(l, r.Endpoint)
	case Resource:
		return r.ofResource(l, r.Resource)
	case Identity:
		return strongest(r.Identity, &r.Request)
	case Boundary:
		if r.Boundary != nil {
			return found{r.Boundary.EvaluateIdentity(&r.Request), r.Boundary}
		}
	case Session:
		return strongest(r.Session, &r.Request)
	}
	return found{}
}

// ofResource evaluates a policy that names principals.
func (r *Request) ofResource(l Layer, p *Policy) found {
	if p == nil {
		return found{}
	}
	its := &r.Request
	if r.Boundary != nil || r.Trust || r.ResourceContext != nil || r.Principal.Federated != "" {
		its = r.adapted(l)
	}
	return found{p.Evaluate(its), p}
}

// adapted is the request as a policy of the layer sees it. An endpoint takes somebody known
// to an identity provider for anonymous: nobody has signed that request, and an endpoint is
// not what trusts the provider.
func (r *Request) adapted(l Layer) *policy.Request {
	its := r.Request
	its.Principal.Bounded = r.Boundary != nil
	if l == Resource && r.ResourceContext != nil {
		its.Context = r.ResourceContext
	}
	switch {
	case l == Resource && r.Trust:
		its.Resource = ""
	case l == Endpoint && r.Principal.Federated != "":
		its.Principal = policy.Principal{}
	}
	return &its
}

// strongest evaluates policies that name no principals.
func strongest(list []Policy, r *policy.Request) found {
	var best found
	for i := range list {
		if f := list[i].EvaluateIdentity(r); f.Outcome > best.Outcome {
			best = found{f, &list[i]}
			if f.Outcome == policy.Denied {
				break
			}
		}
	}
	return best
}

// lacks says whether a layer that has to allow allows nothing, and notes that it decided.
// There are no denials at this point.
func (d *decider) lacks(l Layer) bool {
	if !d.r.needs(l) || d.says[l].Outcome != policy.NoMatch {
		return false
	}
	d.out.Layer = l
	return true
}

// needs says whether the layer must allow a request that reaches it. A user without
// policies is denied; an account without service control policies is not limited.
func (r *Request) needs(l Layer) bool {
	switch l {
	case Control:
		return r.Controls != nil
	case Endpoint:
		return r.Endpoint != nil
	case Identity:
		return !r.Root
	case Boundary:
		return r.Boundary != nil
	case Session:
		return r.Session != nil
	}
	return false
}

// limited says whether a layer that limits the caller's own policies, or what was allowed
// to its role, allows nothing.
func (d *decider) limited() bool { return d.lacks(Boundary) || d.lacks(Session) }

// byIdentity decides where the resource has no say: actions without a resource of their
// own, resources that have no policies, and those that do not exist.
func (d *decider) byIdentity() Result {
	if d.out.Foreign {
		d.out.Layer = Resource
		return d.out
	}
	if d.lacks(Identity) || d.limited() {
		return d.out
	}
	return d.allow(Identity, d.says[Identity].match())
}

// own decides about a resource of the caller's own account. A key's or role's own policy must
// take part: without it the account's policies have no effect. One that only adds need not.
func (d *decider) own() (Result, error) {
	switch d.says[Resource].Outcome {
	case policy.AllowedByARN:
		// Neither boundary nor session policy limits what a resource's policy allows to a
		// user's or a session's own ARN, or to everybody.
		return d.allow(Resource, d.says[Resource].match()), nil
	case policy.Allowed:
		if !d.limited() {
			return d.allow(Resource, d.says[Resource].match()), nil
		}
	case policy.Delegated:
		if !d.lacks(Identity) && !d.limited() {
			return d.byDelegation(), nil
		}
	default:
		if d.r.Adds {
			return d.byIdentity(), nil
		}
		d.out.Layer = Resource
	}
	return d.byGrant()
}

// foreign decides about a resource of another account: both sides must allow. Who has no
// account, a service or somebody known to an identity provider, has but one side.
func (d *decider) foreign() (Result, error) {
	switch {
	case d.says[Resource].Outcome == policy.NoMatch:
		d.out.Layer = Resource
	case d.r.Principal.Account == "":
		return d.allow(Resource, d.says[Resource].match()), nil
	case !d.lacks(Identity) && !d.limited():
		return d.byDelegation(), nil
	}
	return d.byGrant()
}

// byDelegation allows what the resource's policy leaves to the caller's account, and the
// account allows.
func (d *decider) byDelegation() Result {
	d.out.Delegated = d.says[Resource].match()
	return d.allow(Identity, d.says[Identity].match())
}

// byGrant is the last chance. If no grant helps, the decision stays what it was.
func (d *decider) byGrant() (Result, error) {
	if d.r.Grants == nil || d.r.Missing {
		return d.out, nil
	}
	id, by, err := d.r.Grants.FindGrant()
	if err != nil || by == policy.NoMatch {
		return d.out, err
	}
	without := d.out.Layer
	if by == policy.Delegated && d.lacks(Identity) || by != policy.AllowedByARN && d.limited() {
		if without != Resource {
			d.out.Layer = without
		}
		return d.out, nil
	}
	d.out.GrantID = id
	var m Match
	if by == policy.Delegated {
		m = d.says[Identity].match()
	}
	return d.allow(Grant, m), nil
}

func (d *decider) allow(l Layer, by Match) Result {
	d.out.Allowed, d.out.Layer, d.out.By = true, l, by
	return d.out
}
