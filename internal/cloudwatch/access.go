package cloudwatch

import (
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// keys are condition keys of a request, by their names in lower case.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
type keys map[string]policy.Value

// Lookup implements policy.Context.
func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// authorize decides about an action that has no resource.
func authorize(c *iam.Caller, action string, k keys) error {
	return c.Authorize(&iam.Access{Action: "cloudwatch:" + action, ARN: "*", Account: c.Principal.Account, Context: k})
}

// authorizeDashboard decides about a dashboard; d is nil if there is none.
func authorizeDashboard(c *iam.Caller, action, name string, d *dashboard, k keys) error {
	if k == nil {
		k = keys{}
	}
	if d != nil {
		for name, v := range d.Tags {
			k["aws:resourcetag/"+strings.ToLower(name)] = policy.Single(v)
		}
	}
	return c.Authorize(&iam.Access{
		Action: "cloudwatch:" + action, ARN: dashboardARN(c.Principal.Account, name),
		Account: c.Principal.Account, Missing: d == nil, Context: k,
	})
}

// tagKeys are the keys about tags in a request.
func tagKeys(tags map[string]string) keys {
	k := keys{}
	if len(tags) == 0 {
		return k
	}
	var names []string
	for name, v := range tags {
		names = append(names, name)
		k["aws:requesttag/"+strings.ToLower(name)] = policy.Single(v)
	}
	k["aws:tagkeys"] = policy.Multi(names)
	return k
}
