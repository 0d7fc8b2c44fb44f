package eventbridge

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// keys are condition keys that EventBridge has for a request, by their names in lower case.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
type keys map[string]policy.Value

// Lookup implements policy.Context.
func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// ofRequest adds the keys about the tags in a request.
func (k keys) ofRequest(tags []types.Tag) keys {
	names := make([]string, 0, len(tags))
	for _, t := range tags {
		if t.Key != nil && t.Value != nil {
			names = append(names, *t.Key)
			k["aws:requesttag/"+strings.ToLower(*t.Key)] = policy.Single(*t.Value)
		}
	}
	return k.ofNames(names)
}

// ofNames adds the key about the names of tags in a request.
func (k keys) ofNames(names []string) keys {
	if len(names) > 0 {
		k["aws:tagkeys"] = policy.Multi(names)
	}
	return k
}

// ofTags adds the keys about the tags of a resource.
func (k keys) ofTags(tags map[string]string) keys {
	for name, value := range tags {
		k["aws:resourcetag/"+strings.ToLower(name)] = policy.Single(value)
	}
	return k
}

// ofRule adds the keys about a rule that there is.
func (k keys) ofRule(r *rule) keys {
	if r == nil {
		return k
	}
	k["events:creatoraccount"] = policy.Single(r.Creator)
	return k.ofTags(r.Tags)
}

// allow decides about a resource of the caller's own account.
func allow(c *iam.Caller, action, arn string, k keys) error {
	return c.Authorize(&iam.Access{Action: "events:" + action, ARN: arn, Account: c.Principal.Account, Context: k})
}

// passRole decides whether the caller may hand a role to the service.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
func passRole(c *iam.Caller, role string) error {
	if a, ok := iam.ParseARN(role); !ok || a.Account != c.Principal.Account {
		return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "Cross-account pass role is not allowed."}
	}
	return c.Authorize(&iam.Access{
		Action: "iam:PassRole", ARN: role, Account: c.Principal.Account,
		Context: keys{"iam:passedtoservice": policy.Single(servicePrincipal)},
	})
}

// servicePrincipal is the service's name in policies.
const servicePrincipal = "events.amazonaws.com"
