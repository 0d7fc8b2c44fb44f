package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// grant makes a grant and returns its id and token.
func (u user) grant(in *kms.CreateGrantInput) (id, token string) {
	u.t.Helper()
	out, err := u.CreateGrant(u.t.Context(), in)
	must(u.t, "CreateGrant", err)
	return *out.GrantId, *out.GrantToken
}

// grantTo lets a principal do something with a key.
func (u user) grantTo(key, principal string, ops ...types.GrantOperation) (id string) {
	u.t.Helper()
	id, _ = u.grant(&kms.CreateGrantInput{KeyId: &key, GranteePrincipal: &principal, Operations: ops})
	return id
}

func (u user) revoke(key, id string) error {
	_, err := u.RevokeGrant(u.t.Context(), &kms.RevokeGrantInput{KeyId: &key, GrantId: &id})
	return err
}

// grantsOn lists all grants on a key.
func (u user) grantsOn(key string) []types.GrantListEntry {
	u.t.Helper()
	out, err := u.ListGrants(u.t.Context(), &kms.ListGrantsInput{KeyId: &key, Limit: new(int32(100))})
	must(u.t, "ListGrants", err)
	return out.Grants
}

// try encrypts under a key.
func (u user) tryEncrypt(key string, ec map[string]string, tokens ...string) error {
	_, err := u.Encrypt(u.t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x"), EncryptionContext: ec, GrantTokens: tokens})
	return err
}

// rootOf is a session of the root user of an account.
func (p *people) rootOf(account string) user {
	arn := "arn:aws:iam::" + account + ":root"
	return p.session(iam.Session{Principal: iam.Principal{Type: iam.TypeRoot, ARN: arn, ID: account, Account: account}})
}

// code is the code of an error, "ok" for none.
func code(err error) string {
	code, _, _ := strings.Cut(outcome(err), ":")
	return code
}

// wantEncrypt checks whether somebody may encrypt under a key.
func wantEncrypt(t testing.TB, what string, u user, key string, may bool) {
	t.Helper()
	err := u.tryEncrypt(key, nil)
	if may {
		wantOutcome(t, what, err, "ok")
	} else if code(err) != "AccessDeniedException" {
		t.Errorf("%s: %v, want AccessDeniedException", what, err)
	}
}

const (
	encryptOp = types.GrantOperationEncrypt
	decryptOp = types.GrantOperationDecrypt
)

// closed is a key policy that leaves everything to the root user alone: what anybody else
// may do comes from grants.
var closed = document(keyStatement("Allow", "*", "kms:*", `{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:root"}}`))

// TestGrantees makes grants to each kind of principal, and has everybody try.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grantee-principal
func TestGrantees(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		callers := map[string]user{
			"a user":                       p.newUser(ours, "plain"),
			"a user whom its account lets": p.newUser(ours, "let", by(allowAll)),
			"a session":                    p.newRole(ours, "plain"),
			"a session of a let role":      p.newRole(ours, "let", by(allowAll)),
			"a foreign user":               p.newUser(theirs, "plain"),
			"a let foreign user":           p.newUser(theirs, "let", by(allowAll)),
			"a foreign root user":          p.rootOf(theirs),
			"a denied user":                p.newUser(ours, "denied", by(document(statement("Deny", "kms:Encrypt", "*", "")))),
			"a bounded user":               p.newUser(ours, "bounded", bounded(p.managed(ours, "nothing", document(statement("Allow", "s3:*", "*", ""))))),
			"a session of a bounded role":  p.newRole(ours, "bounded", bounded(p.managed(ours, "nothing", document(statement("Allow", "s3:*", "*", ""))))),
			"a limited session":            p.newRole(ours, "limited", limited(document(statement("Allow", "s3:*", "*", "")))),
		}
		for _, c := range []struct {
			rule, grantee string
			may           []string
		}{
			{"a user's grant is the user's", userARN(ours, "plain"), []string{"a user"}},
			{"a role's grant covers its sessions", roleARN(ours, "plain"), []string{"a session"}},
			{"a session's grant is that session's", iam.SessionARN(ours, "plain", "s"), []string{"a session"}},
			{"a grant for another session of the role", iam.SessionARN(ours, "plain", "other"), nil},
			{"an account's grant delegates to it", "arn:aws:iam::000000000000:root", []string{"a user whom its account lets", "a session of a let role"}},
			{"a foreign user needs no policy of its own", userARN(theirs, "plain"), []string{"a foreign user"}},
			{"a foreign account's grant delegates to it", "arn:aws:iam::111122223333:root", []string{"a let foreign user", "a foreign root user"}},
			{"an explicit denial beats a grant", userARN(ours, "denied"), nil},
			{"a boundary does not limit what names the user", userARN(ours, "bounded"), []string{"a bounded user"}},
			{"a boundary limits what names the role", roleARN(ours, "bounded"), nil},
			{"a boundary does not limit what names the session", iam.SessionARN(ours, "bounded", "s"), []string{"a session of a bounded role"}},
			{"a session policy limits what names the role", roleARN(ours, "limited"), nil},
			{"a session policy does not limit what names the session", iam.SessionARN(ours, "limited", "s"), []string{"a limited session"}},
		} {
			t.Run(c.rule, func(t *testing.T) {
				key := p.keyWith(closed)
				id := p.at(t).grantTo(key, c.grantee, encryptOp)
				may := map[string]bool{}
				for _, name := range c.may {
					may[name] = true
				}
				for name, u := range callers {
					wantEncrypt(t, name, u.at(t), p.keyARN(key), may[name])
				}
				must(t, "RevokeGrant", p.revoke(key, id))
				for name, u := range callers {
					wantEncrypt(t, name+", after the grant was revoked", u.at(t), p.keyARN(key), false)
				}
			})
		}
	})
}

// at is the same user in another test.
func (u user) at(t testing.TB) user {
	u.t = t
	return u
}

// TestGrantNamesakes deletes the grantee and makes another one of the same name, who gets
// nothing. The lists show the old one by the unique id.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func TestGrantNamesakes(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		key := p.keyWith(closed)
		old := map[string]user{
			userARN(ours, "alice"):             p.newUser(ours, "alice"),
			roleARN(ours, "worker"):            p.newRole(ours, "worker"),
			iam.SessionARN(ours, "other", "s"): p.newRole(ours, "other"),
		}
		var ids []string
		for arn, u := range old {
			retiring := arn
			id, _ := p.grant(&kms.CreateGrantInput{KeyId: &key, GranteePrincipal: &arn, RetiringPrincipal: &retiring, Operations: []types.GrantOperation{encryptOp}})
			ids = append(ids, id)
			wantEncrypt(t, arn, u, key, true)
		}
		for _, g := range p.grantsOn(key) {
			if old[*g.GranteePrincipal].Client == nil || *g.RetiringPrincipal != *g.GranteePrincipal {
				t.Errorf("a grant shows %s and %s", *g.GranteePrincipal, *g.RetiringPrincipal)
			}
		}
		var alice, worker, other string
		p.write(func(tx *store.Tx) error {
			a, err := iam.Users.Get(tx, ours, "alice")
			must(t, "find alice", err)
			w, err := iam.Roles.Get(tx, ours, "worker")
			must(t, "find worker", err)
			o, err := iam.Roles.Get(tx, ours, "other")
			must(t, "find other", err)
			alice, worker, other = a.ID, w.ID, o.ID
			return nil
		})
		wantEncrypt(t, "a new alice", p.newUser(ours, "alice"), key, false)
		wantEncrypt(t, "a new worker", p.newRole(ours, "worker"), key, false)
		wantEncrypt(t, "the session of a new role", p.newRole(ours, "other"), key, false)
		shown := map[string]bool{}
		for _, g := range p.grantsOn(key) {
			shown[*g.GranteePrincipal] = true
			if *g.RetiringPrincipal != *g.GranteePrincipal {
				t.Errorf("a grant shows %s and %s", *g.GranteePrincipal, *g.RetiringPrincipal)
			}
		}
		if !shown[alice] || !shown[worker] || !shown[other] || len(shown) != 3 {
			t.Errorf("the grantees are shown as %v, want %s, %s and %s", shown, alice, worker, other)
		}
		for arn := range old {
			out, err := p.ListGrants(t.Context(), &kms.ListGrantsInput{KeyId: &key, GranteePrincipal: &arn})
			must(t, "ListGrants", err)
			retirable, err := p.ListRetirableGrants(t.Context(), &kms.ListRetirableGrantsInput{RetiringPrincipal: &arn})
			must(t, "ListRetirableGrants", err)
			if len(out.Grants) != 0 || len(retirable.Grants) != 0 {
				t.Errorf("the namesake of %s has %d grants and may retire %d", arn, len(out.Grants), len(retirable.Grants))
			}
		}
		for _, id := range ids {
			must(t, "RevokeGrant", p.revoke(key, id))
		}
	})
}

// TestGrantConstraints tries requests against constraints.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html#grant-constraints
func TestGrantConstraints(t *testing.T) {
	type pairs = map[string]string
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		for _, c := range []struct {
			rule       string
			constraint types.GrantConstraints
			may, not   []pairs
		}{
			{"EncryptionContextEquals: the same pairs in any order", types.GrantConstraints{EncryptionContextEquals: pairs{"a": "1", "b": "2"}},
				[]pairs{{"b": "2", "a": "1"}}, []pairs{nil, {"a": "1"}, {"a": "1", "b": "2", "c": "3"}, {"a": "2", "b": "1"}, {"a": "1", "b": "3"}}},
			{"EncryptionContextSubset: these pairs and perhaps others", types.GrantConstraints{EncryptionContextSubset: pairs{"a": "1", "b": "2"}},
				[]pairs{{"a": "1", "b": "2"}, {"a": "1", "b": "2", "c": "3"}}, []pairs{nil, {"a": "1"}, {"b": "2", "c": "3"}, {"a": "2", "b": "2"}}},
			{"keys and values match exactly", types.GrantConstraints{EncryptionContextSubset: pairs{"Department": "IT"}},
				[]pairs{{"Department": "IT"}, {"Department": "IT", "department": "it"}}, []pairs{{"department": "IT"}, {"Department": "it"}, {"Department": "IT "}}},
			{"lengths are part of a pair", types.GrantConstraints{EncryptionContextEquals: pairs{"a": "bc"}},
				[]pairs{{"a": "bc"}}, []pairs{{"ab": "c"}, {"abc": ""}}},
			{"SourceArn: a user never calls for a resource", types.GrantConstraints{SourceArn: new("arn:aws:s3:::a-bucket-of-mine")},
				nil, []pairs{nil, {"a": "1"}}},
		} {
			t.Run(c.rule, func(t *testing.T) {
				key := p.keyWith(closed)
				in := &kms.CreateGrantInput{
					KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), Constraints: &c.constraint,
					Operations: []types.GrantOperation{encryptOp, types.GrantOperationDescribeKey},
				}
				p.at(t).grant(in)
				for _, ec := range c.may {
					wantOutcome(t, "with a context that matches", alice.tryEncrypt(key, ec), "ok")
				}
				for _, ec := range c.not {
					if err := alice.tryEncrypt(key, ec); code(err) != "AccessDeniedException" {
						t.Errorf("with the context %q: %v", ec, err)
					}
				}
				// Constraints on the context are ignored where there is none; SourceArn is not.
				_, err := alice.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &key})
				if described := err == nil; described != (c.constraint.SourceArn == nil) {
					t.Errorf("DescribeKey: %v", err)
				}
			})
		}
	})
}

// TestGrantOperationsAreSeparate has a grant permit what it lists and nothing else.
func TestGrantOperationsAreSeparate(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice, arn := p.newUser(ours, "alice"), userARN(ours, "alice")
		key, other := p.keyWith(closed), p.keyWith(closed)
		blob := p.encrypt(key, "text", nil)
		reEncrypt := func() error {
			_, err := alice.ReEncrypt(t.Context(), &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &other})
			return err
		}
		p.grantTo(key, arn, decryptOp)
		wantEncrypt(t, "Encrypt with a grant for Decrypt", alice, key, false)
		if text, err := alice.decrypt(blob, nil); err != nil || text != "text" {
			t.Errorf("Decrypt: %q, %v", text, err)
		}
		wantEncrypt(t, "Encrypt under another key", alice, other, false)
		if code(reEncrypt()) != "AccessDeniedException" {
			t.Error("ReEncrypt with a grant for Decrypt")
		}
		p.grantTo(key, arn, types.GrantOperationReEncryptFrom)
		if code(reEncrypt()) != "AccessDeniedException" {
			t.Error("ReEncrypt with a grant on one side")
		}
		p.grantTo(other, arn, types.GrantOperationReEncryptTo)
		wantOutcome(t, "ReEncrypt with a grant on each key", reEncrypt(), "ok")
		for _, err := range []error{
			call2(alice.ListGrants(t.Context(), &kms.ListGrantsInput{KeyId: &key})),
			call2(alice.CreateGrant(t.Context(), &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: &arn, Operations: []types.GrantOperation{decryptOp}})),
			call2(alice.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &key})),
		} {
			if code(err) != "AccessDeniedException" {
				t.Errorf("an operation that no grant permits: %v", err)
			}
		}
	})
}

// call2 leaves the error of a call.
func call2(_ any, err error) error { return err }

// TestGrantSaysSo has the record of the call name the grant that allowed it.
func TestGrantSaysSo(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		key := p.keyWith(closed)
		id := p.grantTo(key, userARN(ours, "alice"), encryptOp)
		wantEncrypt(t, "alice", alice, key, true)
		record := string(eventsNamed(t, p.srv, "Encrypt")[0].JSON)
		if want := "kms:Encrypt allowed by grant " + id; !strings.Contains(record, want) {
			t.Errorf("the record does not say %q:\n%s", want, record)
		}
	})
}
