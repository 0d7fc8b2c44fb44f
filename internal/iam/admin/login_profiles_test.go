package admin_test

import (
	"strings"
	"testing"
	"time"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/keysteadtest"
)

const noProfile = "NoSuchEntity: Login Profile for User alice cannot be found."

// TestLoginProfiles: a user has a password or none.
func TestLoginProfiles(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("alice")
		create := func(password *string) error {
			_, err := a.CreateLoginProfile(ctx, &sdkiam.CreateLoginProfileInput{UserName: new("alice"), Password: password, PasswordResetRequired: true})
			return err
		}
		get := func() (*sdkiam.GetLoginProfileOutput, error) {
			return a.GetLoginProfile(ctx, &sdkiam.GetLoginProfileInput{UserName: new("alice")})
		}
		update := func(password *string, reset *bool) error {
			_, err := a.UpdateLoginProfile(ctx, &sdkiam.UpdateLoginProfileInput{UserName: new("alice"), Password: password, PasswordResetRequired: reset})
			return err
		}
		remove := func() error {
			_, err := a.DeleteLoginProfile(ctx, &sdkiam.DeleteLoginProfileInput{UserName: new("alice")})
			return err
		}
		_, err := get()
		wantOutcome(t, "GetLoginProfile of none", err, noProfile)
		wantStatus(t, "GetLoginProfile of none", err, 404)
		wantOutcome(t, "UpdateLoginProfile of none", update(new("Passw0rd"), nil), noProfile)
		wantOutcome(t, "DeleteLoginProfile of none", remove(), noProfile)
		wantOutcome(t, "CreateLoginProfile without a password", create(nil), "ValidationError: Password must be specified.")
		err = create(new("password"))
		wantOutcome(t, "CreateLoginProfile with a weak password", err,
			"PasswordPolicyViolation: Password should have at least three of these: uppercase letters, lowercase letters, numbers, symbols")
		wantStatus(t, "CreateLoginProfile with a weak password", err, 400)
		wantOutcome(t, "CreateLoginProfile", create(new("Passw0rd")), "ok")
		err = create(new("Passw0rd"))
		wantOutcome(t, "CreateLoginProfile again", err, "EntityAlreadyExists: Login Profile for user alice already exists.")
		wantStatus(t, "CreateLoginProfile again", err, 409)
		out, err := get()
		must(t, "GetLoginProfile", err)
		if p := out.LoginProfile; *p.UserName != "alice" || !p.PasswordResetRequired || time.Since(*p.CreateDate).Abs() > time.Minute {
			t.Errorf("the profile is %+v", p)
		}
		wantOutcome(t, "UpdateLoginProfile", update(new("Passw0rd2"), new(false)), "ok")
		wantOutcome(t, "UpdateLoginProfile with a weak password", update(new("short"), nil), "PasswordPolicyViolation: Password should have a minimum length of 8")
		_, err = a.UpdateUser(ctx, &sdkiam.UpdateUserInput{UserName: new("alice"), NewUserName: new("Alicia")})
		must(t, "UpdateUser", err)
		out, err = a.GetLoginProfile(ctx, &sdkiam.GetLoginProfileInput{UserName: new("alicia")})
		must(t, "GetLoginProfile after the user got another name", err)
		if p := out.LoginProfile; *p.UserName != "Alicia" || p.PasswordResetRequired {
			t.Errorf("then the profile is %+v", p)
		}
		_, err = a.UpdateUser(ctx, &sdkiam.UpdateUserInput{UserName: new("Alicia"), NewUserName: new("alice")})
		must(t, "UpdateUser", err)
		_, err = a.DeleteUser(ctx, &sdkiam.DeleteUserInput{UserName: new("alice")})
		wantOutcome(t, "DeleteUser", err, "DeleteConflict: Cannot delete entity, must delete login profile first.")
		wantOutcome(t, "DeleteLoginProfile", remove(), "ok")
		_, err = a.DeleteUser(ctx, &sdkiam.DeleteUserInput{UserName: new("alice")})
		wantOutcome(t, "DeleteUser", err, "ok")
		_, err = a.CreateLoginProfile(ctx, &sdkiam.CreateLoginProfileInput{Password: new("Passw0rd")})
		wantOutcome(t, "CreateLoginProfile of the root user", err, "ValidationError: Must specify userName when calling with non-User credentials")
		_, err = a.GetLoginProfile(ctx, &sdkiam.GetLoginProfileInput{})
		wantOutcome(t, "GetLoginProfile of the root user", err, "NoSuchEntity: Login Profile for User "+a.account+" cannot be found.")

		for _, name := range []string{"CreateLoginProfile", "UpdateLoginProfile"} {
			records := strings.Join(events(t, srv, name), "\n")
			if strings.Contains(records, "Passw0rd") || strings.Contains(records, "argon2") || !strings.Contains(records, `"userName":"alice"`) {
				t.Errorf("the records of %s are %s", name, records)
			}
		}
	})
}

// TestChangePassword: users change their own password if they may, and if they know it.
func TestChangePassword(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("alice")
		alice := a.as(a.accessKey("alice"))
		change := func(by admin, old, next string) error {
			_, err := by.ChangePassword(ctx, &sdkiam.ChangePasswordInput{OldPassword: &old, NewPassword: &next})
			return err
		}
		policy := func(in sdkiam.UpdateAccountPasswordPolicyInput) {
			t.Helper()
			_, err := a.UpdateAccountPasswordPolicy(ctx, &in)
			must(t, "UpdateAccountPasswordPolicy", err)
		}
		denied := "AccessDenied: User: " + a.userARN("/alice") + " is not authorized to perform: iam:ChangePassword on resource: " + a.userARN("/alice") +
			" because no identity-based policy allows the iam:ChangePassword action"
		err := change(a, "Passw0rd", "Passw0rd2")
		wantOutcome(t, "the root user", err, "InvalidUserType: Only IAM Users can change their own password")
		wantOutcome(t, "without leave", change(alice, "Passw0rd", "Passw0rd2"), denied)
		policy(sdkiam.UpdateAccountPasswordPolicyInput{AllowUsersToChangePassword: true, PasswordReusePrevention: new(int32(2))})
		wantOutcome(t, "without a profile", change(alice, "Passw0rd", "Passw0rd2"), noProfile)
		_, err = a.CreateLoginProfile(ctx, &sdkiam.CreateLoginProfileInput{UserName: new("alice"), Password: new("Passw0rd"), PasswordResetRequired: true})
		must(t, "CreateLoginProfile", err)
		err = change(alice, "Passw0rd2", "Passw0rd3")
		wantOutcome(t, "another password", err, "AccessDenied: The old password was incorrect.")
		wantStatus(t, "another password", err, 403)
		wantOutcome(t, "a short password", change(alice, "Passw0rd", "short"), "PasswordPolicyViolation: Password should have a minimum length of 6")
		wantOutcome(t, "the same password", change(alice, "Passw0rd", "Passw0rd"), "PasswordPolicyViolation: Password has been used before and can not be reused")
		wantOutcome(t, "a new password", change(alice, "Passw0rd", "Passw0rd2"), "ok")
		out, err := a.GetLoginProfile(ctx, &sdkiam.GetLoginProfileInput{UserName: new("alice")})
		if err != nil || out.LoginProfile.PasswordResetRequired {
			t.Errorf("it must be changed again: %v", err)
		}
		wantOutcome(t, "the last but one", change(alice, "Passw0rd2", "Passw0rd"), "PasswordPolicyViolation: Password has been used before and can not be reused")
		a.allow("alice", `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:ChangePassword", "Resource": "*"}]}`)
		if got := outcome(change(alice, "Passw0rd2", "Passw0rd3")); !strings.Contains(got, "with an explicit deny in an identity-based policy") {
			t.Errorf("denied by a policy: %s", got)
		}
		_, err = a.DeleteAccountPasswordPolicy(ctx, &sdkiam.DeleteAccountPasswordPolicyInput{})
		must(t, "DeleteAccountPasswordPolicy", err)
		_, err = a.DeleteUserPolicy(ctx, &sdkiam.DeleteUserPolicyInput{UserName: new("alice"), PolicyName: new("given")})
		must(t, "DeleteUserPolicy", err)
		_, err = a.AttachUserPolicy(ctx, &sdkiam.AttachUserPolicyInput{UserName: new("alice"), PolicyArn: new("arn:aws:iam::aws:policy/IAMUserChangePassword")})
		must(t, "AttachUserPolicy", err)
		wantOutcome(t, "by IAMUserChangePassword", change(alice, "Passw0rd2", "Passw0rd3"), "ok")
		records := strings.Join(events(t, srv, "ChangePassword"), "\n")
		if strings.Contains(records, "Passw0rd") || !strings.Contains(records, `"requestParameters":null`) {
			t.Errorf("the records are %s", records)
		}
	})
}

// TestGuessedPassword: whoever has a user's access key can't try passwords without end.
func TestGuessedPassword(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a, ctx := root(t, srv), t.Context()
	a.user("alice")
	a.allow("alice", everything)
	alice := a.as(a.accessKey("alice"))
	_, err := a.CreateLoginProfile(ctx, &sdkiam.CreateLoginProfileInput{UserName: new("alice"), Password: new("Passw0rd")})
	must(t, "CreateLoginProfile", err)
	var last string
	for range 11 {
		_, err := alice.ChangePassword(ctx, &sdkiam.ChangePasswordInput{OldPassword: new("x"), NewPassword: new("Passw0rd2")}, func(o *sdkiam.Options) { o.RetryMaxAttempts = 1 })
		last = outcome(err)
	}
	if !strings.HasPrefix(last, "Throttling: Rate exceeded: try again in ") {
		t.Errorf("the eleventh guess: %s", last)
	}
}

// TestPasswordPolicyAPI: an account has a password policy of its own or none.
func TestPasswordPolicyAPI(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		const none = "NoSuchEntity: The Password Policy with domain name 000000000000 cannot be found."
		_, err := a.GetAccountPasswordPolicy(ctx, &sdkiam.GetAccountPasswordPolicyInput{})
		wantOutcome(t, "GetAccountPasswordPolicy", err, none)
		_, err = a.DeleteAccountPasswordPolicy(ctx, &sdkiam.DeleteAccountPasswordPolicyInput{})
		wantOutcome(t, "DeleteAccountPasswordPolicy", err, none)
		_, err = a.UpdateAccountPasswordPolicy(ctx, &sdkiam.UpdateAccountPasswordPolicyInput{
			MinimumPasswordLength: new(int32(14)), RequireNumbers: true, RequireSymbols: true, RequireUppercaseCharacters: true, RequireLowercaseCharacters: true,
			AllowUsersToChangePassword: true, MaxPasswordAge: new(int32(90)), PasswordReusePrevention: new(int32(5)), HardExpiry: new(true),
		})
		must(t, "UpdateAccountPasswordPolicy", err)
		out, err := a.GetAccountPasswordPolicy(ctx, &sdkiam.GetAccountPasswordPolicyInput{})
		must(t, "GetAccountPasswordPolicy", err)
		p := out.PasswordPolicy
		if *p.MinimumPasswordLength != 14 || !p.RequireNumbers || !p.RequireSymbols || !p.RequireUppercaseCharacters || !p.RequireLowercaseCharacters ||
			!p.AllowUsersToChangePassword || *p.MaxPasswordAge != 90 || *p.PasswordReusePrevention != 5 || !*p.HardExpiry || !p.ExpirePasswords {
			t.Errorf("the policy is %+v", p)
		}
		a.user("alice")
		_, err = a.CreateLoginProfile(ctx, &sdkiam.CreateLoginProfileInput{UserName: new("alice"), Password: new("Aa1!Aa1!Aa1!A")})
		wantOutcome(t, "CreateLoginProfile", err, "PasswordPolicyViolation: Password should have a minimum length of 14")
		_, err = a.UpdateAccountPasswordPolicy(ctx, &sdkiam.UpdateAccountPasswordPolicyInput{})
		must(t, "UpdateAccountPasswordPolicy", err)
		out, err = a.GetAccountPasswordPolicy(ctx, &sdkiam.GetAccountPasswordPolicyInput{})
		must(t, "GetAccountPasswordPolicy", err)
		if p := out.PasswordPolicy; *p.MinimumPasswordLength != 6 || p.RequireNumbers || p.ExpirePasswords || p.MaxPasswordAge != nil || p.PasswordReusePrevention != nil || *p.HardExpiry {
			t.Errorf("the policy of nothing is %+v", p)
		}
		_, err = a.CreateLoginProfile(ctx, &sdkiam.CreateLoginProfileInput{UserName: new("alice"), Password: new("simple")})
		wantOutcome(t, "CreateLoginProfile", err, "ok")
		other := newcomer(t, srv, "111122223333")
		_, err = other.GetAccountPasswordPolicy(ctx, &sdkiam.GetAccountPasswordPolicyInput{})
		wantOutcome(t, "GetAccountPasswordPolicy of another account", err, strings.Replace(none, "000000000000", "111122223333", 1))
	})
}
