package sts_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// TestAssumeRole assumes a role, and looks at everything that comes of it.
func TestAssumeRole(t *testing.T) {
	worlds(t, func(w *world) {
		t := w.t
		alice := w.user(home, "alice", everything)
		role := w.role(home, "app", accountMay, func(r *iam.Role) { r.Path = "/team/" })
		before := time.Now()
		out, err := w.as(alice).AssumeRole(t.Context(), &sdksts.AssumeRoleInput{
			RoleArn: &role, RoleSessionName: aws.String("s-1"), ExternalId: aws.String("external"), DurationSeconds: aws.Int32(1800),
			Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}, TransitiveTagKeys: []string{"team"},
		})
		must(t, "AssumeRole", err)
		if got := *out.AssumedRoleUser.Arn; got != "arn:aws:sts::111122223333:assumed-role/app/s-1" {
			t.Errorf("the session is %s", got)
		}
		if got := out.Credentials.Expiration.Sub(before); got < 29*time.Minute || got > 31*time.Minute {
			t.Errorf("the session lasts %v", got)
		}
		packed := out.PackedPolicySize //lint:ignore SA1019 clients of today still read it
		if packed == nil || *packed < 1 || *packed > 10 {
			t.Errorf("the packed size is %v", packed)
		}
		c := plain(out.Credentials)
		if len(c.AccessKeyID) != 20 || !strings.HasPrefix(c.AccessKeyID, "ASIA") || len(c.SecretAccessKey) != 40 || len(c.SessionToken) > 2048 {
			t.Errorf("access key %s, secret of %d characters, token of %d", c.AccessKeyID, len(c.SecretAccessKey), len(c.SessionToken))
		}
		who, err := w.as(c).GetCallerIdentity(t.Context(), &sdksts.GetCallerIdentityInput{})
		must(t, "GetCallerIdentity", err)
		if *who.Arn != *out.AssumedRoleUser.Arn || *who.Account != home || *who.UserId != *out.AssumedRoleUser.AssumedRoleId || !strings.HasPrefix(*who.UserId, "AROA") || !strings.HasSuffix(*who.UserId, ":s-1") {
			t.Errorf("the caller is %s, %s", *who.Arn, *who.UserId)
		}
		events := w.recorded()
		if len(events) != 2 {
			t.Fatalf("%d events: %v", len(events), events)
		}
		for _, want := range []string{
			`"userIdentity":{"type":"IAMUser","principalId":"AIDA`, `"eventName":"AssumeRole"`, `"readOnly":true`,
			`"requestParameters":{"roleArn":"` + role + `","roleSessionName":"s-1","durationSeconds":1800,"externalId":"external","tags":[{"key":"team","value":"blue"}],"transitiveTagKeys":["team"]}`,
			`"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/app/s-1","assumedRoleId":"AROA`,
			`"credentials":{"accessKeyId":"` + c.AccessKeyID + `","expiration":"`,
			`"resources":[{"accountId":"111122223333","type":"AWS::IAM::Role","ARN":"` + role + `"}]`, `"recipientAccountId":"111122223333"`,
		} {
			if !strings.Contains(events[0], want) {
				t.Errorf("the event lacks %s:\n%s", want, events[0])
			}
		}
		for _, secret := range []string{c.SecretAccessKey, c.SessionToken, "sessionToken", "sharedEventID"} {
			if strings.Contains(events[0], secret) {
				t.Errorf("the event has %s:\n%s", secret, events[0])
			}
		}
		if want := `"sessionIssuer":{"type":"Role","principalId":"` + strings.TrimSuffix(*who.UserId, ":s-1") + `","arn":"` + role + `"`; !strings.Contains(events[1], want) {
			t.Errorf("the session's event lacks %s:\n%s", want, events[1])
		}
	})
}

// TestTrust: who may assume which role. Each case names the rule that it shows.
//
// Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
func TestTrust(t *testing.T) {
	worlds(t, func(w *world) {
		able := w.user(home, "able", everything)
		bare := w.user(home, "bare", "")
		denied := w.user(home, "denied", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}]}`)
		stranger := w.user(abroad, "able", everything)
		bareStranger := w.user(abroad, "bare", "")
		principal := func(p, more string) string {
			return statement(`"Principal":` + p + `,"Action":"sts:AssumeRole"` + more)
		}
		user := func(account, name string) string {
			return `{"AWS":"arn:aws:iam::` + account + `:user/` + name + `"}`
		}
		condition := func(c string) string { return principal(`{"AWS":"111122223333"}`, `,"Condition":`+c) }
		request := func(f func(in *sdksts.AssumeRoleInput)) func(in *sdksts.AssumeRoleInput) { return f }
		for i, c := range []struct {
			rule  string
			trust string
			by    aws.Credentials
			with  func(in *sdksts.AssumeRoleInput)
			want  bool
		}{
			{"the account is trusted, and its user has the permission", principal(`{"AWS":"111122223333"}`, ""), able, nil, true},
			{"the account is trusted, and its user lacks the permission", principal(`{"AWS":"111122223333"}`, ""), bare, nil, false},
			{"the root user's ARN stands for the account", principal(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), able, nil, true},
			{"a user of the same account that is named needs no permission", principal(user(home, "bare"), ""), bare, nil, true},
			{"another user is named", principal(user(home, "bare"), ""), able, nil, false},
			{"everybody of the same account needs no permission", principal(`"*"`, ""), bare, nil, true},
			{"an explicit deny of the user's own", principal(user(home, "denied"), ""), denied, nil, false},
			{"nobody of the account is trusted", principal(user(abroad, "able"), ""), able, nil, false},
			{"another account is trusted, and its user has the permission", principal(`{"AWS":"444455556666"}`, ""), stranger, nil, true},
			{"another account is trusted, and its user lacks the permission", principal(`{"AWS":"444455556666"}`, ""), bareStranger, nil, false},
			{"a user of another account that is named lacks the permission", principal(user(abroad, "bare"), ""), bareStranger, nil, false},
			{"everybody, and a user of another account lacks the permission", principal(`"*"`, ""), bareStranger, nil, false},
			{"everybody, and a user of another account has the permission", principal(`"*"`, ""), stranger, nil, true},
			{"the other account is not trusted", principal(`{"AWS":"111122223333"}`, ""), stranger, nil, false},
			{"a trust policy may deny", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":` + user(home, "able") + `,"Action":"sts:*"}]}`, able, nil, false},
			{"another action is allowed", statement(`"Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRoleWithWebIdentity"`), able, nil, false},

			{"sts:ExternalId is right", condition(`{"StringEquals":{"sts:ExternalId":"x1"}}`), able, request(func(in *sdksts.AssumeRoleInput) { in.ExternalId = aws.String("x1") }), true},
			{"sts:ExternalId is wrong", condition(`{"StringEquals":{"sts:ExternalId":"x1"}}`), able, request(func(in *sdksts.AssumeRoleInput) { in.ExternalId = aws.String("X1") }), false},
			{"sts:ExternalId is not sent", condition(`{"StringEquals":{"sts:ExternalId":"x1"}}`), able, nil, false},
			{"sts:RoleSessionName is the user's name", condition(`{"StringLike":{"sts:RoleSessionName":"${aws:username}"}}`), able, request(func(in *sdksts.AssumeRoleInput) { in.RoleSessionName = aws.String("able") }), true},
			{"sts:RoleSessionName is another's name", condition(`{"StringLike":{"sts:RoleSessionName":"${aws:username}"}}`), able, nil, false},
			{"sts:DurationSeconds is short enough", condition(`{"NumericLessThanEquals":{"sts:DurationSeconds":"900"}}`), able, request(func(in *sdksts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(900) }), true},
			{"sts:DurationSeconds is not sent", condition(`{"NumericLessThanEquals":{"sts:DurationSeconds":"900"}}`), able, nil, false},
			{"aws:MultiFactorAuthPresent with an access key", condition(`{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`), able, nil, false},
			{"aws:PrincipalArn", condition(`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/a*"}}`), able, nil, true},
			{"aws:ResourceTag of the role", condition(`{"StringEquals":{"aws:ResourceTag/Owner":"able"}}`), able, nil, true},
			{"iam:ResourceTag of the role, in other letters", condition(`{"StringEquals":{"iam:ResourceTag/owner":"${aws:username}"}}`), able, nil, true},
			{"aws:SourceIp", condition(`{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}`), able, nil, true},
		} {
			role := w.role(home, fmt.Sprint("role", i), c.trust, func(r *iam.Role) { r.Tags = []iam.Tag{{Key: "Owner", Value: "able"}} })
			in := &sdksts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")}
			if c.with != nil {
				c.with(in)
			}
			_, err := w.as(c.by).AssumeRole(w.t.Context(), in)
			want := "ok"
			if !c.want {
				who, e := w.caller(c.by)
				must(w.t, "identify", e)
				want = "AccessDenied: User: " + who.Principal.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + role
			}
			if got := outcome(err); got != want {
				w.t.Errorf("%s: %s, want %s", c.rule, got, want)
			}
		}
	})
}

// TestNoRole: who may not assume a role can't tell it from one that does not exist.
func TestNoRole(t *testing.T) {
	worlds(t, func(w *world) {
		able := w.user(home, "able", everything)
		closed := w.role(home, "closed", statement(`"Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"`), nil)
		w.role(home, "Open", accountMay, func(r *iam.Role) { r.Path = "/p/" })
		for _, role := range []string{
			closed, "arn:aws:iam::111122223333:role/none", "arn:aws:iam::444455556666:role/none", "arn:aws:iam::999999999999:role/none",
			"arn:aws:iam::111122223333:role/Open", "arn:aws:iam::111122223333:role/p/open", "arn:aws-cn:iam::111122223333:role/p/Open",
		} {
			_, err := w.as(able).AssumeRole(w.t.Context(), &sdksts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")})
			want := "AccessDenied: User: arn:aws:iam::111122223333:user/able is not authorized to perform: sts:AssumeRole on resource: " + role
			if got := outcome(err); got != want {
				w.t.Errorf("%s: %s, want %s", role, got, want)
			}
			res, ok := errors.AsType[*smithyhttp.ResponseError](err)
			if !ok || res.HTTPStatusCode() != 403 || res.Response.Header.Get("X-Keystead-Authorization-Message") == "" {
				w.t.Errorf("%s is answered otherwise than the others: %v", role, err)
			}
		}
		for _, role := range []string{"arn:aws:iam::111122223333:user/able", "not an ARN at all, really", "arn:aws:iam::111122223333:role/", "arn:aws:sts::111122223333:assumed-role/x/y"} {
			_, err := w.as(able).AssumeRole(w.t.Context(), &sdksts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")})
			if got, want := outcome(err), "ValidationError: "+role+" is invalid"; got != want {
				w.t.Errorf("%s, want %s", got, want)
			}
		}
		_, err := w.as(w.root[home]).AssumeRole(w.t.Context(), &sdksts.AssumeRoleInput{RoleArn: &closed, RoleSessionName: aws.String("session")})
		if got := outcome(err); got != "AccessDenied: Roles may not be assumed by root accounts." {
			w.t.Errorf("a root user: %s", got)
		}
	})
}

// TestDurations: a session lasts from 15 minutes to what the role allows, and no longer than
// an hour if a session asks for it.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
func TestDurations(t *testing.T) {
	const (
		tooLong = "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
		chained = "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
	)
	worlds(t, func(w *world) {
		able := w.user(home, "able", everything)
		long := func(r *iam.Role) {
			r.MaxSession = 43200
			r.Inline = []iam.InlinePolicy{{Name: "p", Document: everything}}
		}
		short, hours := w.role(home, "short", accountMay, nil), w.role(home, "hours", accountMay, long)
		session := w.assume(able, hours, nil)
		for _, c := range []struct {
			by      aws.Credentials
			role    string
			seconds int32 // 0: none
			want    string
			length  time.Duration
		}{
			{able, short, 0, "ok", time.Hour},
			{able, short, 900, "ok", 15 * time.Minute},
			{able, short, 3600, "ok", time.Hour},
			{able, short, 3601, tooLong, 0},
			{able, hours, 0, "ok", time.Hour},
			{able, hours, 43200, "ok", 12 * time.Hour},
			{session, hours, 0, "ok", time.Hour},
			{session, hours, 3600, "ok", time.Hour},
			{session, hours, 3601, chained, 0},
			{session, short, 3601, tooLong, 0},
		} {
			in := &sdksts.AssumeRoleInput{RoleArn: &c.role, RoleSessionName: aws.String("session")}
			if c.seconds != 0 {
				in.DurationSeconds = &c.seconds
			}
			out, err := w.as(c.by).AssumeRole(w.t.Context(), in)
			if got := outcome(err); got != c.want {
				w.t.Errorf("%d seconds of %s: %s, want %s", c.seconds, c.role, got, c.want)
				continue
			}
			if err != nil {
				continue
			}
			if off := time.Until(*out.Credentials.Expiration) - c.length; off.Abs() > time.Minute {
				w.t.Errorf("%d seconds of %s last %v", c.seconds, c.role, time.Until(*out.Credentials.Expiration))
			}
		}
		for _, seconds := range []int32{899, 43201} {
			_, err := w.as(able).AssumeRole(w.t.Context(), &sdksts.AssumeRoleInput{RoleArn: &hours, RoleSessionName: aws.String("session"), DurationSeconds: &seconds})
			if got := outcome(err); !strings.HasPrefix(got, "ValidationError: 1 validation error detected: Value '") {
				w.t.Errorf("%d seconds: %s", seconds, got)
			}
		}
	})
}

// TestRoleEnds: a session ends on time, with its role, and by a policy that revokes it.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
func TestRoleEnds(t *testing.T) {
	worlds(t, func(w *world) {
		able := w.user(home, "able", everything)
		allow := func(r *iam.Role) { r.Inline = []iam.InlinePolicy{{Name: "p", Document: everything}} }
		role := w.role(home, "app", accountMay, allow)
		old := w.assume(able, role, nil)
		w.clock.Advance(time.Minute)
		revoked := w.clock.Now()
		w.update(func(tx *store.Tx) error {
			r, err := iam.Roles.Get(tx, home, "app")
			if err != nil {
				return err
			}
			r.Inline = append(r.Inline, iam.InlinePolicy{Name: "AWSRevokeOlderSessions", Document: fmt.Sprintf(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":%q}}}]}`,
				revoked.Format(time.RFC3339))})
			return iam.Roles.Put(tx, home, "app", r)
		})
		w.clock.Advance(time.Minute)
		fresh := w.assume(able, role, nil)
		if w.may(old, "kms:ListKeys") || !w.may(fresh, "kms:ListKeys") {
			w.t.Errorf("after a revocation the old session may %v, the new one %v", w.may(old, "kms:ListKeys"), w.may(fresh, "kms:ListKeys"))
		}
		if !w.may(able, "kms:ListKeys") {
			w.t.Errorf("a revocation of sessions reaches a user")
		}
		ask := func(c aws.Credentials) string {
			_, err := w.as(c).GetCallerIdentity(w.t.Context(), &sdksts.GetCallerIdentityInput{})
			return outcome(err)
		}
		w.clock.Advance(59 * time.Minute)
		if got := ask(old); got != expiredForSTS {
			w.t.Errorf("after its hour the old session: %s", got)
		}
		if got := ask(fresh); got != "ok" {
			w.t.Errorf("before its hour is over the new session: %s", got)
		}
		w.update(func(tx *store.Tx) error { return iam.Roles.Delete(tx, home, "app") })
		if got := ask(fresh); got != invalidForSTS {
			w.t.Errorf("after the role was deleted: %s", got)
		}
		w.role(home, "app", accountMay, allow)
		if got := ask(fresh); got != invalidForSTS {
			w.t.Errorf("after another role of the name was made: %s", got)
		}
	})
}

// TestChains: roles may assume each other in a circle, which is nothing but sessions.
func TestChains(t *testing.T) {
	worlds(t, func(w *world) {
		allow := func(r *iam.Role) { r.Inline = []iam.InlinePolicy{{Name: "p", Document: everything}} }
		c := w.user(home, "able", everything)
		roles := []string{w.role(home, "a", accountMay, allow), w.role(home, "b", accountMay, allow)}
		first := w.assume(c, roles[0], nil)
		c = first
		for i := range 20 {
			c = w.assume(c, roles[i%2], nil)
			if len(c.SessionToken) > len(first.SessionToken)+8 {
				w.t.Fatalf("the token grows to %d characters with the %d. link", len(c.SessionToken), i)
			}
		}
		// A role does not trust itself.
		lone := w.role(home, "lone", statement(`"Principal":{"AWS":"arn:aws:iam::111122223333:user/able"},"Action":"sts:AssumeRole"`), allow)
		session := w.assume(w.user(home, "other", everything), roles[0], nil)
		if _, err := w.as(session).AssumeRole(w.t.Context(), &sdksts.AssumeRoleInput{RoleArn: &lone, RoleSessionName: aws.String("session")}); !strings.HasPrefix(outcome(err), "AccessDenied: ") {
			w.t.Errorf("a role that is not trusted: %s", outcome(err))
		}
	})
}

// TestAcrossAccounts: each account gets a record, and the role's does not tell who it was.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/shared-event-ID.html
func TestAcrossAccounts(t *testing.T) {
	worlds(t, func(w *world) {
		able := w.user(abroad, "able", everything)
		role := w.role(home, "app", statement(`"Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"`), nil)
		c := w.assume(able, role, nil)
		events := w.recorded()
		if len(events) != 2 {
			w.t.Fatalf("%d events: %v", len(events), events)
		}
		shared := func(e string) string {
			_, rest, _ := strings.Cut(e, `"sharedEventID":"`)
			id, _, _ := strings.Cut(rest, `"`)
			return id
		}
		if a, b := shared(events[0]), shared(events[1]); a == "" || a != b {
			w.t.Errorf("the shared ids are %q and %q", a, b)
		}
		for i, want := range []string{`"recipientAccountId":"444455556666"`, `"recipientAccountId":"111122223333"`} {
			if !strings.Contains(events[i], want) || !strings.Contains(events[i], c.AccessKeyID) || strings.Contains(events[i], c.SessionToken) {
				w.t.Errorf("event %d: %s", i, events[i])
			}
		}
		if !strings.Contains(events[1], `"userIdentity":{"type":"AWSAccount","principalId":"AIDA`) || strings.Contains(events[1], "user/able") || strings.Contains(events[1], "statement") {
			w.t.Errorf("the role's account learns: %s", events[1])
		}
	})
}
