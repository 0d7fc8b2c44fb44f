package kms_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func (u user) retire(in *kms.RetireGrantInput) error {
	_, err := u.RetireGrant(u.t.Context(), in)
	return err
}

// TestWhoRetires has everybody try to retire grants.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
func TestWhoRetires(t *testing.T) {
	may := document(statement("Allow", "kms:RetireGrant", "*", ""))
	not := document(statement("Deny", "kms:RetireGrant", "*", ""))
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		creator := p.newUser(theirs, "creator", by(allowAll))
		people := map[string]user{
			"our root user":   p.user,
			"alice":           alice,
			"let":             p.newUser(ours, "let", by(may)),
			"denied":          p.newUser(ours, "denied", by(not)),
			"nobody":          p.newUser(ours, "nobody"),
			"worker":          p.newRole(ours, "worker"),
			"limited":         p.newRole(ours, "limited", limited(document(statement("Allow", "kms:Encrypt", "*", "")))),
			"their root user": p.rootOf(theirs),
			"their alice":     p.newUser(theirs, "alice"),
			"their let":       p.newUser(theirs, "let", by(may)),
		}
		for _, c := range []struct {
			rule              string
			grantee, retiring string
			ops               grantOps
			theirs            bool // the grant is made by their account
			who               []string
		}{
			{"no retiring principal: the account", userARN(theirs, "alice"), "", grantOps{encryptOp}, false, []string{"our root user", "let"}},
			{"the retiring principal needs no policy", userARN(theirs, "alice"), userARN(ours, "nobody"), grantOps{encryptOp}, false, []string{"our root user", "let", "nobody"}},
			{"an explicit denial beats the grant", userARN(theirs, "alice"), userARN(ours, "denied"), grantOps{encryptOp}, false, []string{"our root user", "let"}},
			{"the grantee, if the grant says so", userARN(ours, "alice"), "", grantOps{encryptOp, types.GrantOperationRetireGrant}, false, []string{"our root user", "let", "alice"}},
			{"a retiring role, by its sessions", userARN(theirs, "alice"), roleARN(ours, "worker"), grantOps{encryptOp}, false, []string{"our root user", "let", "worker"}},
			{"a session policy limits the role", userARN(theirs, "alice"), roleARN(ours, "limited"), grantOps{encryptOp}, false, []string{"our root user", "let"}},
			{"a retiring principal of another account", userARN(ours, "alice"), userARN(theirs, "alice"), grantOps{encryptOp}, false, []string{"our root user", "let", "their alice"}},
			{"another account, which lets its users", userARN(ours, "alice"), "arn:aws:iam::111122223333:root", grantOps{encryptOp}, false, []string{"our root user", "let", "their root user", "their let"}},
			{"the account that made the grant, beside the key's", userARN(ours, "alice"), "", grantOps{encryptOp}, true, []string{"our root user", "let", "their root user", "their let"}},
		} {
			t.Run(c.rule, func(t *testing.T) {
				// The key policy has no say: it allows RetireGrant to nobody and denies it to all.
				key := p.keyWith(document(keyStatement("Allow", "*", "kms:CreateGrant", ""), keyStatement("Deny", "*", "kms:RetireGrant", ""),
					keyStatement("Allow", ours, "kms:ListGrants", "")))
				maker := p.at(t).user
				if c.theirs {
					maker = creator.at(t)
				}
				in := &kms.CreateGrantInput{KeyId: new(p.keyARN(key)), GranteePrincipal: &c.grantee, RetiringPrincipal: &c.retiring, Operations: c.ops}
				if c.retiring == "" {
					in.RetiringPrincipal = nil
				}
				id, token := maker.grant(in)
				allowed := map[string]bool{}
				for _, name := range c.who {
					allowed[name] = true
				}
				for name, u := range people {
					for how, in := range map[string]*kms.RetireGrantInput{
						"by token": {GrantToken: &token}, "by id": {KeyId: new(p.keyARN(key)), GrantId: &id},
					} {
						in.DryRun = new(true)
						want := "AccessDeniedException"
						if allowed[name] {
							want = "DryRunOperationException"
						}
						if err := u.at(t).retire(in); code(err) != want {
							t.Errorf("%s %s: %v, want %s", name, how, err, want)
						}
					}
				}
				if n := len(p.grantsOn(key)); n != 1 {
					t.Fatalf("after dry runs there are %d grants", n)
				}
				who := people[c.who[len(c.who)-1]].at(t)
				must(t, "RetireGrant", who.retire(&kms.RetireGrantInput{KeyId: new(p.keyARN(key)), GrantId: &id}))
				if n := len(p.grantsOn(key)); n != 0 {
					t.Errorf("after RetireGrant there are %d grants", n)
				}
			})
		}
	})
}

// TestRetireGrantRefusals has inputs that name no grant.
func TestRetireGrantRefusals(t *testing.T) {
	const either = "ValidationException: You must specify either GrantToken, or both KeyId and GrantId."
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		stranger := p.rootOf(theirs)
		key, gone := p.key(), strings.Repeat("0", 64)
		id, token := p.grant(&kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), Operations: grantOps{encryptOp}})
		missing := p.keyARN("12345678-1234-4234-8234-123456789abc")
		for _, c := range []struct {
			rule string
			who  user
			in   kms.RetireGrantInput
			want string
		}{
			{"nothing", p.user, kms.RetireGrantInput{}, either},
			{"an id without a key", p.user, kms.RetireGrantInput{GrantId: &id}, either},
			{"a key without an id", p.user, kms.RetireGrantInput{KeyId: &key}, either},
			{"a token and an id", p.user, kms.RetireGrantInput{GrantToken: &token, KeyId: &key, GrantId: &id}, either},
			{"no token", p.user, kms.RetireGrantInput{GrantToken: new("AQ==")}, badGrantToken},
			{"another Region", p.in("eu-west-1"), kms.RetireGrantInput{GrantToken: &token}, badGrantToken},
			{"no id", p.user, kms.RetireGrantInput{KeyId: &key, GrantId: new("abc")}, "InvalidGrantIdException: Invalid grant ID abc."},
			{"an unknown id", p.user, kms.RetireGrantInput{KeyId: &key, GrantId: &gone}, "NotFoundException: Grant ID " + gone + " not found"},
			{"an unknown id, for whoever may not know", alice, kms.RetireGrantInput{KeyId: &key, GrantId: &gone}, "AccessDeniedException: User: " + userARN(ours, "alice") + " is not authorized to perform: kms:RetireGrant on resource: " + p.keyARN(key) + " because no identity-based policy allows the kms:RetireGrant action"},
			{"an unknown key", p.user, kms.RetireGrantInput{KeyId: &missing, GrantId: &id}, "NotFoundException: Key '" + missing + "' does not exist"},
			{"an alias", p.user, kms.RetireGrantInput{KeyId: new("alias/a"), GrantId: &id}, "NotFoundException: Invalid keyId 'alias/a'"},
		} {
			wantOutcome(t, c.rule, c.who.retire(&c.in), c.want)
		}
		// A stranger can't tell a grant from none, nor a key from none.
		var answers []string
		for _, in := range []kms.RetireGrantInput{{KeyId: new(p.keyARN(key)), GrantId: &id}, {KeyId: new(p.keyARN(key)), GrantId: &gone}, {KeyId: &missing, GrantId: &id}} {
			answers = append(answers, outcome(stranger.retire(&in)))
		}
		if answers[0] != answers[1] || answers[1] != answers[2] || !strings.HasPrefix(answers[0], "AccessDeniedException") {
			t.Errorf("a stranger is told %q", answers)
		}
		must(t, "RetireGrant", p.retire(&kms.RetireGrantInput{GrantToken: &token}))
		wantOutcome(t, "a second time", p.retire(&kms.RetireGrantInput{GrantToken: &token}), badGrantToken)
		wantOutcome(t, "a second time, by id", p.retire(&kms.RetireGrantInput{KeyId: &key, GrantId: &id}), "NotFoundException: Grant ID "+id+" not found")
		wantOutcome(t, "revoked as well", p.revoke(key, id), "NotFoundException: Grant ID "+id+" not found")
		wantOutcome(t, "RevokeGrant of no id", p.revoke(key, "abc"), "InvalidGrantIdException: Invalid grant ID abc.")
	})
}

// TestRetireConditions has policies ask for the constraint of the grant to be retired.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func TestRetireConditions(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		key := p.key()
		p.newUser(ours, "bob")
		for condition, want := range map[string]string{
			test("StringEquals", "kms:EncryptionContext:a", `"1"`):                       "ok",
			test("StringEquals", "kms:EncryptionContext:a", `"2"`):                       "AccessDeniedException",
			test("StringEquals", "kms:GrantConstraintType", `"EncryptionContextSubset"`): "ok",
			test("StringEquals", "kms:GrantConstraintType", `"EncryptionContextEquals"`): "AccessDeniedException",
			test("ForAllValues:StringEquals", "kms:EncryptionContextKeys", `["a","b"]`):  "ok",
			test("StringEquals", "kms:CallerAccount", `"`+ours+`"`):                      "ok",
		} {
			alice := p.newUser(ours, "alice", by(document(statement("Allow", "kms:RetireGrant", p.keyARN(key), condition))))
			id, _ := p.grant(&kms.CreateGrantInput{
				KeyId: &key, GranteePrincipal: new(userARN(ours, "bob")), Operations: grantOps{encryptOp},
				Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"a": "1"}},
			})
			if err := alice.retire(&kms.RetireGrantInput{KeyId: &key, GrantId: &id}); code(err) != want {
				t.Errorf("%s: %v, want %s", condition, err, want)
			}
		}
	})
}

// TestRevokeGrant has the key policy decide, in all states of the key.
func TestRevokeGrant(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		key := p.key()
		must(t, "PutKeyPolicy", p.putPolicy(key, document(keyStatement("Allow", ours, "kms:*", ""), keyStatement("Allow", userARN(ours, "alice"), "kms:RevokeGrant", `{"Bool":{"kms:GrantIsForAWSResource":"false"}}`)), false))
		id := p.grantTo(key, userARN(ours, "alice"), encryptOp, types.GrantOperationRetireGrant)
		_, err := alice.RevokeGrant(t.Context(), &kms.RevokeGrantInput{KeyId: &key, GrantId: &id, DryRun: new(true)})
		wantOutcome(t, "a dry run", err, dryRun)
		wantEncrypt(t, "after a dry run", alice, key, true)
		p.disable(key)
		must(t, "RevokeGrant", alice.revoke(key, id))
		if n := len(p.grantsOn(key)); n != 0 {
			t.Errorf("there are %d grants", n)
		}
		if code(alice.revoke(key, id)) != "NotFoundException" {
			t.Error("a second time")
		}
	})
}

// TestGrantRecords checks what the records of calls say of grants.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-retiregrant.html and its neighbours
func TestGrantRecords(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		key := p.key()
		p.newUser(ours, "alice")
		id, token := p.grant(&kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), Operations: grantOps{encryptOp}, GrantTokens: nil})
		must(t, "RetireGrant", p.retire(&kms.RetireGrantInput{GrantToken: &token}))
		var created, retired struct {
			RequestParameters   json.RawMessage
			ResponseElements    map[string]string
			AdditionalEventData map[string]string
			Resources           []struct{ ARN string }
		}
		record := eventsNamed(t, p.srv, "CreateGrant")[0].JSON
		must(t, "parse the record", json.Unmarshal(record, &created))
		if created.ResponseElements["grantId"] != id || created.ResponseElements["keyId"] != p.keyARN(key) || len(created.ResponseElements) != 2 || strings.Contains(string(record), token) {
			t.Errorf("the record of CreateGrant is %s", record)
		}
		record = eventsNamed(t, p.srv, "RetireGrant")[0].JSON
		must(t, "parse the record", json.Unmarshal(record, &retired))
		if string(retired.RequestParameters) != "null" || retired.AdditionalEventData["grantId"] != id || retired.ResponseElements["keyId"] != p.keyARN(key) ||
			len(retired.Resources) != 1 || retired.Resources[0].ARN != p.keyARN(key) {
			t.Errorf("the record of RetireGrant is %s", record)
		}
	})
}
