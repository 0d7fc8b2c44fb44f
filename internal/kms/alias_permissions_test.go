package kms_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// TestAliasPermissions has each operation on aliases need a permission on the alias, by an
// identity policy, and one on each key that it concerns.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html
func TestAliasPermissions(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		const alice = "alice"
		a := userARN(ours, alice)
		u := p.newUser(ours, alice)
		from, to := p.key(), p.key()
		fromARN, toARN := p.keyARN(from), p.keyARN(to)
		const on = "alias/on"
		for _, c := range []struct {
			action  string
			call    func(name string) error
			on      []string // in the order of the decisions
			prepare bool     // the alias must be there
		}{
			{"CreateAlias", func(name string) error { return u.createAlias(name, from) }, []string{"ALIAS", fromARN}, false},
			{"UpdateAlias", func(name string) error { return u.updateAlias(name, to) }, []string{"ALIAS", toARN, fromARN}, true},
			{"DeleteAlias", func(name string) error { return u.deleteAlias(name) }, []string{"ALIAS", fromARN}, true},
		} {
			name := newAlias()
			if c.prepare {
				must(t, "CreateAlias", p.createAlias(name, from))
			}
			c.on[0] = p.aliasARN(name)
			for _, missing := range c.on {
				var statements []string
				for _, arn := range c.on {
					if arn != missing {
						statements = append(statements, statement("Allow", "kms:"+c.action, arn, ""))
					}
				}
				p.permit(ours, alice, document(statements...))
				wantOutcome(t, fmt.Sprintf("%s without a permission on %s", c.action, missing), c.call(name), noPolicy(a, c.action, missing, "identity-based policy"))
			}
			var statements []string
			for _, arn := range c.on {
				statements = append(statements, statement("Allow", "kms:"+c.action, arn, ""))
			}
			p.permit(ours, alice, document(statements...))
			wantOutcome(t, c.action+" with all permissions", c.call(name), "ok")
		}
		// The key's policy may give the permission on the key, not that on the alias.
		key := p.keyWith(document(keyStatement("Allow", a, "kms:CreateAlias", "")))
		name := newAlias()
		p.permit(ours, alice)
		wantOutcome(t, "CreateAlias by the key policy alone", u.createAlias(name, key), noPolicy(a, "CreateAlias", p.aliasARN(name), "identity-based policy"))
		p.permit(ours, alice, document(statement("Allow", "kms:CreateAlias", p.aliasARN(name), "")))
		wantOutcome(t, "CreateAlias by the key policy, and an identity policy for the alias", u.createAlias(name, key), "ok")
		// Without a permission on it nobody learns whether there is such an alias.
		p.permit(ours, alice)
		wantOutcome(t, "DeleteAlias of nothing", u.deleteAlias(on), noPolicy(a, "DeleteAlias", p.aliasARN(on), "identity-based policy"))
		p.permit(ours, alice, document(statement("Allow", "kms:DeleteAlias", "*", "")))
		wantOutcome(t, "DeleteAlias of nothing, permitted", u.deleteAlias(on), "NotFoundException: Alias "+p.aliasARN(on)+" is not found.")
	})
}

// TestIAMOnly has the operations that only identity policies can permit.
func TestIAMOnly(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		a, key := userARN(ours, "alice"), p.key()
		alias := p.alias(key)
		alice := p.newUser(ours, "alice")
		ctx := t.Context()
		for action, call := range map[string]func() error{
			"CreateKey": func() error { _, err := alice.CreateKey(ctx, &kms.CreateKeyInput{}); return err },
			"ListKeys":  func() error { _, err := alice.ListKeys(ctx, &kms.ListKeysInput{}); return err },
			"ListAliases": func() error {
				out, err := alice.ListAliases(ctx, &kms.ListAliasesInput{KeyId: &key}) // needs nothing on the key
				if err == nil && (len(out.Aliases) != 1 || *out.Aliases[0].AliasName != alias) {
					t.Errorf("ListAliases: %+v", out.Aliases)
				}
				return err
			},
			"GenerateRandom": func() error {
				_, err := alice.GenerateRandom(ctx, &kms.GenerateRandomInput{NumberOfBytes: new(int32(8))})
				return err
			},
		} {
			p.permit(ours, "alice")
			wantOutcome(t, action, call(), noPolicy(a, action, "*", "identity-based policy"))
			p.permit(ours, "alice", document(statement("Allow", "kms:"+action, "arn:aws:kms:us-east-1:000000000000:*", "")))
			wantOutcome(t, action+" on some resources", call(), noPolicy(a, action, "*", "identity-based policy"))
			p.permit(ours, "alice", document(statement("Allow", "kms:"+action, "*", "")))
			wantOutcome(t, action+" permitted", call(), "ok")
		}
		foreign := &kms.ListAliasesInput{KeyId: new("arn:aws:kms:us-east-1:111122223333:key/" + key)}
		p.permit(ours, "alice", allowAll)
		_, err := alice.ListAliases(ctx, foreign)
		wantOutcome(t, "ListAliases of a foreign key", err, notAuthorized(a, "ListAliases", "this resource"+hidden))
	})
}

// TestTagsAtCreation has CreateKey with tags need kms:TagResource too.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html
func TestTagsAtCreation(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		create := statement("Allow", "kms:CreateKey", "*", "")
		for _, c := range []struct {
			rule, permitted string
			tags            []string
			ok              bool
		}{
			{"no tags", document(create), nil, true},
			{"tags without kms:TagResource", document(create), []string{"Team=a"}, false},
			{"kms:TagResource alone", document(statement("Allow", "kms:TagResource", "*", "")), []string{"Team=a"}, false},
			{"kms:TagResource on everything", document(create, statement("Allow", "kms:TagResource", "*", "")), []string{"Team=a"}, true},
			{"kms:TagResource on every key", document(create, statement("Allow", "kms:TagResource", "arn:aws:kms:*:000000000000:key/*", "")), []string{"Team=a"}, true},
			{"kms:TagResource on one key", document(create, statement("Allow", "kms:TagResource", p.keyARN(p.key()), "")), []string{"Team=a"}, false},
			{"the right tag", document(statement("Allow", "kms:*", "*", test("StringEquals", "aws:RequestTag/team", `"a"`))), []string{"Team=a"}, true},
			{"the wrong value", document(statement("Allow", "kms:*", "*", test("StringEquals", "aws:RequestTag/Team", `"b"`))), []string{"Team=a"}, false},
			{"no tag", document(statement("Allow", "kms:*", "*", test("StringEquals", "aws:RequestTag/Team", `"a"`))), nil, false},
			{"keys that may be", document(statement("Allow", "kms:*", "*", test("ForAllValues:StringEquals", "aws:TagKeys", `["Team"]`))), []string{"Team=a"}, true},
			{"a key that may not be", document(statement("Allow", "kms:*", "*", test("ForAllValues:StringEquals", "aws:TagKeys", `["Team"]`))), []string{"Team=a", "x=y"}, false},
		} {
			p.permit(ours, "alice", c.permitted)
			_, err := alice.CreateKey(t.Context(), &kms.CreateKeyInput{Tags: tags(c.tags...)})
			wantAllowed(t, c.rule, err, c.ok)
		}
	})
}

// TestConditionsOfCreateKey has the condition keys that describe a key that is not there yet.
// Defaults count as if they had been given.
func TestConditionsOfCreateKey(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		bypass := &kms.CreateKeyInput{BypassPolicyLockoutSafetyCheck: true}
		for _, c := range []struct {
			holds, fails string
			in           *kms.CreateKeyInput
		}{
			{test("StringEquals", "kms:CallerAccount", `"000000000000"`), test("StringEquals", "kms:CallerAccount", `"111122223333"`), nil},
			{test("StringEquals", "kms:KeySpec", `"SYMMETRIC_DEFAULT"`), test("StringEquals", "kms:KeySpec", `"RSA_2048"`), nil},
			{test("StringEquals", "kms:KeyUsage", `"ENCRYPT_DECRYPT"`), test("StringEquals", "kms:KeyUsage", `"SIGN_VERIFY"`), nil},
			{test("StringEquals", "kms:KeyOrigin", `"AWS_KMS"`), test("StringEquals", "kms:KeyOrigin", `"EXTERNAL"`), nil},
			{test("Bool", "kms:MultiRegion", `false`), test("Bool", "kms:MultiRegion", `true`), nil},
			{test("Null", "kms:MultiRegionKeyType", `true`), test("StringEquals", "kms:MultiRegionKeyType", `"PRIMARY"`), nil},
			{test("StringEquals", "kms:CustomerMasterKeySpec", `"SYMMETRIC_DEFAULT"`), test("StringEquals", "kms:CustomerMasterKeySpec", `"RSA_2048"`), nil},
			{test("StringEquals", "kms:CustomerMasterKeyUsage", `"ENCRYPT_DECRYPT"`), test("StringEquals", "kms:CustomerMasterKeyUsage", `"SIGN_VERIFY"`), nil},
			{test("Null", "kms:BypassPolicyLockoutSafetyCheck", `true`), test("Bool", "kms:BypassPolicyLockoutSafetyCheck", `true`), nil},
			{test("Bool", "kms:BypassPolicyLockoutSafetyCheck", `true`), test("Null", "kms:BypassPolicyLockoutSafetyCheck", `true`), bypass},
			{test("Null", "kms:ResourceAliases", `true`), test("Null", "kms:ResourceAliases", `false`), nil},
			{test("Null", "kms:ViaService", `true`), test("Null", "kms:ViaService", `false`), nil},
		} {
			if c.in == nil {
				c.in = &kms.CreateKeyInput{}
			}
			for condition, ok := range map[string]bool{c.holds: true, c.fails: false} {
				for _, effect := range []string{"Allow", "Deny"} {
					statements := []string{statement(effect, "kms:CreateKey", "*", condition)}
					if effect == "Deny" {
						statements = append(statements, statement("Allow", "kms:CreateKey", "*", ""))
					}
					p.permit(ours, "alice", document(statements...))
					_, err := alice.CreateKey(t.Context(), c.in)
					wantAllowed(t, effect+" "+condition, err, ok == (effect == "Allow"))
				}
			}
		}
		// What can't be made is refused after the decision.
		p.permit(ours, "alice", document(statement("Deny", "kms:CreateKey", "*", test("Bool", "kms:MultiRegion", "true")), statement("Allow", "kms:CreateKey", "*", "")))
		_, err := alice.CreateKey(t.Context(), &kms.CreateKeyInput{MultiRegion: new(true)})
		wantAllowed(t, "a multi-Region key", err, false)
	})
}
