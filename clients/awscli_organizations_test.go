package clients

import "testing"

// cliOrganizations makes an account, and goes into it by the role that it comes with.
func cliOrganizations(t *testing.T, c cli) {
	if got := c.query("Organization.[MasterAccountId,FeatureSet]", "organizations", "describe-organization"); got != "000000000000\tALL" {
		t.Errorf("describe-organization has %q", got)
	}
	made := c.answer("organizations", "create-account", "--account-name", "cli team", "--email", "cli@example.com")["CreateAccountStatus"].(map[string]any)
	request, id := made["Id"].(string), made["AccountId"].(string)
	if made["State"] != "SUCCEEDED" {
		t.Errorf("create-account answers %v", made)
	}
	if got := c.query("CreateAccountStatus.[State,AccountId]", "organizations", "describe-create-account-status", "--create-account-request-id", request); got != "SUCCEEDED\t"+id {
		t.Errorf("describe-create-account-status has %q", got)
	}
	again := c.query("CreateAccountStatus.Id", "organizations", "create-account", "--account-name", "x", "--email", "cli@example.com")
	if got := c.query("CreateAccountStatuses[].[Id,FailureReason]", "organizations", "list-create-account-status", "--states", "FAILED"); got != again+"\tEMAIL_ALREADY_EXISTS" {
		t.Errorf("list-create-account-status has %q", got)
	}
	if got := c.query("Accounts[?Id=='"+id+"'].[Name,Status]", "organizations", "list-accounts", "--page-size", "1"); got != "cli team\tACTIVE" {
		t.Errorf("list-accounts has %q", got)
	}
	if got := c.query("Account.Email", "organizations", "describe-account", "--account-id", id); got != "cli@example.com" {
		t.Errorf("describe-account has %q", got)
	}
}
