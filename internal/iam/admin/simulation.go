package admin

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// simulation is a request to simulate, with all policies compiled.
type simulation struct {
	actions, resources []string
	owner              *string // the ARN of the account that owns resources which do not say whose they are
	account            string  // of the simulated caller

	caller    *iam.Caller // nil if nobody was named
	principal policy.Principal
	context   *simulatedContext
	identity  []source
	boundary  *source
	resource  *source
	controls  []decision.Policy
	limited   bool // the caller's account is known, and so its service control policies
}

// simulated is what the input of a simulation says beside what it is about.
type simulated struct {
	caller               *string
	policies, boundaries []string
	resourcePolicy       *string
	entries              []types.ContextEntry
}

// prepare compiles the policies of the input and finds out who the simulated caller is.
func (s *Service) prepare(ctx context.Context, m *simulation, in simulated) error {
	own, err := inputSources("PolicyInputList", in.policies)
	if err != nil {
		return err
	}
	m.identity = append(m.identity, own...)
	switch boundaries, err := inputSources("PermissionsBoundaryPolicyInputList", in.boundaries); {
	case err != nil:
		return err
	case len(boundaries) > 1:
		return errInvalidInput("A principal can have only one permissions boundary.")
	case len(boundaries) == 1:
		m.boundary = &boundaries[0]
	}
	if in.resourcePolicy != nil {
		r, err := newSource("ResourcePolicy", "Resource Policy", *in.resourcePolicy, func(*policy.Document) error { return nil })
		if err != nil {
			return err
		}
		m.resource = &r
	}
	if err := s.simulatedCaller(ctx, m, in.caller); err != nil {
		return err
	}
	m.context, err = newSimulatedContext(in.entries, m.caller)
	return err
}

// simulatedCaller finds out who calls. A user of whom nothing is known here is only a name.
func (s *Service) simulatedCaller(ctx context.Context, m *simulation, arn *string) error {
	home := m.account
	if arn != nil {
		a, _ := iam.ParseARN(*arn)
		m.account = a.Account
		known, err := s.iam.CallerFor(ctx, *arn)
		switch {
		case err == nil && a.Account == home: // of other accounts nothing is told
			m.caller = known
		case err == nil || errors.Is(err, iam.ErrNoEntity):
			_, _, name := iam.SplitName(a.Resource)
			m.caller = &iam.Caller{Principal: iam.Principal{Type: iam.TypeUser, ARN: *arn, Account: a.Account, Name: name}}
		default:
			return err
		}
		m.principal = m.caller.PolicyPrincipal()
	}
	m.principal.Account = m.account
	if m.account != home {
		return nil
	}
	root, err := s.iam.CallerFor(ctx, home)
	if err != nil {
		return err
	}
	m.controls, m.limited = root.Controls(), true
	return nil
}

// checkCallerARN checks that the simulated caller is a user.
func checkCallerARN(arn string) error {
	a, ok := iam.ParseARN(arn)
	kind, _, name := iam.SplitName(a.Resource)
	if !ok || a.Service != "iam" || len(a.Account) != 12 || kind != "user" || name == "" {
		return errInvalidInput("Invalid Entity Arn: %s does not clearly define entity type and name.", arn)
	}
	return nil
}

// checkNames checks the actions and the number of resources.
func (m *simulation) checkNames() error {
	for _, a := range m.actions {
		service, action, ok := strings.Cut(a, ":")
		if !ok || service == "" || action == "" || strings.ContainsAny(a, "*?") || strings.Contains(action, ":") {
			return errInvalidInput("Invalid action name: %s", a)
		}
	}
	if len(m.resources) > resourcesPerSimulation {
		return errInvalidInput("A simulation can have up to %d resources.", resourcesPerSimulation)
	}
	return nil
}

// ownerOf is the account that a resource belongs to.
func (m *simulation) ownerOf(arn string) string {
	a, _ := iam.ParseARN(arn)
	var owner string
	if m.owner != nil {
		o, ok := iam.ParseARN(*m.owner)
		if owner = o.Account; !ok {
			owner = *m.owner // the number itself
		}
	}
	return cmp.Or(a.Account, owner, m.account)
}

// source is a policy that takes part in a simulation.
type source struct {
	decision.Policy
	id    string // as the results call it
	kind  types.PolicySourceType
	spans []policy.Span // of its statements
}

// identitySource is the type of policy that AWS tells in its results for all policies of IAM,
// whatever the API's model says.
const identitySource = types.PolicySourceType("IAM Policy")

// newSource compiles a document.
func newSource(id string, kind types.PolicySourceType, document string, validate func(*policy.Document) error) (source, error) {
	d, err := policy.Parse([]byte(document))
	if err == nil {
		err = validate(d)
	}
	if e, ok := errors.AsType[*policy.Error](err); ok {
		return source{}, errInvalidInput("Policy %s is not valid: %s", id, e.IAMMessage())
	}
	return source{decision.Policy{Document: d, Name: id}, id, kind, policy.Spans([]byte(document))}, err
}
