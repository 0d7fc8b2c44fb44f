package sts

import (
	"strconv"
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// roleContext has the condition keys of an assumption.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
type roleContext struct {
	*assumption
	role *iam.AssumableRole // nil if it does not exist
}

// Lookup implements policy.Context.
func (r *roleContext) Lookup(name string) (policy.Value, bool) {
	switch name {
	case "sts:externalid":
		return optional(r.externalID)
	case "sts:rolesessionname":
		return policy.Single(r.name), true
	case "sts:sourceidentity":
		return policy.Single(r.source), r.source != ""
	case "sts:durationseconds":
		if r.seconds == nil {
			return policy.Value{}, false
		}
		return policy.Single(strconv.Itoa(int(*r.seconds))), true
	case "sts:transitivetagkeys":
		return policy.Multi(r.tags.transitive), len(r.tags.transitive) > 0
	case "aws:tagkeys":
		keys := r.tags.keys()
		return policy.Multi(keys), len(keys) > 0
	}
	if key, ok := strings.CutPrefix(name, "aws:requesttag/"); ok {
		return tagValue(r.tags.all(), key)
	}
	if r.role != nil {
		for _, prefix := range [...]string{"iam:resourcetag/", "aws:resourcetag/"} {
			if key, ok := strings.CutPrefix(name, prefix); ok {
				return tagValue(r.role.Tags, key)
			}
		}
	}
	return r.web.lookup(name)
}

func optional(s *string) (policy.Value, bool) {
	if s == nil {
		return policy.Value{}, false
	}
	return policy.Single(*s), true
}

func tagValue(tags []iam.Tag, key string) (policy.Value, bool) {
	for i := range tags {
		if strings.EqualFold(tags[i].Key, key) {
			return policy.Single(tags[i].Value), true
		}
	}
	return policy.Value{}, false
}
