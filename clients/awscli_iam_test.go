package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// allowAll is a policy for users and groups.
const allowAll = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`

const powerUser = "arn:aws:iam::aws:policy/PowerUserAccess"

func cliUsers(t *testing.T, c cli) {
	user := func(operation string, args ...string) []string {
		return append([]string{"iam", operation, "--user-name", "cli-bob"}, args...)
	}
	arn := c.query("User.Arn", user("create-user", "--path", "/cli/", "--tags", "Key=a b,Value=c")...)
	if want := "arn:aws:iam::000000000000:user/cli/cli-bob"; arn != want {
		t.Errorf("create-user made %s, want %s", arn, want)
	}
	if got := c.query("Users[].Arn", "iam", "list-users", "--path-prefix", "/cli/", "--page-size", "1"); got != arn {
		t.Errorf("list-users has %q, want %s", got, arn)
	}
	c.text(user("tag-user", "--tags", "Key=A B,Value=d", "Key=e,Value=")...)
	c.text(user("untag-user", "--tag-keys", "e")...)
	if got := c.query("Tags[].[Key,Value]", user("list-user-tags")...); got != "a b\td" {
		t.Errorf("list-user-tags has %q", got)
	}
	c.text(user("put-user-permissions-boundary", "--permissions-boundary", powerUser)...)
	if got := c.query("User.[PermissionsBoundary.PermissionsBoundaryArn,Tags[0].Key]", user("get-user")...); got != powerUser+"\ta b" {
		t.Errorf("get-user has %q", got)
	}
	c.text(user("delete-user-permissions-boundary")...)

	c.text(user("put-user-policy", "--policy-name", "p", "--policy-document", allowAll)...)
	// The CLI takes the percent-encoding off and reads the document.
	if got := c.query("PolicyDocument.Statement[0].Action", user("get-user-policy", "--policy-name", "p")...); got != "*" {
		t.Errorf("get-user-policy has %q", got)
	}
	if got := c.query("PolicyNames", user("list-user-policies")...); got != "p" {
		t.Errorf("list-user-policies has %q", got)
	}
	c.fails("MalformedPolicyDocument", "Syntax errors in policy.", user("put-user-policy", "--policy-name", "p", "--policy-document", "{")...)
	c.text(user("attach-user-policy", "--policy-arn", powerUser)...)
	if got := c.query("AttachedPolicies[].PolicyName", user("list-attached-user-policies")...); got != "PowerUserAccess" {
		t.Errorf("list-attached-user-policies has %q", got)
	}

	c.fails("DeleteConflict", "Cannot delete entity, must delete policies first.", user("delete-user")...)
	c.text(user("delete-user-policy", "--policy-name", "p")...)
	c.text(user("detach-user-policy", "--policy-arn", powerUser)...)
	c.text("iam", "update-user", "--user-name", "cli-bob", "--new-user-name", "cli-rob")
	c.text("iam", "update-user", "--user-name", "cli-rob", "--new-user-name", "cli-bob")
	for _, operation := range []string{"list-mfa-devices", "list-ssh-public-keys", "list-service-specific-credentials", "list-signing-certificates"} {
		if got := c.query("*[]", user(operation)...); got != "" {
			t.Errorf("%s has %q", operation, got)
		}
	}
	c.text("iam", "list-virtual-mfa-devices")
	for _, operation := range []string{"get-login-profile", "delete-login-profile"} {
		c.fails("NoSuchEntity", "Login Profile for User cli-bob cannot be found.", user(operation)...)
	}
	cliLoginProfile(t, c, user)
	c.text(user("delete-user")...)
	c.fails("NoSuchEntity", "The user with name cli-bob cannot be found.", user("get-user")...)
}

// cliLoginProfile gives a user a password and takes it away.
func cliLoginProfile(t *testing.T, c cli, user func(operation string, args ...string) []string) {
	c.fails("PasswordPolicyViolation", "Password should have a minimum length of 8", user("create-login-profile", "--password", "Passw0r")...)
	if got := c.query("LoginProfile.[UserName,PasswordResetRequired]", user("create-login-profile", "--password", "Passw0rd", "--password-reset-required")...); got != "cli-bob\tTrue" {
		t.Errorf("create-login-profile has %q", got)
	}
	c.fails("EntityAlreadyExists", "Login Profile for user cli-bob already exists.", user("create-login-profile", "--password", "Passw0rd")...)
	c.text(user("update-login-profile", "--password", "Passw0rd2", "--no-password-reset-required")...)
	if got := c.query("LoginProfile.[UserName,PasswordResetRequired]", user("get-login-profile")...); got != "cli-bob\tFalse" {
		t.Errorf("get-login-profile has %q", got)
	}
	c.fails("InvalidUserType", "Only IAM Users can change their own password", "iam", "change-password", "--old-password", "Passw0rd2", "--new-password", "Passw0rd3")
	c.fails("DeleteConflict", "Cannot delete entity, must delete login profile first.", user("delete-user")...)
	c.text(user("delete-login-profile")...)
}

func cliAccessKeys(t *testing.T, c cli) {
	c.text("iam", "create-user", "--user-name", "cli-keys")
	k := c.answer("iam", "create-access-key", "--user-name", "cli-keys")["AccessKey"].(map[string]any)
	id := k["AccessKeyId"].(string)
	credentials := filepath.Join(t.TempDir(), "credentials")
	profile := "[default]\naws_access_key_id = " + id + "\naws_secret_access_key = " + k["SecretAccessKey"].(string) + "\n"
	if err := os.WriteFile(credentials, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	own := c
	own.env = append(own.env, "AWS_SHARED_CREDENTIALS_FILE="+credentials)
	if got := own.query("Arn", "sts", "get-caller-identity"); got != "arn:aws:iam::000000000000:user/cli-keys" {
		t.Errorf("the access key is %s's", got)
	}
	if got := c.query("[UserName,AccessKeyLastUsed.ServiceName]", "iam", "get-access-key-last-used", "--access-key-id", id); got != "cli-keys\tsts" {
		t.Errorf("get-access-key-last-used has %q", got)
	}
	_, errs, status := own.run("iam", "list-access-keys")
	if want := "is not authorized to perform: iam:ListAccessKeys on resource: arn:aws:iam::000000000000:user/cli-keys because no identity-based policy allows"; status != statusService || !strings.Contains(errs, want) {
		t.Errorf("without leave: exit status %d, %s", status, errs)
	}
	c.text("iam", "update-access-key", "--user-name", "cli-keys", "--access-key-id", id, "--status", "Inactive")
	if got := c.query("AccessKeyMetadata[].[AccessKeyId,Status]", "iam", "list-access-keys", "--user-name", "cli-keys"); got != id+"\tInactive" {
		t.Errorf("list-access-keys has %q", got)
	}
	own.fails("InvalidClientTokenId", "The security token included in the request is invalid.", "sts", "get-caller-identity")
	c.text("iam", "delete-access-key", "--user-name", "cli-keys", "--access-key-id", id)
	c.text("iam", "delete-user", "--user-name", "cli-keys")
}

func cliGroups(t *testing.T, c cli) {
	group := func(operation string, args ...string) []string {
		return append([]string{"iam", operation, "--group-name", "cli-ops"}, args...)
	}
	c.text(group("create-group", "--path", "/cli/")...)
	c.text("iam", "create-user", "--user-name", "cli-member")
	c.text(group("add-user-to-group", "--user-name", "cli-member")...)
	if got := c.query("[Group.Arn,Users[0].UserName]", group("get-group")...); got != "arn:aws:iam::000000000000:group/cli/cli-ops\tcli-member" {
		t.Errorf("get-group has %q", got)
	}
	if got := c.query("Groups[].GroupName", "iam", "list-groups-for-user", "--user-name", "cli-member"); got != "cli-ops" {
		t.Errorf("list-groups-for-user has %q", got)
	}
	if got := c.query("Groups[].GroupName", "iam", "list-groups", "--path-prefix", "/cli/"); got != "cli-ops" {
		t.Errorf("list-groups has %q", got)
	}
	c.text(group("put-group-policy", "--policy-name", "p", "--policy-document", allowAll)...)
	if got := c.query("PolicyDocument.Statement[0].Action", group("get-group-policy", "--policy-name", "p")...); got != "*" {
		t.Errorf("get-group-policy has %q", got)
	}
	if got := c.query("PolicyNames", group("list-group-policies")...); got != "p" {
		t.Errorf("list-group-policies has %q", got)
	}
	c.text(group("attach-group-policy", "--policy-arn", powerUser)...)
	if got := c.query("AttachedPolicies[].PolicyArn", group("list-attached-group-policies")...); got != powerUser {
		t.Errorf("list-attached-group-policies has %q", got)
	}
	c.text(group("update-group", "--new-path", "/other/")...)
	c.text(group("detach-group-policy", "--policy-arn", powerUser)...)
	c.text(group("delete-group-policy", "--policy-name", "p")...)
	c.fails("DeleteConflict", "Cannot delete entity, must remove users from group first.", group("delete-group")...)
	c.text(group("remove-user-from-group", "--user-name", "cli-member")...)
	c.text(group("delete-group")...)
	c.text("iam", "delete-user", "--user-name", "cli-member")
}

func cliAccount(t *testing.T, c cli) {
	c.text("iam", "create-account-alias", "--account-alias", "cli-account")
	if got := c.query("AccountAliases", "iam", "list-account-aliases"); got != "cli-account" {
		t.Errorf("list-account-aliases has %q", got)
	}
	c.text("iam", "delete-account-alias", "--account-alias", "cli-account")
	if got := c.query("SummaryMap.AccessKeysPerUserQuota", "iam", "get-account-summary"); got != "2" {
		t.Errorf("get-account-summary has %q", got)
	}
	c.text("iam", "update-account-password-policy", "--minimum-password-length", "12", "--require-numbers", "--max-password-age", "90", "--password-reuse-prevention", "3")
	if got := c.query("PasswordPolicy.[MinimumPasswordLength,RequireNumbers,RequireSymbols,ExpirePasswords,MaxPasswordAge,PasswordReusePrevention]", "iam", "get-account-password-policy"); got != "12\tTrue\tFalse\tTrue\t90\t3" {
		t.Errorf("get-account-password-policy has %q", got)
	}
	c.text("iam", "delete-account-password-policy")
	c.fails("NoSuchEntity", "The Password Policy with domain name 000000000000 cannot be found.", "iam", "get-account-password-policy")
}
