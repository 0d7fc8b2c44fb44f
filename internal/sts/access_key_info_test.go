package sts_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

func TestGetAccessKeyInfo(t *testing.T) {
	worlds(t, func(w *world) {
		able, bare := w.user(home, "able", everything), w.user(home, "bare", "")
		other := w.user(abroad, "other", everything)
		session := w.assume(able, w.role(home, "app", accountMay, nil), nil)
		for _, c := range []struct {
			what string
			by   aws.Credentials
			id   string
			want string
		}{
			{"one's own access key", able, able.AccessKeyID, home},
			{"another account's", able, other.AccessKeyID, abroad},
			{"a root user's", able, w.root[abroad].AccessKeyID, abroad},
			{"a session's", able, session.AccessKeyID, home},
			{"the root user asks", w.root[home], other.AccessKeyID, abroad},
			{"one that does not exist", able, "AKIAIOSFODNN7EXAMPLE", "ValidationError: The specified value for accessKeyId is invalid."},
			{"a session's of no account", able, "ASIAQAAAAAAAAAAAAAAA", "ValidationError: The specified value for accessKeyId is invalid."},
			{"a session's that is none", able, "ASIA0000000000000000", "ValidationError: The specified value for accessKeyId is invalid."},
			{"without the permission", bare, able.AccessKeyID, "AccessDenied: User: arn:aws:iam::111122223333:user/bare is not authorized to perform: sts:GetAccessKeyInfo on resource: * because no identity-based policy allows the sts:GetAccessKeyInfo action"},
		} {
			out, err := w.as(c.by).GetAccessKeyInfo(w.t.Context(), &sdksts.GetAccessKeyInfoInput{AccessKeyId: &c.id})
			got := outcome(err)
			if err == nil {
				got = *out.Account
			}
			if got != c.want {
				w.t.Errorf("%s: %s, want %s", c.what, got, c.want)
			}
		}
	})
}

// TestUserSessions: what users and root users get for themselves by GetSessionToken.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
func TestUserSessions(t *testing.T) {
	worlds(t, func(w *world) {
		bare := w.user(home, "bare", "") // it needs no permission
		for _, c := range []struct {
			by      aws.Credentials
			seconds int32 // 0: none
			hours   float64
		}{{bare, 0, 12}, {bare, 129600, 36}, {bare, 900, 0.25}, {w.root[home], 0, 1}, {w.root[home], 129600, 1}} {
			in := new(sdksts.GetSessionTokenInput)
			if c.seconds != 0 {
				in.DurationSeconds = &c.seconds
			}
			out, err := w.as(c.by).GetSessionToken(w.t.Context(), in)
			must(w.t, "GetSessionToken", err)
			if got := out.Credentials.Expiration.Sub(w.clock.Now()).Hours(); got < c.hours-0.02 || got > c.hours+0.02 {
				w.t.Errorf("%d seconds last %v hours, want %v", c.seconds, got, c.hours)
			}
		}
		able := w.user(home, "able", everything)
		out, err := w.as(able).GetSessionToken(w.t.Context(), new(sdksts.GetSessionTokenInput))
		must(w.t, "GetSessionToken", err)
		session := plain(out.Credentials)
		who, err := w.as(session).GetCallerIdentity(w.t.Context(), &sdksts.GetCallerIdentityInput{})
		must(w.t, "GetCallerIdentity", err)
		if *who.Arn != "arn:aws:iam::111122223333:user/able" {
			w.t.Errorf("the session is %s", *who.Arn)
		}
		w.assume(session, w.role(home, "app", accountMay, nil), nil)
		for what, call := range map[string]func() error{
			"GetSessionToken": func() error {
				_, err := w.as(session).GetSessionToken(w.t.Context(), new(sdksts.GetSessionTokenInput))
				return err
			},
			"GetAccessKeyInfo": func() error {
				_, err := w.as(session).GetAccessKeyInfo(w.t.Context(), &sdksts.GetAccessKeyInfoInput{AccessKeyId: &able.AccessKeyID})
				return err
			},
		} {
			if got := outcome(call()); got != "AccessDenied: Cannot call "+what+" with session credentials" {
				w.t.Errorf("%s of a session: %s", what, got)
			}
		}
		role := w.assume(able, "arn:aws:iam::111122223333:role/app", nil)
		_, err = w.as(role).GetSessionToken(w.t.Context(), new(sdksts.GetSessionTokenInput))
		if got := outcome(err); got != "AccessDenied: Cannot call GetSessionToken with session credentials" {
			w.t.Errorf("GetSessionToken of a role: %s", got)
		}
		w.update(func(tx *store.Tx) error { return iam.Users.Delete(tx, home, "able") })
		_, err = w.as(session).GetCallerIdentity(w.t.Context(), &sdksts.GetCallerIdentityInput{})
		if got := outcome(err); got != invalidForSTS {
			w.t.Errorf("after the user is gone: %s", got)
		}
	})
}

// message is the encoded message that comes with a denial.
func message(t *testing.T, err error) string {
	t.Helper()
	res, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok {
		t.Fatalf("not denied: %v", err)
	}
	return res.Response.Header.Get("X-Keystead-Authorization-Message")
}

// TestDecodeAuthorizationMessage decodes what comes with denials.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
func TestDecodeAuthorizationMessage(t *testing.T) {
	type decoded struct {
		Allowed, ExplicitDeny bool
		MatchedStatements     struct {
			Items []struct{ StatementID, Effect, Policy string }
		}
		Context struct {
			Principal        struct{ ID, Name, ARN string }
			Action, Resource string
			Conditions       struct {
				Items []struct {
					Key    string
					Values struct{ Items []struct{ Value string } }
				}
			}
		}
		Explanation string
	}
	worlds(t, func(w *world) {
		able := w.user(home, "able", everything)
		deny := w.user(home, "deny", `{"Version":"2012-10-17","Statement":[{"Sid":"NoRoles","Effect":"Deny","Action":"sts:*","Resource":"*","Condition":{"StringLike":{"sts:RoleSessionName":"sess*"}}}]}`)
		role := w.role(home, "app", accountMay, nil)
		secretive := w.role(abroad, "app", `{"Version":"2012-10-17","Statement":[{"Sid":"Secret","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"hidden"}}}]}`, nil)
		decode := func(by aws.Credentials, encoded string) (decoded, string) {
			out, err := w.as(by).DecodeAuthorizationMessage(w.t.Context(), &sdksts.DecodeAuthorizationMessageInput{EncodedMessage: &encoded})
			var d decoded
			if err == nil {
				must(w.t, "read the message", json.Unmarshal([]byte(*out.DecodedMessage), &d))
			}
			return d, outcome(err)
		}
		refused := func(by aws.Credentials, role string) string {
			_, err := w.as(by).AssumeRole(w.t.Context(), &sdksts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session"), ExternalId: aws.String("hidden")})
			return message(w.t, err)
		}
		encoded := refused(deny, role)
		d, got := decode(able, encoded)
		if got != "ok" || d.Allowed || !d.ExplicitDeny || d.Context.Principal.ARN != "arn:aws:iam::111122223333:user/deny" || d.Context.Principal.Name != "deny" ||
			d.Context.Action != "sts:AssumeRole" || d.Context.Resource != role {
			w.t.Errorf("an explicit denial: %s, %+v", got, d)
		}
		if m := d.MatchedStatements.Items; len(m) != 1 || m[0].StatementID != "NoRoles" || m[0].Effect != "DENY" || m[0].Policy != "inline policy p of user deny" {
			w.t.Errorf("the statements are %+v", m)
		}
		known := map[string]string{}
		for _, c := range d.Context.Conditions.Items {
			known[c.Key] = c.Values.Items[0].Value
		}
		if known["sts:RoleSessionName"] != "session" || known["aws:PrincipalArn"] != "arn:aws:iam::111122223333:user/deny" || known["aws:SourceIp"] != "127.0.0.1" {
			w.t.Errorf("the conditions are %v", known)
		}
		d, got = decode(able, refused(able, secretive))
		if text, _ := json.Marshal(d); got != "ok" || d.ExplicitDeny || strings.Contains(string(text), "Secret") || strings.Contains(string(text), "ExternalId") {
			w.t.Errorf("a denial by another account's role tells %s, %s", got, text)
		}
		tagged := w.role(abroad, "tagged", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:TagSession"}]}`, func(r *iam.Role) { r.Tags = []iam.Tag{{Key: "owner", Value: "nobody-knows"}} })
		curious := w.user(home, "curious", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"iam:ResourceTag/owner":"false"}}}]}`)
		d, got = decode(able, refused(curious, tagged))
		if text, _ := json.Marshal(d); got != "ok" || strings.Contains(string(text), "nobody-knows") {
			w.t.Errorf("a denial about another account's role tells its tags: %s, %s", got, text)
		}
		for what, c := range map[string]struct {
			by      aws.Credentials
			message string
			want    string
		}{
			"of another account":     {w.user(abroad, "other", everything), encoded, "InvalidAuthorizationMessageException: Message is not valid"},
			"no message":             {able, "message", "InvalidAuthorizationMessageException: Message is not valid"},
			"a session token":        {able, w.assume(able, role, nil).SessionToken, "InvalidAuthorizationMessageException: Message is not valid"},
			"a changed message":      {able, damage(encoded), "InvalidAuthorizationMessageException: Message is not valid"},
			"without the permission": {w.user(home, "bare", ""), encoded, "AccessDenied: User: arn:aws:iam::111122223333:user/bare is not authorized to perform: sts:DecodeAuthorizationMessage on resource: * because no identity-based policy allows the sts:DecodeAuthorizationMessage action"},
			"the root user":          {w.root[home], encoded, "ok"},
		} {
			if _, got := decode(c.by, c.message); got != c.want {
				w.t.Errorf("%s: %s, want %s", what, got, c.want)
			}
		}
		if events := strings.Join(w.recorded(), "\n"); strings.Contains(events, encoded) || strings.Contains(events, "explanation") {
			w.t.Errorf("the journal has a message:\n%s", events)
		}
	})
}

// TestMessageSize: a message fits into a header, however long the request was.
func TestMessageSize(t *testing.T) {
	worlds(t, func(w *world) {
		user := w.user(home, "user", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"sts:ExternalId":"x","aws:RequestTag/k":"x"},"ForAllValues:StringEquals":{"aws:TagKeys":"x"}}}]}`)
		role := w.role(home, "app", accountMay, nil)
		in := &sdksts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session"), ExternalId: aws.String(strings.Repeat("x", 1224))}
		tagged(manyTags(50)...)(in)
		for i := range in.Tags {
			in.Tags[i].Key = aws.String(strings.Repeat("k", 120) + *in.Tags[i].Key)
		}
		_, err := w.as(user).AssumeRole(w.t.Context(), in)
		if n := len(message(w.t, err)); n == 0 || n > 6<<10 {
			w.t.Errorf("the message has %d characters", n)
		}
	})
}
