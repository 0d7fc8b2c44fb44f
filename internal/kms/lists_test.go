package kms_test

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// The list operations, each as a function that asks for one page and returns the names of
// what is on it.

func (u user) listKeys(limit *int32, marker *string) ([]string, bool, *string, error) {
	out, err := u.ListKeys(u.t.Context(), &kms.ListKeysInput{Limit: limit, Marker: marker})
	if err != nil {
		return nil, false, nil, err
	}
	var names []string
	for _, k := range out.Keys {
		if *k.KeyArn != u.keyARN(*k.KeyId) {
			u.t.Errorf("ListKeys shows key %s with ARN %s", *k.KeyId, *k.KeyArn)
		}
		names = append(names, *k.KeyId)
	}
	return names, out.Truncated, out.NextMarker, nil
}

func (u user) listAliases(key *string) func(*int32, *string) ([]string, bool, *string, error) {
	return func(limit *int32, marker *string) ([]string, bool, *string, error) {
		out, err := u.ListAliases(u.t.Context(), &kms.ListAliasesInput{KeyId: key, Limit: limit, Marker: marker})
		if err != nil {
			return nil, false, nil, err
		}
		var names []string
		for _, a := range out.Aliases {
			names = append(names, *a.AliasName)
		}
		return names, out.Truncated, out.NextMarker, nil
	}
}

func (u user) listTags(key string) func(*int32, *string) ([]string, bool, *string, error) {
	return func(limit *int32, marker *string) ([]string, bool, *string, error) {
		out, err := u.ListResourceTags(u.t.Context(), &kms.ListResourceTagsInput{KeyId: &key, Limit: limit, Marker: marker})
		if err != nil {
			return nil, false, nil, err
		}
		var names []string
		for _, t := range out.Tags {
			names = append(names, *t.TagKey)
		}
		return names, out.Truncated, out.NextMarker, nil
	}
}

func (u user) listPolicies(key string) func(*int32, *string) ([]string, bool, *string, error) {
	return func(limit *int32, marker *string) ([]string, bool, *string, error) {
		out, err := u.ListKeyPolicies(u.t.Context(), &kms.ListKeyPoliciesInput{KeyId: &key, Limit: limit, Marker: marker})
		if err != nil {
			return nil, false, nil, err
		}
		return out.PolicyNames, out.Truncated, out.NextMarker, nil
	}
}

func (u user) listGrants(key string) func(*int32, *string) ([]string, bool, *string, error) {
	return func(limit *int32, marker *string) ([]string, bool, *string, error) {
		out, err := u.ListGrants(u.t.Context(), &kms.ListGrantsInput{KeyId: &key, Limit: limit, Marker: marker})
		if err != nil {
			return nil, false, nil, err
		}
		return ids(out.Grants), out.Truncated, out.NextMarker, nil
	}
}
