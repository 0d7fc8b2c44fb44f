package iam

import (
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// Access is one thing that a caller asks for.
type Access struct {
	Action  string // "kms:Encrypt"
	ARN     string // of the resource; "*" for actions that have none of their own
	Account string // the resource's owner

	// Named is the resource by the name that the caller used, if the ARN must not stand in
	// an error; else "".
	Named string

	// Missing is true if there is no such resource. The caller must not learn that from the
	// answer unless it may know.
	Missing bool
	// InCiphertext says that the caller did not name the resource: it was found from a
	// ciphertext.
	InCiphertext bool

	Policy *decision.Policy // the resource's own; nil for resources that have none
	Trust  bool             // Policy is a role's trust policy
	Adds   bool             // Policy need not allow what the owner's own policies allow
	Grants decision.Grants  // nil where there are none

	// Context has the condition keys that the service knows: those of its own, and of the
	// global ones those about the resource and the request's tags. It is asked before the
	// caller's own. It may be nil, and it may be a ServiceContext.
	Context policy.Context
}

// ServiceContext is a context whose keys do not count everywhere, or may fail to be found.
type ServiceContext interface {
	policy.Context
	// Hidden says that the resource's own policy does not see a condition key. The name is
	// in lower case.
	Hidden(name string) bool
	// Err is the error of a lookup that failed. It makes the decision void.
	Err() error
}

// Denied is AWS's AccessDeniedException, together with the decision.
type Denied struct {
	Result decision.Result
	Asked  decision.Asked

	principal  Principal
	conditions []conditionKey // of the request, as far as they are known
}

// Error implements error.
func (d *Denied) Error() string { return d.ErrorCode() + ": " + d.ErrorMessage() }

// ErrorCode implements smithy.APIError. Services of the query protocols say AccessDenied;
// package awsapi sees to it.
func (d *Denied) ErrorCode() string { return "AccessDeniedException" }

// ErrorMessage implements smithy.APIError.
func (d *Denied) ErrorMessage() string { return d.Result.Message(d.Asked) }

// ErrorFault implements smithy.APIError.
func (d *Denied) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// Authorize decides whether the caller may do what a asks for, and notes the decision in the
// record of the call. The error is a *Denied, or one from inside.
func (c *Caller) Authorize(a *Access) error {
	result, err := c.Decide(a)
	if err != nil {
		return err
	}
	c.noteDecision(a, &result)
	if result.Allowed {
		return nil
	}
	c.noteDetail(&result)
	return c.denied(a, &result)
}

// Decide is Authorize without a record: what would be decided.
func (c *Caller) Decide(a *Access) (decision.Result, error) {
	c.context.caller, c.context.service, c.context.account = c, a.Context, a.Account
	r := &c.request
	*r = decision.Request{
		Request: policy.Request{Principal: c.PolicyPrincipal(), Action: a.Action, Resource: a.ARN, Context: &c.context},
		Owner:   a.Account, Missing: a.Missing, Resource: a.Policy, Trust: a.Trust, Adds: a.Adds, Grants: a.Grants,
		Session: c.session().policies, Root: c.Principal.Type == TypeRoot,
	}
	service, special := a.Context.(ServiceContext)
	if special {
		r.ResourceContext = (*resourceContext)(&c.context)
	}
	if c.Endpoint != nil {
		r.Endpoint = &c.Endpoint.Policy
	}
	if s := c.standing; s != nil {
		r.Controls, r.Identity, r.Boundary = s.controls, s.identity, s.boundary
	}
	result, err := decision.Decide(r)
	if err == nil && special {
		err = service.Err()
	}
	return result, err
}

// Explain says in plain sentences why the last Decide decided as it did: for a denial which
// statements nearly applied, and which layer allows nothing.
func (c *Caller) Explain(result *decision.Result) []string {
	return decision.Explain(&c.request, *result)
}

// noteDecision writes the decision into the record of the call. A call with several, such as
// ReEncrypt, has them one after the other; one that was made twice, because its transaction
// ran twice, stands there once.
func (c *Caller) noteDecision(a *Access, r *decision.Result) {
	if c.Event == nil {
		return
	}
	b := r.Append(append(append(make([]byte, 0, 160), a.Action...), ' '))
	fields, own := c.Event.AdditionalEventData, c.decidesAlone(a, r)
	i := slices.IndexFunc(fields, func(f cloudtrail.Field) bool { return f.Name == cloudtrail.AuthorizationField })
	switch {
	case i < 0:
		if fields == nil {
			fields = make([]cloudtrail.Field, 0, 3) // the operation has one to add
		}
		fields = append(fields, cloudtrail.Field{Name: cloudtrail.AuthorizationField, Value: string(b)})
		if own {
			fields = append(fields, cloudtrail.Field{Name: cloudtrail.AuthorizationAccountField, Value: a.Account})
		}
		c.Event.AdditionalEventData = fields
		return
	case !strings.HasSuffix(fields[i].Value, string(b)):
		fields[i].Value += "; " + string(b)
	}
	if !own {
		// Others may hold the fields of before, to come back to them.
		c.Event.AdditionalEventData = slices.DeleteFunc(slices.Clone(fields), func(f cloudtrail.Field) bool { return f.Name == cloudtrail.AuthorizationAccountField })
	}
}

// decidesAlone reports whether a decision, and its explanation, tell of nothing but policies
// and grants of the caller's account and those of AWS. What the organization forbids is its
// management account's; of another account's resource its policy, tags and grants are.
func (c *Caller) decidesAlone(a *Access, r *decision.Result) bool {
	switch {
	case r.Foreign, a.Account == "", a.Account != c.Principal.Account, r.Layer == decision.Control:
		return false
	case r.Layer == decision.Endpoint:
		return c.Endpoint != nil && c.Endpoint.Account == a.Account
	}
	return true
}

// noteDetail writes into the record of the call what a denied request lacked. A call ends
// with its first denial.
func (c *Caller) noteDetail(r *decision.Result) {
	if c.Event == nil {
		return
	}
	sentences := c.Explain(r)[1:] // the first says what the decision was
	if len(sentences) == 0 {
		return
	}
	c.Event.AdditionalEventData = append(c.Event.AdditionalEventData, cloudtrail.Field{
		Name: cloudtrail.AuthorizationDetailField, Value: strings.Join(sentences, "\n"),
	})
}
