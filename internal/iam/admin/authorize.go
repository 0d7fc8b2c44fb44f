package admin

import (
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// request is what an operation asks leave for: its action, and what the request brings that
// a policy may look at.
type request struct {
	action   string      // "CreateUser"
	tags     []types.Tag // new tags: aws:RequestTag/KEY and aws:TagKeys
	tagKeys  []string    // keys of tags, where the request brings no values: aws:TagKeys
	policy   string      // ARN of the managed policy that is attached or detached: iam:PolicyARN
	boundary string      // ARN of the permissions boundary that the request sets: iam:PermissionsBoundary
}

// resource is what the caller wants to act on. It is described even if it does not exist, so
// that a caller who may not act on it does not learn that.
type resource struct {
	arn      string
	tags     []iam.Tag
	boundary string // ARN of its permissions boundary
	account  string // the owner; "" means the caller's account
}

// authorize decides whether the caller may do what q says to r. The error is an *iam.Denied,
// or one from inside.
func authorize(c *iam.Caller, q request, r resource) error {
	return c.Authorize(&iam.Access{
		Action: "iam:" + q.action, ARN: r.arn, Account: cmp.Or(r.account, c.Principal.Account), Context: &conditions{q, r},
	})
}

// conditions has the condition keys of a request to IAM.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
type conditions struct {
	request  request
	resource resource
}

// Lookup implements policy.Context.
func (x *conditions) Lookup(name string) (policy.Value, bool) {
	switch name {
	case "iam:policyarn":
		return policy.Single(x.request.policy), x.request.policy != ""
	case "iam:permissionsboundary":
		return x.boundary()
	case "aws:tagkeys":
		keys := x.tagKeys()
		return policy.Multi(keys), len(keys) > 0
	}
	if key, ok := strings.CutPrefix(name, "aws:requesttag/"); ok {
		return x.requestTag(key)
	}
	if key, ok := cutEither(name, "aws:resourcetag/", "iam:resourcetag/"); ok {
		return x.resourceTag(key)
	}
	return policy.Value{}, false
}

// boundaryActions are the actions that know the permissions boundary of the user or role that
// they act on.
var boundaryActions = map[string]bool{
	"AttachUserPolicy": true, "DeleteUserPermissionsBoundary": true, "DeleteUserPolicy": true, "DetachUserPolicy": true, "PutUserPolicy": true,
	"AttachRolePolicy": true, "DeleteRolePermissionsBoundary": true, "DeleteRolePolicy": true, "DetachRolePolicy": true, "PutRolePolicy": true,
}

func (x *conditions) boundary() (policy.Value, bool) {
	arn := x.request.boundary
	if boundaryActions[x.request.action] {
		arn = x.resource.boundary
	}
	return policy.Single(arn), arn != ""
}

func (x *conditions) tagKeys() []string {
	keys := x.request.tagKeys
	for _, t := range x.request.tags {
		keys = append(keys[:len(keys):len(keys)], *t.Key)
	}
	return keys
}

// requestTag finds a new tag whatever the case of its key. setTags refuses requests in which
// two keys differ in nothing but case.
func (x *conditions) requestTag(key string) (policy.Value, bool) {
	for _, t := range x.request.tags {
		if strings.EqualFold(*t.Key, key) {
			return policy.Single(*t.Value), true
		}
	}
	return policy.Value{}, false
}

func (x *conditions) resourceTag(key string) (policy.Value, bool) {
	for _, t := range x.resource.tags {
		if strings.EqualFold(t.Key, key) {
			return policy.Single(t.Value), true
		}
	}
	return policy.Value{}, false
}

func cutEither(s, a, b string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(s, a); ok {
		return rest, true
	}
	return strings.CutPrefix(s, b)
}
