package alarm

import (
	"maps"
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// keys are the condition keys that CloudWatch has for alarms, by their names in lower case.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
type keys map[string]policy.Value

// Lookup implements policy.Context.
func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// ofRequest adds the keys about the tags in a request.
func (k keys) ofRequest(tags []tag) keys {
	if len(tags) == 0 {
		return k
	}
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Key
		k["aws:requesttag/"+strings.ToLower(t.Key)] = policy.Single(t.Value)
	}
	return k.ofTagKeys(names)
}

func (k keys) ofTagKeys(names []string) keys {
	k["aws:tagkeys"] = policy.Multi(names)
	return k
}

// ofActions adds the key about the actions that an alarm is to have.
func (k keys) ofActions(lists ...[]string) keys {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	if len(all) > 0 {
		k["cloudwatch:alarmactions"] = policy.Multi(all)
	}
	return k
}

// ofAlarm returns the keys together with those about an alarm; there may be none.
func (k keys) ofAlarm(a *alarm) keys {
	all := keys{}
	maps.Copy(all, k)
	if a != nil {
		for _, t := range a.Tags {
			all["aws:resourcetag/"+strings.ToLower(t.Key)] = policy.Single(t.Value)
		}
	}
	return all
}

// authorize decides about an alarm of the caller's own account; a is nil if there is none.
func authorize(c *iam.Caller, action, name string, a *alarm, k keys) error {
	return c.Authorize(&iam.Access{
		Action: "cloudwatch:" + action, ARN: alarmARN(c.Principal.Account, c.Region, name), Account: c.Principal.Account,
		Missing: a == nil, Context: k.ofAlarm(a),
	})
}

// authorizeNew is authorize for an alarm that the call may make.
func authorizeNew(c *iam.Caller, action, name string, a *alarm, k keys) error {
	return c.Authorize(&iam.Access{
		Action: "cloudwatch:" + action, ARN: alarmARN(c.Principal.Account, c.Region, name), Account: c.Principal.Account,
		Context: k.ofAlarm(a),
	})
}

// authorizeAll decides about all alarms at once. Composite alarms can be had by no less than a
// permission that is scoped to *.
func authorizeAll(c *iam.Caller, action string, k keys) error {
	if k == nil {
		k = keys{}
	}
	return c.Authorize(&iam.Access{Action: "cloudwatch:" + action, ARN: "*", Account: c.Principal.Account, Context: k})
}
