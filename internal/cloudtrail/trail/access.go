package trail

import (
	"context"
	"maps"
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// keys are condition keys that CloudTrail has for a request, by their names in lower case.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
type keys map[string]policy.Value

// Lookup implements policy.Context.
func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// ofTags has the keys about the tags in a request, and of the resource.
func ofTags(request, resource []iam.Tag) keys {
	k := keys{}
	if len(request) > 0 {
		names := make([]string, len(request))
		for i, t := range request {
			names[i] = t.Key
			k["aws:requesttag/"+strings.ToLower(t.Key)] = policy.Single(t.Value)
		}
		k["aws:tagkeys"] = policy.Multi(names)
	}
	for _, t := range resource {
		k["aws:resourcetag/"+strings.ToLower(t.Key)] = policy.Single(t.Value)
	}
	return k
}

// authorize decides about an action on a trail, or on "*".
func authorize(c *iam.Caller, action, arn string, k keys) error {
	account := c.Principal.Account
	if a, ok := iam.ParseARN(arn); ok {
		account = a.Account
	}
	return c.Authorize(&iam.Access{Action: "cloudtrail:" + action, ARN: arn, Account: account, Context: maps.Clone(k)})
}

// passRole decides whether the caller may hand a role to CloudTrail.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
func passRole(c *iam.Caller, arn, account string) error {
	return c.Authorize(&iam.Access{
		Action: "iam:PassRole", ARN: arn, Account: account, Context: keys{"iam:passedtoservice": policy.Single(servicePrincipal)},
	})
}

// servicePrincipal is who delivers events.
const servicePrincipal = "cloudtrail.amazonaws.com"

// members are the accounts of the organization if the account manages it, else nil.
func (s *Service) members(ctx context.Context, account string) (map[string]bool, error) {
	management, err := s.iam.ManagementAccount(ctx)
	if err != nil || management != account {
		return nil, err
	}
	all, err := s.iam.OrganizationAccounts(ctx)
	if err != nil {
		return nil, err
	}
	members := make(map[string]bool, len(all))
	for _, a := range all {
		members[a.ID] = true
	}
	return members, nil
}
