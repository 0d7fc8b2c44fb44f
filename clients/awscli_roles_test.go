package clients

import (
	"testing"

	"github.com/keystead/keystead/internal/oidc/oidctest"
)

const account = "arn:aws:iam::000000000000:"

// onKey is a policy for this action on keys that carry the caller's team.
func onKey(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"Team","Effect":"Allow","Action":"` + action + `","Resource":"arn:aws:kms:*:*:key/*",` +
		`"Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}]}`
}

// trustRoot is the trust policy of a role that the whole account may assume.
const trustRoot = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + root + `"},"Action":"sts:AssumeRole"}]}`

// cliManagedPolicies walks a managed policy through its versions and its use.
func cliManagedPolicies(t *testing.T, c cli) {
	const arn = account + "policy/cli/cli-use"
	of := func(operation string, args ...string) []string {
		return append([]string{"iam", operation, "--policy-arn", arn}, args...)
	}
	made := c.query("Policy.[Arn,DefaultVersionId]", "iam", "create-policy", "--policy-name", "cli-use", "--path", "/cli/",
		"--description", "for a test", "--policy-document", onKey("kms:Encrypt"), "--tags", "Key=a,Value=1")
	if made != arn+"\tv1" {
		t.Errorf("create-policy made %q, want %s, v1", made, arn)
	}
	c.text(of("create-policy-version", "--policy-document", onKey("kms:Decrypt"))...)
	if got := c.query("sort_by(Versions,&VersionId)[].join('=',[VersionId,to_string(IsDefaultVersion)])", of("list-policy-versions")...); got != "v1=true\tv2=false" {
		t.Errorf("list-policy-versions has %q", got)
	}
	c.text(of("set-default-policy-version", "--version-id", "v2")...)
	// The CLI takes the percent-encoding off and reads the document.
	if got := c.query("PolicyVersion.[IsDefaultVersion,Document.Statement[0].Action]", of("get-policy-version", "--version-id", "v2")...); got != "True\tkms:Decrypt" {
		t.Errorf("get-policy-version has %q", got)
	}
	c.fails("DeleteConflict", "Cannot delete the default version of a policy.", of("delete-policy-version", "--version-id", "v2")...)
	c.text(of("delete-policy-version", "--version-id", "v1")...)

	c.text(of("tag-policy", "--tags", "Key=b,Value=2")...)
	c.text(of("untag-policy", "--tag-keys", "a")...)
	if got := c.query("Tags[].[Key,Value]", of("list-policy-tags")...); got != "b\t2" {
		t.Errorf("list-policy-tags has %q", got)
	}
	c.text("iam", "create-user", "--user-name", "cli-holder")
	c.text(of("attach-user-policy", "--user-name", "cli-holder")...)
	if got := c.query("Policies[].[Arn,AttachmentCount]", "iam", "list-policies", "--scope", "Local", "--only-attached", "--path-prefix", "/cli/"); got != arn+"\t1" {
		t.Errorf("list-policies has %q", got)
	}
	if got := c.query("Policy.[Description,DefaultVersionId,Tags[0].Key]", of("get-policy")...); got != "for a test\tv2\tb" {
		t.Errorf("get-policy has %q", got)
	}
	if got := c.query("[PolicyUsers[].UserName,PolicyGroups,PolicyRoles][]", of("list-entities-for-policy")...); got != "cli-holder" {
		t.Errorf("list-entities-for-policy has %q", got)
	}
	c.fails("DeleteConflict", "Cannot delete a policy attached to entities.", of("delete-policy")...)
	c.text(of("detach-user-policy", "--user-name", "cli-holder")...)
	c.text("iam", "delete-user", "--user-name", "cli-holder")
	c.text(of("delete-policy")...)
	c.fails("NoSuchEntity", "Policy "+arn+" was not found.", of("get-policy")...)
}

// cliManagedRoles makes a role, gives it permissions of every kind and takes them away.
func cliManagedRoles(t *testing.T, c cli) {
	const arn = account + "role/cli/cli-job"
	role := func(operation string, args ...string) []string {
		return append([]string{"iam", operation, "--role-name", "cli-job"}, args...)
	}
	if got := c.query("Role.Arn", role("create-role", "--path", "/cli/", "--assume-role-policy-document", trustRoot, "--tags", "Key=a,Value=1")...); got != arn {
		t.Errorf("create-role made %s, want %s", got, arn)
	}
	c.text(role("update-role", "--description", "first", "--max-session-duration", "7200")...)
	if got := c.query("Role.[Description,MaxSessionDuration]", role("update-role-description", "--description", "second")...); got != "second\t7200" {
		t.Errorf("update-role-description has %q", got)
	}
	c.fails("MalformedPolicyDocument", "Missing required field Principal", role("update-assume-role-policy", "--policy-document", allowAll)...)
	c.text(role("tag-role", "--tags", "Key=team,Value=red")...)
	c.text(role("untag-role", "--tag-keys", "a")...)
	if got := c.query("Tags[].[Key,Value]", role("list-role-tags")...); got != "team\tred" {
		t.Errorf("list-role-tags has %q", got)
	}
	c.text(role("put-role-permissions-boundary", "--permissions-boundary", powerUser)...)
	if got := c.query("Role.[Arn,PermissionsBoundary.PermissionsBoundaryArn]", role("get-role")...); got != arn+"\t"+powerUser {
		t.Errorf("get-role has %q", got)
	}
	c.text(role("put-role-policy", "--policy-name", "p", "--policy-document", onKey("kms:Decrypt"))...)
	if got := c.query("PolicyDocument.Statement[0].Action", role("get-role-policy", "--policy-name", "p")...); got != "kms:Decrypt" {
		t.Errorf("get-role-policy has %q", got)
	}
	if got := c.query("PolicyNames", role("list-role-policies")...); got != "p" {
		t.Errorf("list-role-policies has %q", got)
	}
	c.text(role("attach-role-policy", "--policy-arn", powerUser)...)
	if got := c.query("AttachedPolicies[].PolicyName", role("list-attached-role-policies")...); got != "PowerUserAccess" {
		t.Errorf("list-attached-role-policies has %q", got)
	}
	const details = "RoleDetailList[?RoleName=='cli-job'].[Tags[0].Key,RolePolicyList[0].PolicyDocument.Statement[0].Sid,AttachedManagedPolicies[0].PolicyArn,PermissionsBoundary.PermissionsBoundaryArn]"
	if got := c.query(details, "iam", "get-account-authorization-details", "--filter", "Role"); got != "team\tTeam\t"+powerUser+"\t"+powerUser {
		t.Errorf("get-account-authorization-details has %q", got)
	}
	if got := c.query("Roles[].Arn", "iam", "list-roles", "--path-prefix", "/cli/"); got != arn {
		t.Errorf("list-roles has %q", got)
	}
	for _, list := range [][]string{role("list-instance-profiles-for-role"), {"iam", "list-instance-profiles"}} {
		if got := c.query("InstanceProfiles", list...); got != "" {
			t.Errorf("%s has %q", list[1], got)
		}
	}
	c.text(role("delete-role-permissions-boundary")...)
	c.fails("DeleteConflict", "Cannot delete entity, must detach all policies first.", role("delete-role")...)
	c.text(role("detach-role-policy", "--policy-arn", powerUser)...)
	c.text(role("delete-role-policy", "--policy-name", "p")...)
	c.text(role("delete-role")...)
}

// cliProviders changes an identity provider that was made.
func cliProviders(t *testing.T, c cli) {
	issuer := oidctest.New(t)
	arn := c.query("OpenIDConnectProviderArn", "iam", "create-open-id-connect-provider", "--url", issuer.URL, "--client-id-list", "first", "--thumbprint-list", issuer.Thumbprint)
	if want := account + "oidc-provider/" + issuer.Name; arn != want {
		t.Errorf("create-open-id-connect-provider made %s, want %s", arn, want)
	}
	of := func(operation string, args ...string) []string {
		return append([]string{"iam", operation, "--open-id-connect-provider-arn", arn}, args...)
	}
	const other = "0123456789abcdef0123456789abcdef01234567"
	c.text(of("add-client-id-to-open-id-connect-provider", "--client-id", "second")...)
	c.text(of("remove-client-id-from-open-id-connect-provider", "--client-id", "first")...)
	c.text(of("update-open-id-connect-provider-thumbprint", "--thumbprint-list", other)...)
	if got := c.query("[Url,ClientIDList[0],ThumbprintList[0]]", of("get-open-id-connect-provider")...); got != issuer.Name+"\tsecond\t"+other {
		t.Errorf("get-open-id-connect-provider has %q", got)
	}
	c.text(of("tag-open-id-connect-provider", "--tags", "Key=a,Value=1", "Key=b,Value=2")...)
	c.text(of("untag-open-id-connect-provider", "--tag-keys", "a")...)
	if got := c.query("Tags[].[Key,Value]", of("list-open-id-connect-provider-tags")...); got != "b\t2" {
		t.Errorf("list-open-id-connect-provider-tags has %q", got)
	}
	listed := []string{"iam", "list-open-id-connect-providers"}
	if got := c.query("OpenIDConnectProviderList[?Arn=='"+arn+"'].Arn", listed...); got != arn {
		t.Errorf("list-open-id-connect-providers has %q, want %s", got, arn)
	}
	c.text(of("delete-open-id-connect-provider")...)
	if got := c.query("OpenIDConnectProviderList[?Arn=='"+arn+"'].Arn", listed...); got != "" {
		t.Errorf("list-open-id-connect-providers has %q after it was deleted", got)
	}
}

// cliSimulate asks what policies would decide, and what they would have to know for it.
func cliSimulate(t *testing.T, c cli) {
	const key = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	const decisions = "EvaluationResults[].join('=',[EvalActionName,EvalDecision])"
	if got := c.query("sort(ContextKeyNames)", "iam", "get-context-keys-for-custom-policy", "--policy-input-list", onKey("kms:Decrypt")); got != "aws:PrincipalTag/team\taws:ResourceTag/team" {
		t.Errorf("get-context-keys-for-custom-policy has %q", got)
	}
	tagged := func(principal, resource string) []string {
		return []string{
			"--action-names", "kms:Decrypt", "kms:Encrypt", "--resource-arns", key, "--context-entries",
			"ContextKeyName=aws:PrincipalTag/team,ContextKeyType=string,ContextKeyValues=" + principal,
			"ContextKeyName=aws:ResourceTag/team,ContextKeyType=string,ContextKeyValues=" + resource,
		}
	}
	custom := []string{"iam", "simulate-custom-policy", "--policy-input-list", onKey("kms:Decrypt")}
	if got := c.query(decisions, append(custom, tagged("red", "red")...)...); got != "kms:Decrypt=allowed\tkms:Encrypt=implicitDeny" {
		t.Errorf("simulate-custom-policy for the key of the own team: %q", got)
	}
	if got := c.query(decisions, append(custom, tagged("red", "blue")...)...); got != "kms:Decrypt=implicitDeny\tkms:Encrypt=implicitDeny" {
		t.Errorf("simulate-custom-policy for the key of another team: %q", got)
	}
	user := func(operation string, args ...string) []string {
		return append([]string{"iam", operation, "--user-name", "cli-simulated"}, args...)
	}
	c.text(user("create-user")...)
	c.text(user("put-user-policy", "--policy-name", "p", "--policy-document", onKey("kms:Encrypt"))...)
	principal := func(operation string, args ...string) []string {
		return append([]string{"iam", operation, "--policy-source-arn", account + "user/cli-simulated"}, args...)
	}
	if got := c.query("sort(ContextKeyNames)", principal("get-context-keys-for-principal-policy")...); got != "aws:PrincipalTag/team\taws:ResourceTag/team" {
		t.Errorf("get-context-keys-for-principal-policy has %q", got)
	}
	if got := c.query(decisions, principal("simulate-principal-policy", tagged("red", "red")...)...); got != "kms:Decrypt=implicitDeny\tkms:Encrypt=allowed" {
		t.Errorf("simulate-principal-policy: %q", got)
	}
	c.text(user("delete-user-policy", "--policy-name", "p")...)
	c.text(user("delete-user")...)
}
