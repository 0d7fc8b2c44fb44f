package sts

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// tags are the tags of a new session.
type tags struct {
	own        []iam.Tag
	transitive []string  // keys of the own ones that go on to chained sessions
	inherited  []iam.Tag // from the session that assumes the role; all of them go on
}

const maxTags = 50

// newTags checks the tags of a session, beside those that it inherits.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
func newTags(own []iam.Tag, transitive []string, caller *iam.Session) (tags, error) {
	t := tags{own: own, transitive: transitive, inherited: inheritedTags(caller)}
	seen := map[string]bool{}
	for _, tag := range own {
		key := strings.ToLower(tag.Key)
		switch {
		case seen[key]:
			return t, invalidValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		case strings.HasPrefix(key, "aws:"):
			return t, invalidValue("Tag keys beginning with aws: are reserved for system use.")
		case hasTag(t.inherited, key):
			return t, invalidValue("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		seen[key] = true
	}
	for _, key := range transitive {
		if !seen[strings.ToLower(key)] {
			return t, invalidValue("The specified transitive tag key must be included in the requested tags.")
		}
	}
	if len(own)+len(t.inherited) > maxTags {
		return t, invalidValue("A session can have at most 50 tags, those that it inherits included.")
	}
	return t, nil
}

func inheritedTags(s *iam.Session) []iam.Tag {
	var list []iam.Tag
	for _, tag := range s.Tags {
		if slices.ContainsFunc(s.TransitiveTags, func(key string) bool { return strings.EqualFold(key, tag.Key) }) {
			list = append(list, tag)
		}
	}
	return list
}

func hasTag(list []iam.Tag, key string) bool {
	return slices.ContainsFunc(list, func(t iam.Tag) bool { return strings.EqualFold(t.Key, key) })
}

// all are the tags that the session has.
func (t *tags) all() []iam.Tag { return slices.Concat(t.inherited, t.own) }

func (t *tags) keys() []string {
	var keys []string
	for _, tag := range t.all() {
		keys = append(keys, tag.Key)
	}
	return keys
}

// transitiveKeys are the keys of the tags that chained sessions inherit.
func (t *tags) transitiveKeys() []string {
	keys := slices.Clone(t.transitive)
	for _, tag := range t.inherited {
		keys = append(keys, tag.Key)
	}
	return keys
}

// noteInherited puts the tags that a session inherits into the record of the call, as
// CloudTrail has them.
func noteInherited(e *cloudtrail.Event, list []iam.Tag) {
	if len(list) > 0 {
		e.MoreParameters = append(e.MoreParameters, cloudtrail.Parameter{Name: "incomingTransitiveTags", JSON: tagObject(list)})
	}
}

// tagObject is a JSON object of tags.
func tagObject(list []iam.Tag) []byte {
	m := make(map[string]string, len(list))
	for _, t := range list {
		m[t.Key] = t.Value
	}
	b, _ := json.Marshal(m) // strings have no errors
	return b
}
