package kms

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// insert stores a grant, and returns when it is durable.
func (w *grantWorld) insert(tb testing.TB, g *grant) *grant {
	w.store(tb, 1, func(int) *grant { return g })
	return g
}

func (w *grantWorld) delete(tb testing.TB, g *grant) {
	tb.Helper()
	err := w.db.Update(context.Background(), func(tx *store.Tx) error { return tx.Delete(grantKind, g.path+"/"+g.id) })
	if err != nil {
		tb.Fatal(err)
	}
}

// find asks the cache for a grant that lets alice encrypt.
func (w *grantWorld) find(tb testing.TB, ec map[string]string) string {
	tb.Helper()
	q := &grantQuery{want: operationSet([]types.GrantOperation{types.GrantOperationEncrypt}), context: ec, equals: true, subset: true}
	id, err := w.grants.find(context.Background(), w.key.ref.Path(), granteeName{testGrantee, "AIDAALICE"}, q)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func plainGrant() *grant { return newTestGrant(grantConstraints{}, types.GrantOperationEncrypt) }

// TestGrantCacheFollows changes grants under the eyes of the cache: every change is seen
// when it is complete, and costs no scan.
func TestGrantCacheFollows(t *testing.T) {
	t.Parallel()
	w := newGrantWorld(t)
	if id := w.find(t, nil); id != "" {
		t.Fatalf("there is the grant %s", id)
	}
	for range 50 {
		a := w.insert(t, plainGrant())
		if id := w.find(t, nil); id != a.id {
			t.Fatalf("found %q, want the new grant", id)
		}
		b := w.insert(t, plainGrant())
		w.delete(t, a)
		if id := w.find(t, nil); id != b.id {
			t.Fatalf("found %q, want the one that stays", id)
		}
		w.delete(t, b)
		if id := w.find(t, nil); id != "" {
			t.Fatalf("found %q, which is gone", id)
		}
	}
	if stats := w.grants.stats(); stats.Loads != 1 {
		t.Errorf("%d scans were made, want 1", stats.Loads)
	}
	// More changes than are read one by one, while nobody asks.
	w.store(t, grantsChanged+10, func(int) *grant { return plainGrant() })
	if w.find(t, nil) == "" {
		t.Error("after many changes no grant is found")
	}
	if stats := w.grants.stats(); stats.Loads != 2 {
		t.Errorf("after many changes, %d scans were made, want 2", stats.Loads)
	}
}

// TestGrantCacheAtOnce has several ask while others change grants. Whoever has made a grant
// finds it, and whoever has deleted all of its own with an encryption context finds none.
func TestGrantCacheAtOnce(t *testing.T) {
	t.Parallel()
	w := newGrantWorld(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			ec := map[string]string{"worker": fmt.Sprint(i)}
			for j := range 30 {
				c := grantConstraints{Equals: ec}
				if j%2 == 0 {
					c = grantConstraints{Subset: ec}
				}
				g := w.insert(t, newTestGrant(c, types.GrantOperationEncrypt))
				if id := w.find(t, ec); id != g.id {
					t.Errorf("worker %d found %q, not the grant that it made", i, id)
				}
				w.delete(t, g)
				if id := w.find(t, ec); id != "" {
					t.Errorf("worker %d found %q, which it has deleted", i, id)
				}
				if i == 0 && j%10 == 9 {
					w.grants.apply([]store.Change{{Reset: true}})
				}
			}
		})
	}
	wg.Wait()
}

// TestGrantCacheIsBounded asks for many grantees: those without grants take memory, too.
func TestGrantCacheIsBounded(t *testing.T) {
	t.Parallel()
	w := newGrantWorld(t)
	w.grants = newGrantCache(w.db, 100_000)
	w.store(t, 2000, func(i int) *grant {
		return newTestGrant(grantConstraints{Equals: map[string]string{"i": fmt.Sprint(i)}}, types.GrantOperationEncrypt)
	})
	q := &grantQuery{want: 1}
	ask := func(name string) {
		if _, err := w.grants.find(t.Context(), w.key.ref.Path(), granteeName{name: name}, q); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 1000 {
		ask(fmt.Sprint("grantee ", i))
		if i%100 == 0 { // who is asked for now and then stays, though it is large
			if w.find(t, map[string]string{"i": "7"}) == "" {
				t.Fatal("alice's grant is not found")
			}
		}
	}
	c := w.grants
	stats := c.stats()
	if large := c.large; large == nil || stats.Bytes > c.max+large.bytes || int(stats.Entries) != len(c.entries) {
		t.Errorf("%d entries take %d bytes", stats.Entries, stats.Bytes)
	}
	if scans := stats.Loads - 1000; scans != 1 {
		t.Errorf("the large entry was read %d times", scans)
	}
}

// TestGrantCacheIsNeverStale has the database gone for too long.
func TestGrantCacheIsNeverStale(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	c := newGrantCache(db, 1<<20)
	if _, err := c.find(t.Context(), testPath, granteeName{name: "a"}, &grantQuery{want: 1}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.find(t.Context(), testPath, granteeName{name: "a"}, &grantQuery{want: 1}); !errors.Is(err, store.ErrStale) {
		t.Errorf("without a database: %v, want ErrStale", err)
	}
}

// TestGrantsOfServices has services use grants that name them, for the resource that the
// grant is for.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
func TestGrantsOfServices(t *testing.T) {
	t.Parallel()
	const bucket, other = "arn:aws:s3:::a-bucket", "arn:aws:s3:::another"
	w := newGrantWorld(t)
	s3 := func(source string) *iam.Caller {
		return &iam.Caller{Principal: iam.Principal{Type: iam.TypeService, ARN: "s3.amazonaws.com", Name: "s3.amazonaws.com"}, Region: "us-east-1", SourceARN: source}
	}
	create := types.GrantOperationCreateGrant
	g := newTestGrant(grantConstraints{SourceARN: bucket, Subset: map[string]string{"a": "1"}}, types.GrantOperationEncrypt, types.GrantOperationDescribeKey, create)
	g.Grantee, g.GranteeID, g.GranteeService = "", "", "s3.amazonaws.com"
	w.insert(t, g)
	permits := func(c *iam.Caller, a *ask) bool {
		id, by, err := w.grantFor(t.Context(), c, a, w.key)
		if err != nil {
			t.Fatal(err)
		}
		if found := id == g.id; found != (by == policy.Allowed) {
			t.Errorf("found %q as %v", id, by)
		}
		return id == g.id
	}
	encrypt := func(value string) *ask {
		return &ask{op: opEncrypt, encrypts: true, context: map[string]string{"a": value}}
	}
	child := func(c grantConstraints) *ask {
		return &ask{op: opCreateGrant, child: newTestGrant(c, types.GrantOperationEncrypt)}
	}
	pairs := map[string]string{"a": "1"}
	ebs := s3(bucket)
	ebs.Principal.Name = "ebs.amazonaws.com"
	for _, c := range []struct {
		rule string
		got  bool
		may  bool
	}{
		{"for its resource", permits(s3(bucket), encrypt("1")), true},
		{"for another resource", permits(s3(other), encrypt("1")), false},
		{"for no resource", permits(s3(""), encrypt("1")), false},
		{"with another context", permits(s3(bucket), encrypt("2")), false},
		{"another service", permits(ebs, encrypt("1")), false},
		{"a user who calls for the resource by another service", permits(func() *iam.Caller { c := alice(); c.SourceARN = bucket; return c }(), encrypt("1")), false},
		{"DescribeKey, which has no context", permits(s3(bucket), &ask{op: opDescribeKey}), true},
		{"DescribeKey for another resource", permits(s3(other), &ask{op: opDescribeKey}), false},
		{"a child for the same resource", permits(s3(bucket), child(grantConstraints{SourceARN: bucket, Subset: pairs})), true},
		{"a child for any resource", permits(s3(bucket), child(grantConstraints{Subset: pairs})), false},
		{"a child for another resource", permits(s3(bucket), child(grantConstraints{SourceARN: other, Subset: pairs})), false},
		{"a child, by a call for another resource", permits(s3(other), child(grantConstraints{SourceARN: other, Subset: pairs})), false},
		{"an operation that grants do not permit", permits(s3(bucket), &ask{op: opDisableKey}), false},
	} {
		if c.got != c.may {
			t.Errorf("%s: %v, want %v", c.rule, c.got, c.may)
		}
	}
}

// TestOperationsOfKeys lists what grants can permit on each kind of key.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations
func TestOperationsOfKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec     types.KeySpec
		usage    types.KeyUsageType
		may, not []types.GrantOperation
	}{
		{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, []types.GrantOperation{"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"}, []types.GrantOperation{"Sign", "GetPublicKey", "GenerateMac", "DeriveSharedSecret", "Encapsulate"}},
		{types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt, []types.GrantOperation{"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"}, []types.GrantOperation{"GenerateDataKey", "Sign"}},
		{types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, []types.GrantOperation{"Sign", "Verify", "GetPublicKey"}, []types.GrantOperation{"Encrypt", "DeriveSharedSecret"}},
		{types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement, []types.GrantOperation{"DeriveSharedSecret", "GetPublicKey"}, []types.GrantOperation{"Sign"}},
		{types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac, []types.GrantOperation{"GenerateMac", "VerifyMac"}, []types.GrantOperation{"GetPublicKey", "Sign"}},
		{types.KeySpec("ML_KEM_768"), types.KeyUsageTypeEncapsulateDecapsulate, []types.GrantOperation{"Encapsulate", "Decapsulate", "GetPublicKey"}, []types.GrantOperation{"Encrypt"}},
	} {
		k := &key{Spec: c.spec, Usage: c.usage}
		for _, op := range append(c.may, "CreateGrant", "RetireGrant", "DescribeKey") {
			if err := checkGrantOperations(k, []types.GrantOperation{op}); err != nil {
				t.Errorf("%s %s: %v", c.spec, op, err)
			}
		}
		for _, op := range c.not {
			if checkGrantOperations(k, []types.GrantOperation{"DescribeKey", op}) == nil {
				t.Errorf("%s %s is taken", c.spec, op)
			}
		}
		onContext := grantConstraints{Equals: map[string]string{}}
		if err := onContext.check(k); (err == nil) != (c.spec == types.KeySpecSymmetricDefault) {
			t.Errorf("%s with a constraint on the context: %v", c.spec, err)
		}
	}
}
