package sts

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/iam"
)

// What the constraints of AssumeRole say of tags and source identities holds for those in
// tokens too.
var (
	tagKeyPattern   = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$`)
	tagValuePattern = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$`)
	sourcePattern   = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// tokenTags reads the claim "https://aws.amazon.com/tags", in which each tag has one value.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
func tokenTags(raw []byte) (tags []iam.Tag, transitive []string, err error) {
	if raw == nil {
		return nil, nil, nil
	}
	var claim struct {
		Tags       map[string][]string `json:"principal_tags"`
		Transitive []string            `json:"transitive_tag_keys"`
	}
	if err := json.Unmarshal(raw, &claim); err != nil {
		return nil, nil, invalidToken("The tags of the ID Token are not valid")
	}
	for _, key := range slices.Sorted(maps.Keys(claim.Tags)) {
		values := claim.Tags[key]
		if len(values) != 1 || !tagKeyPattern.MatchString(key) || !tagValuePattern.MatchString(values[0]) {
			return nil, nil, invalidToken("The tags of the ID Token are not valid")
		}
		tags = append(tags, iam.Tag{Key: key, Value: values[0]})
	}
	return tags, claim.Transitive, nil
}

// tokenSource reads the claim "https://aws.amazon.com/source_identity".
func tokenSource(raw []byte) (string, error) {
	if raw == nil {
		return "", nil
	}
	var source string
	if json.Unmarshal(raw, &source) != nil || !sourcePattern.MatchString(source) || !utf8.ValidString(source) {
		return "", invalidToken("The source identity of the ID Token is not valid")
	}
	return source, checkSourceIdentity(source)
}
