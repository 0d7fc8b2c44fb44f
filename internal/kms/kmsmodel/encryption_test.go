package kmsmodel

import (
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// ciphertext is what a key encrypted, with the material that was current then.
type ciphertext struct {
	set       *set
	blob      []byte
	algorithm types.EncryptionAlgorithmSpec
	material  *material // of a symmetric key
	context   map[string]string
	plaintext []byte // nil if it is not known
}

const symmetricDefault = types.EncryptionAlgorithmSpecSymmetricDefault

// encrypts says whether the key can encrypt so.
func (k *key) encrypts(op string, a types.EncryptionAlgorithmSpec, context map[string]string) *failure {
	f := k.can(op, types.KeyUsageTypeEncryptDecrypt, string(a))
	if f == nil && len(context) > 0 && !k.symmetric() {
		f = invalid(unsaid)
	}
	return f
}

// room says whether a plaintext is short enough for an RSA key.
func (k *key) room(a types.EncryptionAlgorithmSpec, n int) *failure {
	most := map[types.EncryptionAlgorithmSpec]int{types.EncryptionAlgorithmSpecRsaesOaepSha1: 214, types.EncryptionAlgorithmSpecRsaesOaepSha256: 190}[a]
	if most > 0 && n > most {
		return invalid("Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", a, k.spec, most)
	}
	return nil
}

func encrypts(k *key) bool { return k.usage == types.KeyUsageTypeEncryptDecrypt }

func (w *world) encryptionAlgorithm(at target) types.EncryptionAlgorithmSpec {
	return types.EncryptionAlgorithmSpec(w.algorithm(at, types.KeyUsageTypeEncryptDecrypt, "SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"))
}

func (w *world) context(a types.EncryptionAlgorithmSpec) map[string]string {
	if a != symmetricDefault && !w.one(20) || w.one(2) {
		return nil
	}
	return map[string]string{pick(w, "a", "b"): pick(w, "1", "2")}
}

func (w *world) encrypt() {
	at := w.target("Encrypt", encrypts)
	a := w.encryptionAlgorithm(at)
	in := &kms.EncryptInput{KeyId: &at.name, EncryptionAlgorithm: a, EncryptionContext: w.context(a), Plaintext: w.some(1 + w.IntN(200))}
	k, want := w.m.use("Encrypt", at)
	if want == nil {
		want = k.encrypts("Encrypt", a, in.EncryptionContext)
	}
	in.DryRun, want = w.dryRun(want)
	if want == nil {
		want = k.room(a, len(in.Plaintext))
	}
	out := call(w, at.region, w.s.Encrypt, in, k, want)
	if out == nil {
		return
	}
	w.same(k, "KeyId", k.arn(), *out.KeyId)
	w.same(k, "EncryptionAlgorithm", a, out.EncryptionAlgorithm)
	w.uses(k)
	w.keepCiphertext(k, a, out.CiphertextBlob, in.EncryptionContext, in.Plaintext)
}

func (w *world) keepCiphertext(k *key, a types.EncryptionAlgorithmSpec, blob []byte, context map[string]string, plaintext []byte) {
	keep(w, &w.loot.ciphertexts, &ciphertext{k.set, blob, a, k.current, context, plaintext})
}

// source is the key that a ciphertext is to be opened with: the one that is named, or the one of
// the ciphertext.
func (m *model) source(op string, at target, c *ciphertext) (*key, *failure) {
	if at.name != "" {
		return m.find(at.region, at.name, true)
	}
	if k := m.key(at.region, c.set.id); k != nil {
		return k, nil
	}
	return nil, fail("AccessDeniedException", "User: arn:aws:iam::%s:root is not authorized to perform: kms:%s on the resource associated with this ciphertext "+
		"because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access", account, op)
}

// admits says whether the source k may be used, and is of the kind that it takes.
func (m *model) admits(op string, k *key, named bool, c *ciphertext, a types.EncryptionAlgorithmSpec) *failure {
	if f := m.check(op, k); f != nil {
		return f
	}
	f := k.encrypts(op, a, nil)
	switch {
	case !named, a != symmetricDefault, f != nil && encrypts(k):
		return f
	case c.algorithm != symmetricDefault:
		return invalidCiphertext
	case c.set.id != k.id:
		return fail("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
	}
	return nil
}

var invalidCiphertext = fail("InvalidCiphertextException", "")

// opens says whether the ciphertext can be decrypted so by k.
func (m *model) opens(k *key, c *ciphertext, a types.EncryptionAlgorithmSpec, context map[string]string) *failure {
	switch {
	case k.externalKey != "" && a == c.algorithm && !maps.Equal(context, c.context): // the proxy refuses it
		return fail("KMSInvalidStateException", unsaid)
	case a != c.algorithm, k.symmetric() && k.set != c.set, !k.symmetric() && k.identity() != c.set.identity(), !maps.Equal(context, c.context):
		return invalidCiphertext
	case !m.rules.oldOpens && k.current != c.material:
		return invalidCiphertext
	}
	return nil
}

// identity tells apart the key pairs and HMAC keys: two keys can have the same one by import.
func (s *set) identity() string {
	if s.external() && s.current != nil {
		return string(s.current.bytes)
	}
	return s.id
}

// aim picks a ciphertext, and with what it is to be opened: mostly what fits.
func (w *world) aim(op string) (*ciphertext, target, types.EncryptionAlgorithmSpec, map[string]string) {
	if len(w.loot.ciphertexts) == 0 {
		return nil, target{}, "", nil
	}
	c := pick(w, w.loot.ciphertexts...)
	at := w.target(op, func(k *key) bool { return k.set == c.set })
	a, context := c.algorithm, c.context
	switch w.IntN(20) {
	case 0:
		a = pick(w, symmetricDefault, types.EncryptionAlgorithmSpecRsaesOaepSha256)
	case 1:
		context = w.context(a)
	case 2:
		at = w.target(op)
	}
	if a == symmetricDefault && c.algorithm == symmetricDefault && w.one(2) {
		at.name = ""
	}
	if a != symmetricDefault {
		context = nil
	}
	return c, at, a, context
}

func (w *world) decrypt() {
	c, at, a, context := w.aim("Decrypt")
	if c == nil {
		return
	}
	in := &kms.DecryptInput{CiphertextBlob: c.blob, EncryptionAlgorithm: a, EncryptionContext: context}
	if at.name != "" {
		in.KeyId = &at.name
	}
	k, want := w.m.source("Decrypt", at, c)
	if want == nil {
		want = w.m.admits("Decrypt", k, at.name != "", c, a)
	}
	in.DryRun, want = w.dryRun(want)
	if want == nil {
		want = w.m.opens(k, c, a, context)
	}
	out := call(w, at.region, w.s.Decrypt, in, k, want)
	if out == nil {
		return
	}
	w.uses(k)
	expected := &kms.DecryptOutput{KeyId: new(k.arn()), EncryptionAlgorithm: a, Plaintext: c.plaintext}
	if c.plaintext == nil {
		c.plaintext = out.Plaintext
		expected.Plaintext = out.Plaintext
	}
	if k.namesMaterial() {
		w.learn(k, c.material, out.KeyMaterialId)
		expected.KeyMaterialId = &c.material.id
	}
	w.same(k, "Decrypt", expected, out)
}

func (w *world) reEncrypt() {
	c, from, a, context := w.aim("ReEncryptFrom")
	if c == nil {
		return
	}
	to := w.target("ReEncryptTo", encrypts)
	if !w.one(10) {
		to.region = from.region
	}
	b := w.encryptionAlgorithm(target{from.region, to.name})
	in := &kms.ReEncryptInput{
		CiphertextBlob: c.blob, SourceEncryptionAlgorithm: a, SourceEncryptionContext: context,
		DestinationKeyId: &to.name, DestinationEncryptionAlgorithm: b, DestinationEncryptionContext: w.context(b),
	}
	if from.name != "" {
		in.SourceKeyId = &from.name
	}
	to.region = from.region
	src, want := w.m.source("ReEncryptFrom", from, c)
	var dst *key
	if want == nil {
		dst, want = w.m.find(to.region, to.name, true)
	}
	if want == nil {
		want = w.m.admits("ReEncryptFrom", src, from.name != "", c, a)
	}
	if want == nil {
		want = w.m.check("ReEncryptTo", dst)
	}
	if want == nil {
		want = dst.encrypts("ReEncryptTo", b, in.DestinationEncryptionContext)
	}
	in.DryRun, want = w.dryRun(want)
	if want == nil {
		want = w.m.opens(src, c, a, context)
	}
	if want == nil && c.plaintext != nil {
		want = dst.room(b, len(c.plaintext))
	}
	if want == nil && c.plaintext == nil && b != symmetricDefault { // nobody knows how long it is
		return
	}
	out := call(w, from.region, w.s.ReEncrypt, in, src, want)
	if out == nil {
		return
	}
	w.uses(src, dst)
	dst.note("step %d: ReEncrypt to it", w.step)
	expected := &kms.ReEncryptOutput{
		KeyId: new(dst.arn()), SourceKeyId: new(src.arn()), SourceEncryptionAlgorithm: a, DestinationEncryptionAlgorithm: b, CiphertextBlob: out.CiphertextBlob,
	}
	if src.namesMaterial() {
		w.learn(src, c.material, out.SourceKeyMaterialId)
		expected.SourceKeyMaterialId = &c.material.id
	}
	if dst.namesMaterial() {
		w.learn(dst, dst.current, out.DestinationKeyMaterialId)
		expected.DestinationKeyMaterialId = &dst.current.id
	}
	w.same(dst, "ReEncrypt", expected, out)
	w.keepCiphertext(dst, b, out.CiphertextBlob, in.DestinationEncryptionContext, c.plaintext)
}
