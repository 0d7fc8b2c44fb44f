package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// heldPolicies are the policies of a user, group or role.
type heldPolicies struct {
	kind     string // "user", "group" or "role"
	identity []source
	boundary *source
}

// policiesOf finds the policies of a user, group or role by its ARN, once the caller may do
// the action to it.
func (s *Service) policiesOf(ctx context.Context, c *iam.Caller, action, arn string) (*heldPolicies, error) {
	a, ok := iam.ParseARN(arn)
	what, path, name := iam.SplitName(a.Resource)
	if !ok || a.Service != "iam" || name == "" {
		return nil, errEntityARN(arn)
	}
	q := request{action: action}
	if a.Account != c.Principal.Account { // nobody learns anything about those of other accounts
		if err := authorize(c, q, resource{arn: arn, account: a.Account}); err != nil {
			return nil, err
		}
		return nil, errNotFound(what, name)
	}
	h := &heldPolicies{kind: what}
	switch what {
	case "user":
		u, err := users.find(ctx, s, c, q, name)
		if err != nil {
			return nil, err
		}
		return h, errors.Join(s.holds(ctx, h, a.Account, what, path, &u.Holder), s.holdsByGroups(ctx, h, a.Account, u))
	case "group":
		g, err := groups.find(ctx, s, c, q, name)
		if err != nil {
			return nil, err
		}
		return h, s.holds(ctx, h, a.Account, what, path, &g.Holder)
	case "role":
		r, err := roles.find(ctx, s, c, q, name)
		if err != nil {
			return nil, err
		}
		return h, s.holds(ctx, h, a.Account, what, path, &r.Holder)
	}
	return nil, errEntityARN(arn)
}

func errEntityARN(arn string) error {
	return errInvalidInput("Invalid Entity Arn: %s does not clearly define entity type and name.", arn)
}

// holds adds the policies of an entity that was named by this path.
func (s *Service) holds(ctx context.Context, h *heldPolicies, account, what, path string, e *iam.Holder) error {
	if e.Path != path {
		return errNotFound(what, e.Name)
	}
	for _, p := range e.Inline {
		one, err := stored(what+"_"+e.Name+"_"+p.Name, p.Document)
		if err != nil {
			return err
		}
		h.identity = append(h.identity, one)
	}
	for _, arn := range e.Attached {
		one, err := s.managedSource(ctx, account, arn)
		if err != nil {
			return err
		}
		h.identity = append(h.identity, one)
	}
	if e.Boundary == "" {
		return nil
	}
	one, err := s.managedSource(ctx, account, e.Boundary)
	h.boundary = &one
	return err
}

func (s *Service) holdsByGroups(ctx context.Context, h *heldPolicies, account string, u *iam.User) error {
	for _, name := range u.Groups {
		g, err := iam.Groups.Find(ctx, s.db, account, name)
		if err != nil {
			return fmt.Errorf("find group %s of a user: %w", name, err)
		}
		if err := s.holds(ctx, h, account, "group", g.Path, &g.Holder); err != nil {
			return err
		}
	}
	return nil
}

// managedSource is the default version of a managed policy that somebody has.
func (s *Service) managedSource(ctx context.Context, account, arn string) (source, error) {
	p, ok := iam.AWSManagedPolicy(arn)
	if !ok {
		var err error
		if p, err = iam.Policies.Find(ctx, s.db, account, nameOfPolicy(arn)); err != nil {
			return source{}, fmt.Errorf("find policy %s: %w", arn, err)
		}
	}
	i := slices.IndexFunc(p.Versions, func(v iam.PolicyVersion) bool { return v.ID == p.Default })
	if i < 0 {
		return source{}, fmt.Errorf("policy %s has no default version", arn)
	}
	return stored(p.Name, p.Versions[i].Document)
}

// stored compiles a document that was valid when it was stored.
func stored(id, document string) (source, error) {
	return newSource(id, identitySource, document, func(*policy.Document) error { return nil })
}

// inputSources compiles the policies of a list of an input.
func inputSources(list string, documents []string) ([]source, error) {
	sources := make([]source, len(documents))
	for i, d := range documents {
		one, err := newSource(fmt.Sprintf("%s.%d", list, i+1), identitySource, d, (*policy.Document).ValidateIdentityPolicy)
		if err != nil {
			return nil, err
		}
		sources[i] = one
	}
	return sources, nil
}

// contextKeys are the condition keys that policies look at, each once and in order.
func contextKeys(list []source) []string {
	names, seen := []string{}, map[string]bool{}
	for i := range list {
		for _, name := range list[i].ContextKeys() {
			if lower := strings.ToLower(name); !seen[lower] {
				seen[lower] = true
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// GetContextKeysForCustomPolicy lists the condition keys that policies look at.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
func (s *Service) GetContextKeysForCustomPolicy(_ context.Context, c *iam.Caller, in *sdkiam.GetContextKeysForCustomPolicyInput) (*sdkiam.GetContextKeysForCustomPolicyOutput, error) {
	if err := authorize(c, request{action: "GetContextKeysForCustomPolicy"}, resource{arn: "*"}); err != nil {
		return nil, err
	}
	list, err := inputSources("PolicyInputList", in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	return &sdkiam.GetContextKeysForCustomPolicyOutput{ContextKeyNames: contextKeys(list)}, nil
}

// GetContextKeysForPrincipalPolicy lists the condition keys that the policies of a user, group
// or role look at.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html
func (s *Service) GetContextKeysForPrincipalPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.GetContextKeysForPrincipalPolicyInput) (*sdkiam.GetContextKeysForPrincipalPolicyOutput, error) {
	held, err := s.policiesOf(ctx, c, "GetContextKeysForPrincipalPolicy", *in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	list, err := inputSources("PolicyInputList", in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	return &sdkiam.GetContextKeysForPrincipalPolicyOutput{ContextKeyNames: contextKeys(append(held.identity, list...))}, nil
}
