package kmsmodel

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

type grant struct {
	id, name    string
	created     time.Time
	grantee     string // account
	operations  []types.GrantOperation
	constraints *types.GrantConstraints
}

// others are the accounts that get grants.
var others = []string{"111122223333", "222233334444"}

func rootARN(account string) string { return "arn:aws:iam::" + account + ":root" }

// grantable are the operations that a grant on the key can permit.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations
func (k *key) grantable() []types.GrantOperation {
	list := map[types.KeyUsageType][]types.GrantOperation{
		types.KeyUsageTypeEncryptDecrypt:         {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"},
		types.KeyUsageTypeSignVerify:             {"Sign", "Verify"},
		types.KeyUsageTypeGenerateVerifyMac:      {"GenerateMac", "VerifyMac"},
		types.KeyUsageTypeKeyAgreement:           {"DeriveSharedSecret"},
		types.KeyUsageTypeEncapsulateDecapsulate: {"Encapsulate", "Decapsulate"},
	}[k.usage]
	list = append(slices.Clone(list), "CreateGrant", "RetireGrant", "DescribeKey")
	switch {
	case k.symmetric():
		list = append(list, "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")
	case k.asymmetric():
		list = append(list, "GetPublicKey")
	}
	return list
}

func (w *world) createGrant() {
	at := w.target("CreateGrant")
	k, want := w.m.use("CreateGrant", at)
	g := &grant{created: w.m.now.Truncate(time.Second), grantee: pick(w, others...)}
	in := &kms.CreateGrantInput{KeyId: &at.name, GranteePrincipal: new(rootARN(g.grantee))}
	if w.one(3) {
		g.name = pick(w, "n1", "n2")
		in.Name = &g.name
	}
	if w.one(3) {
		g.constraints = &types.GrantConstraints{EncryptionContextEquals: map[string]string{"a": "1"}}
		if w.one(2) {
			g.constraints = &types.GrantConstraints{EncryptionContextSubset: map[string]string{"a": "1"}}
		}
		in.Constraints = g.constraints
		if want == nil && !k.symmetric() {
			want = invalid(unsaid)
		}
	}
	g.operations = []types.GrantOperation{"DescribeKey"}
	if k != nil {
		g.operations = append(g.operations, pick(w, k.grantable()[:1]...))
		slices.Sort(g.operations)
		if w.one(15) {
			g.operations = pick(w, []types.GrantOperation{"Sign"}, []types.GrantOperation{"GenerateDataKey"}, []types.GrantOperation{"GetPublicKey"})
		}
		if want == nil && slices.ContainsFunc(g.operations, func(o types.GrantOperation) bool { return !slices.Contains(k.grantable(), o) }) {
			want = invalid(unsaid)
		}
	}
	in.Operations = g.operations
	in.DryRun, want = w.dryRun(want)
	out := call(w, at.region, w.s.CreateGrant, in, k, want)
	if out == nil {
		return
	}
	if same := k.sameGrant(g); same != nil {
		w.same(k, "GrantId of the same grant", same.id, *out.GrantId)
		return
	}
	g.id = *out.GrantId
	k.grants = append(k.grants, g)
}

// sameGrant is the grant that was made by the same request, with a name.
func (k *key) sameGrant(g *grant) *grant {
	for _, o := range k.grants {
		if g.name != "" && o.name == g.name && o.grantee == g.grantee && slices.Equal(o.operations, g.operations) && sameConstraints(o.constraints, g.constraints) {
			return o
		}
	}
	return nil
}

func sameConstraints(a, b *types.GrantConstraints) bool {
	if a == nil || b == nil {
		return a == b
	}
	return maps.Equal(a.EncryptionContextEquals, b.EncryptionContextEquals) && maps.Equal(a.EncryptionContextSubset, b.EncryptionContextSubset)
}

func (w *world) revokeGrant() {
	at := w.target("RevokeGrant", func(k *key) bool { return len(k.grants) > 0 })
	k, want := w.m.use("RevokeGrant", at)
	id := strings.Repeat("0a", 32)
	i := -1
	if k != nil && len(k.grants) > 0 && !w.one(8) {
		i = w.IntN(len(k.grants))
		id = k.grants[i].id
	} else if want == nil {
		want = fail("NotFoundException", "Grant ID %s not found", id)
	}
	in := &kms.RevokeGrantInput{KeyId: &at.name, GrantId: &id}
	in.DryRun, want = w.dryRun(want)
	if call(w, at.region, w.s.RevokeGrant, in, k, want) != nil {
		k.grants = slices.Delete(k.grants, i, i+1)
	}
}

func (w *world) listGrants() {
	at := w.target("ListGrants", func(k *key) bool { return len(k.grants) > 0 })
	k, want := w.m.use("ListGrants", at)
	out := call(w, at.region, w.s.ListGrants, &kms.ListGrantsInput{KeyId: &at.name, Limit: new(int32(100))}, k, want)
	if out == nil || len(k.grants) > 100 {
		return
	}
	var expected []types.GrantListEntry
	for _, g := range k.grants {
		expected = append(expected, types.GrantListEntry{
			KeyId: new(k.arn()), GrantId: &g.id, Name: &g.name, CreationDate: &g.created, IssuingAccount: new(rootARN(account)),
			GranteePrincipal: new(rootARN(g.grantee)), Operations: g.operations, Constraints: g.constraints,
		})
	}
	byID := func(a, b types.GrantListEntry) int { return strings.Compare(*a.GrantId, *b.GrantId) }
	slices.SortFunc(expected, byID)
	slices.SortFunc(out.Grants, byID)
	w.same(k, "Grants", expected, out.Grants)
}

// grants says whether a grant on the key lets an account do that.
func (k *key) allows(account string, op types.GrantOperation, context map[string]string) bool {
	return slices.ContainsFunc(k.grants, func(g *grant) bool {
		if g.grantee != account || !slices.Contains(g.operations, op) {
			return false
		}
		if c := g.constraints; c != nil && op != "DescribeKey" {
			if c.EncryptionContextEquals != nil {
				return maps.Equal(c.EncryptionContextEquals, context)
			}
			for name, value := range c.EncryptionContextSubset {
				if v, found := context[name]; !found || v != value {
					return false
				}
			}
		}
		return true
	})
}

// useGrant lets another account use a key, which it can if there is a grant.
func (w *world) useGrant() {
	k := w.key(func(k *key) bool { return len(k.grants) > 0 })
	if k == nil {
		return
	}
	at := target{k.region, k.arn()}
	if len(w.gone) > 0 && w.one(20) {
		at = pick(w, w.gone...)
		id := at.name[strings.LastIndex(at.name, "/")+1:]
		at.name, k = keyARN(at.region, id), w.m.key(at.region, id) // there may be a new replica
	}
	w.caller = pick(w, others...)
	defer func() { w.caller = account }()
	op := types.GrantOperation("DescribeKey")
	if k != nil && w.one(2) {
		op = k.grantable()[0]
	}
	context := map[string]string(nil)
	if k != nil && k.symmetric() && op == "Encrypt" {
		context = w.context(symmetricDefault)
	}
	var want *failure
	switch {
	case k == nil || !k.allows(w.caller, op, context):
		want = fail("AccessDeniedException", "User: %s is not authorized to perform: kms:%s on this resource because the resource does not exist in this Region, "+
			"no resource-based policies allow access, or a resource-based policy explicitly denies access", rootARN(w.caller), op)
	default:
		want = w.m.check(string(op), k)
	}
	switch op {
	case "DescribeKey":
		if out := call(w, at.region, w.s.DescribeKey, &kms.DescribeKeyInput{KeyId: &at.name}, k, want); out != nil {
			w.sameMetadata(k, out.KeyMetadata)
		}
	case "Encrypt":
		a := types.EncryptionAlgorithmSpec(algorithms[k.spec][k.usage][0])
		in := &kms.EncryptInput{KeyId: &at.name, EncryptionAlgorithm: a, EncryptionContext: context, Plaintext: w.some(20)}
		if out := call(w, at.region, w.s.Encrypt, in, k, want); out != nil {
			w.uses(k)
			w.keepCiphertext(k, a, out.CiphertextBlob, context, in.Plaintext)
		}
	case "GenerateMac":
		a := types.MacAlgorithmSpec(algorithms[k.spec][k.usage][0])
		in := &kms.GenerateMacInput{KeyId: &at.name, MacAlgorithm: a, Message: w.some(20)}
		if out := call(w, at.region, w.s.GenerateMac, in, k, want); out != nil {
			w.uses(k)
			keep(w, &w.loot.macs, &mac{k.set, k.identity(), a, in.Message, out.Mac})
		}
	}
}
