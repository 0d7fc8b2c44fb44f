package kms

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

const policyLength = 32768 // bytes, a resource quota of AWS KMS

// Principals knows who exists.
type Principals interface {
	// PrincipalIDs looks up accounts, users, roles and sessions of roles. ids has the unique
	// ids of the users and roles among them, by name; missing is the first of the names that
	// stands for nobody, "" if there is none, and then ids has nothing.
	PrincipalIDs(ctx context.Context, names []string) (ids map[string]string, missing string, err error)
	// UniqueIDs looks up principals by their ARNs. What is not in the result stands for
	// nobody; the value is the unique id of a user, of a role, or of the role of a session,
	// and "" for others. It sees what any node has answered.
	UniqueIDs(ctx context.Context, arns []string) (map[string]string, error)
}

// keyPolicy is a valid policy document whose principals exist.
type keyPolicy struct {
	text     string
	document *policy.Document
	ids      map[string]string // the unique ids of the users and roles that it names
}

// newPolicy validates a policy document. What it finds out about principals stays right:
// the document is bound to their unique ids, so that who is deleted before the document is
// in place has no part in it, and neither has a namesake.
func (s *Service) newPolicy(ctx context.Context, text string) (*keyPolicy, error) {
	if len(text) > policyLength {
		return nil, errLimit("The key policy has %d bytes; the limit is %d.", len(text), policyLength)
	}
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, malformed(err)
	}
	if err := doc.ValidateKeyPolicy(); err != nil {
		return nil, malformed(err)
	}
	ids, missing, err := s.principals.PrincipalIDs(ctx, doc.Principals())
	if err != nil {
		return nil, fmt.Errorf("look up the principals of a key policy: %w", err)
	}
	if missing != "" {
		return nil, errPolicy("Policy contains a statement with one or more invalid principals.")
	}
	doc.Bind(ids)
	return &keyPolicy{text, doc, ids}, nil
}

// setPolicy gives k the policy p, unless it would lock the caller out.
func (s *Service) setPolicy(ctx context.Context, c *iam.Caller, k *key, p *keyPolicy, bypassLockoutCheck bool) error {
	if !bypassLockoutCheck {
		ok, err := s.keepsControl(ctx, c, k, p.document)
		if err != nil {
			return err
		}
		if !ok {
			return errPolicy("The new key policy will not allow you to update the key policy in the future.")
		}
	}
	k.Policy, k.PolicyIDs, k.document = p.text, p.ids, &decision.Policy{Document: p.document, Name: keyPolicyName}
	return nil
}

// keepsControl is the lockout safety check: whether the caller could change the policy of k
// again if doc were it.
func (s *Service) keepsControl(ctx context.Context, c *iam.Caller, k *key, doc *policy.Document) (bool, error) {
	a := &ask{op: opPutKeyPolicy, key: k}
	a.begin(ctx, s, c)
	ok := doc.AllowsFuturePutKeyPolicy(c.PolicyPrincipal(), k.arn, c.ResourcePolicyContext(a))
	return ok, a.err
}

// shownPolicy is the text of the key's policy as it was put, in which principals that are
// gone stand by their unique ids.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (s *Service) shownPolicy(ctx context.Context, k *key) (string, error) {
	text := k.policy()
	ids, err := s.principals.UniqueIDs(ctx, slices.Sorted(maps.Keys(k.PolicyIDs)))
	if err != nil {
		return "", fmt.Errorf("look up the principals of a key policy: %w", err)
	}
	gone := map[string]string{}
	for name, id := range k.PolicyIDs {
		if ids[name] != id { // nobody, or a namesake
			gone[name] = id
		}
	}
	if len(gone) == 0 {
		return text, nil
	}
	return policy.Rename(text, gone), nil
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
		p, err := parsePolicy(defaultPolicy(root), nil)
		if err == nil {
			defaultPolicies.Store(root, p)
		}
		return p, err
	}
	return parsePolicy(k.Policy, k.PolicyIDs)
}

// defaultPolicies has the compiled default policy of each account that has used one, by
// the ARN of its root user.
var defaultPolicies sync.Map

func parsePolicy(text string, ids map[string]string) (*decision.Policy, error) {
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("parse a stored key policy: %w", err)
	}
	doc.Bind(ids)
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
