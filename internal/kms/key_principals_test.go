package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/iam"
)

// TestPrincipalsExist has key policies name principals of every kind. Valid documents must
// not be refused, and those that name nobody must.
//
// Traps: https://github.com/localstack/localstack/issues/7605 and moto, which takes all.
func TestPrincipalsExist(t *testing.T) {
	const invalid = "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."
	peopled(t, func(t *testing.T, p *people) {
		p.newUser(ours, "Alice")
		p.newRole(theirs, "worker")
		for principal, want := range map[string]string{
			`"*"`:                    "ok",
			`{"AWS":"*"}`:            "ok",
			`{"AWS":"000000000000"}`: "ok",
			`{"AWS":"arn:aws:iam::111122223333:root"}`:                                       "ok",
			`{"AWS":"arn:aws:iam::000000000000:user/Alice"}`:                                 "ok",
			`{"AWS":"arn:aws:iam::111122223333:role/worker"}`:                                "ok",
			`{"AWS":"arn:aws:sts::111122223333:assumed-role/worker/any"}`:                    "ok",
			`{"AWS":["000000000000","111122223333","arn:aws:iam::000000000000:user/Alice"]}`: "ok",
			`{"Service":"s3.amazonaws.com"}`:                                                 "ok",
			`{"AWS":"999999999999"}`:                                                         invalid,
			`{"AWS":"arn:aws:iam::999999999999:root"}`:                                       invalid,
			`{"AWS":"arn:aws:iam::000000000000:user/alice"}`:                                 invalid, // names are exact here
			`{"AWS":"arn:aws:iam::000000000000:user/path/Alice"}`:                            invalid,
			`{"AWS":"arn:aws:iam::000000000000:role/worker"}`:                                invalid, // of the other account
			`{"AWS":"arn:aws:iam::111122223333:user/worker"}`:                                invalid,
			`{"AWS":"arn:aws:sts::000000000000:assumed-role/worker/any"}`:                    invalid,
			`{"AWS":["000000000000","arn:aws:iam::000000000000:user/nobody"]}`:               invalid,
			`{"AWS":"AIDAABCDEFGHIJKLMNOPQ"}`:                                                invalid, // as GetKeyPolicy shows who is gone
			`{"AWS":"arn:aws:iam::000000000000:group/admins"}`:                               invalid,
			`{"AWS":"arn:aws:iam::000000000000:user/*"}`:                                     invalid,
			`{"Federated":"arn:aws:iam::000000000000:oidc-provider/issuer.example.org"}`:     invalid,
		} {
			policy := document(keyStatement("Allow", ours, "kms:*", ""), `{"Effect":"Allow","Principal":`+principal+`,"Action":"kms:Encrypt","Resource":"*"}`)
			wantOutcome(t, "PutKeyPolicy, "+principal, p.putPolicy(p.key(), policy, false), want)
			_, err := p.CreateKey(t.Context(), &kms.CreateKeyInput{Policy: &policy})
			wantOutcome(t, "CreateKey, "+principal, err, want)
		}
		not := document(keyStatement("Allow", ours, "kms:*", ""), `{"Effect":"Deny","NotPrincipal":{"AWS":["000000000000","arn:aws:iam::000000000000:user/nobody"]},"Action":"kms:Encrypt","Resource":"*"}`)
		wantOutcome(t, "NotPrincipal", p.putPolicy(p.key(), not, false), invalid)
		nobody := document(keyStatement("Allow", userARN(ours, "nobody"), "kms:*", ""))
		wantOutcome(t, "the lockout check bypassed", p.putPolicy(p.key(), nobody, true), invalid)
		// The decision comes before the document.
		alice := p.newUser(ours, "Alice")
		key := p.key()
		wantOutcome(t, "by who may not", alice.putPolicy(key, nobody, true), noPolicy(userARN(ours, "Alice"), "PutKeyPolicy", p.keyARN(key), "identity-based policy"))
	})
}

// TestNamesakes deletes a user whom a key policy names. A new user of that name has no part
// in the policy, which shows the old one by the unique id.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func TestNamesakes(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		a := userARN(ours, "alice")
		alice, bob := p.newUser(ours, "alice"), p.newUser(ours, "bob")
		text := "\n" + document(keyStatement("Allow", ours, "kms:*", ""), keyStatement("Allow", a, "kms:Encrypt", test("StringLike", "aws:PrincipalArn", `"`+a+`"`)),
			keyStatement("Allow", userARN(ours, "bob"), "kms:Encrypt", ""))
		key := p.key()
		must(t, "PutKeyPolicy", p.putPolicy(key, text, false))
		must(t, "Encrypt", encryptWith(alice, key))
		must(t, "Encrypt", encryptWith(bob, key))
		id := p.userID(ours, "alice")
		p.deleteUser(ours, "alice")
		gone := strings.Replace(text, `"AWS":"`+a+`"`, `"AWS":"`+id+`"`, 1)
		if got := p.policyOf(key); got != gone {
			t.Errorf("with alice gone the policy is %s", got)
		}
		again := p.newUser(ours, "alice")
		if got := p.policyOf(key); got != gone {
			t.Errorf("with a namesake the policy is %s", got)
		}
		wantOutcome(t, "Encrypt by a namesake", encryptWith(again, key), noPolicy(a, "Encrypt", p.keyARN(key), "identity-based policy"))
		must(t, "Encrypt", encryptWith(bob, key))
		wantOutcome(t, "to put what was shown", p.putPolicy(key, gone, false),
			"MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.")
		must(t, "PutKeyPolicy anew", p.putPolicy(key, text, false))
		must(t, "Encrypt by whom it names now", encryptWith(again, key))
		p.srv.Restart()
		if got := root(t, p.srv).policyOf(key); got != text {
			t.Errorf("after a restart the policy is %s", got)
		}
	})
}

func (p *people) userID(account, name string) string {
	p.t.Helper()
	u, err := iam.Users.Find(p.t.Context(), p.db, account, name)
	must(p.t, "find user", err)
	return u.ID
}

// TestNamesakeDenied has a denial of somebody who is gone: it does not fall upon a namesake.
func TestNamesakeDenied(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice", by(allowAll))
		key := p.key()
		must(t, "PutKeyPolicy", p.putPolicy(key, document(keyStatement("Allow", ours, "kms:*", ""), keyStatement("Deny", userARN(ours, "alice"), "kms:Encrypt", "")), false))
		wantAllowed(t, "alice", encryptWith(alice, key), false)
		wantAllowed(t, "a namesake", encryptWith(p.newUser(ours, "alice", by(allowAll)), key), true)
	})
}

// TestLockoutCheck has users put policies, with and without the check that they can put the
// next one.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
func TestLockoutCheck(t *testing.T) {
	const lockout = "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future."
	peopled(t, func(t *testing.T, p *people) {
		a, r := userARN(ours, "alice"), roleARN(ours, "worker")
		alice, worker := p.newUser(ours, "alice", by(allowAll)), p.newRole(ours, "worker", by(allowAll))
		admin := func(condition string) string { return document(keyStatement("Allow", a, "kms:*", condition)) }
		for _, c := range []struct {
			rule   string
			by     user
			policy string
			want   string
		}{
			{"the caller is named", alice, admin(""), "ok"},
			{"the caller's account may decide", alice, document(keyStatement("Allow", ours, "kms:PutKeyPolicy", "")), "ok"},
			{"another user is named", p.user, admin(""), lockout},
			{"the caller's role is named", worker, document(keyStatement("Allow", r, "kms:PutKeyPolicy", "")), "ok"},
			{"another role's session", alice, document(keyStatement("Allow", r, "kms:PutKeyPolicy", "")), lockout},
			{"everything but this", alice, document(keyStatement("Allow", a, "kms:Encrypt", "")), lockout},
			{"denied", alice, document(keyStatement("Allow", a, "kms:*", ""), keyStatement("Deny", "*", "kms:Put*", "")), lockout},
			{"denied to others", alice, document(keyStatement("Allow", a, "kms:*", ""), keyStatement("Deny", r, "kms:*", "")), "ok"},
			{"a condition that holds", alice, admin(test("StringEquals", "kms:KeySpec", `"SYMMETRIC_DEFAULT"`)), "ok"},
			{"a condition that does not hold", alice, admin(test("StringEquals", "kms:KeySpec", `"RSA_2048"`)), lockout},
			{"a condition on the caller", alice, admin(test("StringEquals", "kms:CallerAccount", `"000000000000"`)), "ok"},
			{"a condition on the service", alice, admin(test("StringEquals", "kms:ViaService", `"s3.us-east-1.amazonaws.com"`)), lockout},
			{"a condition that key policies do not see", alice, admin(test("StringEquals", "aws:ResourceTag/a", `"b"`)), lockout},
		} {
			key := p.key()
			wantOutcome(t, c.rule, c.by.putPolicy(key, c.policy, false), c.want)
			_, err := c.by.CreateKey(t.Context(), &kms.CreateKeyInput{Policy: &c.policy, Tags: tags("a=b")})
			wantOutcome(t, "CreateKey, "+c.rule, err, c.want)
			if c.want != "ok" {
				wantOutcome(t, c.rule+", bypassed", c.by.putPolicy(key, c.policy, true), "ok")
			}
		}
	})
}
