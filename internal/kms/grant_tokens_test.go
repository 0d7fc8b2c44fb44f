package kms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store"
)

// TestGrantTokens uses tokens where they fit and where they do not.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/using-grant-token.html
func TestGrantTokens(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice, bob := p.newUser(ours, "alice"), p.newUser(ours, "bob")
		key, other, third := p.keyWith(closed), p.keyWith(closed), p.keyWith(closed)
		in := func(key string, ops ...types.GrantOperation) *kms.CreateGrantInput {
			return &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), Operations: ops}
		}
		id, token := p.grant(in(key, encryptOp, types.GrantOperationReEncryptFrom, types.GrantOperationDescribeKey))
		_, onOther := p.grant(in(other, types.GrantOperationReEncryptTo))
		_, onThird := p.grant(in(third, encryptOp))
		wantOutcome(t, "its token", alice.tryEncrypt(key, nil, token), "ok")
		wantOutcome(t, "its token twice", alice.tryEncrypt(key, nil, token, token), "ok")
		wantOutcome(t, "another key's token", alice.tryEncrypt(key, nil, onOther), badGrantToken)
		wantOutcome(t, "its token and another key's", alice.tryEncrypt(key, nil, token, onOther), badGrantToken)
		wantOutcome(t, "garbage", alice.tryEncrypt(key, nil, "garbage"), badGrantToken)
		wantOutcome(t, "a cut token", alice.tryEncrypt(key, nil, token[:len(token)-4]), badGrantToken)
		wantOutcome(t, "a token with a line end", alice.tryEncrypt(key, nil, token[:8]+"!"+token[9:]), badGrantToken)
		flipped := "A"
		if strings.HasPrefix(token[20:], "A") {
			flipped = "B"
		}
		wantOutcome(t, "an altered token", alice.tryEncrypt(key, nil, token[:20]+flipped+token[21:]), badGrantToken)
		if err := alice.tryEncrypt(key, nil, strings.Split(strings.Repeat(token+" ", 11), " ")[:11]...); code(err) != "ValidationException" {
			t.Errorf("eleven tokens: %v", err)
		}
		if err := bob.tryEncrypt(key, nil, token); code(err) != "AccessDeniedException" {
			t.Errorf("a token in another's hand: %v", err)
		}
		blob := p.encrypt(key, "text", nil)
		reEncrypt := func(tokens ...string) error {
			_, err := alice.ReEncrypt(t.Context(), &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &other, GrantTokens: tokens})
			return err
		}
		wantOutcome(t, "ReEncrypt with the tokens of both keys", reEncrypt(token, onOther), "ok")
		wantOutcome(t, "ReEncrypt with a token of neither", reEncrypt(token, onThird), badGrantToken)
		_, err := alice.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &key, GrantTokens: []string{token}})
		must(t, "DescribeKey", err)
		_, err = alice.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob, GrantTokens: []string{onOther}})
		if code(err) != "AccessDeniedException" { // the decision comes first
			t.Errorf("Decrypt without a grant: %v", err)
		}
		must(t, "RevokeGrant", p.revoke(key, id))
		if err := alice.tryEncrypt(key, nil, token); code(err) != "AccessDeniedException" {
			t.Errorf("the token of a revoked grant: %v", err)
		}
	})
}

// TestGrantOnAnotherNode makes grants on one node and uses them on the other at once, with
// the token alone, again and again; and takes them back. The nodes look at the change feed
// when they are told to, so that without its token a grant may be seen late, but never a
// revocation by a management call.
func TestGrantOnAnotherNode(t *testing.T) {
	first, second := nodes(t)
	a, b := root(t, first), root(t, second)
	stranger := first.NewAccount("111122223333")
	grantee := user{kms.NewFromConfig(second.ConfigFor(stranger)), t, second.Region, "111122223333"}
	key := a.key()
	arn := a.keyARN(key)
	for i := range 20 {
		id, token := a.grant(&kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new("arn:aws:iam::111122223333:root"), Operations: grantOps{encryptOp, decryptOp}})
		wantOutcome(t, "by token on the other node", grantee.tryEncrypt(arn, nil, token), "ok")
		wantOutcome(t, "without the token afterwards", grantee.tryEncrypt(arn, nil), "ok")
		if i%2 == 0 {
			must(t, "RevokeGrant on the other node", b.revoke(key, id))
		} else {
			must(t, "RetireGrant on the first node", a.retire(&kms.RetireGrantInput{GrantToken: &token}))
			b.describe(key) // sees what any node has answered
		}
		if err := grantee.tryEncrypt(arn, nil, token); code(err) != "AccessDeniedException" {
			t.Fatalf("the token of a grant that is gone: %v", err)
		}
		if n := len(b.grantsOn(key)); n != 0 {
			t.Fatalf("there are %d grants", n)
		}
	}
}

// TestKeyDeletionTakesGrants deletes a key with more grants than one transaction deletes.
// Nothing of them stays, and nothing of another key's goes.
func TestKeyDeletionTakesGrants(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		p.newUser(ours, "alice")
		key, other := p.key(), p.key()
		named := func(key string) string {
			id, _ := p.grant(&kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), RetiringPrincipal: new(userARN(ours, "alice")), Name: new("n"), Operations: grantOps{encryptOp}})
			return id
		}
		named(key)
		kept := named(other)
		p.manyGrants(key, 1200)
		p.scheduleDeletion(key, 7)
		if n := len(p.grantsOn(key)); n != 100 {
			t.Errorf("a key that waits for its deletion shows %d grants", n)
		}
		p.srv.Advance(8 * day)
		for _, kind := range []string{"kms-grant", "kms-grant-name", "kms-grant-count"} {
			records, err := p.db.Scan(t.Context(), kind, store.Range{})
			must(t, "scan", err)
			if len(records) != 1 || !strings.HasPrefix(records[0].Key, p.region+"/"+other) {
				t.Errorf("%d records of kind %s stay", len(records), kind)
			}
		}
		list, err := p.ListRetirableGrants(t.Context(), &kms.ListRetirableGrantsInput{RetiringPrincipal: new(userARN(ours, "alice"))})
		must(t, "ListRetirableGrants", err)
		if len(list.Grants) != 1 || *list.Grants[0].GrantId != kept {
			t.Errorf("alice may retire %q", ids(list.Grants))
		}
	})
}

// manyGrants copies the one grant of a key many times.
func (p *people) manyGrants(key string, n int) {
	p.t.Helper()
	p.write(func(tx *store.Tx) error {
		path := p.region + "/" + key
		records, err := tx.Scan("kms-grant", store.Range{Prefix: path + "/"})
		if err != nil || len(records) != 1 {
			return fmt.Errorf("%d grants, %w", len(records), err)
		}
		r := records[0]
		r.Body = []byte(strings.Replace(string(r.Body), `"name":"n",`, "", 1))
		prefix := r.Key[:len(r.Key)-48]
		for i := range n {
			r.Key = prefix + fmt.Sprintf("%048x", i)
			if err := tx.Insert(r); err != nil {
				return err
			}
		}
		return tx.Upsert(store.Record{Kind: "kms-grant-count", Key: path, Body: fmt.Append(nil, n+1)})
	})
}
