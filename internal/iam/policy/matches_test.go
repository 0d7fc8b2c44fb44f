package policy_test

import (
	"fmt"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

// TestMatches: every statement that applies is told, also beside a denial.
func TestMatches(t *testing.T) {
	t.Parallel()
	doc, err := policy.Parse([]byte(`{"Version": "2012-10-17", "Statement": [
		{"Sid": "Other", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
		{"Sid": "Use", "Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"},
		{"Sid": "Never", "Effect": "Deny", "Action": "kms:*", "Resource": "*"},
		{"Sid": "Unless", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
		{"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
		{"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := &policy.Request{
		Principal: policy.Principal{ARN: "arn:aws:iam::111122223333:user/a", Account: "111122223333"},
		Action:    "kms:Encrypt", Resource: "arn:aws:kms:us-east-1:111122223333:key/x",
	}
	for _, c := range []struct {
		name string
		got  []policy.Decision
		want string
	}{
		{"as a policy of the caller", doc.MatchesIdentity(r), "[{allowed 1 Use} {denied 2 Never}]"},
		{"as a policy of the resource", doc.Matches(r), "[{delegated 4 Root} {allowed by ARN 5 All}]"},
		{"another action", doc.MatchesIdentity(&policy.Request{Action: "s3:GetObject", Resource: "*"}), "[]"},
	} {
		if got := fmt.Sprint(c.got); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
