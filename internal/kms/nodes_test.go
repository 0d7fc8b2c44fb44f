package kms_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

func TestRestart(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		enabled, disabled, pending := u.key(), u.key(), u.key()
		alias := u.alias(enabled)
		blob := u.encrypt(enabled, "text", map[string]string{"a": "b"})
		_, err := u.TagResource(t.Context(), &kms.TagResourceInput{KeyId: &enabled, Tags: tags("k=v")})
		must(t, "TagResource", err)
		must(t, "PutKeyPolicy", u.putPolicy(enabled, openPolicy, false))
		u.disable(disabled)
		u.scheduleDeletion(pending, 7)
		stranger := srv.NewAccount("111122223333")
		before := []*types.KeyMetadata{u.describe(alias), u.describe(disabled), u.describe(pending)}

		srv.Restart()
		u = root(t, srv)
		after := []*types.KeyMetadata{u.describe(alias), u.describe(disabled), u.describe(pending)}
		if diff := cmp.Diff(before, after, cmpopts.IgnoreUnexported(types.KeyMetadata{})); diff != "" {
			t.Errorf("after the restart (-before +after):\n%s", diff)
		}
		if text, err := u.decrypt(blob, map[string]string{"a": "b"}); err != nil || text != "text" {
			t.Errorf("decrypts to %q, %v", text, err)
		}
		if got := u.tagsOf(enabled); len(got) != 1 || got[0] != "k=v" || u.policyOf(enabled) != openPolicy {
			t.Errorf("tags %q, policy %s", got, u.policyOf(enabled))
		}
		_, err = kms.NewFromConfig(srv.ConfigFor(stranger)).ListKeys(t.Context(), &kms.ListKeysInput{})
		must(t, "ListKeys by the other account", err)
		srv.Advance(7 * day)
		_, err = u.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &pending})
		wantOutcome(t, "the pending key a week later", err, "NotFoundException: Key '"+u.keyARN(pending)+"' does not exist")
	})
}

// nodes starts two nodes over one database.
func nodes(t *testing.T) (one, two *keysteadtest.Server) {
	t.Parallel()
	one = keysteadtest.Start(t, keysteadtest.WithDatabase(storetest.PostgreSQL(t)))
	return one, one.Peer()
}

// TestNodesSeeEachOther changes a key on one node and looks at once on the other, again
// and again: a management call sees all that was answered anywhere, and after one such
// call cryptographic calls of that node do too.
func TestNodesSeeEachOther(t *testing.T) {
	first, second := nodes(t)
	a, b := root(t, first), root(t, second)
	key := a.key()
	blob := b.encrypt(key, "text", nil)
	isDisabled := "DisabledException: " + a.keyARN(key) + " is disabled."
	for range 20 {
		a.disable(key)
		if m := b.describe(key); m.KeyState != types.KeyStateDisabled {
			t.Fatalf("one node disabled the key, the other shows it %s", m.KeyState)
		}
		_, err := b.decrypt(blob, nil)
		wantOutcome(t, "Decrypt on the other node", err, isDisabled)
		_, err = b.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: &key})
		must(t, "EnableKey", err)
		if m := a.describe(key); m.KeyState != types.KeyStateEnabled {
			t.Fatalf("one node enabled the key, the other shows it %s", m.KeyState)
		}
		if text, err := a.decrypt(blob, nil); err != nil || text != "text" {
			t.Fatalf("decrypts to %q, %v", text, err)
		}
		alias := a.alias(key)
		if n := len(b.aliasesOf(key)); n != 1 || *b.describe(alias).KeyId != key {
			t.Fatalf("one node made an alias, the other shows %d", n)
		}
		must(t, "DeleteAlias", b.deleteAlias(alias))
		_, err = a.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &alias})
		wantOutcome(t, "the deleted alias", err, "NotFoundException: Alias "+a.aliasARN(alias)+" is not found.")
	}
}

// TestNodesShareOneTruth has both nodes write to one key at once.
func TestNodesShareOneTruth(t *testing.T) {
	first, second := nodes(t)
	both := []user{root(t, first), root(t, second)}
	key := both[0].key()
	var made atomic.Int32
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			if both[i%2].createAlias(newAlias(), key) == nil {
				made.Add(1)
			}
		})
	}
	for i := range 20 {
		wg.Go(func() {
			_, err := both[i%2].TagResource(t.Context(), &kms.TagResourceInput{KeyId: &key, Tags: manyTags(i, i+1)})
			if err != nil {
				t.Errorf("TagResource: %v", err)
			}
		})
	}
	wg.Wait()
	for _, u := range both {
		if n, tagged := len(u.aliasesOf(key)), len(u.tagsOf(key)); made.Load() != 50 || n != 50 || tagged != 20 {
			t.Errorf("%d aliases were made, %d are there, with %d tags", made.Load(), n, tagged)
		}
	}
	both[0].scheduleDeletion(key, 7)
	second.Advance(8 * day) // the clocks are the nodes' own
	_, err := both[0].DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &key})
	wantOutcome(t, "a key that the other node deleted", err, "NotFoundException: Key '"+both[0].keyARN(key)+"' does not exist")
	if keys, _, _, err := both[0].listKeys(nil, nil); len(keys) != 0 || err != nil {
		t.Errorf("keys %q, %v", keys, err)
	}
}
