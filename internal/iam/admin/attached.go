package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// policiesPerHolder is the quota of managed policies that a user, a group or a role has.
const policiesPerHolder = 10

// attach attaches a managed policy. It is no error if it is attached already.
func (k kind[T]) attach(ctx context.Context, s *Service, c *iam.Caller, action, name, arn string) error {
	return k.change(ctx, s, c, request{action: action, policy: arn}, name, func(tx *store.Tx, v *T) error {
		h := k.holder(v)
		if err := attachable(tx, c.Principal.Account, arn); err != nil {
			return err
		}
		switch {
		case slices.Contains(h.Attached, arn):
			return nil
		case len(h.Attached) >= policiesPerHolder:
			return errQuota("Policies"+k.plural, policiesPerHolder)
		}
		h.Attached = append(h.Attached, arn)
		return nil
	})
}

// detach takes a managed policy away again.
func (k kind[T]) detach(ctx context.Context, s *Service, c *iam.Caller, action, name, arn string) error {
	return k.change(ctx, s, c, request{action: action, policy: arn}, name, func(_ *store.Tx, v *T) error {
		h := k.holder(v)
		i := slices.Index(h.Attached, arn)
		if i < 0 {
			return errNoSuchEntity("Policy %s was not found.", arn)
		}
		h.Attached = slices.Delete(h.Attached, i, i+1)
		return nil
	})
}

// attached lists the managed policies of an entity whose paths begin with prefix.
func (k kind[T]) attached(ctx context.Context, s *Service, c *iam.Caller, action, name string, prefix *string, p page) ([]types.AttachedPolicy, *string, error) {
	v, err := k.find(ctx, s, c, request{action: action}, name)
	if err != nil {
		return nil, nil, err
	}
	var all []types.AttachedPolicy
	for _, arn := range k.holder(v).Attached {
		a, _ := iam.ParseARN(arn)
		_, path, last := iam.SplitName(a.Resource)
		if strings.HasPrefix(path, pathPrefix(prefix)) {
			all = append(all, types.AttachedPolicy{PolicyArn: new(arn), PolicyName: new(last)})
		}
	}
	shown, next := cut(p, all, func(a types.AttachedPolicy) string { return *a.PolicyArn })
	return shown, next, nil
}

// attachable checks that a managed policy exists which entities of the account may have.
func attachable(tx *store.Tx, account, arn string) error {
	ok, err := hasPolicy(tx, account, arn)
	if err == nil && !ok {
		err = errNoSuchEntity("Policy %s does not exist or is not attachable.", arn)
	}
	return err
}

// boundable checks that a managed policy exists which can be a permissions boundary.
func boundable(tx *store.Tx, account, arn string) error {
	ok, err := hasPolicy(tx, account, arn)
	if err == nil && !ok {
		err = errNoSuchEntity("Scope ARN: %s does not exist or is not attachable.", arn)
	}
	return err
}

// hasPolicy reports whether there is a managed policy with exactly this ARN: one of AWS's or
// one of the account.
func hasPolicy(tx *store.Tx, account, arn string) (bool, error) {
	if _, ok := iam.AWSManagedPolicy(arn); ok {
		return true, nil
	}
	a, ok := iam.ParseARN(arn)
	if !ok {
		return false, errInvalidInput("ARN %s is not valid.", arn)
	}
	_, _, name := iam.SplitName(a.Resource)
	p, err := iam.Policies.Get(tx, account, name)
	if errors.Is(err, iam.ErrNoEntity) {
		return false, nil
	}
	return err == nil && iam.PolicyARN(account, p.Path, p.Name) == arn, err
}
