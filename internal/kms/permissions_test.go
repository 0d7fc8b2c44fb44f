package kms_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/iam"
)

// notAuthorized is AWS's denial: of whom, which action, on what and why.
func notAuthorized(who, action, on string) string {
	return "AccessDeniedException: User: " + who + " is not authorized to perform: kms:" + action + " on " + on
}

func noPolicy(who, action, resource, kind string) string {
	return notAuthorized(who, action, "resource: "+resource+" because no "+kind+" allows the kms:"+action+" action")
}

// hidden is what follows in a denial that must not tell whether there is such a resource.
const hidden = " because the resource does not exist in this Region, no resource-based policies allow access, " +
	"or a resource-based policy explicitly denies access"

func encryptWith(u user, key string) error {
	_, err := u.Encrypt(u.t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x")})
	return err
}

// TestKeyDecisions has the ways in which policies come together in a decision on a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
func TestKeyDecisions(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		const usual, alice, worker, eve = "", "alice", "worker", "eve"
		a, r, f := userARN(ours, alice), "arn:aws:sts::"+ours+":assumed-role/worker/s", userARN(theirs, eve)
		none := p.managed(ours, "none", document(statement("Allow", "s3:*", "*", "")))
		onlyAccount := document(keyStatement("Allow", ours, "kms:*", ""))
		direct := func(arn string) string { return document(keyStatement("Allow", arn, "kms:Encrypt", "")) }
		const role, foreign = "role", "foreign" // else alice
		// Policies may name all of them in each case.
		p.newUser(ours, alice)
		p.newRole(ours, worker)
		p.newUser(theirs, eve)
		for _, c := range []struct {
			rule      string
			who       string
			of        []who
			keyPolicy string
			want      func(key string) string // nil: allowed
		}{
			{"the default key policy lets the account decide: nothing allows", "", nil, usual,
				func(key string) string { return noPolicy(a, "Encrypt", key, "identity-based policy") }},
			{"the default key policy lets the account decide: an identity policy allows", "", []who{by(allowAll)}, usual, nil},
			{"an identity policy that names another action", "", []who{by(document(statement("Allow", "kms:Decrypt", "*", "")))}, usual,
				func(key string) string { return noPolicy(a, "Encrypt", key, "identity-based policy") }},
			{"an identity policy that names keys of another account", "",
				[]who{by(document(statement("Allow", "kms:*", "arn:aws:kms:*:111122223333:key/*", "")))}, usual,
				func(key string) string { return noPolicy(a, "Encrypt", key, "identity-based policy") }},
			{"the key policy names the user: no identity policy is needed", "", nil, direct(a), nil},
			{"the key policy names the role: no identity policy is needed", role, nil, direct(roleARN(ours, worker)), nil},
			{"the key policy names the session", role, nil, direct(r), nil},
			{"the key policy names another session", role, nil, direct(r + "x"),
				func(key string) string { return noPolicy(r, "Encrypt", key, "resource-based policy") }},
			{"the key policy does not let the account decide: identity policies allow nothing", "", []who{by(allowAll)}, direct(roleARN(ours, worker)),
				func(key string) string { return noPolicy(a, "Encrypt", key, "resource-based policy") }},
			{"a denial in an identity policy beats the key policy", "",
				[]who{by(document(statement("Deny", "kms:Enc*", "*", "")))}, direct(a),
				func(key string) string {
					return notAuthorized(a, "Encrypt", "resource: "+key+" with an explicit deny in an identity-based policy")
				}},
			{"a denial in the key policy beats identity policies", "", []who{by(allowAll)},
				document(keyStatement("Allow", ours, "kms:*", ""), keyStatement("Deny", a, "kms:Encrypt", "")),
				func(key string) string {
					return notAuthorized(a, "Encrypt", "resource: "+key+" with an explicit deny in a resource-based policy")
				}},
			{"a permissions boundary limits identity policies", "", []who{by(allowAll), bounded(none)}, onlyAccount,
				func(key string) string { return noPolicy(a, "Encrypt", key, "permissions boundary") }},
			{"a permissions boundary does not limit what the key policy allows to the user", "", []who{bounded(none)}, direct(a), nil},
			{"a permissions boundary limits what the key policy allows to the role", role, []who{bounded(none)}, direct(roleARN(ours, worker)),
				func(key string) string { return noPolicy(r, "Encrypt", key, "permissions boundary") }},
			{"a session policy limits the role", role, []who{by(allowAll), limited(document(statement("Allow", "kms:Decrypt", "*", "")))}, onlyAccount,
				func(key string) string { return noPolicy(r, "Encrypt", key, "session policy") }},
			{"a session policy that allows", role, []who{by(allowAll), limited(allowAll)}, onlyAccount, nil},
			{"another account: both sides allow", foreign, []who{by(allowAll)}, document(keyStatement("Allow", theirs, "kms:Encrypt", "")), nil},
			{"another account: the user is named, and allowed at home", foreign, []who{by(allowAll)}, direct(f), nil},
			{"another account: the user is named, but not allowed at home", foreign, nil, direct(f),
				func(key string) string { return noPolicy(f, "Encrypt", key, "identity-based policy") }},
			{"another account: the key policy does not allow", foreign, []who{by(allowAll)}, onlyAccount,
				func(string) string { return notAuthorized(f, "Encrypt", "this resource"+hidden) }},
			{"another account: the key policy denies", foreign, []who{by(allowAll)},
				document(keyStatement("Allow", theirs, "kms:*", ""), keyStatement("Deny", "*", "kms:Encrypt", "")),
				func(string) string { return notAuthorized(f, "Encrypt", "this resource"+hidden) }},
			{"everybody may: also another account, if it allows at home", foreign, []who{by(allowAll)}, openPolicy, nil},
			{"everybody may: not without an identity policy at home", foreign, nil, openPolicy,
				func(key string) string { return noPolicy(f, "Encrypt", key, "identity-based policy") }},
		} {
			var u user
			switch c.who {
			case role:
				u = p.newRole(ours, worker, c.of...)
			case foreign:
				u = p.newUser(theirs, eve, c.of...)
			default:
				u = p.newUser(ours, alice, c.of...)
			}
			key := p.key()
			if c.keyPolicy != usual {
				must(t, "PutKeyPolicy", p.putPolicy(key, c.keyPolicy, true))
			}
			want := "ok"
			if c.want != nil {
				want = c.want(p.keyARN(key))
			}
			wantOutcome(t, c.rule, encryptWith(u, p.keyARN(key)), want)
		}
	})
}

// TestControls has a service control policy limit an account, its root user included.
//
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
func TestControls(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		stranger := newcomer(t, p.srv, "444455556666")
		key := stranger.key()
		must(t, "Encrypt", encryptWith(stranger, key))
		must(t, "PutControl", p.iam.PutControl(context.Background(), stranger.account, iam.ControlPolicy{
			Name: "no-encrypt", Document: document(statement("Deny", "kms:Encrypt", "*", `{"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT"}}`)),
		}))
		stranger.describe(key) // follows the change
		root := "arn:aws:iam::444455556666:root"
		wantOutcome(t, "Encrypt", encryptWith(stranger, key),
			notAuthorized(root, "Encrypt", "resource: "+stranger.keyARN(key)+" with an explicit deny in a service control policy"))
		must(t, "Encrypt in an account without", encryptWith(p.user, p.key()))
	})
}

// TestForeignKeys calls what is for a key's own account with a key of another one, whose
// policy allows everything to everybody, and with one that does not exist.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
func TestForeignKeys(t *testing.T) {
	across := map[string]bool{
		"Decrypt": true, "Decrypt by the ciphertext alone": true, "DescribeKey": true, "Encrypt": true, "GenerateDataKey": true,
		"GenerateDataKeyWithoutPlaintext": true, "GenerateDataKeyPair": true, "GenerateDataKeyPairWithoutPlaintext": true, "ReEncrypt from": true, "ReEncrypt from, by the ciphertext alone": true, "ReEncrypt to": true,
		"CreateGrant": true, "GetKeyRotationStatus": true, "ListGrants": true, "RevokeGrant": true, // RetireGrant, too, but for whom the grant names
	}
	peopled(t, func(t *testing.T, p *people) {
		eve := p.newUser(theirs, "eve", by(allowAll))
		p.newRole(ours, "worker")
		for _, op := range operations {
			if op.takes == none {
				continue
			}
			own := newcomerKeys(p, eve)
			s := situation{key: p.keyARN(p.keyWith(openPolicy)), other: own.key, others: own.alias}
			s.blob, s.grant = p.encrypt(s.key, "text", nil), p.grantTo(s.key, roleARN(ours, "worker"), encryptOp)
			want := notAuthorized(userARN(theirs, "eve"), actionOf(op), "this resource"+hidden)
			missing := p.keyARN("12345678-1234-4234-8234-123456789abc")
			if across[op.name] {
				wantOutcome(t, op.name+" on a foreign key", op.call(t.Context(), eve.Client, s), "ok")
			} else {
				wantOutcome(t, op.name+" on a foreign key", op.call(t.Context(), eve.Client, s), want)
			}
			s.key = missing
			wantOutcome(t, op.name+" on a foreign key that does not exist", op.call(t.Context(), eve.Client, s), want)
		}
	})
}

// newcomerKeys makes a key with an alias in eve's account.
func newcomerKeys(p *people, eve user) situation {
	s := situation{key: eve.keyWith(openPolicy)}
	s.alias = eve.alias(s.key)
	return s
}

// TestForeignAliases asks for aliases of another account by ARN. Whether there is such an
// alias shows only where the key's policy allows.
func TestForeignAliases(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		closed, open := p.alias(p.key()), p.alias(p.keyWith(openPolicy))
		denied := notAuthorized(userARN(theirs, "eve"), "Encrypt", "this resource"+hidden)
		eve := p.newUser(theirs, "eve", by(allowAll))
		wantOutcome(t, "an alias of a key that allows", encryptWith(eve, p.aliasARN(open)), "ok")
		wantOutcome(t, "an alias of a key that does not", encryptWith(eve, p.aliasARN(closed)), denied)
		wantOutcome(t, "no alias", encryptWith(eve, p.aliasARN("alias/none")), denied)
		p.permit(theirs, "eve", document(statement("Deny", "kms:*", "*", "")))
		for _, alias := range []string{closed, "alias/none"} {
			wantOutcome(t, alias+", denied at home", encryptWith(eve, p.aliasARN(alias)),
				notAuthorized(userARN(theirs, "eve"), "Encrypt", "resource: "+p.aliasARN(alias)+" with an explicit deny in an identity-based policy"))
		}
		p.permit(theirs, "eve", document(statement("Deny", "kms:*", "arn:aws:kms:*:*:key/*", "")))
		for _, alias := range []string{closed, "alias/none"} {
			wantOutcome(t, alias+", denied at home for keys", encryptWith(eve, p.aliasARN(alias)),
				notAuthorized(userARN(theirs, "eve"), "Encrypt", "resource: "+p.aliasARN(alias)+" with an explicit deny in an identity-based policy"))
		}
	})
}

// TestForeignKeysAreNotProbed: what the caller's own policies ask of another account's key,
// its tags, its properties, its id behind an alias, does not tell of a key that does not allow
// the call.
func TestForeignKeysAreNotProbed(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		key := p.key()
		alias, missing := p.aliasARN(p.alias(key)), p.keyARN("12345678-1234-4234-8234-123456789abc")
		eve := p.newUser(theirs, "eve")
		there := `{"Null":{"kms:KeySpec":"false"}}`
		for _, probe := range []string{
			statement("Deny", "kms:*", "*", there),
			statement("Deny", "kms:*", "arn:aws:kms:*:*:key/"+key[:4]+"*", ""),
		} {
			p.permit(theirs, "eve", document(statement("Allow", "kms:*", "*", ""), probe))
			denied := func(action string) string {
				return notAuthorized(userARN(theirs, "eve"), action, "this resource"+hidden)
			}
			wantOutcome(t, "an alias: "+probe, encryptWith(eve, alias), denied("Encrypt"))
			wantOutcome(t, "no alias: "+probe, encryptWith(eve, p.aliasARN("alias/none")), denied("Encrypt"))
		}
		p.permit(theirs, "eve", document(statement("Allow", "kms:*", "*", ""), statement("Deny", "kms:*", "*", there)))
		for _, name := range []string{p.keyARN(key), missing} {
			wantOutcome(t, "Encrypt with "+name, encryptWith(eve, name), notAuthorized(userARN(theirs, "eve"), "Encrypt", "this resource"+hidden))
			wantOutcome(t, "DisableKey of "+name, eve.disableNamed(name), notAuthorized(userARN(theirs, "eve"), "DisableKey", "this resource"+hidden))
		}
		open := p.keyARN(p.keyWith(openPolicy))
		wantOutcome(t, "a key that allows", encryptWith(eve, open),
			notAuthorized(userARN(theirs, "eve"), "Encrypt", "resource: "+open+" with an explicit deny in an identity-based policy"))
	})
}

// disableNamed calls DisableKey.
func (u user) disableNamed(name string) error {
	_, err := u.DisableKey(u.t.Context(), &kms.DisableKeyInput{KeyId: &name})
	return err
}

// TestCiphertextDecisions opens ciphertexts without naming the key.
func TestCiphertextDecisions(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		a, e := userARN(ours, "alice"), userARN(theirs, "eve")
		alice, eve := p.newUser(ours, "alice"), p.newUser(theirs, "eve", by(allowAll))
		key := p.key()
		blob := p.encrypt(key, "text", nil)
		const onCiphertext = "the resource associated with this ciphertext"
		decrypt := func(u user, blob []byte) error {
			_, err := u.decrypt(blob, nil)
			return err
		}
		wantOutcome(t, "nothing allows", decrypt(alice, blob), noPolicy(a, "Decrypt", p.keyARN(key), "identity-based policy"))
		wantOutcome(t, "another account", decrypt(eve, blob), notAuthorized(e, "Decrypt", onCiphertext+hidden))
		p.scheduleDeletion(key, 7)
		wantOutcome(t, "the decision comes before the state", decrypt(alice, blob), noPolicy(a, "Decrypt", p.keyARN(key), "identity-based policy"))
		wantOutcome(t, "the decision comes before the state", decrypt(eve, blob), notAuthorized(e, "Decrypt", onCiphertext+hidden))
		p.permit(theirs, "eve", document(statement("Deny", "kms:Decrypt", "*", "")))
		denied := notAuthorized(e, "Decrypt", onCiphertext+" with an explicit deny in an identity-based policy")
		wantOutcome(t, "denied at home", decrypt(eve, blob), denied)
		p.srv.Advance(8 * day)
		eve = p.newUser(theirs, "eve", by(document(statement("Deny", "kms:Decrypt", "arn:aws:kms:us-east-1:*:key/*", ""))))
		wantOutcome(t, "denied at home, and the key is gone", decrypt(eve, blob), denied)
	})
}

// TestReEncryptDecisions has each side of ReEncrypt denied. Nothing of either key shows
// before both decisions are made.
func TestReEncryptDecisions(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		a := userARN(ours, "alice")
		from, to := p.key(), p.key()
		blob := p.encrypt(from, "text", nil)
		for _, c := range []struct {
			rule      string
			permitted []string
			want      string
		}{
			{"neither", nil, noPolicy(a, "ReEncryptFrom", p.keyARN(from), "identity-based policy")},
			{"source only", []string{statement("Allow", "kms:ReEncryptFrom", p.keyARN(from), "")}, noPolicy(a, "ReEncryptTo", p.keyARN(to), "identity-based policy")},
			{"destination only", []string{statement("Allow", "kms:ReEncryptTo", p.keyARN(to), "")}, noPolicy(a, "ReEncryptFrom", p.keyARN(from), "identity-based policy")},
			{"both", []string{statement("Allow", "kms:ReEncrypt*", "*", "")}, "ok"},
			{"the wrong way round", []string{statement("Allow", "kms:ReEncryptTo", p.keyARN(from), ""), statement("Allow", "kms:ReEncryptFrom", p.keyARN(to), "")},
				noPolicy(a, "ReEncryptFrom", p.keyARN(from), "identity-based policy")},
		} {
			alice := p.newUser(ours, "alice")
			if c.permitted != nil {
				p.permit(ours, "alice", document(c.permitted...))
			}
			in := &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &to}
			_, err := alice.ReEncrypt(t.Context(), in)
			wantOutcome(t, c.rule, err, c.want)
		}
		alice := p.newUser(ours, "bob", by(document(statement("Allow", "kms:ReEncryptFrom", "*", ""))))
		p.disable(from)
		_, err := alice.ReEncrypt(t.Context(), &kms.ReEncryptInput{CiphertextBlob: blob, SourceKeyId: &from, DestinationKeyId: &to})
		wantOutcome(t, "a disabled source and no permission on the destination", err,
			noPolicy(userARN(ours, "bob"), "ReEncryptTo", p.keyARN(to), "identity-based policy"))
	})
}

// TestExistence has a key that does not exist: only who may call the operation on such a key
// learns that.
func TestExistence(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		missing := p.keyARN("12345678-1234-4234-8234-123456789abc")
		alice := p.newUser(ours, "alice")
		wantOutcome(t, "no permission", encryptWith(alice, missing), noPolicy(userARN(ours, "alice"), "Encrypt", missing, "identity-based policy"))
		p.permit(ours, "alice", document(statement("Allow", "kms:Encrypt", "arn:aws:kms:us-east-1:000000000000:key/*", "")))
		wantOutcome(t, "permission", encryptWith(alice, missing), "NotFoundException: Key '"+missing+"' does not exist")
		key := p.key()
		p.disable(key)
		p.permit(ours, "alice")
		wantOutcome(t, "the decision comes before the state", encryptWith(alice, key), noPolicy(userARN(ours, "alice"), "Encrypt", p.keyARN(key), "identity-based policy"))
	})
}

// TestAliasIsNoResource names a key by its alias: the decision is made on the key's ARN.
//
// Trap: https://github.com/localstack/localstack/issues/7540
func TestAliasIsNoResource(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		key := p.key()
		alias := p.alias(key)
		alice := p.newUser(ours, "alice", by(document(statement("Allow", "kms:Encrypt", p.keyARN(key), ""))))
		wantOutcome(t, "allowed on the key", encryptWith(alice, alias), "ok")
		wantOutcome(t, "allowed on the key, by the alias's ARN", encryptWith(alice, p.aliasARN(alias)), "ok")
		p.permit(ours, "alice", document(statement("Allow", "kms:Encrypt", p.aliasARN(alias), "")))
		wantOutcome(t, "allowed on the alias", encryptWith(alice, alias), noPolicy(userARN(ours, "alice"), "Encrypt", p.keyARN(key), "identity-based policy"))
	})
}

// actionOf is the action that a policy allows for a way to call an operation.
func actionOf(op operation) string {
	action, _, _ := strings.Cut(op.name, " ")
	switch {
	case action != "ReEncrypt":
		return action
	case op.name == "ReEncrypt to":
		return "ReEncryptTo"
	}
	return "ReEncryptFrom"
}
