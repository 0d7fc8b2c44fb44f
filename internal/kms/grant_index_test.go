package kms

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const (
	testPath    = "us-east-1/12345678-1234-4234-8234-123456789abc"
	testGrantee = "arn:aws:iam::111122223333:user/alice"
)

// newTestGrant is a grant to alice, with an id of its own.
func newTestGrant(c grantConstraints, ops ...types.GrantOperation) *grant {
	g := &grant{Grantee: testGrantee, GranteeID: "AIDAALICE", Issuer: "111122223333", Operations: ops, Constraints: c, set: operationSet(ops)}
	g.path = testPath
	for i := range g.suffix {
		g.suffix[i] = byte(rand.Uint32())
	}
	g.id = grantID(g.grantee().hash(), g.suffix)
	return g
}

// permits says by the words of the developer guide whether a grant permits what is asked
// for: the naive counterpart of the index.
func (g *grant) permits(q *grantQuery, who granteeName, contextless bool) bool {
	if g.grantee() != who || g.set&q.want != q.want {
		return false
	}
	c := &g.Constraints
	if c.SourceARN != "" && c.SourceARN != q.source {
		return false
	}
	switch {
	case contextless:
		return true
	case c.Equals != nil:
		return q.equals && maps.Equal(c.Equals, q.context)
	case len(c.Subset) > 0:
		if !q.subset {
			return false
		}
		for name, value := range c.Subset {
			if v, ok := q.context[name]; !ok || v != value {
				return false
			}
		}
	}
	return true
}

// TestGrantIndexIsComplete compares the index with a look at every grant, while grants
// come and go. There are few different pairs, so that groups share them.
func TestGrantIndexIsComplete(t *testing.T) {
	t.Parallel()
	all := []types.GrantOperation{
		types.GrantOperationEncrypt, types.GrantOperationDecrypt, types.GrantOperationGenerateDataKey,
		types.GrantOperationDescribeKey, types.GrantOperationCreateGrant, types.GrantOperationRetireGrant,
	}
	r := rand.New(rand.NewPCG(1, 2))
	pairs := func(most int) map[string]string {
		m := map[string]string{}
		for range r.IntN(most + 1) {
			m[string(rune('a'+r.IntN(4)))] = string(rune('0' + r.IntN(2)))
		}
		return m
	}
	sources := []string{"", "", "", "arn:aws:s3:::one", "arn:aws:s3:::two"}
	var index grantIndex
	var held []*grant
	found := 0
	for step := range 20_000 {
		if len(held) < 400 && r.IntN(3) > 0 || len(held) == 0 {
			c := grantConstraints{SourceARN: sources[r.IntN(len(sources))]}
			switch r.IntN(4) {
			case 0:
				c.Equals = pairs(2)
			case 1, 2:
				c.Subset = pairs(3)
			}
			ops := slices.DeleteFunc(slices.Clone(all), func(types.GrantOperation) bool { return r.IntN(3) > 0 })
			g := newTestGrant(c, ops...)
			if r.IntN(5) == 0 {
				g.GranteeID = "AIDANEWALICE"
			}
			index.add(g)
			held = append(held, g)
		} else {
			i := r.IntN(len(held))
			index.remove(held[i].suffix)
			held = slices.Delete(held, i, i+1)
		}
		encrypts := r.IntN(3) > 0
		q := &grantQuery{want: operationSet(all[r.IntN(len(all)):][:1]), source: sources[r.IntN(len(sources))], equals: encrypts, subset: encrypts}
		if r.IntN(4) == 0 {
			q.want |= operationSet(all[r.IntN(len(all)):][:1])
		}
		if encrypts {
			q.context = pairs(4)
		}
		who := granteeName{testGrantee, "AIDAALICE"}
		free := q.want == contextless
		want := slices.ContainsFunc(held, func(g *grant) bool { return g.permits(q, who, free) })
		got, ok := index.find(q, who)
		if ok != want {
			t.Fatalf("step %d: the index finds a grant for %+v: %v; looking at each: %v", step, q, ok, want)
		}
		if !ok {
			continue
		}
		found++
		if i := slices.IndexFunc(held, func(g *grant) bool { return g.suffix == got }); i < 0 || !held[i].permits(q, who, free) {
			t.Fatalf("step %d: the index finds a grant that does not permit %+v", step, q)
		}
	}
	if found < 1000 {
		t.Errorf("only %d of the queries found a grant", found)
	}
	for _, g := range held {
		index.remove(g.suffix)
	}
	if n := len(index.groups) + len(index.byPair) + len(index.held) + index.equals + index.subsets; n > 0 {
		t.Errorf("without grants, %d things stay in the index", n)
	}
}

// TestGrantConstraintDigests names what must not be taken for one another: the texts of
// these constraints are alike when lengths are left out.
func TestGrantConstraintDigests(t *testing.T) {
	t.Parallel()
	who := granteeName{name: "arn:x", id: "AIDA"}
	seen := map[digest]string{}
	add := func(what string, d digest) {
		if other, ok := seen[d]; ok {
			t.Errorf("%s has the digest of %s", what, other)
		}
		seen[d] = what
	}
	for i, pairs := range []map[string]string{
		nil, {"a": "bc"}, {"ab": "c"}, {"abc": ""}, {"": "abc"}, {"a": "b", "c": ""}, {"a": "", "b": "c"}, {"A": "bc"}, {"a": "BC"},
	} {
		add(fmt.Sprintf("equals %d", i), contextDigest(digestEquals, who, "", pairs))
		add(fmt.Sprintf("subset %d", i), contextDigest(digestSubset, who, "", pairs))
		add(fmt.Sprintf("equals %d for a resource", i), contextDigest(digestEquals, who, "s", pairs))
		if len(pairs) == 1 {
			for name, value := range pairs {
				add(fmt.Sprintf("pair %d", i), pairDigest(who, "", name, value))
			}
		}
	}
	add("any", anyDigest(who, ""))
	add("any, for a resource", anyDigest(who, "s"))
	add("any, for somebody else", anyDigest(granteeName{name: "arn:xA", id: "IDA"}, ""))
	if contextDigest(digestEquals, who, "", nil) != contextDigest(digestEquals, who, "", map[string]string{}) {
		t.Error("no encryption context and an empty one differ")
	}
}

// FuzzGrantConstraint checks that a constraint and a request match exactly as their pairs
// say, whatever the pairs are made of.
func FuzzGrantConstraint(f *testing.F) {
	f.Add("a", "bc", "ab", "c", true)
	f.Add("a", "b", "a", "b", true)
	f.Add("", "", "", "", false)
	f.Add("a\x00", "b", "a", "\x00b", false)
	f.Add("Department", "IT", "department", "IT", false)
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string, both bool) {
		request := map[string]string{k2: v2}
		constraint := map[string]string{k1: v1}
		if both {
			request[k1] = v1
		}
		for _, c := range []grantConstraints{{Equals: constraint}, {Subset: constraint}} {
			g := newTestGrant(c, types.GrantOperationEncrypt)
			var index grantIndex
			index.add(g)
			q := &grantQuery{want: g.set, context: request, equals: true, subset: true}
			if _, got := index.find(q, g.grantee()); got != g.permits(q, g.grantee(), false) {
				t.Errorf("%+v against %q: found %v", c, request, got)
			}
		}
	})
}

// FuzzGrantToken reads what a token may say, and what grant ids may be.
func FuzzGrantToken(f *testing.F) {
	g := newTestGrant(grantConstraints{})
	f.Add(grantToken{g.path, g.id, 7}.bytes())
	f.Add([]byte{tokenVersion, 0, 0, 0, 0, 0, 0, 0, 1, '/'})
	f.Add([]byte("\x01\xff\xff\xff\xff\xff\xff\xff\xffa/b"))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		token, ok := parseGrantToken(b)
		if !ok {
			return
		}
		if again := token.bytes(); string(again) != string(b) {
			t.Errorf("%q reads as %+v, which writes %q", b, token, again)
		}
		if h, s, ok := parseGrantID(token.id); !ok || grantID(h, s) != token.id || token.revision < 0 {
			t.Errorf("%q reads as %+v", b, token)
		}
	})
}
