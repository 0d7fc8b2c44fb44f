package iam

import (
	"strconv"
	"time"

	"github.com/keystead/keystead/internal/iam/policy"
)

// PolicyPrincipal is the caller by the names that a policy may call it.
func (c *Caller) PolicyPrincipal() policy.Principal {
	return policy.Principal{ARN: c.Principal.ARN, Account: c.Principal.Account}
}

// PolicyContext is what a policy's conditions may ask of the request at the time now.
func (c *Caller) PolicyContext(now time.Time) policy.Context { return requestContext{c, now} }

type requestContext struct {
	caller *Caller
	now    time.Time
}

// Lookup implements policy.Context.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (r requestContext) Lookup(name string) (policy.Value, bool) {
	c := r.caller
	switch name {
	case "aws:principalarn":
		return policy.Single(c.Principal.ARN), true
	case "aws:principalaccount", "kms:calleraccount":
		return policy.Single(c.Principal.Account), true
	case "aws:principaltype":
		return policy.Single("Account"), true
	case "aws:userid":
		return policy.Single(c.Principal.ID), true
	case "aws:requestedregion":
		return policy.Single(c.Region), true
	case "aws:sourceip":
		return policy.Single(c.SourceIP.String()), c.SourceIP.IsValid()
	case "aws:securetransport":
		return policy.Single(strconv.FormatBool(c.SecureTransport)), true
	case "aws:useragent":
		return policy.Single(c.UserAgent), c.UserAgent != ""
	case "aws:currenttime":
		return policy.Single(r.now.UTC().Format(time.RFC3339)), true
	case "aws:epochtime":
		return policy.Single(strconv.FormatInt(r.now.Unix(), 10)), true
	}
	return policy.Value{}, false
}
