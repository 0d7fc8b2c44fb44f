package clients

import "testing"

func cliUsers(t *testing.T, c cli) {
	arn := c.query("User.Arn", "iam", "create-user", "--user-name", "cli-bob", "--path", "/cli/", "--tags", "Key=a b,Value=c")
	if want := "arn:aws:iam::000000000000:user/cli/cli-bob"; arn != want {
		t.Errorf("create-user made %s, want %s", arn, want)
	}
	if got := c.query("User.Tags[0].Key", "iam", "get-user", "--user-name", "cli-bob"); got != "a b" {
		t.Errorf("the tag is %q", got)
	}
	if got := c.query("Users[].Arn", "iam", "list-users", "--path-prefix", "/cli/", "--page-size", "1"); got != arn {
		t.Errorf("list-users has %q, want %s", got, arn)
	}
	c.text("iam", "delete-user", "--user-name", "cli-bob")
}
