package kms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// tags makes tags of "key=value" texts.
func tags(texts ...string) []types.Tag {
	var list []types.Tag
	for _, text := range texts {
		key, value, _ := strings.Cut(text, "=")
		list = append(list, types.Tag{TagKey: &key, TagValue: &value})
	}
	return list
}

// manyTags are the tags from=… to=…, without to.
func manyTags(from, to int) []types.Tag {
	var texts []string
	for i := from; i < to; i++ {
		texts = append(texts, fmt.Sprintf("k%03d=v", i))
	}
	return tags(texts...)
}

func (u user) tagsOf(key string) []string {
	u.t.Helper()
	out, err := u.ListResourceTags(u.t.Context(), &kms.ListResourceTagsInput{KeyId: &key})
	must(u.t, "ListResourceTags", err)
	var texts []string
	for _, t := range out.Tags {
		texts = append(texts, *t.TagKey+"="+*t.TagValue)
	}
	return texts
}

func TestTags(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u, ctx := root(t, srv), t.Context()
		created, err := u.CreateKey(ctx, &kms.CreateKeyInput{Tags: tags("b=2", "a=1", "Name=x y")})
		must(t, "CreateKey", err)
		key := *created.KeyMetadata.KeyId
		want := func(what string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, u.tagsOf(key)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		want("tags given to CreateKey", "Name=x y", "a=1", "b=2")
		_, err = u.TagResource(ctx, &kms.TagResourceInput{KeyId: &key, Tags: tags("a=new", "A=", "c_.:/=-@+ é1=x_.:/=-@+ é1")})
		must(t, "TagResource", err)
		want("after TagResource", "A=", "Name=x y", "a=new", "b=2", "c_.:/=-@+ é1=x_.:/=-@+ é1")
		_, err = u.UntagResource(ctx, &kms.UntagResourceInput{KeyId: new(u.keyARN(key)), TagKeys: []string{"a", "not there", "B"}})
		must(t, "UntagResource", err)
		want("after UntagResource", "A=", "Name=x y", "b=2", "c_.:/=-@+ é1=x_.:/=-@+ é1")
	})
}

func TestTagRules(t *testing.T) {
	const reserved = "TagException: Tags beginning with aws: are reserved"
	const characters = "TagException: Tag keys and values may have letters, digits, spaces and _ . : / = + - @ only"
	tooLong := func(value, member string, most int) string {
		return fmt.Sprintf("ValidationException: 1 validation error detected: Value '%s' at 'tags.1.member.%s' failed to satisfy constraint: "+
			"Member must have length less than or equal to %d", value, member, most)
	}
	x129, x257 := strings.Repeat("x", 129), strings.Repeat("x", 257)
	cases := []struct {
		name string
		tags []types.Tag
		want string
	}{
		{"fifty", manyTags(0, 50), "ok"},
		{"fifty-one", manyTags(0, 51), "TagException: Too many tags"},
		{"twice", tags("a=1", "b=2", "a=3"), "TagException: Duplicate tag keys"},
		{"reserved", tags("aws:x=1"), reserved},
		{"reserved in any case", tags("AwS:x=1"), reserved},
		{"nearly reserved", tags("aws=1", "awsx:=2", "x=aws:y"), "ok"},
		{"other characters", tags("a!=1"), characters},
		{"other characters in a value", tags("a=1\n"), characters},
		{"long key", tags(x129[:128] + "=" + x257[:256]), "ok"},
		{"too long key", tags(x129 + "=1"), tooLong(x129, "tagKey", 128)},
		{"too long value", tags("a=" + x257), tooLong(x257, "tagValue", 256)},
		{"empty key", tags("=1"), "ValidationException: 1 validation error detected: Value '' at 'tags.1.member.tagKey' failed to satisfy constraint: " +
			"Member must have length greater than or equal to 1"},
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u, ctx := root(t, srv), t.Context()
		for _, c := range cases {
			key := u.key()
			_, err := u.TagResource(ctx, &kms.TagResourceInput{KeyId: &key, Tags: c.tags})
			wantOutcome(t, "TagResource, "+c.name, err, c.want)
			if n := len(u.tagsOf(key)); err != nil && n != 0 {
				t.Errorf("%s: the refused call set %d tags", c.name, n)
			}
			_, err = u.CreateKey(ctx, &kms.CreateKeyInput{Tags: c.tags})
			wantOutcome(t, "CreateKey, "+c.name, err, c.want)
		}
		// The limit is for the key, and replacing is not adding.
		key := u.key()
		for _, c := range []struct {
			from, to int
			want     string
		}{{0, 30, "ok"}, {20, 50, "ok"}, {0, 50, "ok"}, {49, 51, "TagException: Too many tags"}} {
			_, err := u.TagResource(ctx, &kms.TagResourceInput{KeyId: &key, Tags: manyTags(c.from, c.to)})
			wantOutcome(t, fmt.Sprintf("tags %d to %d", c.from, c.to), err, c.want)
		}
	})
}
