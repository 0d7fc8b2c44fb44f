package admin

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// evaluate makes the result of one action: on each of the resources, and all together.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
func (m *simulation) evaluate(action string) (types.EvaluationResult, error) {
	all := types.EvaluationResult{EvalActionName: &action, EvalResourceName: new("*"), MatchedStatements: []types.Statement{}, MissingContextValues: []string{}}
	resources := m.resources
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	if len(resources) == 1 {
		all.EvalResourceName = &resources[0]
	}
	for i, arn := range resources {
		one, err := m.onResource(action, arn)
		if err != nil {
			return all, err
		}
		m.merge(&all, one, i == 0)
		if arn != "*" {
			all.ResourceSpecificResults = append(all.ResourceSpecificResults, one.specific(arn))
			all.EvalDecisionDetails = one.details()
		}
	}
	if all.ResourceSpecificResults == nil {
		all.MissingContextValues = m.missing()
	}
	return all, nil
}

// outcome is the result on one resource.
type outcome struct {
	decision  types.PolicyEvaluationDecisionType
	matched   []types.Statement
	missing   []string
	foreign   map[string]types.PolicyEvaluationDecisionType // how each side of two accounts decided; nil in one account
	boundary  *types.PermissionsBoundaryDecisionDetail
	byControl bool // the service control policies allow it
}

func (m *simulation) onResource(action, arn string) (*outcome, error) {
	r := m.request(action, arn)
	result, err := decide(r)
	if err != nil {
		return nil, err
	}
	o := &outcome{decision: named(result), missing: m.missing(), byControl: allows(r.Controls, &r.Request)}
	if m.boundary != nil {
		allowed := m.boundary.EvaluateIdentity(&r.Request).Outcome == policy.Allowed
		o.boundary = &types.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: allowed}
	}
	o.matched = m.matches(&r.Request, o.decision == types.PolicyEvaluationDecisionTypeExplicitDeny)
	if result.Foreign {
		o.foreign = map[string]types.PolicyEvaluationDecisionType{string(identitySource): sideOf(m.identity, &r.Request, (*policy.Document).EvaluateIdentity)}
		if m.resource != nil {
			o.foreign["Resource Policy"] = sideOf([]source{*m.resource}, &r.Request, (*policy.Document).Evaluate)
		}
	}
	return o, nil
}

// request is what is decided about one action on one resource.
func (m *simulation) request(action, arn string) *decision.Request {
	r := &decision.Request{
		Request:  policy.Request{Principal: m.principal, Action: action, Resource: arn, Context: m.context},
		Owner:    m.ownerOf(arn),
		Controls: m.controls,
		Identity: make([]decision.Policy, len(m.identity)),
	}
	for i := range m.identity {
		r.Identity[i] = m.identity[i].Policy
	}
	if m.boundary != nil {
		r.Boundary = &m.boundary.Policy
	}
	if m.resource != nil {
		r.Resource = &m.resource.Policy
	}
	return r
}

// decide decides. In one account, the policies of most resources only add to what those of the
// caller allow; only keys and roles are the root of the trust in them.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-id-rdp.html
func decide(r *decision.Request) (decision.Result, error) {
	result, err := decision.Decide(r)
	sole := strings.HasPrefix(r.Action, "kms:") || strings.HasPrefix(r.Action, "sts:")
	if err != nil || result.Allowed || result.Explicit || result.Foreign || result.Layer != decision.Resource || sole {
		return result, err
	}
	without := *r
	without.Resource = nil
	return decision.Decide(&without)
}

func named(r decision.Result) types.PolicyEvaluationDecisionType {
	switch {
	case r.Allowed:
		return types.PolicyEvaluationDecisionTypeAllowed
	case r.Explicit:
		return types.PolicyEvaluationDecisionTypeExplicitDeny
	}
	return types.PolicyEvaluationDecisionTypeImplicitDeny
}

// allows says whether service control policies allow a request; nil ones allow everything.
func allows(controls []decision.Policy, r *policy.Request) bool {
	allowed := controls == nil
	for i := range controls {
		switch controls[i].EvaluateIdentity(r).Outcome {
		case policy.Denied:
			return false
		case policy.Allowed:
			allowed = true
		}
	}
	return allowed
}

// sideOf is what the policies of one side decide by themselves.
func sideOf(list []source, r *policy.Request, evaluate func(*policy.Document, *policy.Request) policy.Decision) types.PolicyEvaluationDecisionType {
	side := types.PolicyEvaluationDecisionTypeImplicitDeny
	for i := range list {
		switch evaluate(list[i].Document, r).Outcome {
		case policy.Denied:
			return types.PolicyEvaluationDecisionTypeExplicitDeny
		case policy.Allowed, policy.AllowedByARN, policy.Delegated:
			side = types.PolicyEvaluationDecisionTypeAllowed
		}
	}
	return side
}

// matches lists the statements that decided: beside a denial nothing counts.
func (m *simulation) matches(r *policy.Request, denied bool) []types.Statement {
	list := []types.Statement{}
	add := func(s *source, matches []policy.Decision) {
		for _, d := range matches {
			if (d.Outcome == policy.Denied) == denied {
				list = append(list, s.statement(d.Statement))
			}
		}
	}
	for i := range m.identity {
		add(&m.identity[i], m.identity[i].MatchesIdentity(r))
	}
	if m.boundary != nil && denied {
		add(m.boundary, m.boundary.MatchesIdentity(r))
	}
	if m.resource != nil {
		add(m.resource, m.resource.Matches(r))
	}
	return list
}

// statement tells where a statement stands.
func (s *source) statement(i int) types.Statement {
	out := types.Statement{SourcePolicyId: &s.id, SourcePolicyType: s.kind}
	if i < len(s.spans) {
		out.StartPosition, out.EndPosition = positionOut(s.spans[i].Begin), positionOut(s.spans[i].End)
	}
	return out
}

func positionOut(p policy.Position) *types.Position {
	return &types.Position{Line: int32(p.Line), Column: int32(p.Column)}
}

// missing are the condition keys that policies ask for and that nobody told.
func (m *simulation) missing() []string {
	names := contextKeys(m.everySource())
	return slices.DeleteFunc(names, func(name string) bool {
		_, known := m.context.Lookup(strings.ToLower(name))
		return known
	})
}

func (m *simulation) everySource() []source {
	all := slices.Clone(m.identity)
	for _, s := range []*source{m.boundary, m.resource} {
		if s != nil {
			all = append(all, *s)
		}
	}
	return all
}

// severity orders decisions: together, several are as the worst of them.
var severity = []types.PolicyEvaluationDecisionType{
	types.PolicyEvaluationDecisionTypeAllowed, types.PolicyEvaluationDecisionTypeImplicitDeny, types.PolicyEvaluationDecisionTypeExplicitDeny,
}

// merge adds the outcome on one resource to the result of an action.
func (m *simulation) merge(all *types.EvaluationResult, o *outcome, first bool) {
	if first || slices.Index(severity, o.decision) > slices.Index(severity, all.EvalDecision) {
		all.EvalDecision, all.MatchedStatements = o.decision, o.matched
	}
	if m.limited {
		if first {
			all.OrganizationsDecisionDetail = &types.OrganizationsDecisionDetail{AllowedByOrganizations: true}
		}
		all.OrganizationsDecisionDetail.AllowedByOrganizations = all.OrganizationsDecisionDetail.AllowedByOrganizations && o.byControl
	}
	if o.boundary != nil {
		if first {
			all.PermissionsBoundaryDecisionDetail = &types.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: true}
		}
		all.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary = all.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary && o.boundary.AllowedByPermissionsBoundary
	}
}

// specific is the outcome as the result on its resource.
func (o *outcome) specific(arn string) types.ResourceSpecificResult {
	return types.ResourceSpecificResult{
		EvalResourceName: &arn, EvalResourceDecision: o.decision, MatchedStatements: o.matched, MissingContextValues: o.missing,
		EvalDecisionDetails: o.details(), PermissionsBoundaryDecisionDetail: o.boundary,
	}
}

// details is how each side of two accounts decided; empty in one account.
func (o *outcome) details() map[string]types.PolicyEvaluationDecisionType {
	if o.foreign == nil {
		return map[string]types.PolicyEvaluationDecisionType{}
	}
	return o.foreign
}
