package vpc

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// keys are condition keys that EC2 has for a request, by their names in lower case.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
type keys map[string]policy.Value

// Lookup implements policy.Context.
func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// with adds a key.
func (k keys) with(name, value string) keys {
	k[name] = policy.Single(value)
	return k
}

// newKeys has what every request has.
func newKeys(c *iam.Caller) keys { return keys{"ec2:region": policy.Single(c.Region)} }

// ofService adds the keys about the service that an endpoint leads to.
func (k keys) ofService(name, region string) keys {
	return k.with("ec2:vpceservicename", name).with("ec2:vpceserviceregion", region).with("ec2:vpceserviceowner", "amazon")
}

// ofRequest adds the keys about the tags in a request.
func (k keys) ofRequest(tags []iam.Tag) keys {
	if len(tags) == 0 {
		return k
	}
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Key
		k.with("aws:requesttag/"+strings.ToLower(t.Key), t.Value)
	}
	k["aws:tagkeys"] = policy.Multi(names)
	return k
}

// ofEndpoint adds the keys about an endpoint that there is.
func (k keys) ofEndpoint(e *endpoint) keys {
	if e == nil {
		return k
	}
	for _, t := range e.Tags {
		name := strings.ToLower(t.Key)
		k.with("aws:resourcetag/"+name, t.Value).with("ec2:resourcetag/"+name, t.Value)
	}
	return k.ofService(e.Service, e.region)
}

// authorize decides about a resource of the caller's own account; EC2 has no others here.
// A denial is an *iam.Denied: tell makes EC2's error of it.
func authorize(c *iam.Caller, action, arn string, missing bool, k keys) error {
	return c.Authorize(&iam.Access{
		Action: "ec2:" + action, ARN: arn, Account: c.Principal.Account, Missing: missing, Context: k,
	})
}

// tell words a denial as EC2 does. It must not be called inside a transaction: sealing the
// message may need one.
func (s *Service) tell(ctx context.Context, err error) error {
	denied, ok := errors.AsType[*iam.Denied](err)
	if !ok {
		return err
	}
	if denied.Asked.Resource == "*" {
		return unauthorized(denied, "")
	}
	message, err := s.IAM.EncodeAuthorizationMessage(ctx, denied)
	if err != nil {
		return err
	}
	return unauthorized(denied, message)
}

// authorizeRead decides about an action that only reads, and ends a dry run.
func (s *Service) authorizeRead(ctx context.Context, c *iam.Caller, action string, dryRun *bool) error {
	if err := authorize(c, action, "*", false, newKeys(c)); err != nil {
		return s.tell(ctx, err)
	}
	return endDryRun(dryRun)
}

// endDryRun ends a dry run, as an error that says that all was well.
func endDryRun(dryRun *bool) error {
	if dryRun != nil && *dryRun {
		return errDryRun()
	}
	return nil
}

// authorizeEndpoint decides about an endpoint that the caller named; e is nil if there is
// none.
func authorizeEndpoint(c *iam.Caller, action, id string, e *endpoint, k keys) error {
	return authorize(c, action, endpointARN(c.Region, c.Principal.Account, id), e == nil, k.ofEndpoint(e))
}

// named is an endpoint that the caller named; there may be none.
type named struct {
	*endpoint
	id string
}

// admitted reads the endpoints that the caller named, each once. Unless the caller may do
// with all of them what it asks for, it gets none.
func admitted(tx *store.Tx, c *iam.Caller, action string, ids []string, k keys) ([]named, error) {
	var found []named
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		e, err := open(tx, c, id)
		if err != nil {
			return nil, err
		}
		if err := authorizeEndpoint(c, action, id, e, maps.Clone(k)); err != nil {
			return nil, err
		}
		found = append(found, named{e, id})
	}
	return found, nil
}
