package logs

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// keys are condition keys of a request, by their names in lower case.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
type keys map[string]policy.Value

// Lookup implements policy.Context.
func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// of adds the tags of a group.
func (k keys) of(g *group) keys {
	if g != nil {
		for name, value := range g.Tags {
			k["aws:resourcetag/"+strings.ToLower(name)] = policy.Single(value)
		}
	}
	return k
}

// requested adds the tags in a request.
func (k keys) requested(tags map[string]string) keys {
	if len(tags) == 0 {
		return k
	}
	names := make([]string, 0, len(tags))
	for name, value := range tags {
		names = append(names, name)
		k["aws:requesttag/"+strings.ToLower(name)] = policy.Single(value)
	}
	k["aws:tagkeys"] = policy.Multi(names)
	return k
}

// removed adds the names of tags that a request removes.
func (k keys) removed(names []string) keys {
	k["aws:tagkeys"] = policy.Multi(names)
	return k
}

// ofGroup is the ARN of a group as policies have it for all actions but those on tags: it
// matches a resource that ends in ":*". AWS decides about groups as about a stream without a
// name.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
func ofGroup(arn string) string { return arn + ":log-stream:" }

// allow decides about an action on a resource. g is nil if there is no such group.
func allow(c *iam.Caller, action, arn, account string, g *group, k keys) error {
	return c.Authorize(&iam.Access{Action: "logs:" + action, ARN: arn, Account: account, Missing: g == nil, Context: k.of(g)})
}

// allowAny decides about an action that is about no group that exists.
func allowAny(c *iam.Caller, action, arn string, k keys) error {
	return c.Authorize(&iam.Access{Action: "logs:" + action, ARN: arn, Account: c.Principal.Account, Context: k})
}

// allGroups is the resource of actions on all groups of an account.
func allGroups(c *iam.Caller) string { return ofGroup(groupARN(c.Principal.Account, c.Region, "")) }

// admit finds a group by its name, for an action that the caller may do with it.
func (s *Service) admit(ctx context.Context, c *iam.Caller, action, name string) (*group, error) {
	return s.admitTo(ctx, c, action, target{c.Principal.Account, c.Region, name}, "")
}

// target names a group.
type target struct{ account, region, name string }

// named is the target of a request that names a group or has its ARN, and exactly one of
// these.
func named(c *iam.Caller, name, identifier *string) (target, error) {
	switch {
	case name != nil && identifier != nil:
		return target{}, &types.ValidationException{Message: new("LogGroup name and LogGroup ARN are mutually exclusive parameters.")}
	case name != nil:
		return target{c.Principal.Account, c.Region, *name}, nil
	case identifier == nil:
		return target{}, &types.ValidationException{Message: new("LogGroup name or LogGroup ARN must be specified.")}
	case !strings.HasPrefix(*identifier, "arn:"):
		return target{c.Principal.Account, c.Region, *identifier}, nil
	}
	account, region, group, ok := parseGroupARN(*identifier)
	if !ok || strings.HasSuffix(*identifier, ":*") {
		return target{}, invalid("Invalid logGroupIdentifier.")
	}
	return target{account, region, group}, nil
}

// admitTo is admit for a target. If stream is not empty, the action is one on a stream.
func (s *Service) admitTo(ctx context.Context, c *iam.Caller, action string, t target, stream string) (*group, error) {
	g, err := s.fresh(ctx, t.account, t.region, t.name)
	if err != nil {
		return nil, err
	}
	arn := ofGroup(groupARN(t.account, t.region, t.name)) + stream
	if err := allow(c, action, arn, t.account, g, keys{}); err != nil {
		return nil, err
	}
	if g == nil || t.region != c.Region {
		return nil, noGroup()
	}
	return g, nil
}
