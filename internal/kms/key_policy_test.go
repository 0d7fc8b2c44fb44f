package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/keysteadtest"
)

// policyOf returns the policy of a key.
func (u user) policyOf(key string) string {
	u.t.Helper()
	out, err := u.GetKeyPolicy(u.t.Context(), &kms.GetKeyPolicyInput{KeyId: &key})
	must(u.t, "GetKeyPolicy", err)
	if *out.PolicyName != "default" {
		u.t.Errorf("GetKeyPolicy answers the name %s", *out.PolicyName)
	}
	return *out.Policy
}

func (u user) putPolicy(key, policy string, bypass bool) error {
	_, err := u.PutKeyPolicy(u.t.Context(), &kms.PutKeyPolicyInput{KeyId: &key, Policy: &policy, BypassPolicyLockoutSafetyCheck: bypass})
	return err
}

// usualPolicy is the policy of a key that was created without one, byte for byte.
const usualPolicy = `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::000000000000:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`

// allow is a policy with one statement that allows action to a principal.
func allow(principal, action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"` + action + `","Resource":"*"}]}`
}

func TestKeyPolicyText(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		if got := u.policyOf(key); got != usualPolicy {
			t.Errorf("the default policy is\n%s\nwant\n%s", got, usualPolicy)
		}
		for _, policy := range []string{
			openPolicy,
			"\t{ \"Statement\"\r\n:[ {\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\" , \"Sid\":\"\u00e9 \\u00e9 \u00ff\"}]} ",
			usualPolicy,
			allow("000000000000", "kms:*"),
		} {
			must(t, "PutKeyPolicy", u.putPolicy(key, policy, false))
			if got := u.policyOf(key); got != policy {
				t.Errorf("the policy comes back as %q, not as it was put: %q", got, policy)
			}
			out, err := u.CreateKey(t.Context(), &kms.CreateKeyInput{Policy: &policy})
			must(t, "CreateKey", err)
			if got := u.policyOf(*out.KeyMetadata.KeyId); got != policy {
				t.Errorf("the policy of a new key is %q, not as it was given: %q", got, policy)
			}
		}
		names, err := u.ListKeyPolicies(t.Context(), &kms.ListKeyPoliciesInput{KeyId: &key})
		must(t, "ListKeyPolicies", err)
		if len(names.PolicyNames) != 1 || names.PolicyNames[0] != "default" || names.Truncated {
			t.Errorf("ListKeyPolicies: %q, Truncated %v", names.PolicyNames, names.Truncated)
		}
		_, err = u.GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: &key, PolicyName: new("other")})
		wantOutcome(t, "another name", err, "NotFoundException: No such policy exists")
		_, err = u.PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: &key, PolicyName: new("other"), Policy: new(openPolicy)})
		wantOutcome(t, "another name", err, "NotFoundException: No such policy exists")
	})
}

func TestRefusedKeyPolicies(t *testing.T) {
	const malformed = "MalformedPolicyDocumentException"
	const lockout = malformed + ": The new key policy will not allow you to update the key policy in the future."
	const principals = malformed + ": Policy contains a statement with one or more invalid principals."
	const mine = "arn:aws:iam::000000000000:root"
	policies := []struct {
		name, policy string
		want         string // the beginning of the outcome
	}{
		{"not JSON", "{", malformed},
		{"empty object", "{}", malformed},
		{"no statement", `{"Version":"2012-10-17","Statement":[]}`, malformed},
		{"unknown element", `{"Version":"2012-10-17","Statment":[]}`, malformed},
		{"unknown version", strings.Replace(openPolicy, "2012-10-17", "2012-10-18", 1), malformed},
		{"unknown effect", strings.Replace(openPolicy, "Allow", "allow", 1), malformed},
		{"no principal", `{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}`, malformed},
		{"text behind", openPolicy + "x", malformed},
		{"bad principal", allow("somebody", "kms:*"), principals},
		{"group as principal", allow("arn:aws:iam::000000000000:group/x", "kms:*"), principals},
		{"account as principal that does not exist", allow("444455556666", "kms:*"), principals},
		{"user as principal who does not exist", allow("arn:aws:iam::000000000000:user/nobody", "kms:*"), principals},
		{"nobody may put a policy", allow(mine, "kms:Encrypt"), lockout},
		{"only strangers may", allow("arn:aws:iam::111122223333:root", "kms:*"), lockout},
		{"denied again", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},` +
			`{"Effect":"Deny","Principal":"*","Action":"kms:Put*","Resource":"*"}]}`, lockout},
		{"allowed elsewhere", strings.Replace(openPolicy, `"Resource"`, `"Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}},"Resource"`, 1), lockout},
		{"allowed here", strings.Replace(openPolicy, `"Resource"`, `"Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"}},"Resource"`, 1), "ok"},
		{"without effect", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*"},{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}`, "ok"},
		{"as long as can be", padded(32768), "ok"},
		{"too long", padded(32769), "LimitExceededException: The key policy has 32769 bytes; the limit is 32768."},
		{"too long in bytes", strings.Replace(padded(32768), "x", "é", 1), "LimitExceededException: The key policy has 32769 bytes; the limit is 32768."},
		{"other characters", strings.Replace(openPolicy, "*", "€", 1), "ValidationException"},
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		srv.NewAccount("111122223333")
		for _, c := range policies {
			key := u.key()
			err := u.putPolicy(key, c.policy, false)
			if got := outcome(err); !strings.HasPrefix(got, c.want) || c.want == malformed && got == malformed {
				t.Errorf("PutKeyPolicy, %s: %.200s; want %s…", c.name, got, c.want)
			}
			if got := u.policyOf(key); err != nil && got != usualPolicy {
				t.Errorf("%s: the refused policy was put", c.name)
			}
			_, err = u.CreateKey(t.Context(), &kms.CreateKeyInput{Policy: &c.policy})
			if got := outcome(err); !strings.HasPrefix(got, c.want) {
				t.Errorf("CreateKey, %s: %.200s; want %s…", c.name, got, c.want)
			}
			wantBypass := c.want
			if c.want == lockout {
				wantBypass = "ok"
			}
			if got := outcome(u.putPolicy(key, c.policy, true)); !strings.HasPrefix(got, wantBypass) {
				t.Errorf("with the check bypassed, %s: %.200s; want %s…", c.name, got, wantBypass)
			}
		}
	})
}

// padded is a policy of n bytes.
func padded(n int) string {
	const before, after = `{"Id":"`, `","Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}`
	return before + strings.Repeat("x", n-len(before)-len(after)) + after
}
