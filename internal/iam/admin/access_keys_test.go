package admin_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/keysteadtest"
)

func TestAccessKeys(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("bob", "bo")
		first, second := a.accessKey("bob"), a.accessKey("Bob")
		if got, want := a.whoAmI(first), a.userARN("/bob"); got != want || len(first.AccessKeyID) != 20 || !strings.HasPrefix(first.AccessKeyID, "AKIA") {
			t.Errorf("access key %s is %s's, want %s", first.AccessKeyID, got, want)
		}
		_, err := a.CreateAccessKey(ctx, &sdkiam.CreateAccessKeyInput{UserName: new("bob")})
		wantOutcome(t, "a third access key", err, "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2")
		wantStatus(t, "a third access key", err, 409)
		a.accessKey("bo") // whose keys are not bob's, nor the other way around

		list, err := a.ListAccessKeys(ctx, &sdkiam.ListAccessKeysInput{UserName: new("bob"), MaxItems: new(int32(1))})
		must(t, "ListAccessKeys", err)
		rest, err := a.ListAccessKeys(ctx, &sdkiam.ListAccessKeysInput{UserName: new("bob"), Marker: list.Marker})
		must(t, "ListAccessKeys", err)
		if len(list.AccessKeyMetadata) != 1 || len(rest.AccessKeyMetadata) != 1 || !list.IsTruncated || rest.IsTruncated {
			t.Fatalf("pages of %d and %d access keys", len(list.AccessKeyMetadata), len(rest.AccessKeyMetadata))
		}
		if k := list.AccessKeyMetadata[0]; *k.UserName != "bob" || k.Status != types.StatusTypeActive || *k.AccessKeyId == *rest.AccessKeyMetadata[0].AccessKeyId {
			t.Errorf("listed: %+v", k)
		}

		set := func(status types.StatusType) {
			_, err := a.UpdateAccessKey(ctx, &sdkiam.UpdateAccessKeyInput{UserName: new("bob"), AccessKeyId: &first.AccessKeyID, Status: status})
			must(t, "UpdateAccessKey", err)
		}
		set(types.StatusTypeInactive)
		if got := a.whoAmI(first); got != "InvalidClientTokenId" {
			t.Errorf("an inactive access key is %s's", got)
		}
		if got, want := a.whoAmI(second), a.userARN("/bob"); got != want {
			t.Errorf("the other one is %s's, want %s", got, want)
		}
		set(types.StatusTypeActive)
		if got, want := a.whoAmI(first), a.userARN("/bob"); got != want {
			t.Errorf("active again, the access key is %s's, want %s", got, want)
		}

		_, err = a.DeleteUser(ctx, &sdkiam.DeleteUserInput{UserName: new("bob")})
		wantOutcome(t, "a user with access keys", err, "DeleteConflict: Cannot delete entity, must delete access keys first.")
		wantStatus(t, "a user with access keys", err, 409)
		_, err = a.DeleteAccessKey(ctx, &sdkiam.DeleteAccessKeyInput{UserName: new("bob"), AccessKeyId: &first.AccessKeyID})
		must(t, "DeleteAccessKey", err)
		if got := a.whoAmI(first); got != "InvalidClientTokenId" {
			t.Errorf("a deleted access key is %s's", got)
		}
	})
}

func TestAccessKeyRefusals(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, other, ctx := root(t, srv), newcomer(t, srv, "111122223333"), t.Context()
		a.user("bob", "eve")
		other.user("bob")
		bob, foreign := a.accessKey("bob"), other.accessKey("bob")
		const none = "AKIAAAAAAAAAAAAAAAAA"
		for _, tt := range []struct{ name, user, id, want string }{
			{"no such key", "bob", none, "NoSuchEntity: The Access Key with id " + none + " cannot be found."},
			{"no such user", "mallory", bob.AccessKeyID, "NoSuchEntity: The user with name mallory cannot be found."},
			{"another user's", "eve", bob.AccessKeyID, "NoSuchEntity: The Access Key with id " + bob.AccessKeyID + " cannot be found."},
			{"another account's", "bob", foreign.AccessKeyID, "NoSuchEntity: The Access Key with id " + foreign.AccessKeyID + " cannot be found."},
			{"the root user's", "bob", srv.AccessKeyID, "NoSuchEntity: The Access Key with id " + srv.AccessKeyID + " cannot be found."},
		} {
			_, err := a.DeleteAccessKey(ctx, &sdkiam.DeleteAccessKeyInput{UserName: &tt.user, AccessKeyId: &tt.id})
			wantOutcome(t, "DeleteAccessKey, "+tt.name, err, tt.want)
			_, err = a.UpdateAccessKey(ctx, &sdkiam.UpdateAccessKeyInput{UserName: &tt.user, AccessKeyId: &tt.id, Status: types.StatusTypeInactive})
			wantOutcome(t, "UpdateAccessKey, "+tt.name, err, tt.want)
		}
		_, err := a.UpdateAccessKey(ctx, &sdkiam.UpdateAccessKeyInput{UserName: new("bob"), AccessKeyId: &bob.AccessKeyID, Status: types.StatusTypeExpired})
		wantOutcome(t, "a status that nobody can set", err,
			"ValidationError: 1 validation error detected: Value 'Expired' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]")
		if got, want := a.whoAmI(bob), a.userARN("/bob"); got != want {
			t.Errorf("after all of this the access key is %s's, want %s", got, want)
		}
	})
}

// TestOwnAccessKeys: without a user name, the operations are about the caller.
func TestOwnAccessKeys(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("bob")
		a.allow("bob", everything)
		bob := a.as(a.accessKey("bob"))
		for _, who := range []struct {
			client admin
			name   string
			arn    string
		}{{a, "", "arn:aws:iam::" + a.account + ":root"}, {bob, "bob", a.userARN("/bob")}} {
			made, err := who.client.CreateAccessKey(ctx, &sdkiam.CreateAccessKeyInput{})
			must(t, "CreateAccessKey", err)
			if aws.ToString(made.AccessKey.UserName) != who.name {
				t.Errorf("made an access key for %q, want %q", aws.ToString(made.AccessKey.UserName), who.name)
			}
			if got := a.whoAmI(aws.Credentials{AccessKeyID: *made.AccessKey.AccessKeyId, SecretAccessKey: *made.AccessKey.SecretAccessKey}); got != who.arn {
				t.Errorf("the new access key is %s's, want %s", got, who.arn)
			}
			_, err = who.client.CreateAccessKey(ctx, &sdkiam.CreateAccessKeyInput{})
			wantOutcome(t, "a third access key", err, "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2")
			list, err := who.client.ListAccessKeys(ctx, &sdkiam.ListAccessKeysInput{})
			must(t, "ListAccessKeys", err)
			if len(list.AccessKeyMetadata) != 2 || aws.ToString(list.AccessKeyMetadata[0].UserName) != who.name {
				t.Errorf("%s lists %d access keys", who.arn, len(list.AccessKeyMetadata))
			}
			_, err = who.client.UpdateAccessKey(ctx, &sdkiam.UpdateAccessKeyInput{AccessKeyId: made.AccessKey.AccessKeyId, Status: types.StatusTypeInactive})
			must(t, "UpdateAccessKey", err)
			_, err = who.client.DeleteAccessKey(ctx, &sdkiam.DeleteAccessKeyInput{AccessKeyId: made.AccessKey.AccessKeyId})
			must(t, "DeleteAccessKey", err)
		}
	})
}

// TestLastUse: a use is told at once, and outlives the server that saw it.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html
func TestLastUse(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx, foreign := root(t, srv), t.Context(), srv.NewAccount("111122223333")
		a.user("bob")
		bob := a.accessKey("bob")
		last := func() *sdkiam.GetAccessKeyLastUsedOutput {
			t.Helper()
			out, err := root(t, srv).GetAccessKeyLastUsed(ctx, &sdkiam.GetAccessKeyLastUsedInput{AccessKeyId: &bob.AccessKeyID})
			must(t, "GetAccessKeyLastUsed", err)
			return out
		}
		if u := last(); *u.UserName != "bob" || u.AccessKeyLastUsed.LastUsedDate != nil || *u.AccessKeyLastUsed.ServiceName != "N/A" || *u.AccessKeyLastUsed.Region != "N/A" {
			t.Errorf("before its first use: %+v", u.AccessKeyLastUsed)
		}
		config := srv.ConfigFor(bob)
		config.Region = "eu-west-1"
		_, _ = kms.NewFromConfig(config).ListKeys(ctx, &kms.ListKeysInput{}) // refused, and used
		first := last().AccessKeyLastUsed
		if time.Since(*first.LastUsedDate).Abs() > time.Minute || *first.ServiceName != "kms" || *first.Region != "eu-west-1" {
			t.Errorf("after its first use: %v %s %s", first.LastUsedDate, *first.ServiceName, *first.Region)
		}
		srv.Advance(time.Hour) // which runs the jobs
		a.as(bob).whoAmI(bob)
		second := last().AccessKeyLastUsed
		if since := second.LastUsedDate.Sub(*first.LastUsedDate); since < time.Hour || since > time.Hour+time.Minute || *second.ServiceName != "sts" {
			t.Errorf("used again %v later for %s", since, *second.ServiceName)
		}
		srv.Restart()
		if third := last().AccessKeyLastUsed; !third.LastUsedDate.Equal(*second.LastUsedDate) || *third.ServiceName != "sts" {
			t.Errorf("after a restart: %v %s", third.LastUsedDate, *third.ServiceName)
		}
		_, err := root(t, srv).GetAccessKeyLastUsed(ctx, &sdkiam.GetAccessKeyLastUsedInput{AccessKeyId: new(srv.AccessKeyID)})
		must(t, "GetAccessKeyLastUsed of the root user's", err)
		_, err = root(t, srv).GetAccessKeyLastUsed(ctx, &sdkiam.GetAccessKeyLastUsedInput{AccessKeyId: &foreign.AccessKeyID})
		wantOutcome(t, "another account's access key", err, "NoSuchEntity: The Access Key with id "+foreign.AccessKeyID+" cannot be found.")
	})
}

// TestSecretIsNotRecorded: what the answer of CreateAccessKey tells is in no record.
func TestSecretIsNotRecorded(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a := root(t, srv)
	a.user("bob")
	k := a.accessKey("bob")
	records := events(t, srv, "CreateAccessKey")
	if len(records) != 1 {
		t.Fatalf("%d records", len(records))
	}
	var r struct {
		EventSource, AwsRegion string
		RequestParameters      map[string]string
		ResponseElements       struct{ AccessKey map[string]string }
	}
	must(t, "parse the record", json.Unmarshal([]byte(records[0]), &r))
	made := r.ResponseElements.AccessKey
	if r.EventSource != "iam.amazonaws.com" || r.AwsRegion != "us-east-1" || r.RequestParameters["userName"] != "bob" ||
		made["accessKeyId"] != k.AccessKeyID || made["userName"] != "bob" || made["status"] != "Active" || made["createDate"] == "" || len(made) != 4 {
		t.Errorf("the record is %s", records[0])
	}
	if strings.Contains(records[0], k.SecretAccessKey) {
		t.Error("the record has the secret access key")
	}
}

// TestSessionsOfUsers: what a user's access key made ends with it, and follows the user.
func TestSessionsOfUsers(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("bob")
		key := a.accessKey("bob")
		out, err := sts.NewFromConfig(srv.ConfigFor(key)).GetSessionToken(ctx, &sts.GetSessionTokenInput{})
		must(t, "GetSessionToken", err)
		session := aws.Credentials{AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken}

		_, err = a.UpdateUser(ctx, &sdkiam.UpdateUserInput{UserName: new("bob"), NewUserName: new("robert"), NewPath: new("/x/")})
		must(t, "UpdateUser", err)
		for name, c := range map[string]aws.Credentials{"access key": key, "session": session} {
			if got, want := a.whoAmI(c), a.userARN("/x/robert"); got != want {
				t.Errorf("after the rename, the %s is %s's, want %s", name, got, want)
			}
		}
		a.user("bob") // another one
		for name, c := range map[string]aws.Credentials{"access key": key, "session": session} {
			if got, want := a.whoAmI(c), a.userARN("/x/robert"); got != want {
				t.Errorf("with another bob, the %s is %s's, want %s", name, got, want)
			}
		}
		_, err = a.as(session).GetUser(ctx, &sdkiam.GetUserInput{})
		wantOutcome(t, "a session of a user calls IAM", err, "InvalidClientTokenId: The security token included in the request is invalid.")

		_, err = a.DeleteAccessKey(ctx, &sdkiam.DeleteAccessKeyInput{UserName: new("robert"), AccessKeyId: &key.AccessKeyID})
		must(t, "DeleteAccessKey", err)
		if got := a.whoAmI(session); got != "InvalidClientTokenId" {
			t.Errorf("the session of a deleted access key is %s's", got)
		}
	})
}

// TestAccessKeysAtOnce: calls at the same time don't get around the quota.
func TestAccessKeysAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a := root(t, srv)
		a.user("bob")
		outcomes := make([]string, 8)
		var g sync.WaitGroup
		for i := range outcomes {
			g.Go(func() {
				_, err := a.CreateAccessKey(t.Context(), &sdkiam.CreateAccessKeyInput{UserName: new("bob")})
				outcomes[i] = outcome(err)
			})
		}
		g.Wait()
		slices.Sort(outcomes)
		if outcomes[1] == "ok" || outcomes[6] != "ok" || outcomes[5] == "ok" {
			t.Errorf("8 calls at once: %q", outcomes)
		}
	})
}

// TestOfARole: the session of a role has no user to speak of unless it names one.
func TestOfARole(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a, ctx := root(t, srv), t.Context()
	a.user("bob")
	a.allow("bob", everything)
	made, err := a.CreateRole(ctx, &sdkiam.CreateRoleInput{RoleName: new("r"), AssumeRolePolicyDocument: new(`{"Version": "2012-10-17", "Statement":
		{"Effect": "Allow", "Principal": {"AWS": "` + a.userARN("/bob") + `"}, "Action": "sts:AssumeRole"}}`)})
	must(t, "CreateRole", err)
	_, err = a.PutRolePolicy(ctx, &sdkiam.PutRolePolicyInput{RoleName: new("r"), PolicyName: new("p"), PolicyDocument: new(everything)})
	must(t, "PutRolePolicy", err)
	out, err := sts.NewFromConfig(srv.ConfigFor(a.accessKey("bob"))).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: made.Role.Arn, RoleSessionName: new("session")})
	must(t, "AssumeRole", err)
	session := a.as(aws.Credentials{AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken})
	_, err = session.GetUser(ctx, &sdkiam.GetUserInput{})
	wantOutcome(t, "GetUser without a name", err, "ValidationError: Must specify userName when calling with non-User credentials")
	_, err = session.CreateAccessKey(ctx, &sdkiam.CreateAccessKeyInput{})
	wantOutcome(t, "CreateAccessKey without a name", err, "ValidationError: Must specify userName when calling with non-User credentials")
	_, err = session.GetUser(ctx, &sdkiam.GetUserInput{UserName: new("bob")})
	must(t, "GetUser with a name", err)
}
