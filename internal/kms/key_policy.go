package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

const policyName = "default" // the only name of a key policy

// PutKeyPolicy replaces the policy of a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
func (s *Service) PutKeyPolicy(ctx context.Context, c *iam.Caller, in *kms.PutKeyPolicyInput) (*kms.PutKeyPolicyOutput, error) {
	if in.PolicyName == nil {
		in.PolicyName = new(policyName)
	}
	// Before the transaction, which must not wait for this; what is wrong with the document
	// is told after the decision.
	p, invalid := s.newPolicy(ctx, *in.Policy)
	a := &ask{op: opPutKeyPolicy, name: *in.KeyId, further: bypassing(in.BypassPolicyLockoutSafetyCheck)}
	_, err := s.change(ctx, c, a, func(_ *store.Tx, k *key) error {
		switch {
		case *in.PolicyName != policyName:
			return errNoSuchPolicy()
		case invalid != nil:
			return invalid
		}
		return s.setPolicy(ctx, c, k, p, in.BypassPolicyLockoutSafetyCheck)
	})
	if err != nil {
		return nil, err
	}
	return &kms.PutKeyPolicyOutput{}, nil
}

// bypassing is the condition key of BypassPolicyLockoutSafetyCheck, which the request has
// only if the check is bypassed: false and nothing are the same in the input.
func bypassing(check bool) []condition {
	if !check {
		return nil
	}
	return []condition{{"kms:bypasspolicylockoutsafetycheck", policy.Single("true")}}
}

// GetKeyPolicy shows the policy of a key as it was put, but for principals that are gone.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
func (s *Service) GetKeyPolicy(ctx context.Context, c *iam.Caller, in *kms.GetKeyPolicyInput) (*kms.GetKeyPolicyOutput, error) {
	if in.PolicyName == nil {
		in.PolicyName = new(policyName)
	}
	k, err := s.use(ctx, c, &ask{op: opGetKeyPolicy, name: *in.KeyId})
	if err != nil {
		return nil, err
	}
	if *in.PolicyName != policyName {
		return nil, errNoSuchPolicy()
	}
	text, err := s.shownPolicy(ctx, k)
	if err != nil {
		return nil, err
	}
	return &kms.GetKeyPolicyOutput{Policy: &text, PolicyName: in.PolicyName}, nil
}

// ListKeyPolicies lists the names of the policies of a key, of which there is one.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyPolicies.html
func (s *Service) ListKeyPolicies(ctx context.Context, c *iam.Caller, in *kms.ListKeyPoliciesInput) (*kms.ListKeyPoliciesOutput, error) {
	if in.Marker != nil { // one page is all, so nobody has got one
		return nil, errMarker()
	}
	if _, err := s.use(ctx, c, &ask{op: opListKeyPolicies, name: *in.KeyId}); err != nil {
		return nil, err
	}
	return &kms.ListKeyPoliciesOutput{PolicyNames: []string{policyName}}, nil
}
