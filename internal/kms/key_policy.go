package kms

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

const (
	policyName   = "default" // the only name of a key policy
	policyLength = 32768     // bytes, a resource quota of AWS KMS
)

// PutKeyPolicy replaces the policy of a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
func (s *Service) PutKeyPolicy(ctx context.Context, c *iam.Caller, in *kms.PutKeyPolicyInput) (*kms.PutKeyPolicyOutput, error) {
	if in.PolicyName == nil {
		in.PolicyName = new(policyName)
	}
	_, err := s.change(ctx, c, &ask{op: opPutKeyPolicy, name: *in.KeyId}, func(_ *store.Tx, k *key) error {
		if *in.PolicyName != policyName {
			return errNoSuchPolicy()
		}
		return k.setPolicy(c, *in.Policy, in.BypassPolicyLockoutSafetyCheck)
	})
	if err != nil {
		return nil, err
	}
	return &kms.PutKeyPolicyOutput{}, nil
}

// GetKeyPolicy shows the policy of a key as it was put.
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
	text := k.policy()
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

// setPolicy validates a policy document and takes it over.
func (k *key) setPolicy(c *iam.Caller, text string, bypassLockoutCheck bool) error {
	if len(text) > policyLength {
		return errLimit("The key policy has %d bytes; the limit is %d.", len(text), policyLength)
	}
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return malformed(err)
	}
	if err := doc.ValidateKeyPolicy(); err != nil {
		return malformed(err)
	}
	if !bypassLockoutCheck && !doc.AllowsFuturePutKeyPolicy(c.PolicyPrincipal(), k.arn, c.PolicyContext()) {
		return errPolicy("The new key policy will not allow you to update the key policy in the future.")
	}
	k.Policy, k.document = text, &decision.Policy{Document: doc, Name: keyPolicyName}
	return nil
}

// keyPolicyName is what explanations call the policy of a key.
const keyPolicyName = "the key policy"

// compilePolicy returns the compiled policy of a stored key. Keys with the default policy
// share one for each account.
func compilePolicy(k *key) (*decision.Policy, error) {
	if k.Policy == "" {
		root := iam.AccountRoot(iam.Partition(k.ref.Region), k.Account)
		if p, ok := defaultPolicies.Load(root); ok {
			return p.(*decision.Policy), nil
		}
		p, err := parsePolicy(defaultPolicy(root))
		if err == nil {
			defaultPolicies.Store(root, p)
		}
		return p, err
	}
	return parsePolicy(k.Policy)
}

// defaultPolicies has the compiled default policy of each account that has used one, by
// the ARN of its root user.
var defaultPolicies sync.Map

func parsePolicy(text string) (*decision.Policy, error) {
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("parse a stored key policy: %w", err)
	}
	return &decision.Policy{Document: doc, Name: keyPolicyName}, nil
}

// malformed words what is wrong with a document for its author.
func malformed(err error) error {
	var e *policy.Error
	if errors.As(err, &e) {
		return errPolicy(e.Message)
	}
	return err
}

// policy returns the text of the key's policy.
func (k *key) policy() string {
	if k.Policy != "" {
		return k.Policy
	}
	return defaultPolicy(iam.AccountRoot(iam.Partition(k.ref.Region), k.Account))
}

// defaultPolicy is the policy of a key that was created without one: the account decides
// by IAM policies. The layout is AWS's.
func defaultPolicy(root string) string {
	return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "` + root + `"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`
}
