package admin

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
)

// tagsPerEntity is a quota of IAM.
const tagsPerEntity = 50

// addTags adds tags to those that an entity has, or gives them new values. fold says that
// the case of keys does not tell them apart, as with users and roles; of two spellings the
// older one stays.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
func addTags(have []iam.Tag, tags []types.Tag, fold bool) ([]iam.Tag, error) {
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	have = slices.Clone(have)
	for _, t := range tags {
		if i := slices.IndexFunc(have, func(h iam.Tag) bool { return sameKey(h.Key, *t.Key, fold) }); i >= 0 {
			have[i].Value = *t.Value
		} else {
			have = append(have, iam.Tag{Key: *t.Key, Value: *t.Value})
		}
	}
	if len(have) > tagsPerEntity {
		return nil, errQuota("TagsPerResource", tagsPerEntity)
	}
	return have, nil
}

// checkTags checks the tags of a request. Keys that differ in nothing but case are refused
// for all entities: a policy's aws:RequestTag could not tell them apart.
func checkTags(tags []types.Tag) error {
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		key := strings.ToLower(*t.Key)
		switch {
		case seen[key]:
			return errInvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		case strings.HasPrefix(key, "aws:"):
			return errInvalidInput("Caller is an end user and not allowed to mutate system tags")
		}
		seen[key] = true
	}
	return nil
}

// removeTags removes tags by their keys. It is no error if there is none of a key.
func removeTags(have []iam.Tag, keys []string, fold bool) ([]iam.Tag, error) {
	for _, key := range keys {
		if len(key) >= 4 && strings.EqualFold(key[:4], "aws:") {
			return nil, errInvalidInput("Caller is an end user and not allowed to mutate system tags")
		}
		have = slices.DeleteFunc(have, func(t iam.Tag) bool { return sameKey(t.Key, key, fold) })
	}
	return have, nil
}

func sameKey(a, b string, fold bool) bool { return a == b || fold && strings.EqualFold(a, b) }

// tagsOut are tags as answers have them.
func tagsOut(tags []iam.Tag) []types.Tag {
	out := make([]types.Tag, len(tags))
	for i, t := range tags {
		out[i] = types.Tag{Key: new(t.Key), Value: new(t.Value)}
	}
	return out
}

// tagPage is a page of an entity's tags.
func tagPage(tags []iam.Tag, p page) (shown []types.Tag, next *string) {
	list, next := cut(p, tags, func(t iam.Tag) string { return t.Key })
	return tagsOut(list), next
}
