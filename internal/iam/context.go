package iam

import (
	"strconv"
	"strings"

	"github.com/keystead/keystead/internal/iam/policy"
)

// PolicyPrincipal is the caller by the names that a policy may call it.
func (c *Caller) PolicyPrincipal() policy.Principal {
	p := policy.Principal{ARN: c.Principal.ARN, ID: c.Principal.EntityID(), Role: c.Principal.Role, Account: c.Principal.Account}
	switch c.Principal.Type {
	case TypeService:
		p = policy.Principal{Service: c.Principal.Name}
	case TypeWebIdentity:
		p = policy.Principal{Federated: c.session().Federated}
	}
	return p
}

// PolicyContext is what a policy's conditions may ask of the request.
func (c *Caller) PolicyContext() policy.Context { return &requestContext{caller: c} }

// ResourcePolicyContext is PolicyContext as a resource's own policy sees it, together with
// what the service knows, for a resource of the caller's account.
func (c *Caller) ResourcePolicyContext(service policy.Context) policy.Context {
	return &resourceContext{caller: c, service: service, account: c.Principal.Account}
}

// requestContext asks the service first, then what is known of the caller.
type requestContext struct {
	caller  *Caller
	service policy.Context
	account string // that owns the resource
}

// resourceContext is a requestContext as a resource's own policy sees it.
type resourceContext requestContext

// Lookup implements policy.Context.
func (r *resourceContext) Lookup(name string) (policy.Value, bool) {
	if s, ok := r.service.(ServiceContext); ok && s.Hidden(name) {
		return policy.Value{}, false
	}
	return (*requestContext)(r).Lookup(name)
}

const (
	principalTag = "aws:principaltag/"
)

// Lookup implements policy.Context.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (r *requestContext) Lookup(name string) (policy.Value, bool) {
	if r.service != nil {
		if v, ok := r.service.Lookup(name); ok {
			return v, true
		}
	}
	c := r.caller
	switch name {
	case "aws:principalarn":
		if c.Principal.Role != "" {
			return policy.Single(c.Principal.Role), true
		}
		return policy.Single(c.Principal.ARN), c.Principal.ARN != ""
	case "aws:principalaccount", "kms:calleraccount":
		return policy.Single(c.Principal.Account), c.Principal.Account != ""
	case "aws:principaltype":
		return policy.Single(c.principalType()), true
	case "aws:principalisawsservice":
		return policy.Single(strconv.FormatBool(c.Principal.Type == TypeService)), true
	case "aws:principalservicename":
		return policy.Single(c.Principal.Name), c.Principal.Type == TypeService
	case "aws:principalservicenameslist":
		return policy.Multi([]string{c.Principal.Name}), c.Principal.Type == TypeService
	case "aws:principalorgid":
		return policy.Single(OrganizationID), c.Principal.Account != ""
	case "aws:userid":
		return policy.Single(c.Principal.ID), c.Principal.ID != ""
	case "aws:username":
		return policy.Single(c.Principal.Name), c.Principal.Type == TypeUser
	case "aws:requestedregion":
		return policy.Single(c.Region), true
	case "aws:sourceip":
		return policy.Single(c.sourceIP()), c.SourceIP.IsValid() && c.Endpoint == nil && c.Via == nil
	case "aws:vpcsourceip":
		return policy.Single(c.sourceIP()), c.SourceIP.IsValid() && c.Endpoint != nil && c.Via == nil
	case "aws:sourcevpce", "aws:sourcevpc", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid":
		return c.endpointKey(name)
	case "aws:viaawsservice":
		return policy.Single(strconv.FormatBool(c.Via != nil)), true
	case "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "kms:viaservice":
		return c.viaKey(name)
	case "aws:sourcearn":
		return policy.Single(c.SourceARN), c.SourceARN != ""
	case "aws:sourceaccount":
		return policy.Single(c.SourceAccount), c.SourceAccount != ""
	case "aws:sourceorgid":
		return policy.Single(OrganizationID), c.SourceAccount != ""
	case "aws:resourceaccount":
		return policy.Single(r.account), r.account != ""
	case "aws:securetransport":
		return policy.Single(strconv.FormatBool(c.SecureTransport)), true
	case "aws:useragent":
		return policy.Single(c.UserAgent), c.UserAgent != ""
	case "aws:currenttime":
		return policy.Single(c.currentTime()), true
	case "aws:epochtime":
		return policy.Single(strconv.FormatInt(c.Time.Unix(), 10)), true
	}
	if key, ok := strings.CutPrefix(name, principalTag); ok {
		return c.principalTag(key)
	}
	return c.session().lookup(name, c.Time)
}

func (c *Caller) principalType() string {
	switch c.Principal.Type {
	case TypeRoot:
		return "Account"
	case TypeUser:
		return "User"
	case TypeAssumedRole:
		return "AssumedRole"
	}
	return "Anonymous"
}

// endpointKey tells of the private endpoint that the caller itself came through. That of a
// service which calls for it says nothing of where the caller is.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/vpce-policy-condition.html
func (c *Caller) endpointKey(name string) (policy.Value, bool) {
	e := c.Endpoint
	if e == nil || c.Via != nil {
		return policy.Value{}, false
	}
	switch name {
	case "aws:sourcevpce":
		return policy.Single(e.ID), true
	case "aws:sourcevpc":
		return policy.Single(e.VPC), true
	case "aws:sourcevpcarn":
		return policy.Single("arn:" + Partition(e.Region) + ":ec2:" + e.Region + ":" + e.Account + ":vpc/" + e.VPC), true
	case "aws:vpceaccount":
		return policy.Single(e.Account), true
	}
	return policy.Single(OrganizationID), true
}

func (c *Caller) viaKey(name string) (policy.Value, bool) {
	switch {
	case c.Via == nil:
		return policy.Value{}, false
	case name == "kms:viaservice":
		return policy.Single(c.viaService()), true
	case name == "aws:calledvia":
		return policy.Multi([]string{c.Via.Service}), true
	}
	return policy.Single(c.Via.Service), true
}

// principalTag is a tag of the session, or else of the user or role.
func (c *Caller) principalTag(key string) (policy.Value, bool) {
	if v, ok := tagValue(c.session().Tags, key); ok {
		return v, true
	}
	if c.standing == nil {
		return policy.Value{}, false
	}
	return tagValue(c.standing.tags, key)
}

// tagValue finds a tag whatever the case of its key.
func tagValue(tags []Tag, key string) (policy.Value, bool) {
	for i := range tags {
		if strings.EqualFold(tags[i].Key, key) {
			return policy.Single(tags[i].Value), true
		}
	}
	return policy.Value{}, false
}
