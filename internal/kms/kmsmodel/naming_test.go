package kmsmodel

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// naming is what a key has beside its life: aliases, tags, grants.
var naming = []operation{
	{12, (*world).createAlias}, {10, (*world).updateAlias}, {6, (*world).deleteAlias}, {6, (*world).listAliases},
	{8, (*world).tagResource}, {4, (*world).untagResource}, {8, (*world).listResourceTags},
	{14, (*world).createGrant}, {6, (*world).revokeGrant}, {8, (*world).listGrants}, {14, (*world).useGrant},
}

// alias is another name of a key in its Region.
type alias struct {
	key              *key
	created, updated time.Time
}

func (w *world) aliasName() string { return "alias/" + pick(w, "a", "b", "c", "d/e", "f_g", "H") }

func aliasNotFound(region, name string) *failure {
	return fail("NotFoundException", "Alias %s is not found.", aliasARN(region, name))
}

// useForAlias is use for the key that an alias is to stand for, which no alias can name.
func (m *model) useForAlias(op string, at target) (*key, *failure) {
	if strings.HasPrefix(at.name, "alias/") {
		return nil, invalid("Aliases must refer to keys. Not aliases")
	}
	return m.use(op, at)
}

func (w *world) createAlias() {
	at, name := w.target("CreateAlias"), w.aliasName()
	k, want := w.m.useForAlias("CreateAlias", at)
	switch {
	case w.one(20):
		name = "nobody"
		want = invalid(`Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`)
	case w.one(20):
		name, want = "alias/aws/s3", fail("NotAuthorizedException", "")
	case want == nil && w.m.aliases[at.region][name] != nil:
		want = fail("AlreadyExistsException", "An alias with the name %s already exists", aliasARN(at.region, name))
	}
	if call(w, at.region, w.s.CreateAlias, &kms.CreateAliasInput{AliasName: &name, TargetKeyId: &at.name}, k, want) != nil {
		w.m.aliases[at.region][name] = &alias{k, w.m.now, w.m.now}
		k.aliases[name] = true
	}
}

// updateAlias: both keys must be of one usage and of one type: symmetric, asymmetric or HMAC.
func (w *world) updateAlias() {
	name := w.aliasName()
	at := w.target("UpdateAlias", func(k *key) bool {
		a := w.m.aliases[k.region][name]
		return a != nil && a.key.usage == k.usage
	})
	k, want := w.m.useForAlias("UpdateAlias", at)
	a := w.m.aliases[at.region][name]
	switch {
	case a == nil && k == nil: // which is told first?
		return
	case a == nil:
		want = aliasNotFound(at.region, name)
	case want != nil:
	case a.key.usage != k.usage:
		want = invalid("Alias %s cannot be changed from a CMK with key usage %s to a CMK with key usage %s. "+
			"The key usage of the current CMK and the new CMK must be the same.", name, a.key.usage, k.usage)
	case a.key.symmetric() != k.symmetric():
		want = invalid(unsaid)
	}
	if call(w, at.region, w.s.UpdateAlias, &kms.UpdateAliasInput{AliasName: &name, TargetKeyId: &at.name}, k, want) != nil {
		delete(a.key.aliases, name)
		a.key, a.updated = k, w.m.now
		k.aliases[name] = true
	}
}

func (w *world) deleteAlias() {
	region, name := pick(w, regions...), w.aliasName()
	a := w.m.aliases[region][name]
	var k *key
	var want *failure
	if a == nil {
		want = aliasNotFound(region, name)
	} else {
		k = a.key
	}
	if call(w, region, w.s.DeleteAlias, &kms.DeleteAliasInput{AliasName: &name}, k, want) != nil {
		delete(w.m.aliases[region], name)
		delete(k.aliases, name)
	}
}

func (w *world) listAliases() {
	in := &kms.ListAliasesInput{Limit: new(int32(100))}
	at := w.target("ListAliases")
	var k *key
	var want *failure
	if w.one(2) {
		in.KeyId = &at.name
		k, want = w.m.use("ListAliases", at)
	}
	out := call(w, at.region, w.s.ListAliases, in, k, want)
	if out == nil {
		return
	}
	got := slices.DeleteFunc(out.Aliases, func(e types.AliasListEntry) bool { return strings.HasPrefix(*e.AliasName, "alias/aws/") })
	var expected []types.AliasListEntry
	for name, a := range w.m.aliases[at.region] {
		if k == nil || a.key == k {
			expected = append(expected, types.AliasListEntry{
				AliasArn: new(aliasARN(at.region, name)), AliasName: &name, TargetKeyId: &a.key.id, CreationDate: &a.created, LastUpdatedDate: &a.updated,
			})
		}
	}
	byName := func(a, b types.AliasListEntry) int { return strings.Compare(*a.AliasName, *b.AliasName) }
	slices.SortFunc(expected, byName)
	slices.SortFunc(got, byName)
	w.same(k, "Aliases", expected, got)
}

func (w *world) tagResource() {
	at := w.target("TagResource")
	k, want := w.m.use("TagResource", at)
	in := &kms.TagResourceInput{KeyId: &at.name}
	for _, name := range []string{"k1", "k2", "K1", "aws:x", "k1"} {
		if w.one(3) && (len(name) == 2 || w.one(4)) {
			in.Tags = append(in.Tags, types.Tag{TagKey: &name, TagValue: new(w.text())})
		}
	}
	seen := map[string]bool{}
	for _, t := range in.Tags {
		switch {
		case want != nil:
		case seen[*t.TagKey]:
			want = fail("TagException", "Duplicate tag keys")
		case *t.TagKey == "aws:x":
			want = fail("TagException", "Tags beginning with aws: are reserved")
		}
		seen[*t.TagKey] = true
	}
	if call(w, at.region, w.s.TagResource, in, k, want) == nil {
		return
	}
	for _, t := range in.Tags {
		k.tags[*t.TagKey] = *t.TagValue
	}
}

func (w *world) untagResource() {
	at := w.target("UntagResource")
	k, want := w.m.use("UntagResource", at)
	name := pick(w, "k1", "k2", "K1")
	if call(w, at.region, w.s.UntagResource, &kms.UntagResourceInput{KeyId: &at.name, TagKeys: []string{name}}, k, want) != nil {
		delete(k.tags, name)
	}
}

func (w *world) listResourceTags() {
	at := w.target("ListResourceTags")
	k, want := w.m.use("ListResourceTags", at)
	out := call(w, at.region, w.s.ListResourceTags, &kms.ListResourceTagsInput{KeyId: &at.name}, k, want)
	if out == nil {
		return
	}
	got := map[string]string{}
	for _, t := range out.Tags {
		got[*t.TagKey] = *t.TagValue
	}
	w.same(k, "Tags", k.tags, got)
}
