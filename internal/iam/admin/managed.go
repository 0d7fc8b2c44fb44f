package admin

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// The functions of this file are the only ones that hand out managed policies, each together
// with the decision on it.

// policyName is the ARN of a managed policy in its parts.
type policyName struct {
	arn           string
	account, name string // the account is "aws" for AWS managed policies
}

// parsePolicyARN reads the ARN of a managed policy, whether there is such a policy or not.
func parsePolicyARN(arn string) (policyName, error) {
	a, ok := iam.ParseARN(arn)
	kind, path, name := iam.SplitName(a.Resource)
	if !ok || a.Service != "iam" || a.Region != "" || kind != "policy" || name == "" || iam.PolicyARN(a.Account, path, name) != arn {
		return policyName{}, errInvalidInput("ARN %s is not valid.", arn)
	}
	return policyName{arn, a.Account, name}, nil
}

// findManaged returns a managed policy of the account, or one of AWS's, for an operation that
// does not change it.
func (s *Service) findManaged(ctx context.Context, c *iam.Caller, q request, arn string) (*iam.ManagedPolicy, error) {
	n, err := parsePolicyARN(arn)
	if err != nil {
		return nil, err
	}
	if n.account == iam.AWSAccount {
		n.account = c.Principal.Account // everybody may be allowed to read them
		p, _ := iam.AWSManagedPolicy(arn)
		return admitManaged(c, q, n, p)
	}
	p, err := iam.Policies.Find(ctx, s.db, n.account, n.name)
	if err != nil && !errors.Is(err, iam.ErrNoEntity) {
		return nil, err
	}
	return admitManaged(c, q, n, p)
}

// changeManaged hands a managed policy of the account to f, which changes it, and stores the
// result. f runs inside the transaction that does so, perhaps more than once.
func (s *Service) changeManaged(ctx context.Context, c *iam.Caller, q request, arn string, f func(p *iam.ManagedPolicy) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := openManaged(tx, c, q, arn)
		if err != nil {
			return err
		}
		if err := f(p); err != nil {
			return err
		}
		return iam.Policies.Put(tx, c.Principal.Account, p.Name, p)
	})
}

// openManaged returns a managed policy of the account inside a transaction. Nobody may change
// those of AWS or of other accounts.
func openManaged(tx *store.Tx, c *iam.Caller, q request, arn string) (*iam.ManagedPolicy, error) {
	n, err := parsePolicyARN(arn)
	if err != nil {
		return nil, err
	}
	p, err := iam.Policies.Get(tx, n.account, n.name)
	if err != nil && !errors.Is(err, iam.ErrNoEntity) {
		return nil, err
	}
	return admitManaged(c, q, n, p)
}

// admitManaged makes the decision on the policy p that n names; p is nil if there is none.
func admitManaged(c *iam.Caller, q request, n policyName, p *iam.ManagedPolicy) (*iam.ManagedPolicy, error) {
	r := resource{arn: n.arn, account: n.account}
	if p != nil && n.account == c.Principal.Account { // of others nothing is told
		r.tags = p.Tags
	}
	if err := authorize(c, q, r); err != nil {
		return nil, err
	}
	// Names are found whatever their case and their path.
	if p == nil || iam.PolicyARN(n.account, p.Path, p.Name) != n.arn && !isAWSManaged(n.arn) {
		return nil, errNoSuchEntity("Policy %s was not found.", n.arn)
	}
	return p, nil
}

func isAWSManaged(arn string) bool {
	_, ok := iam.AWSManagedPolicy(arn)
	return ok
}

// policyOut describes a managed policy as all operations do.
func policyOut(arn string, p *iam.ManagedPolicy, u *usage) types.Policy {
	return types.Policy{
		Arn: &arn, PolicyName: &p.Name, PolicyId: &p.ID, Path: &p.Path, DefaultVersionId: &p.Default, IsAttachable: true,
		AttachmentCount: new(u.attached[arn]), PermissionsBoundaryUsageCount: new(u.boundary[arn]),
		CreateDate: &p.Created, UpdateDate: &p.Updated,
	}
}
