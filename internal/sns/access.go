package sns

import (
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// keys are condition keys of a request, by their names in lower case.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
type keys map[string]policy.Value

// Lookup implements policy.Context.
func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// ofRequest adds the keys about the tags in a request.
func (k keys) ofRequest(tags []iam.Tag) keys {
	if len(tags) == 0 {
		return k
	}
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Key
		k["aws:requesttag/"+strings.ToLower(t.Key)] = policy.Single(t.Value)
	}
	k["aws:tagkeys"] = policy.Multi(names)
	return k
}

func (k keys) ofTopic(t *topic) keys {
	if t != nil {
		for _, tag := range t.Tags {
			k["aws:resourcetag/"+strings.ToLower(tag.Key)] = policy.Single(tag.Value)
		}
	}
	return k
}

// ofEndpoint adds the keys about what is subscribed.
func (k keys) ofEndpoint(protocol, endpoint string) keys {
	k["sns:protocol"] = policy.Single(protocol)
	k["sns:endpoint"] = policy.Single(endpoint)
	return k
}

// authorized finds a topic that the caller may do something with.
func (s *Service) authorized(get getter, c *iam.Caller, action, member string, n topicName, k keys) (*topic, error) {
	if err := inRegion(c, member, n); err != nil {
		return nil, err
	}
	t, err := findTopic(get, n)
	if err != nil {
		return nil, err
	}
	if k == nil {
		k = keys{}
	}
	a := &iam.Access{
		Action: "SNS:" + action, ARN: n.arn(), Account: n.account, Missing: t == nil, Adds: true, Context: k.ofTopic(t),
	}
	if t != nil {
		if a.Policy, err = s.policies.get(t); err != nil {
			return nil, err
		}
	}
	if err := c.Authorize(a); err != nil {
		return nil, err
	}
	if c.Event != nil && n.account != c.Principal.Account {
		c.Event.SharedWith = n.account
	}
	if t == nil {
		return nil, noTopic()
	}
	return t, nil
}

// authorize decides about an action that has no resource of its own.
func authorize(c *iam.Caller, action string) error {
	return c.Authorize(&iam.Access{Action: "SNS:" + action, ARN: "*", Account: c.Principal.Account})
}
