package signin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

const incorrect = "AuthenticationFailed: Your authentication information is incorrect. Please try again."

// TestPassword: a password begins a session, which ends with it.
func TestPassword(t *testing.T) {
	worlds(t, func(w *world) {
		t, ctx := w.t, w.t.Context()
		_, err := w.iam.CreateAccountAlias(ctx, &sdkiam.CreateAccountAliasInput{AccountAlias: new("house")})
		must(t, "CreateAccountAlias", err)
		w.user("Alice")
		got, err := w.iam.GetUser(ctx, &sdkiam.GetUserInput{UserName: new("Alice")})
		if err != nil || got.User.PasswordLastUsed != nil {
			t.Errorf("before the first sign-in: %v, %v", got.User.PasswordLastUsed, err)
		}
		_, err = w.iam.CreateUser(ctx, &sdkiam.CreateUserInput{UserName: new("bare")})
		must(t, "CreateUser", err)
		for _, c := range []struct{ account, user, password string }{
			{w.Account, "Alice", "Correct horse 1"}, {w.Account, "nobody", password}, {w.Account, "bare", password},
			{"999999999999", "Alice", password}, {"nowhere", "Alice", password},
		} {
			w.want("wrong", w.login(c.account, c.user, c.password), 401, incorrect)
		}
		a := w.answer(w.login("house", "alice", password))
		if a.Type != "User" || a.Name != "Alice" || a.ARN != "arn:aws:iam::000000000000:user/Alice" || a.AccountAlias != "house" || a.Account != w.Account {
			t.Errorf("alice is %+v", a)
		}
		if got := w.whoAmI(plain(a)); got != a.ARN {
			t.Errorf("the session is %s", got)
		}
		if _, err := sdkiam.NewFromConfig(w.ConfigFor(plain(a))).ListUsers(ctx, &sdkiam.ListUsersInput{}); err != nil {
			t.Errorf("IAM with a console session: %v", err)
		}
		users, err := w.iam.ListUsers(ctx, &sdkiam.ListUsersInput{})
		must(t, "ListUsers", err)
		for _, u := range users.Users {
			if used := u.PasswordLastUsed != nil; used != (*u.UserName == "Alice") {
				t.Errorf("%s used a password: %v", *u.UserName, used)
			}
		}
		renewed := w.answer(w.signed(plain(a), "/signin/renew", "{}"))
		_, err = w.iam.UpdateUser(ctx, &sdkiam.UpdateUserInput{UserName: new("Alice"), NewUserName: new("alicia"), NewPath: new("/x/")})
		must(t, "UpdateUser", err)
		if got := w.whoAmI(plain(renewed)); got != "arn:aws:iam::000000000000:user/x/alicia" {
			t.Errorf("after the user got another name: %s", got)
		}
		_, err = w.iam.UpdateLoginProfile(ctx, &sdkiam.UpdateLoginProfileInput{UserName: new("alicia"), PasswordResetRequired: new(false)})
		must(t, "UpdateLoginProfile", err)
		if got := w.whoAmI(plain(renewed)); got != "arn:aws:iam::000000000000:user/x/alicia" {
			t.Errorf("after a change of the profile alone: %s", got)
		}
		_, err = w.iam.UpdateLoginProfile(ctx, &sdkiam.UpdateLoginProfileInput{UserName: new("alicia"), Password: new(password + "2")})
		must(t, "UpdateLoginProfile", err)
		if got := w.whoAmI(plain(renewed)); got != invalid {
			t.Errorf("after a change of the password: %s", got)
		}
		w.want("the old password", w.login("house", "alicia", password), 401, incorrect)
		a = w.answer(w.login("house", "alicia", password+"2"))
		_, err = w.iam.DeleteLoginProfile(ctx, &sdkiam.DeleteLoginProfileInput{UserName: new("alicia")})
		must(t, "DeleteLoginProfile", err)
		if got := w.whoAmI(plain(a)); got != invalid {
			t.Errorf("after the profile was deleted: %s", got)
		}
		w.want("a renewal then", w.signed(plain(a), "/signin/renew", "{}"), 403, invalid)

		records := w.events("ConsoleLogin")
		all := strings.Join(records, "\n")
		for _, secret := range []string{"orrect", "argon2", "nobody", "nowhere", a.Credentials.SecretAccessKey, a.Credentials.SessionToken} {
			if strings.Contains(all, secret) {
				t.Errorf("the records have %q:\n%s", secret, all)
			}
		}
		for i, want := range []string{
			`"userIdentity":{"type":"IAMUser","principalId":"AIDA`, `"userIdentity":{"type":"IAMUser","accountId":"000000000000","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
			`"userName":"bare"`, `"userName":"HIDDEN_DUE_TO_SECURITY_REASONS"`, `"userName":"HIDDEN_DUE_TO_SECURITY_REASONS"`, `"userName":"Alice"`,
		} {
			verdict := `"errorMessage":"Failed authentication"`
			if i == 5 {
				verdict = `"responseElements":{"ConsoleLogin":"Success"}`
			} else if !strings.Contains(records[i], `"responseElements":{"ConsoleLogin":"Failure"}`) {
				t.Errorf("record %d is no failure", i)
			}
			if !strings.Contains(records[i], want) || !strings.Contains(records[i], verdict) {
				t.Errorf("record %d lacks %s or %s:\n%s", i, want, verdict, records[i])
			}
		}
	})
}

// TestPasswordMustChange: a password that was given, or that has expired, is changed at the sign-in.
func TestPasswordMustChange(t *testing.T) {
	worlds(t, func(w *world) {
		t, ctx := w.t, w.t.Context()
		policy := func(in sdkiam.UpdateAccountPasswordPolicyInput) {
			t.Helper()
			in.MaxPasswordAge = new(int32(90))
			_, err := w.iam.UpdateAccountPasswordPolicy(ctx, &in)
			must(t, "UpdateAccountPasswordPolicy", err)
		}
		w.user("alice")
		w.allow("alice", "kms:*")
		_, err := w.iam.UpdateLoginProfile(ctx, &sdkiam.UpdateLoginProfileInput{UserName: new("alice"), PasswordResetRequired: new(true)})
		must(t, "UpdateLoginProfile", err)
		const next = "correct Horse 2"
		w.want("a given password", w.login(w.Account, "alice", password), 403, "PasswordChangeRequired: You must change your password to continue.")
		w.want("a wrong one", w.login(w.Account, "alice", "wrong", next), 401, incorrect)
		w.want("without leave", w.login(w.Account, "alice", password, next), 403, "AccessDenied: User: arn:aws:iam::000000000000:user/alice is not authorized to perform: iam:ChangePassword")
		policy(sdkiam.UpdateAccountPasswordPolicyInput{AllowUsersToChangePassword: true, MinimumPasswordLength: new(int32(10)), PasswordReusePrevention: new(int32(1))})
		w.want("a short one", w.login(w.Account, "alice", password, "short"), 400, "PasswordPolicyViolation: Password should have a minimum length of 10")
		w.want("the same", w.login(w.Account, "alice", password, password), 400, "PasswordPolicyViolation: Password has been used before and can not be reused")
		w.want("one that can't be", w.login(w.Account, "alice", password, "пароль Пароль 1"), 400, "ValidationException: ")
		a := w.answer(w.login(w.Account, "alice", password, next))
		if got := w.whoAmI(plain(a)); got != "arn:aws:iam::000000000000:user/alice" {
			t.Errorf("the session is %s", got)
		}
		w.want("the old one", w.login(w.Account, "alice", password), 401, incorrect)
		w.want("the new one", w.login(w.Account, "alice", next), 200, "ok")

		w.Advance(89 * 24 * time.Hour)
		w.want("the day before", w.login(w.Account, "alice", next), 200, "ok")
		w.Advance(24 * time.Hour)
		w.want("the day", w.login(w.Account, "alice", next), 403, "PasswordChangeRequired: Your password has expired. You must change it to continue.")
		policy(sdkiam.UpdateAccountPasswordPolicyInput{AllowUsersToChangePassword: true, HardExpiry: new(true)})
		w.want("expired for good", w.login(w.Account, "alice", next, password), 403, "AccessDenied: Your password has expired.")

		records := strings.Join(w.events("PasswordUpdated"), "\n")
		for _, want := range []string{`"responseElements":{"PasswordUpdated":"Success"}`, `"responseElements":{"PasswordUpdated":"Failure"}`, `"errorCode":"PasswordPolicyViolation"`} {
			if !strings.Contains(records, want) {
				t.Errorf("the records lack %s:\n%s", want, records)
			}
		}
		if strings.Contains(records, "orrect") {
			t.Errorf("the records have a password:\n%s", records)
		}
	})
}

// TestTooManyGuesses: names that exist and names that do not are rationed alike, and time gives
// the ration back. Other users go on.
func TestTooManyGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user("alice")
	w.user("bob")
	for _, name := range []string{"alice", "nobody"} {
		for i := range 11 {
			r := w.login(w.Account, name, "wrong")
			if i < 10 {
				w.want(name, r, 401, incorrect)
				continue
			}
			w.want(name, r, 429, "ThrottlingException: Too many attempts to sign in. Try again later.")
			if after, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || after < 1 || after > 60 {
				t.Errorf("%s may try again after %d s, %v", name, after, err)
			}
		}
	}
	w.want("the right password", w.login(w.Account, "alice", password), 429, "ThrottlingException")
	w.want("another user", w.login(w.Account, "bob", password), 200, "ok")
	records := strings.Join(w.events("ConsoleLogin"), "\n")
	if !strings.Contains(records, `"errorCode":"ThrottlingException"`) {
		t.Error("no record of an attempt that was one too many")
	}
	w.Advance(time.Minute)
	w.want("a minute later", w.login(w.Account, "alice", password), 200, "ok")
	before := len(w.events("ConsoleLogin"))
	for range 12 {
		w.login(w.Account, "nobody", "wrong")
	}
	for range 40 {
		w.want("a flood", w.login(w.Account, "nobody", "wrong"), 429, "ThrottlingException")
	}
	if n := len(w.events("ConsoleLogin")) - before; n > 25 {
		t.Errorf("a flood made %d records", n)
	}
	r := w.send(w.request(http.MethodGet, "/metrics", ""))
	for _, want := range []string{
		`keystead_console_sign_ins_total{method="password",outcome="AuthenticationFailed"}`, `keystead_console_sign_ins_total{method="password",outcome="success"} 2`,
		`keystead_console_sign_ins_total{method="password",outcome="ThrottlingException"}`,
	} {
		if !strings.Contains(r.text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

// TestRightPasswordIsFree: who knows the password may sign in as often as he likes.
func TestRightPasswordIsFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user("alice")
	for range 12 {
		w.want("the right password", w.login(w.Account, "alice", password), 200, "ok")
	}
}

// TestPasswordsOfTwoNodes: a password that was changed on one node ends sessions on the other.
func TestPasswordsOfTwoNodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keysteadtest.WithDatabase(storetest.PostgreSQL(t)))
	w.user("alice")
	other := &world{w.Peer(), t, w.iam}
	a := other.answer(other.login(w.Account, "alice", password))
	if got := w.whoAmI(plain(a)); got != a.ARN {
		t.Errorf("on the other node the session is %s", got)
	}
	_, err := w.iam.UpdateLoginProfile(t.Context(), &sdkiam.UpdateLoginProfileInput{UserName: new("alice"), Password: new(password + "2")})
	must(t, "UpdateLoginProfile", err)
	other.want("the old password", other.login(w.Account, "alice", password), 401, incorrect)
	a = other.answer(other.login(w.Account, "alice", password+"2"))
	if got := other.whoAmI(plain(a)); got != a.ARN {
		t.Errorf("the new session is %s", got)
	}
}
