package signin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
)

const invalid = "InvalidClientTokenId: The security token included in the request is invalid."

// rootKey is the access key of the first account's root user.
func (w *world) rootKey() aws.Credentials {
	w.t.Helper()
	c, err := w.Config().Credentials.Retrieve(w.t.Context())
	must(w.t, "credentials", err)
	return c
}

func (w *world) accessKey(user string) aws.Credentials {
	w.t.Helper()
	out, err := w.iam.CreateAccessKey(w.t.Context(), &sdkiam.CreateAccessKeyInput{UserName: &user})
	must(w.t, "CreateAccessKey", err)
	return aws.Credentials{AccessKeyID: *out.AccessKey.AccessKeyId, SecretAccessKey: *out.AccessKey.SecretAccessKey}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Advance(90 * time.Second)
	r := w.send(w.request(http.MethodGet, "/signin/settings", ""))
	w.want("settings", r, 200, "ok")
	var got struct {
		DefaultRegion      string
		Regions            []string
		Passwords          bool
		Providers          []any
		ClockOffsetSeconds int
	}
	must(t, "decode", json.Unmarshal([]byte(r.text), &got))
	if got.DefaultRegion != "us-east-1" || len(got.Regions) < 30 || !got.Passwords || got.Providers == nil || got.ClockOffsetSeconds != 90 {
		t.Errorf("the settings are %s", r.text)
	}
}

// TestAccessKey: an access key begins a session, which may do what its user may, is renewed, and
// ends with the key.
func TestAccessKey(t *testing.T) {
	worlds(t, func(w *world) {
		t, ctx := w.t, w.t.Context()
		root := w.answer(w.signed(w.rootKey(), "/signin/session", "{}"))
		if root.Type != "Root" || root.ARN != "arn:aws:iam::000000000000:root" || root.Account != "000000000000" || root.AccountAlias != "" {
			t.Errorf("the root user is %+v", root)
		}
		_, err := w.iam.CreateAccountAlias(ctx, &sdkiam.CreateAccountAliasInput{AccountAlias: new("house")})
		must(t, "CreateAccountAlias", err)
		w.user("alice")
		key := w.accessKey("alice")
		a := w.answer(w.signed(key, "/signin/session", "{}"))
		if a.Type != "User" || a.Name != "alice" || a.ARN != "arn:aws:iam::000000000000:user/alice" || a.AccountAlias != "house" {
			t.Errorf("alice is %+v", a)
		}
		now := time.Now()
		if d := a.Credentials.Expiration.Sub(now); d < 59*time.Minute || d > time.Hour {
			t.Errorf("the credentials last %v", d)
		}
		if d := a.Until.Sub(now); d < 12*time.Hour-time.Minute || d > 12*time.Hour {
			t.Errorf("the session lasts %v", d)
		}
		conf := w.ConfigFor(plain(a))
		if _, err := sdkiam.NewFromConfig(conf).ListUsers(ctx, &sdkiam.ListUsersInput{}); err != nil {
			t.Errorf("IAM with a console session: %v", err)
		}
		if _, err := sdksts.NewFromConfig(conf).GetAccessKeyInfo(ctx, &sdksts.GetAccessKeyInfoInput{AccessKeyId: &key.AccessKeyID}); err != nil {
			t.Errorf("STS with a console session: %v", err)
		}
		_, err = sdksts.NewFromConfig(conf).GetSessionToken(ctx, &sdksts.GetSessionTokenInput{})
		if got := outcome(err); got != "AccessDenied: Cannot call GetSessionToken with session credentials" {
			t.Errorf("GetSessionToken: %s", got)
		}
		w.want("a session of a session", w.signed(plain(a), "/signin/session", "{}"), 403, "AccessDenied: Sign in with a long-term access key")
		w.want("renewal with an access key", w.signed(key, "/signin/renew", "{}"), 403, "AccessDenied: These credentials are not those of a session of the console.")

		w.Advance(50 * time.Minute)
		renewed := w.answer(w.signed(plain(a), "/signin/renew", "{}"))
		if !renewed.Until.Equal(a.Until) || !renewed.Credentials.Expiration.After(a.Credentials.Expiration) || renewed.Name != "alice" {
			t.Errorf("renewed: %+v", renewed)
		}
		w.Advance(20 * time.Minute)
		w.want("renewal too late", w.signed(plain(a), "/signin/renew", "{}"), 403, "ExpiredToken")
		_, err = w.iam.UpdateUser(ctx, &sdkiam.UpdateUserInput{UserName: new("alice"), NewUserName: new("alicia")})
		must(t, "UpdateUser", err)
		if got := w.whoAmI(plain(renewed)); got != "arn:aws:iam::000000000000:user/alicia" {
			t.Errorf("after the user got another name: %s", got)
		}
		_, err = w.iam.UpdateAccessKey(ctx, &sdkiam.UpdateAccessKeyInput{UserName: new("alicia"), AccessKeyId: &key.AccessKeyID, Status: "Inactive"})
		must(t, "UpdateAccessKey", err)
		if got := w.whoAmI(plain(renewed)); got != invalid {
			t.Errorf("after the access key was deactivated: %s", got)
		}
		w.want("an inactive key", w.signed(key, "/signin/session", "{}"), 403, invalid)
		bad := w.rootKey()
		bad.SecretAccessKey += "x"
		w.want("a wrong secret", w.signed(bad, "/signin/session", "{}"), 403, "SignatureDoesNotMatch: ")
		w.want("no signature", w.post("/signin/session", "{}"), 403, "MissingAuthenticationToken")

		events := strings.Join(w.events("ConsoleLogin"), "\n")
		for _, want := range []string{
			`"eventSource":"signin.amazonaws.com"`, `"eventType":"AwsConsoleSignIn"`, `"responseElements":{"ConsoleLogin":"Success"}`,
			`"userIdentity":{"type":"IAMUser"`, `"MobileVersion":"No","MFAUsed":"No"`, `"LoginTo":"` + w.URL + `/console/"`,
		} {
			if !strings.Contains(events, want) {
				t.Errorf("the records lack %s:\n%s", want, events)
			}
		}
	})
}

// TestSessionEnds: a session is renewed until it has lasted as long as the operator lets it, and
// policies see when it began.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user("alice")
	first := w.answer(w.login(w.Account, "alice", password))
	a := first
	for range 13 {
		w.Advance(54 * time.Minute)
		a = w.answer(w.signed(plain(a), "/signin/renew", "{}"))
	}
	if !a.Credentials.Expiration.Equal(first.Until) {
		t.Errorf("the last credentials last until %v, the session until %v", a.Credentials.Expiration, first.Until)
	}
	_, err := w.iam.PutUserPolicy(t.Context(), &sdkiam.PutUserPolicyInput{UserName: new("alice"), PolicyName: new("revoke"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` +
			first.Until.Add(-time.Hour).Format(time.RFC3339) + `"}}}]}`)})
	must(t, "PutUserPolicy", err)
	_, err = sdkiam.NewFromConfig(w.ConfigFor(plain(a))).ListUsers(t.Context(), &sdkiam.ListUsersInput{})
	if got := outcome(err); !strings.HasPrefix(got, "AccessDenied: ") {
		t.Errorf("a session from before: %s", got)
	}
	w.Advance(20 * time.Minute)
	w.want("after its end", w.signed(plain(a), "/signin/renew", "{}"), 403, "ExpiredToken")
}
