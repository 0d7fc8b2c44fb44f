package kms_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

type grantOps = []types.GrantOperation

// TestCreateGrantRefusals has what makes no grant, and leaves none.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
func TestCreateGrantRefusals(t *testing.T) {
	type pairs = map[string]string
	const (
		bucket = "arn:aws:s3:::a-bucket-of-mine"
		s3     = "s3.amazonaws.com"
		both   = "ValidationException: You must specify either GranteePrincipal or GranteeServicePrincipal, but not both."
		valid  = "InvalidArnException: ARN does not refer to a valid principal: "
	)
	peopled(t, func(t *testing.T, p *people) {
		p.newUser(ours, "alice")
		p.newRole(ours, "worker")
		alice := new(userARN(ours, "alice"))
		tooMany := pairs{}
		for i := range 9 {
			tooMany[fmt.Sprint(i)] = ""
		}
		key := p.key()
		for name, c := range map[string]struct {
			in   kms.CreateGrantInput
			want string
		}{
			"no grantee":                          {kms.CreateGrantInput{}, both},
			"two grantees":                        {kms.CreateGrantInput{GranteePrincipal: alice, GranteeServicePrincipal: new(s3)}, both},
			"two retiring principals":             {kms.CreateGrantInput{GranteePrincipal: alice, RetiringPrincipal: alice, RetiringServicePrincipal: new(s3)}, "ValidationException: You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both."},
			"a service without a resource":        {kms.CreateGrantInput{GranteeServicePrincipal: new(s3), RetiringPrincipal: alice}, "ValidationException: You must specify a SourceArn grant constraint when you specify a GranteeServicePrincipal."},
			"a service that nobody retires":       {kms.CreateGrantInput{GranteeServicePrincipal: new(s3), Constraints: &types.GrantConstraints{SourceArn: new(bucket)}}, "ValidationException: You must specify either RetiringPrincipal or RetiringServicePrincipal when you specify a GranteeServicePrincipal."},
			"no operations":                       {kms.CreateGrantInput{GranteePrincipal: alice, Operations: grantOps{}}, "ValidationException: 1 validation error detected: Value '[]' at 'operations' failed to satisfy constraint: Member must have length greater than or equal to 1"},
			"an operation of other keys":          {kms.CreateGrantInput{GranteePrincipal: alice, Operations: grantOps{encryptOp, types.GrantOperationSign}}, "ValidationException: The operation Sign is not supported in a grant on a key with key spec SYMMETRIC_DEFAULT and key usage ENCRYPT_DECRYPT."},
			"Equals and Subset":                   {kms.CreateGrantInput{GranteePrincipal: alice, Constraints: &types.GrantConstraints{EncryptionContextEquals: pairs{"a": "b"}, EncryptionContextSubset: pairs{"a": "b"}}}, "ValidationException: A grant can have one of the constraints EncryptionContextEquals and EncryptionContextSubset, not both."},
			"nine pairs":                          {kms.CreateGrantInput{GranteePrincipal: alice, Constraints: &types.GrantConstraints{EncryptionContextEquals: tooMany}}, "ValidationException: A grant constraint has 9 encryption context pairs; the limit is 8."},
			"a long value":                        {kms.CreateGrantInput{GranteePrincipal: alice, Constraints: &types.GrantConstraints{EncryptionContextSubset: pairs{"a": strings.Repeat("é", 385)}}}, "ValidationException: A key or value in a grant constraint is longer than 384 characters."},
			"somebody who does not exist":         {kms.CreateGrantInput{GranteePrincipal: new(userARN(ours, "nobody"))}, valid + userARN(ours, "nobody")},
			"a retiring role that does not exist": {kms.CreateGrantInput{GranteePrincipal: alice, RetiringPrincipal: new(roleARN(ours, "nobody"))}, valid + roleARN(ours, "nobody")},
			"an account that does not exist":      {kms.CreateGrantInput{GranteePrincipal: new("arn:aws:iam::999999999999:root")}, valid + "arn:aws:iam::999999999999:root"},
			"an account's number":                 {kms.CreateGrantInput{GranteePrincipal: new(theirs)}, valid + theirs},
			"a service as a principal":            {kms.CreateGrantInput{GranteePrincipal: new(s3)}, valid + s3},
			"a group":                             {kms.CreateGrantInput{GranteePrincipal: new("arn:aws:iam::000000000000:group/g")}, valid + "arn:aws:iam::000000000000:group/g"},
			"another partition":                   {kms.CreateGrantInput{GranteePrincipal: new("arn:aws-cn:iam::000000000000:user/alice")}, valid + "arn:aws-cn:iam::000000000000:user/alice"},
			"a session of no role":                {kms.CreateGrantInput{GranteePrincipal: new(iam.SessionARN(ours, "nobody", "s"))}, valid + iam.SessionARN(ours, "nobody", "s")},
			"a key that does not exist":           {kms.CreateGrantInput{GranteePrincipal: alice, KeyId: new("12345678-1234-4234-8234-123456789abc")}, "NotFoundException: Key '" + p.keyARN("12345678-1234-4234-8234-123456789abc") + "' does not exist"},
			"an alias":                            {kms.CreateGrantInput{GranteePrincipal: alice, KeyId: new("alias/a")}, "NotFoundException: Invalid keyId 'alias/a'"},
			"a token that is none":                {kms.CreateGrantInput{GranteePrincipal: alice, GrantTokens: []string{"AQ=="}}, badGrantToken},
		} {
			if c.in.KeyId == nil {
				c.in.KeyId = &key
			}
			if c.in.Operations == nil {
				c.in.Operations = grantOps{encryptOp}
			}
			for _, dry := range []*bool{nil, new(true)} {
				c.in.DryRun = dry
				_, err := p.CreateGrant(t.Context(), &c.in)
				wantOutcome(t, name, err, c.want)
			}
		}
		_, err := p.CreateGrant(t.Context(), &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: alice, Operations: grantOps{encryptOp}, DryRun: new(true)})
		wantOutcome(t, "a grant that could be made", err, dryRun)
		if left := p.grantsOn(key); len(left) != 0 {
			t.Errorf("%d grants were made", len(left))
		}
		_, err = p.newUser(ours, "bob").CreateGrant(t.Context(), &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new(userARN(ours, "nobody")), Operations: grantOps{encryptOp}})
		if code(err) != "AccessDeniedException" {
			t.Errorf("who may not make grants learns who exists: %v", err)
		}
	})
}

// TestCreatedGrant has a grant with everything come back as it was made.
func TestCreatedGrant(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		p.newUser(ours, "alice")
		p.newRole(theirs, "worker")
		key := p.key()
		in := &kms.CreateGrantInput{
			KeyId: new(p.keyARN(key)), GranteePrincipal: new(userARN(ours, "alice")), RetiringPrincipal: new(roleARN(theirs, "worker")),
			Operations: grantOps{decryptOp, encryptOp, decryptOp}, Name: new("a/b:c-1_"),
			Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"a": "é", "b": ""}},
		}
		id, token := p.grant(in)
		if len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" || token == "" {
			t.Errorf("GrantId %q, GrantToken %q", id, token)
		}
		list := p.grantsOn(key)
		if len(list) != 1 {
			t.Fatalf("there are %d grants", len(list))
		}
		g := list[0]
		if *g.GrantId != id || *g.KeyId != p.keyARN(key) || *g.Name != *in.Name || *g.GranteePrincipal != *in.GranteePrincipal ||
			*g.RetiringPrincipal != *in.RetiringPrincipal || *g.IssuingAccount != "arn:aws:iam::000000000000:root" ||
			!slices.Equal(g.Operations, grantOps{decryptOp, encryptOp}) || g.CreationDate.Nanosecond() != 0 ||
			g.Constraints.EncryptionContextEquals != nil || len(g.Constraints.EncryptionContextSubset) != 2 || g.Constraints.EncryptionContextSubset["a"] != "é" {
			t.Errorf("the grant is shown as %+v", g)
		}
		p.grantTo(key, userARN(ours, "alice"), encryptOp)
		for _, g := range p.grantsOn(key) {
			if *g.GrantId != id && (*g.Name != "" || g.Constraints != nil || g.RetiringPrincipal != nil || g.GranteeServicePrincipal != nil) {
				t.Errorf("a plain grant is shown as %+v", g)
			}
		}
	})
}

// TestGrantNames has the same request find the same grant by its name, and by nothing less
// than all that was asked for.
//
// Traps: moto and LocalStack, which answer the same token again, and LocalStack's
// test_create_grant_with_same_name_two_keys.
func TestGrantNames(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		p.newUser(ours, "alice")
		p.newUser(ours, "bob")
		key, other := p.key(), p.key()
		named := func(change func(*kms.CreateGrantInput)) (id, token string) {
			in := &kms.CreateGrantInput{
				KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), RetiringPrincipal: new(userARN(ours, "bob")), Name: new("n"),
				Operations: grantOps{encryptOp, decryptOp}, Constraints: &types.GrantConstraints{EncryptionContextEquals: map[string]string{"a": "1", "b": "2"}},
			}
			if change != nil {
				change(in)
			}
			return p.grant(in)
		}
		first, token := named(nil)
		for name, change := range map[string]func(*kms.CreateGrantInput){
			"nothing":                       nil,
			"the key's ARN":                 func(in *kms.CreateGrantInput) { in.KeyId = new(p.keyARN(key)) },
			"the order of the operations":   func(in *kms.CreateGrantInput) { in.Operations = grantOps{decryptOp, encryptOp} },
			"a duplicate operation":         func(in *kms.CreateGrantInput) { in.Operations = grantOps{encryptOp, decryptOp, encryptOp} },
			"a token, which is no property": func(in *kms.CreateGrantInput) { in.GrantTokens = []string{token} },
		} {
			id, again := named(change)
			if id != first || again == token {
				t.Errorf("with %s changed: the same grant %v, the same token %v", name, id == first, again == token)
			}
		}
		seen := map[string]string{first: "nothing"}
		for name, change := range map[string]func(*kms.CreateGrantInput){
			"the key":                func(in *kms.CreateGrantInput) { in.KeyId = &other },
			"the name":               func(in *kms.CreateGrantInput) { in.Name = new("m") },
			"the grantee":            func(in *kms.CreateGrantInput) { in.GranteePrincipal = new(userARN(ours, "bob")) },
			"the retiring principal": func(in *kms.CreateGrantInput) { in.RetiringPrincipal = nil },
			"the operations":         func(in *kms.CreateGrantInput) { in.Operations = grantOps{encryptOp} },
			"a value":                func(in *kms.CreateGrantInput) { in.Constraints.EncryptionContextEquals["a"] = "2" },
			"the kind of constraint": func(in *kms.CreateGrantInput) {
				in.Constraints = &types.GrantConstraints{EncryptionContextSubset: in.Constraints.EncryptionContextEquals}
			},
			"no constraint": func(in *kms.CreateGrantInput) { in.Constraints = nil },
			"no name":       func(in *kms.CreateGrantInput) { in.Name = nil },
		} {
			id, _ := named(change)
			if what, taken := seen[id]; taken {
				t.Errorf("with %s changed it is the grant of %s changed", name, what)
			}
			seen[id] = name
		}
		if a, b := p.grantTo(key, userARN(ours, "alice"), encryptOp), p.grantTo(key, userARN(ours, "alice"), encryptOp); a == b {
			t.Error("two grants without names are one")
		}
		// A name is free again when its grant is gone, and an old token is not the new grant's.
		must(t, "RevokeGrant", p.revoke(key, first))
		second, _ := named(nil)
		if second == first {
			t.Error("the grant came back with its old id")
		}
		_, err := p.RetireGrant(t.Context(), &kms.RetireGrantInput{GrantToken: &token})
		wantOutcome(t, "RetireGrant by the token of the old grant", err, badGrantToken)
		// A namesake of the grantee is somebody else.
		p.newUser(ours, "alice")
		if third, _ := named(nil); third == second {
			t.Error("the grant of an old user is the one of a new user")
		}
	})
}

// TestGrantNameAtOnce makes the same request many times at once.
func TestGrantNameAtOnce(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		p.newUser(ours, "alice")
		key := p.key()
		ids := make([]string, 16)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				out, err := p.CreateGrant(t.Context(), &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), Operations: grantOps{encryptOp}, Name: new("n")})
				if err != nil {
					t.Errorf("CreateGrant: %v", err)
					return
				}
				ids[i] = *out.GrantId
			})
		}
		wg.Wait()
		if slices.Sort(ids); ids[0] != ids[len(ids)-1] || len(p.grantsOn(key)) != 1 {
			t.Errorf("the grants are %q; the key has %d", slices.Compact(ids), len(p.grantsOn(key)))
		}
	})
}

// TestGrantLimit fills a key with grants by setting their number.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
func TestGrantLimit(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		p.newUser(ours, "alice")
		key := p.key()
		in := &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), Operations: grantOps{encryptOp}, Name: new("n")}
		id, _ := p.grant(in)
		p.write(func(tx *store.Tx) error {
			return tx.Upsert(store.Record{Kind: "kms-grant-count", Key: p.region + "/" + key, Body: []byte("49999")})
		})
		p.grantTo(key, userARN(ours, "alice"), encryptOp)
		full := "LimitExceededException: The key " + p.keyARN(key) + " has 50000 grants, which is the limit."
		more := &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: in.GranteePrincipal, Operations: in.Operations}
		for _, dry := range []*bool{nil, new(true)} {
			more.DryRun = dry
			_, err := p.CreateGrant(t.Context(), more)
			wantOutcome(t, "one more", err, full)
		}
		if again, _ := p.grant(in); again != id {
			t.Error("a full key does not find its grant by its name")
		}
		must(t, "RevokeGrant", p.revoke(key, id))
		more.DryRun = nil
		_, err := p.CreateGrant(t.Context(), more)
		wantOutcome(t, "one in place of another", err, "ok")
	})
}

// TestCreateGrantConditions limits by the condition keys of CreateGrant which grants
// somebody may make.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func TestCreateGrantConditions(t *testing.T) {
	const bucket = "arn:aws:s3:::a-bucket-of-mine"
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		p.newUser(ours, "bob")
		bob := userARN(ours, "bob")
		subset := &types.GrantConstraints{EncryptionContextSubset: map[string]string{"Department": "IT"}}
		plain := kms.CreateGrantInput{GranteePrincipal: &bob, Operations: grantOps{encryptOp}}
		service := kms.CreateGrantInput{
			GranteeServicePrincipal: new("s3.amazonaws.com"), RetiringServicePrincipal: new("ebs.amazonaws.com"), Operations: grantOps{encryptOp},
			Constraints: &types.GrantConstraints{SourceArn: new(bucket)},
		}
		retiring, constrained, wide, equals := plain, plain, plain, plain
		retiring.RetiringPrincipal = &bob
		constrained.Constraints = subset
		equals.Constraints = &types.GrantConstraints{EncryptionContextEquals: subset.EncryptionContextSubset}
		wide.Operations = grantOps{encryptOp, decryptOp}
		self := plain
		self.GranteePrincipal = new(userARN(ours, "alice"))
		for _, c := range []struct {
			condition string
			may, not  kms.CreateGrantInput
		}{
			{`{"StringEquals":{"kms:GranteePrincipal":"` + bob + `"}}`, plain, self},
			{`{"StringEquals":{"kms:RetiringPrincipal":"` + bob + `"}}`, retiring, plain},
			{`{"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt","DescribeKey"]}}`, plain, wide},
			{`{"StringEquals":{"kms:GrantConstraintType":"EncryptionContextSubset"}}`, constrained, plain},
			{`{"StringEquals":{"kms:GrantConstraintType":"EncryptionContextEquals"}}`, equals, constrained},
			{`{"StringEquals":{"kms:EncryptionContext:Department":"IT"}}`, constrained, plain},
			{`{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"Department"}}`, equals, plain},
			{`{"ArnEquals":{"kms:GrantConstraintSourceArn":"` + bucket + `"}}`, service, plain},
			{`{"StringEquals":{"kms:GranteeServicePrincipal":"s3.amazonaws.com"}}`, service, plain},
			{`{"StringEquals":{"kms:RetiringServicePrincipal":"ebs.amazonaws.com"}}`, service, retiring},
			{`{"Bool":{"kms:GrantIsForAWSResource":"false"}}`, plain, kms.CreateGrantInput{}},
			{`{"Bool":{"kms:GrantIsForAWSResource":"true"}}`, kms.CreateGrantInput{}, plain},
		} {
			key := p.key()
			must(t, "PutKeyPolicy", p.putPolicy(key, document(keyStatement("Allow", ours, "kms:*", ""), keyStatement("Allow", userARN(ours, "alice"), "kms:CreateGrant", c.condition)), false))
			for want, in := range map[string]kms.CreateGrantInput{"ok": c.may, "AccessDeniedException": c.not} {
				if in.Operations == nil {
					continue
				}
				in.KeyId = &key
				_, err := alice.CreateGrant(t.Context(), &in)
				if code(err) != want {
					t.Errorf("%s: %v, want %s", c.condition, err, want)
				}
			}
		}
	})
}

// TestChildGrants has a grantee make grants, which are never wider than its own.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html#grant-creategrant
func TestChildGrants(t *testing.T) {
	type pairs = map[string]string
	equals := func(p pairs) *types.GrantConstraints { return &types.GrantConstraints{EncryptionContextEquals: p} }
	subset := func(p pairs) *types.GrantConstraints { return &types.GrantConstraints{EncryptionContextSubset: p} }
	create := types.GrantOperationCreateGrant
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		p.newUser(theirs, "bob")
		for _, c := range []struct {
			rule       string
			parent     *types.GrantConstraints
			child      *types.GrantConstraints
			operations grantOps
			may        bool
		}{
			{"the same operations", nil, nil, grantOps{encryptOp, decryptOp, create}, true},
			{"fewer operations", nil, nil, grantOps{decryptOp}, true},
			{"an operation that the parent has not", nil, nil, grantOps{decryptOp, types.GrantOperationGenerateDataKey}, false},
			{"RetireGrant, which the parent has not", nil, nil, grantOps{decryptOp, types.GrantOperationRetireGrant}, false},
			{"a constraint where the parent has none", nil, equals(pairs{"a": "1"}), grantOps{decryptOp}, true},
			{"Subset: no constraint", subset(pairs{"a": "1"}), nil, grantOps{decryptOp}, false},
			{"Subset: the same", subset(pairs{"a": "1"}), subset(pairs{"a": "1"}), grantOps{decryptOp}, true},
			{"Subset: more pairs", subset(pairs{"a": "1"}), subset(pairs{"a": "1", "b": "2"}), grantOps{decryptOp}, true},
			{"Subset: fewer pairs", subset(pairs{"a": "1", "b": "2"}), subset(pairs{"a": "1"}), grantOps{decryptOp}, false},
			{"Subset: another value", subset(pairs{"a": "1"}), subset(pairs{"a": "2"}), grantOps{decryptOp}, false},
			{"Subset: Equals with its pairs", subset(pairs{"a": "1"}), equals(pairs{"a": "1", "b": "2"}), grantOps{decryptOp}, true},
			{"Subset: Equals without its pairs", subset(pairs{"a": "1"}), equals(pairs{"b": "2"}), grantOps{decryptOp}, false},
			{"Equals: the same", equals(pairs{"a": "1"}), equals(pairs{"a": "1"}), grantOps{decryptOp}, true},
			{"Equals: more pairs", equals(pairs{"a": "1"}), equals(pairs{"a": "1", "b": "2"}), grantOps{decryptOp}, false},
			{"Equals: Subset of the same pairs", equals(pairs{"a": "1"}), subset(pairs{"a": "1"}), grantOps{decryptOp}, false},
			{"Equals: no constraint", equals(pairs{"a": "1"}), nil, grantOps{decryptOp}, false},
			{"a child that describes the key, which no constraint limits", subset(pairs{"a": "1"}), nil, grantOps{types.GrantOperationDescribeKey}, false},
		} {
			t.Run(c.rule, func(t *testing.T) {
				key := p.keyWith(closed)
				p.at(t).grant(&kms.CreateGrantInput{
					KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), Constraints: c.parent,
					Operations: grantOps{encryptOp, decryptOp, types.GrantOperationDescribeKey, create},
				})
				_, err := alice.CreateGrant(t.Context(), &kms.CreateGrantInput{
					KeyId: &key, GranteePrincipal: new(userARN(theirs, "bob")), RetiringPrincipal: new(userARN(theirs, "bob")),
					Constraints: c.child, Operations: c.operations,
				})
				if want := map[bool]string{true: "ok", false: "AccessDeniedException"}[c.may]; code(err) != want {
					t.Errorf("%v, want %s", err, want)
				}
			})
		}
		// Two parents do not add up.
		key := p.keyWith(closed)
		p.grantTo(key, userARN(ours, "alice"), encryptOp, create)
		p.grantTo(key, userARN(ours, "alice"), decryptOp, create)
		_, err := alice.CreateGrant(t.Context(), &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new(userARN(theirs, "bob")), Operations: grantOps{encryptOp, decryptOp}})
		if code(err) != "AccessDeniedException" {
			t.Errorf("with one operation from each of two parents: %v", err)
		}
	})
}
