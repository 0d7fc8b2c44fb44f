package clients

import (
	"slices"
	"strings"
	"testing"
)

// cliGrants lends a key to a user by grants and takes it back, as the developer guide tells.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func cliGrants(t *testing.T, c cli) {
	key := c.newKey()
	arn := c.query("KeyMetadata.Arn", "kms", "describe-key", "--key-id", key)
	alice := c.query("User.Arn", "iam", "create-user", "--user-name", "cli-grantee")
	secret := c.answer("iam", "create-access-key", "--user-name", "cli-grantee")["AccessKey"].(map[string]any)
	grantee := c
	grantee.env = []string{"AWS_ACCESS_KEY_ID=" + secret["AccessKeyId"].(string), "AWS_SECRET_ACCESS_KEY=" + secret["SecretAccessKey"].(string)}
	encrypt := []string{"kms", "encrypt", "--key-id", key, "--plaintext", "eA==", "--encryption-context", "Department=IT,App=x"}
	denied := "User: " + alice + " is not authorized to perform: kms:Encrypt on resource: " + arn + " because no identity-based policy allows the kms:Encrypt action"
	grantee.fails("AccessDeniedException", denied, encrypt...)

	create := []string{
		"kms", "create-grant", "--key-id", key, "--grantee-principal", alice, "--retiring-principal", root, "--name", "n",
		"--operations", "Encrypt", "RetireGrant", "--constraints", "EncryptionContextSubset={Department=IT}",
	}
	made, again := c.answer(create...), c.answer(create...)
	id, token := made["GrantId"].(string), made["GrantToken"].(string)
	if again["GrantId"] != id || again["GrantToken"] == token {
		t.Errorf("the same request made the grants %v and %v", made, again)
	}
	grantee.text(append(slices.Clone(encrypt), "--grant-tokens", token)...)
	grantee.text(encrypt...)
	grantee.fails("AccessDeniedException", denied, "kms", "encrypt", "--key-id", key, "--plaintext", "eA==", "--encryption-context", "Department=HR")
	for _, list := range [][]string{{"list-grants", "--key-id", arn}, {"list-retirable-grants", "--retiring-principal", root}} {
		query := "Grants[?GrantId=='" + id + "'].[KeyId, GranteePrincipal, RetiringPrincipal, IssuingAccount, Name, Constraints.EncryptionContextSubset.Department]"
		want := strings.Join([]string{arn, alice, root, root, "n", "IT"}, "\t")
		if got := c.query(query, append([]string{"kms"}, list...)...); got != want {
			t.Errorf("%s prints %q, want %q", list[0], got, want)
		}
	}
	grantee.text("kms", "retire-grant", "--grant-token", token)
	grantee.fails("AccessDeniedException", denied, encrypt...)

	id = c.query("GrantId", "kms", "create-grant", "--key-id", key, "--grantee-principal", alice, "--operations", "Encrypt")
	grantee.text(encrypt...)
	c.text("kms", "revoke-grant", "--key-id", key, "--grant-id", id)
	grantee.fails("AccessDeniedException", denied, encrypt...)
	c.fails("NotFoundException", "Grant ID "+id+" not found", "kms", "revoke-grant", "--key-id", key, "--grant-id", id)
}
