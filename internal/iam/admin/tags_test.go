package admin_test

import (
	"fmt"
	"slices"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/keysteadtest"
)

func tagList(pairs ...string) []types.Tag {
	var list []types.Tag
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return list
}

// TestUserTags: the case of a key does not tell tags apart, and is kept.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
func TestUserTags(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("bob")
		tag := func(pairs ...string) error {
			_, err := a.TagUser(ctx, &sdkiam.TagUserInput{UserName: new("bob"), Tags: tagList(pairs...)})
			return err
		}
		untag := func(keys ...string) error {
			_, err := a.UntagUser(ctx, &sdkiam.UntagUserInput{UserName: new("bob"), TagKeys: keys})
			return err
		}
		list := func(size int32) []string {
			all := []string{}
			p := sdkiam.NewListUserTagsPaginator(a.Client, &sdkiam.ListUserTagsInput{UserName: new("bob"), MaxItems: &size})
			for p.HasMorePages() {
				out, err := p.NextPage(ctx)
				must(t, "ListUserTags", err)
				for _, tag := range out.Tags {
					all = append(all, *tag.Key+"="+*tag.Value)
				}
			}
			return all
		}
		must(t, "tag", tag("Team", "red", "empty", ""))
		must(t, "tag again", tag("team", "blue", "Größe", "1"))
		for size := range int32(4) {
			if got, want := list(size+1), []string{"Größe=1", "Team=blue", "empty="}; !slices.Equal(got, want) {
				t.Errorf("the tags are %q, want %q", got, want)
			}
		}
		for _, tt := range []struct {
			name string
			err  error
			want string
		}{
			{"a key twice", tag("a", "1", "A", "2"), "InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive."},
			{"a reserved key", tag("aws:a", "1"), "InvalidInput: Caller is an end user and not allowed to mutate system tags"},
			{"a reserved key goes", untag("AWS:a"), "InvalidInput: Caller is an end user and not allowed to mutate system tags"},
			{"a bad value", tag("a", "*"), `ValidationError: 1 validation error detected: Value '*' at 'tags.1.member.value' failed to satisfy constraint: ` +
				`Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
		} {
			wantOutcome(t, tt.name, tt.err, tt.want)
		}
		must(t, "untag", untag("TEAM", "none"))
		var many []string
		for i := range 48 {
			many = append(many, fmt.Sprint("k", i), "v")
		}
		must(t, "as many as can be", tag(many...))
		wantOutcome(t, "one more", tag("k0", "w", "more", "v"), "LimitExceeded: Cannot exceed quota for TagsPerResource: 50")
		must(t, "a new value", tag("K0", "w"))
		if got := list(1000); len(got) != 50 || !slices.Contains(got, "k0=w") {
			t.Errorf("at last %d tags: %q", len(got), got)
		}
		_, err := a.TagUser(ctx, &sdkiam.TagUserInput{UserName: new("eve"), Tags: tagList("a", "b")})
		wantOutcome(t, "no such user", err, "NoSuchEntity: The user with name eve cannot be found.")
	})
}
