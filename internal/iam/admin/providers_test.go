package admin_test

import (
	"fmt"
	"strings"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/keysteadtest"
)

const thumbprint = "6938fd4d98bab03faadb97b34396831e3780aea1"

func (a admin) provider(url string) string {
	a.t.Helper()
	out, err := a.CreateOpenIDConnectProvider(a.t.Context(), &sdkiam.CreateOpenIDConnectProviderInput{Url: &url, ClientIDList: []string{"app"}, ThumbprintList: []string{thumbprint}})
	must(a.t, "CreateOpenIDConnectProvider", err)
	return *out.OpenIDConnectProviderArn
}

func TestProviders(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		arn := a.provider("https://token.example.com/realms/Main")
		if want := "arn:aws:iam::" + srv.Account + ":oidc-provider/token.example.com/realms/Main"; arn != want {
			t.Errorf("made %s, want %s", arn, want)
		}
		show := func() string {
			out, err := a.GetOpenIDConnectProvider(ctx, &sdkiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
			must(t, "GetOpenIDConnectProvider", err)
			return fmt.Sprint(*out.Url, out.ClientIDList, out.ThumbprintList, len(out.Tags))
		}
		if got := show(); got != "token.example.com/realms/Main[app] ["+thumbprint+"] 0" {
			t.Errorf("got %s", got)
		}
		second, other := "arn:aws:iam::"+srv.Account+":oidc-provider/token.example.com/realms/main", strings.Repeat("a1", 20)
		must(t, "AddClientID", errOf(a.AddClientIDToOpenIDConnectProvider(ctx, &sdkiam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("cli")})))
		must(t, "AddClientID, again", errOf(a.AddClientIDToOpenIDConnectProvider(ctx, &sdkiam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("cli")})))
		must(t, "RemoveClientID", errOf(a.RemoveClientIDFromOpenIDConnectProvider(ctx, &sdkiam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("app")})))
		must(t, "RemoveClientID, again", errOf(a.RemoveClientIDFromOpenIDConnectProvider(ctx, &sdkiam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("app")})))
		must(t, "UpdateThumbprint", errOf(a.UpdateOpenIDConnectProviderThumbprint(ctx, &sdkiam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: &arn, ThumbprintList: []string{other}})))
		must(t, "Tag", errOf(a.TagOpenIDConnectProvider(ctx, &sdkiam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, Tags: []types.Tag{{Key: new("a"), Value: new("1")}, {Key: new("b"), Value: new("2")}}})))
		must(t, "Untag", errOf(a.UntagOpenIDConnectProvider(ctx, &sdkiam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, TagKeys: []string{"a"}})))
		if got := show(); got != "token.example.com/realms/Main[cli] ["+other+"] 1" {
			t.Errorf("changed to %s", got)
		}
		tags, err := a.ListOpenIDConnectProviderTags(ctx, &sdkiam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: &arn})
		must(t, "ListOpenIDConnectProviderTags", err)
		if len(tags.Tags) != 1 || *tags.Tags[0].Key != "b" {
			t.Errorf("tags are %+v", tags.Tags)
		}
		list, err := a.ListOpenIDConnectProviders(ctx, &sdkiam.ListOpenIDConnectProvidersInput{})
		must(t, "ListOpenIDConnectProviders", err)
		if len(list.OpenIDConnectProviderList) != 1 || *list.OpenIDConnectProviderList[0].Arn != arn {
			t.Errorf("listed %+v", list.OpenIDConnectProviderList)
		}
		_, err = a.GetOpenIDConnectProvider(ctx, &sdkiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &second})
		wantOutcome(t, "a name that differs in case", err, "NoSuchEntity: OpenIDConnect Provider not found for arn "+second)
		for range 2 { // deleting twice is no error
			must(t, "DeleteOpenIDConnectProvider", errOf(a.DeleteOpenIDConnectProvider(ctx, &sdkiam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})))
		}
		_, err = a.GetOpenIDConnectProvider(ctx, &sdkiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
		wantOutcome(t, "a provider that is gone", err, "NoSuchEntity: OpenIDConnect Provider not found for arn "+arn)
	})
}

func errOf[T any](_ T, err error) error { return err }

func TestProviderRefusals(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		foreign := newcomer(t, srv, "111122223333").provider("https://foreign.example.com")
		a.provider("https://taken.example.com")
		many := func(n int, of string) []string {
			return strings.Split(strings.TrimSuffix(strings.Repeat(of+" ", n), " "), " ")
		}
		clients := many(101, "c")
		for i := range clients {
			clients[i] += fmt.Sprint(i)
		}
		const badURL = "ValidationError: Invalid Open ID Connect Provider URL"
		for _, tt := range []struct {
			name, url   string
			clients     []string
			thumbprints []string
			want        string
		}{
			{"http", "http://a.example.com", nil, nil, badURL},
			{"no scheme", "a.example.com", nil, nil, badURL},
			{"no host", "https:///a", nil, nil, badURL},
			{"a query", "https://a.example.com?x=1", nil, nil, badURL},
			{"a fragment", "https://a.example.com#x", nil, nil, badURL},
			{"a password", "https://u:p@a.example.com", nil, nil, badURL},
			{"a space", "https://a.example.com/a b", nil, nil, badURL},
			{"one that exists", "https://taken.example.com", nil, nil, "EntityAlreadyExists: Provider with url https://taken.example.com already exists."},
			{"too many thumbprints", "https://a.example.com", nil, many(6, thumbprint), "InvalidInput: Thumbprint list must contain fewer than 5 entries."},
			{"a thumbprint of other digits", "https://a.example.com", nil, many(1, strings.Repeat("x", 40)), "InvalidInput: Thumbprint " + strings.Repeat("x", 40) + " is not valid."},
			{"too many clients", "https://a.example.com", clients, nil, "LimitExceeded: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"},
			{"the same client often, no thumbprint", "https://b.example.com", many(101, "c"), nil, "ok"},
		} {
			_, err := a.CreateOpenIDConnectProvider(ctx, &sdkiam.CreateOpenIDConnectProviderInput{Url: &tt.url, ClientIDList: tt.clients, ThumbprintList: tt.thumbprints})
			wantOutcome(t, tt.name, err, tt.want)
		}
		_, err := a.GetOpenIDConnectProvider(ctx, &sdkiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &foreign})
		if got := outcome(err); !strings.HasPrefix(got, "AccessDenied: ") {
			t.Errorf("a provider of another account: %s", got)
		}
		_, err = a.DeleteOpenIDConnectProvider(ctx, &sdkiam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: new("arn:aws:iam::" + srv.Account + ":role/x")})
		wantOutcome(t, "the ARN of a role", err, "InvalidInput: Invalid ARN: arn:aws:iam::"+srv.Account+":role/x")
	})
}
