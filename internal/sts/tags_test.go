package sts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/keystead/keystead/internal/iam"
)

// tagged passes tags, as "key=value". Those with a "+" in front are transitive.
func tagged(list ...string) func(in *sdksts.AssumeRoleInput) {
	return func(in *sdksts.AssumeRoleInput) {
		for _, s := range list {
			s, transitive := strings.CutPrefix(s, "+")
			key, value, _ := strings.Cut(s, "=")
			in.Tags = append(in.Tags, types.Tag{Key: &key, Value: &value})
			if transitive {
				in.TransitiveTagKeys = append(in.TransitiveTagKeys, key)
			}
		}
	}
}

// try assumes a role, and tells what came of it.
func (w *world) try(c aws.Credentials, role string, change func(in *sdksts.AssumeRoleInput)) string {
	in := &sdksts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")}
	if change != nil {
		change(in)
	}
	_, err := w.as(c).AssumeRole(w.t.Context(), in)
	return outcome(err)
}

// TestSessionTags: who may pass which tags, and what becomes of them.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
func TestSessionTags(t *testing.T) {
	worlds(t, func(w *world) {
		able := w.user(home, "able", everything)
		trust := func(actions, more string) string {
			return statement(`"Principal":{"AWS":"111122223333"},"Action":` + actions + more)
		}
		both := `["sts:AssumeRole","sts:TagSession"]`
		denied := "AccessDenied: User: arn:aws:iam::111122223333:user/able is not authorized to perform: "
		for i, c := range []struct {
			rule  string
			trust string
			with  []string
			want  string // "ok", or what the outcome begins with
		}{
			{"tags need sts:TagSession", trust(`"sts:AssumeRole"`, ""), []string{"a=1"}, denied + "sts:TagSession on resource: "},
			{"tags with sts:TagSession", trust(both, ""), []string{"a=1", "+b=2"}, "ok"},
			{"without tags it is not needed", trust(`"sts:AssumeRole"`, ""), nil, "ok"},
			{"aws:RequestTag", trust(both, `,"Condition":{"StringEquals":{"aws:RequestTag/team":"blue"}}`), []string{"Team=blue"}, "ok"},
			{"aws:RequestTag with another value", trust(both, `,"Condition":{"StringEquals":{"aws:RequestTag/team":"blue"}}`), []string{"team=red"}, denied + "sts:AssumeRole on"},
			{"aws:TagKeys", trust(both, `,"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`), []string{"a=1", "b=1"}, "ok"},
			{"aws:TagKeys with another key", trust(both, `,"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`), []string{"a=1", "c=1"}, denied + "sts:AssumeRole on"},
			{"sts:TransitiveTagKeys", trust(both, `,"Condition":{"ForAllValues:StringEquals":{"sts:TransitiveTagKeys":["a"]}}`), []string{"+a=1", "b=1"}, "ok"},
			{"sts:TransitiveTagKeys with another key", trust(both, `,"Condition":{"ForAllValues:StringEquals":{"sts:TransitiveTagKeys":["a"]}}`), []string{"a=1", "+b=1"}, denied},
			{"keys that differ in case", trust(both, ""), []string{"a=1", "A=2"}, "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive."},
			{"reserved keys", trust(both, ""), []string{"AWS:x=1"}, "InvalidParameterValue: "},
			{"50 tags", trust(both, ""), manyTags(50), "ok"},
			{"51 tags", trust(both, ""), manyTags(51), "ValidationError: 1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"},
		} {
			role := w.role(home, fmt.Sprint("role", i), c.trust, nil)
			if got := w.try(able, role, tagged(c.with...)); !strings.HasPrefix(got, c.want) {
				w.t.Errorf("%s: %s, want %s", c.rule, got, c.want)
			}
		}
		role := w.role(home, "app", trust(both, ""), nil)
		if got := w.try(able, role, func(in *sdksts.AssumeRoleInput) { in.TransitiveTagKeys = []string{"a"} }); got != "InvalidParameterValue: The specified transitive tag key must be included in the requested tags." {
			w.t.Errorf("a transitive key without a tag: %s", got)
		}
	})
}

func manyTags(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("key%d=value", i)
	}
	return list
}

// TestTagChain is the example of the IAM User Guide: tags of sessions and of roles, handed on
// through two further roles.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining
func TestTagChain(t *testing.T) {
	worlds(t, func(w *world) {
		able := w.user(home, "able", everything)
		role := func(name string, tags ...iam.Tag) string {
			return w.role(home, name, accountMay, func(r *iam.Role) {
				r.Tags, r.Inline = tags, []iam.InlinePolicy{{Name: "p", Document: everything}}
			})
		}
		one, two, three := role("Role1"), role("Role2", iam.Tag{Key: "Sun", Value: "2"}), role("Role3", iam.Tag{Key: "Lightning", Value: "3"}, iam.Tag{Key: "Star", Value: "3"})
		first := w.assume(able, one, tagged("+Star=1", "+Heart=1", "Moon=1"))
		second := w.assume(first, two, nil)
		third := w.assume(second, three, tagged("Cloud=3"))
		for what, c := range map[string]struct {
			by   aws.Credentials
			want map[string]string // "" for tags that the principal has not
		}{
			"the first session":  {first, map[string]string{"Star": "1", "heart": "1", "Moon": "1", "Sun": ""}},
			"the second session": {second, map[string]string{"Star": "1", "Heart": "1", "Moon": "", "Sun": "2"}},
			"the third session":  {third, map[string]string{"Star": "1", "Heart": "1", "Moon": "", "Sun": "", "Lightning": "3", "Cloud": "3"}},
		} {
			caller, err := w.caller(c.by)
			must(w.t, "identify", err)
			for key, want := range c.want {
				v, ok := caller.PolicyContext().Lookup("aws:principaltag/" + strings.ToLower(key))
				if got := v.Strings(); ok != (want != "") || ok && got[0] != want {
					w.t.Errorf("%s has %s = %q (%v), want %q", what, key, got, ok, want)
				}
			}
		}
		conflict := "InvalidParameterValue: One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
		if got := w.try(second, three, tagged("HEART=3")); got != conflict {
			w.t.Errorf("a tag that is inherited: %s", got)
		}
		if got := w.try(first, two, tagged("Moon=2")); got != "ok" {
			w.t.Errorf("a tag that is not handed on: %s", got)
		}
		untaggable := w.role(home, "untaggable", statement(`"Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"`), nil)
		if got := w.try(second, untaggable, nil); !strings.Contains(got, "not authorized to perform: sts:TagSession on resource: ") {
			w.t.Errorf("inherited tags without sts:TagSession: %s", got)
		}
		all := w.recorded()
		if i := slices.IndexFunc(all, func(e string) bool {
			return strings.Contains(e, `"requestParameters":{"incomingTransitiveTags":{"Heart":"1","Star":"1"},"roleArn":"`+two+`"`)
		}); i < 0 {
			w.t.Errorf("no event tells of the inherited tags: %v", all)
		}
		many := w.assume(able, one, tagged(manyTransitive(50)...))
		if got := w.try(many, two, tagged("more=1")); !strings.HasPrefix(got, "InvalidParameterValue: A session can have at most 50 tags") {
			w.t.Errorf("51 tags, 50 of them inherited: %s", got)
		}
	})
}

func manyTransitive(n int) []string {
	list := manyTags(n)
	for i := range list {
		list[i] = "+" + list[i]
	}
	return list
}

// TestSourceIdentity: who sets it needs a permission for it, and it stays for good.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
func TestSourceIdentity(t *testing.T) {
	worlds(t, func(w *world) {
		able := w.user(home, "able", everything)
		allow := func(r *iam.Role) { r.Inline = []iam.InlinePolicy{{Name: "p", Document: everything}} }
		source := func(s string) func(in *sdksts.AssumeRoleInput) {
			return func(in *sdksts.AssumeRoleInput) { in.SourceIdentity = &s }
		}
		plainRole := w.role(home, "plain", statement(`"Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"`), allow)
		own := w.role(home, "own", statement(`"Principal":{"AWS":"111122223333"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"],"Condition":{"StringEquals":{"sts:SourceIdentity":"${aws:username}"}}`), allow)
		open := w.role(home, "open", accountMay, allow)
		for _, c := range []struct {
			rule, role, source, want string
		}{
			{"it needs sts:SetSourceIdentity", plainRole, "able", "AccessDenied: User: arn:aws:iam::111122223333:user/able is not authorized to perform: sts:SetSourceIdentity on resource: " + plainRole},
			{"sts:SourceIdentity as demanded", own, "able", "ok"},
			{"sts:SourceIdentity of another", own, "other", "AccessDenied: User: arn:aws:iam::111122223333:user/able is not authorized to perform: sts:AssumeRole on resource: " + own},
			{"any", open, "any", "ok"},
		} {
			if got := w.try(able, c.role, source(c.source)); got != c.want {
				w.t.Errorf("%s: %s, want %s", c.rule, got, c.want)
			}
		}
		first := w.assume(able, open, source("alice"))
		second := w.assume(first, open, nil)
		caller, err := w.caller(second)
		must(w.t, "identify", err)
		if v, ok := caller.PolicyContext().Lookup("aws:sourceidentity"); !ok || v.Strings()[0] != "alice" {
			w.t.Errorf("the source identity at the end of a chain is %v", v)
		}
		if got := caller.Identity().Session.SourceIdentity; got != "alice" {
			w.t.Errorf("the record has the source identity %q", got)
		}
		if got := w.try(second, open, source("alice")); got != "ok" {
			w.t.Errorf("the same again: %s", got)
		}
		if got := w.try(second, open, source("bob")); got != "ValidationError: The source identity is already set for this assume role session" {
			w.t.Errorf("another one: %s", got)
		}
		if got := w.try(second, plainRole, nil); !strings.Contains(got, "sts:SetSourceIdentity") {
			w.t.Errorf("a role that does not allow it: %s", got)
		}
	})
}
