package logs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/marker"
	"github.com/keystead/keystead/internal/store"
)

// policyKind is the kind of the records of resource policies, which say what services may
// deliver to the groups of an account in a Region. A record's key is ACCOUNT/REGION/NAME.
const policyKind = "log-policy"

// maxPolicies is how many an account may have in a Region.
const maxPolicies = 10

// maxPolicyName is how long the name of a policy may be.
const maxPolicyName = 512

type resourcePolicy struct {
	Name     string `json:"-"`
	Document string `json:"document"`
	Updated  int64  `json:"updated"` // Unix ms
}

func decodePolicy(r store.Record) (resourcePolicy, error) {
	parts := strings.SplitN(r.Key, "/", 3)
	var p resourcePolicy
	if err := json.Unmarshal(r.Body, &p); err != nil || len(parts) != 3 {
		return p, fmt.Errorf("decode log resource policy %s: %w", r.Key, err)
	}
	p.Name = parts[2]
	return p, nil
}

func (p *resourcePolicy) describe() types.ResourcePolicy {
	return types.ResourcePolicy{
		PolicyName: &p.Name, PolicyDocument: &p.Document, LastUpdatedTime: &p.Updated, PolicyScope: types.PolicyScopeAccount,
	}
}

// policyName checks the name of a policy, and that it is one of the account's.
func policyName(name, resource, revision *string) (string, error) {
	switch {
	case resource != nil || revision != nil:
		return "", invalid("Policies of a single log group are not supported.")
	case name == nil || *name == "" || len(*name) > maxPolicyName || checkStreamName(*name) != nil:
		return "", invalid("The policyName is not valid.")
	}
	return *name, nil
}

// PutResourcePolicy makes a resource policy, or replaces it.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
func (s *Service) PutResourcePolicy(ctx context.Context, c *iam.Caller, in *sdk.PutResourcePolicyInput) (*sdk.PutResourcePolicyOutput, error) {
	if err := allowAny(c, "PutResourcePolicy", "*", keys{}); err != nil {
		return nil, err
	}
	name, err := policyName(in.PolicyName, in.ResourceArn, in.ExpectedRevisionId)
	if err != nil {
		return nil, err
	}
	if in.PolicyDocument == nil {
		return nil, invalid("The policyDocument must be specified.")
	}
	if _, err := policy.Parse([]byte(*in.PolicyDocument)); err != nil {
		return nil, invalid("The policyDocument is not valid: %s", err)
	}
	p := resourcePolicy{name, *in.PolicyDocument, s.clock.Now().UnixMilli()}
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	prefix := partition(c.Principal.Account, c.Region)
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Get(policyKind, prefix+name); errors.Is(err, store.ErrNotFound) {
			all, err := tx.Scan(policyKind, store.Range{Prefix: prefix, Limit: maxPolicies})
			if err != nil {
				return err
			}
			if len(all) == maxPolicies {
				return limitExceeded()
			}
		} else if err != nil {
			return err
		}
		return tx.Upsert(store.Record{Kind: policyKind, Key: prefix + name, Body: body})
	})
	if err != nil {
		return nil, err
	}
	return &sdk.PutResourcePolicyOutput{ResourcePolicy: new(p.describe())}, nil
}

// DescribeResourcePolicies lists the resource policies of the account in the Region.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html
func (s *Service) DescribeResourcePolicies(ctx context.Context, c *iam.Caller, in *sdk.DescribeResourcePoliciesInput) (*sdk.DescribeResourcePoliciesOutput, error) {
	if err := allowAny(c, "DescribeResourcePolicies", "*", keys{}); err != nil {
		return nil, err
	}
	last, err := after(in.NextToken)
	if err != nil {
		return nil, err
	}
	all, err := s.policies(ctx, c.Principal.Account, c.Region)
	if err != nil {
		return nil, err
	}
	out := &sdk.DescribeResourcePoliciesOutput{ResourcePolicies: []types.ResourcePolicy{}}
	if in.ResourceArn != nil || in.PolicyScope == types.PolicyScopeResource {
		return out, nil
	}
	limit := limitOf(in.Limit, pageSize)
	for _, p := range all {
		if p.Name <= last {
			continue
		}
		if len(out.ResourcePolicies) == limit {
			out.NextToken = new(marker.Marker{After: *out.ResourcePolicies[limit-1].PolicyName}.String())
			break
		}
		out.ResourcePolicies = append(out.ResourcePolicies, p.describe())
	}
	return out, nil
}

func (s *Service) policies(ctx context.Context, account, region string) ([]resourcePolicy, error) {
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	records, err := s.db.Scan(ctx, policyKind, store.Range{Prefix: partition(account, region)})
	if err != nil {
		return nil, err
	}
	list := make([]resourcePolicy, len(records))
	for i, r := range records {
		if list[i], err = decodePolicy(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// DeleteResourcePolicy removes a resource policy.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteResourcePolicy.html
func (s *Service) DeleteResourcePolicy(ctx context.Context, c *iam.Caller, in *sdk.DeleteResourcePolicyInput) (*sdk.DeleteResourcePolicyOutput, error) {
	if err := allowAny(c, "DeleteResourcePolicy", "*", keys{}); err != nil {
		return nil, err
	}
	name, err := policyName(in.PolicyName, in.ResourceArn, in.ExpectedRevisionId)
	if err != nil {
		return nil, err
	}
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		err := tx.Delete(policyKind, partition(c.Principal.Account, c.Region)+name)
		if errors.Is(err, store.ErrNotFound) {
			return notFound("Policy with name [" + name + "] does not exist.")
		}
		return err
	})
}

// Admits reports whether the resource policies of a group's account let a service, for one of
// its resources, deliver to a stream of the group: make the stream and put events into it.
func (s *Service) Admits(ctx context.Context, group, stream string, service *iam.Caller) (bool, error) {
	account, region, name, ok := parseGroupARN(group)
	if !ok {
		return false, nil
	}
	all, err := s.policies(ctx, account, region)
	if err != nil {
		return false, err
	}
	arn := ofGroup(groupARN(account, region, name)) + stream
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		if !admitsAction(all, action, arn, service) {
			return false, nil
		}
	}
	return true, nil
}

// admitsAction says whether one policy allows an action and none denies it. A policy that does
// not parse any more denies.
func admitsAction(all []resourcePolicy, action, arn string, service *iam.Caller) bool {
	allowed := false
	for _, p := range all {
		d, err := policy.Parse([]byte(p.Document))
		if err != nil {
			return false
		}
		switch d.Evaluate(&policy.Request{
			Principal: service.PolicyPrincipal(), Action: action, Resource: arn, Context: service.ResourcePolicyContext(keys{}),
		}).Outcome {
		case policy.Denied:
			return false
		case policy.Allowed, policy.AllowedByARN:
			allowed = true
		}
	}
	return allowed
}
