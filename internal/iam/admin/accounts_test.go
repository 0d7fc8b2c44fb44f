package admin_test

import (
	"slices"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/keysteadtest"
)

// TestAccountAliases: an account has one alias, and no two accounts have the same.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/console-account-alias.html
func TestAccountAliases(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, other, ctx := root(t, srv), newcomer(t, srv, "111122223333"), t.Context()
		create := func(who admin, alias string) error {
			_, err := who.CreateAccountAlias(ctx, &sdkiam.CreateAccountAliasInput{AccountAlias: &alias})
			return err
		}
		want := func(who admin, want ...string) {
			t.Helper()
			out, err := who.ListAccountAliases(ctx, &sdkiam.ListAccountAliasesInput{})
			must(t, "ListAccountAliases", err)
			if !slices.Equal(out.AccountAliases, want) {
				t.Errorf("the aliases are %v, want %v", out.AccountAliases, want)
			}
		}
		want(a)
		must(t, "create", create(a, "first"))
		want(a, "first")
		wantOutcome(t, "taken", create(other, "first"), "EntityAlreadyExists: The account alias first already exists.")
		must(t, "create in its place", create(a, "second"))
		want(a, "second")
		must(t, "an alias that is free again", create(other, "first"))
		want(other, "first")
		_, err := a.DeleteAccountAlias(ctx, &sdkiam.DeleteAccountAliasInput{AccountAlias: new("first")})
		wantOutcome(t, "another account's", err, "NoSuchEntity: The account alias with name first cannot be found.")
		_, err = a.DeleteAccountAlias(ctx, &sdkiam.DeleteAccountAliasInput{AccountAlias: new("second")})
		must(t, "DeleteAccountAlias", err)
		want(a)
		want(other, "first")
		must(t, "an alias that is free again", create(other, "second"))
		a.user("bob")
		if got, want := a.whoAmI(a.accessKey("bob")), a.userARN("/bob"); got != want { // the account's record is whole
			t.Errorf("the access key is %s's, want %s", got, want)
		}
	})
}

func TestAccountSummary(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, other, ctx := root(t, srv), newcomer(t, srv, "111122223333"), t.Context()
		other.user("stranger")
		a.user("a", "b", "c")
		a.group("a", "b")
		out, err := a.GetAccountSummary(ctx, &sdkiam.GetAccountSummaryInput{})
		must(t, "GetAccountSummary", err)
		for key, want := range map[string]int32{
			"Users": 3, "Groups": 2, "Roles": 0, "Policies": 0, "PolicyVersionsInUse": 0, "Providers": 0, "MFADevices": 0, "AccountMFAEnabled": 0,
			"AccountAccessKeysPresent": 1, "UsersQuota": 5000, "AccessKeysPerUserQuota": 2, "UserPolicySizeQuota": 2048,
		} {
			if got, ok := out.SummaryMap[key]; !ok || got != want {
				t.Errorf("%s: %d, %v; want %d", key, got, ok, want)
			}
		}
		_, err = a.GetAccountPasswordPolicy(ctx, &sdkiam.GetAccountPasswordPolicyInput{})
		wantOutcome(t, "GetAccountPasswordPolicy", err, "NoSuchEntity: The Password Policy with domain name 000000000000 cannot be found.")
	})
}

// TestAbsent has what Terraform's force_destroy asks of a user before it deletes it.
func TestAbsent(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	a, ctx := root(t, srv), t.Context()
	a.user("bob")
	for _, tt := range []struct {
		operation string
		call      func(user *string) (length int, err error)
	}{
		{"ListMFADevices", func(user *string) (int, error) {
			out, err := a.ListMFADevices(ctx, &sdkiam.ListMFADevicesInput{UserName: user})
			if err != nil {
				return 0, err
			}
			return len(out.MFADevices), nil
		}},
		{"ListSSHPublicKeys", func(user *string) (int, error) {
			out, err := a.ListSSHPublicKeys(ctx, &sdkiam.ListSSHPublicKeysInput{UserName: user})
			if err != nil {
				return 0, err
			}
			return len(out.SSHPublicKeys), nil
		}},
		{"ListServiceSpecificCredentials", func(user *string) (int, error) {
			out, err := a.ListServiceSpecificCredentials(ctx, &sdkiam.ListServiceSpecificCredentialsInput{UserName: user})
			if err != nil {
				return 0, err
			}
			return len(out.ServiceSpecificCredentials), nil
		}},
		{"ListSigningCertificates", func(user *string) (int, error) {
			out, err := a.ListSigningCertificates(ctx, &sdkiam.ListSigningCertificatesInput{UserName: user})
			if err != nil {
				return 0, err
			}
			return len(out.Certificates), nil
		}},
	} {
		for name, user := range map[string]*string{"of a user": new("bob"), "of the caller": nil} {
			if n, err := tt.call(user); n != 0 || err != nil {
				t.Errorf("%s %s: %d, %v", tt.operation, name, n, err)
			}
		}
		_, err := tt.call(new("eve"))
		wantOutcome(t, tt.operation+" of nobody", err, "NoSuchEntity: The user with name eve cannot be found.")
	}
	out, err := a.ListVirtualMFADevices(ctx, &sdkiam.ListVirtualMFADevicesInput{})
	if err != nil || len(out.VirtualMFADevices) != 0 {
		t.Errorf("ListVirtualMFADevices: %v, %v", out, err)
	}
	for name, want := range map[string]string{
		"bob": "NoSuchEntity: Login Profile for User bob cannot be found.", "eve": "NoSuchEntity: The user with name eve cannot be found.",
	} {
		_, err := a.GetLoginProfile(ctx, &sdkiam.GetLoginProfileInput{UserName: &name})
		wantOutcome(t, "GetLoginProfile", err, want)
		_, err = a.DeleteLoginProfile(ctx, &sdkiam.DeleteLoginProfileInput{UserName: &name})
		wantOutcome(t, "DeleteLoginProfile", err, want)
	}
}
