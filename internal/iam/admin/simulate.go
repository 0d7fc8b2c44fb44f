package admin

import (
	"context"
	"strconv"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
)

// SimulatePrincipalPolicy says what the policies of a user, group or role allow, together with
// others that the input brings.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
func (s *Service) SimulatePrincipalPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.SimulatePrincipalPolicyInput) (*sdkiam.SimulatePrincipalPolicyOutput, error) {
	held, err := s.policiesOf(ctx, c, "SimulatePrincipalPolicy", *in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	m := &simulation{
		actions: in.ActionNames, resources: in.ResourceArns, owner: in.ResourceOwner,
		identity: held.identity, boundary: held.boundary, account: c.Principal.Account,
	}
	caller := in.CallerArn
	if caller == nil && held.kind != "group" {
		caller = in.PolicySourceArn
	} else if caller != nil {
		if err := checkCallerARN(*caller); err != nil {
			return nil, err
		}
	}
	if in.ResourcePolicy != nil && in.CallerArn == nil && held.kind != "user" {
		return nil, errInvalidInput("CallerArn is required with a ResourcePolicy if PolicySourceArn is not the ARN of a user.")
	}
	err = s.prepare(ctx, m, simulated{
		caller: caller, policies: in.PolicyInputList, boundaries: in.PermissionsBoundaryPolicyInputList,
		resourcePolicy: in.ResourcePolicy, entries: in.ContextEntries,
	})
	if err != nil {
		return nil, err
	}
	results, next, err := m.page(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &sdkiam.SimulatePrincipalPolicyOutput{EvaluationResults: results, IsTruncated: next != nil, Marker: next}, nil
}

// SimulateCustomPolicy says what the policies of the input allow.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
func (s *Service) SimulateCustomPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.SimulateCustomPolicyInput) (*sdkiam.SimulateCustomPolicyOutput, error) {
	if err := authorize(c, request{action: "SimulateCustomPolicy"}, resource{arn: "*"}); err != nil {
		return nil, err
	}
	m := &simulation{actions: in.ActionNames, resources: in.ResourceArns, owner: in.ResourceOwner, account: c.Principal.Account}
	switch {
	case in.CallerArn != nil:
		if err := checkCallerARN(*in.CallerArn); err != nil {
			return nil, err
		}
	case in.ResourcePolicy != nil:
		return nil, errInvalidInput("CallerArn is required with a ResourcePolicy.")
	}
	err := s.prepare(ctx, m, simulated{
		caller: in.CallerArn, policies: in.PolicyInputList, boundaries: in.PermissionsBoundaryPolicyInputList,
		resourcePolicy: in.ResourcePolicy, entries: in.ContextEntries,
	})
	if err != nil {
		return nil, err
	}
	results, next, err := m.page(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &sdkiam.SimulateCustomPolicyOutput{EvaluationResults: results, IsTruncated: next != nil, Marker: next}, nil
}

// Bounds of what one call evaluates.
const (
	resourcesPerSimulation = 1000
	evaluationsPerPage     = 2000

	// statementsPerPage is how many statements all evaluations look at together: each of them
	// may be one that the answer lists.
	statementsPerPage = 50_000
)

// page makes the results of one page of actions.
func (m *simulation) page(text *string, maxItems *int32) ([]types.EvaluationResult, *string, error) {
	p, err := newPage(text, maxItems)
	if err != nil {
		return nil, nil, err
	}
	from := 0
	if p.after != "" {
		if from, err = strconv.Atoi(p.after); err != nil || from < 0 || from > len(m.actions) {
			return nil, nil, errValidation("Invalid Marker.")
		}
	}
	if err := m.checkNames(); err != nil {
		return nil, nil, err
	}
	perAction := max(1, len(m.resources)) * max(1, m.statements())
	if perAction > statementsPerPage {
		return nil, nil, errInvalidInput("A simulation can have up to %d statements and resources, multiplied.", statementsPerPage)
	}
	atOnce := min(p.limit, evaluationsPerPage/max(1, len(m.resources)), statementsPerPage/perAction)
	to := min(len(m.actions), from+atOnce)
	results := []types.EvaluationResult{}
	for _, action := range m.actions[from:to] {
		r, err := m.evaluate(action)
		if err != nil {
			return nil, nil, err
		}
		results = append(results, r)
	}
	if to == len(m.actions) {
		return results, nil, nil
	}
	return results, nextMarker(strconv.Itoa(to)), nil
}

// statements is how many statements one evaluation looks at.
func (m *simulation) statements() int {
	n := 0
	for _, p := range m.everySource() {
		n += len(p.spans)
	}
	return n
}
