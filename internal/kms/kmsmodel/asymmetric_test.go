package kmsmodel

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

type signature struct {
	set       *set
	identity  string
	algorithm types.SigningAlgorithmSpec
	kind      types.MessageType
	message   []byte
	bytes     []byte
}

type mac struct {
	set       *set
	identity  string
	algorithm types.MacAlgorithmSpec
	message   []byte
	bytes     []byte
}

type encapsulation struct {
	set                *set
	secret, ciphertext []byte
}

func signs(k *key) bool { return k.usage == types.KeyUsageTypeSignVerify }

// signs says whether the key can sign or verify so.
func (k *key) signs(op string, a types.SigningAlgorithmSpec, kind types.MessageType, message []byte) *failure {
	if f := k.can(op, types.KeyUsageTypeSignVerify, string(a)); f != nil {
		return f
	}
	kinds, size := []types.MessageType{types.MessageTypeRaw, types.MessageTypeDigest}, digestSize(a)
	switch {
	case a == types.SigningAlgorithmSpecEd25519Sha512:
		kinds = kinds[:1]
	case a == types.SigningAlgorithmSpecEd25519PhSha512:
		kinds = kinds[1:]
	case a == types.SigningAlgorithmSpecMlDsaShake256:
		kinds[1] = types.MessageTypeExternalMu
	}
	switch {
	case !slices.Contains(kinds, kind):
		return invalid(unsaid)
	case kind == types.MessageTypeDigest && len(message) != size:
		return invalid("Digest is invalid length for algorithm %s.", a)
	case kind == types.MessageTypeExternalMu && len(message) != 64:
		return invalid(unsaid)
	}
	return nil
}

func digestSize(a types.SigningAlgorithmSpec) int {
	switch {
	case strings.HasSuffix(string(a), "_256"):
		return 32
	case strings.HasSuffix(string(a), "_384"):
		return 48
	}
	return 64
}

func (w *world) sign() {
	at := w.target("Sign", signs)
	a := types.SigningAlgorithmSpec(w.algorithm(at, types.KeyUsageTypeSignVerify, "ECDSA_SHA_256", "RSASSA_PSS_SHA_256"))
	in := &kms.SignInput{KeyId: &at.name, SigningAlgorithm: a, Message: w.some(1 + w.IntN(100)), MessageType: types.MessageTypeRaw}
	if w.one(2) || a == types.SigningAlgorithmSpecEd25519PhSha512 {
		in.MessageType, in.Message = types.MessageTypeDigest, w.some(digestSize(a))
		if a == types.SigningAlgorithmSpecMlDsaShake256 {
			in.MessageType, in.Message = types.MessageTypeExternalMu, w.some(64)
		}
		if w.one(10) {
			in.Message = in.Message[1:]
		}
	}
	k, want := w.m.use("Sign", at)
	if want == nil {
		want = k.signs("Sign", a, in.MessageType, in.Message)
	}
	in.DryRun, want = w.dryRun(want)
	out := call(w, at.region, w.s.Sign, in, k, want)
	if out == nil {
		return
	}
	w.uses(k)
	w.same(k, "Sign", &kms.SignOutput{KeyId: new(k.arn()), SigningAlgorithm: a, Signature: out.Signature}, out)
	keep(w, &w.loot.signatures, &signature{k.set, k.identity(), a, in.MessageType, in.Message, out.Signature})
}

func (w *world) verify() {
	if len(w.loot.signatures) == 0 {
		return
	}
	s := pick(w, w.loot.signatures...)
	at := w.target("Verify", func(k *key) bool { return k.set == s.set })
	in := &kms.VerifyInput{KeyId: &at.name, SigningAlgorithm: s.algorithm, MessageType: s.kind, Message: s.message, Signature: s.bytes}
	switch w.IntN(10) {
	case 0:
		in.Message = w.some(len(s.message))
	case 1:
		at = w.target("Verify", func(k *key) bool { return k.spec == s.set.spec && k.usage == s.set.usage })
	case 2:
		in.Signature = slices.Clone(s.bytes)
		in.Signature[w.IntN(len(s.bytes))] ^= 1 << w.IntN(8)
	}
	k, want := w.m.use("Verify", at)
	if want == nil {
		want = k.signs("Verify", in.SigningAlgorithm, in.MessageType, in.Message)
	}
	in.DryRun, want = w.dryRun(want)
	if want == nil && (k.identity() != s.identity || !bytes.Equal(in.Message, s.message) || !bytes.Equal(in.Signature, s.bytes)) {
		want = fail("KMSInvalidSignatureException", "")
	}
	if out := call(w, at.region, w.s.Verify, in, k, want); out != nil {
		w.uses(k)
		w.same(k, "Verify", &kms.VerifyOutput{KeyId: new(k.arn()), SigningAlgorithm: s.algorithm, SignatureValid: true}, out)
	}
}

func (w *world) generateMac() {
	at := w.target("GenerateMac", has("HMAC"))
	a := types.MacAlgorithmSpec(w.algorithm(at, types.KeyUsageTypeGenerateVerifyMac, "HMAC_SHA_256", "HMAC_SHA_512"))
	in := &kms.GenerateMacInput{KeyId: &at.name, MacAlgorithm: a, Message: w.some(1 + w.IntN(100))}
	k, want := w.m.use("GenerateMac", at)
	if want == nil {
		want = k.can("GenerateMac", types.KeyUsageTypeGenerateVerifyMac, string(a))
	}
	in.DryRun, want = w.dryRun(want)
	out := call(w, at.region, w.s.GenerateMac, in, k, want)
	if out == nil {
		return
	}
	w.uses(k)
	w.same(k, "KeyId and MacAlgorithm", []string{k.arn(), string(a)}, []string{*out.KeyId, string(out.MacAlgorithm)})
	keep(w, &w.loot.macs, &mac{k.set, k.identity(), a, in.Message, out.Mac})
}

func (w *world) verifyMac() {
	if len(w.loot.macs) == 0 {
		return
	}
	c := pick(w, w.loot.macs...)
	at := w.target("VerifyMac", func(k *key) bool { return k.set == c.set })
	in := &kms.VerifyMacInput{KeyId: &at.name, MacAlgorithm: c.algorithm, Message: c.message, Mac: c.bytes}
	switch w.IntN(10) {
	case 0:
		in.Message = w.some(len(c.message))
	case 1:
		at = w.target("VerifyMac", has("HMAC"))
	case 2:
		in.Mac = c.bytes[1:]
	}
	k, want := w.m.use("VerifyMac", at)
	if want == nil {
		want = k.can("VerifyMac", types.KeyUsageTypeGenerateVerifyMac, string(c.algorithm))
	}
	in.DryRun, want = w.dryRun(want)
	if want == nil && (k.identity() != c.identity || !bytes.Equal(in.Message, c.message) || !bytes.Equal(in.Mac, c.bytes)) {
		want = fail("KMSInvalidMacException", "")
	}
	if out := call(w, at.region, w.s.VerifyMac, in, k, want); out != nil {
		w.uses(k)
		w.same(k, "VerifyMac", &kms.VerifyMacOutput{KeyId: new(k.arn()), MacAlgorithm: c.algorithm, MacValid: true}, out)
	}
}

// curves are those of the specs that can agree on a secret.
var curves = map[types.KeySpec]elliptic.Curve{
	types.KeySpecEccNistP256: elliptic.P256(), types.KeySpecEccNistP384: elliptic.P384(), types.KeySpecEccNistP521: elliptic.P521(),
}

func agreesOn(k *key) bool { return k.usage == types.KeyUsageTypeKeyAgreement }

func (w *world) deriveSharedSecret() {
	at := w.target("DeriveSharedSecret", agreesOn)
	spec := types.KeySpecEccNistP256
	if k, _ := w.m.find(at.region, at.name, true); k != nil && curves[k.spec] != nil && !w.one(10) {
		spec = k.spec
	}
	peer, public := newPeer(w, spec)
	in := &kms.DeriveSharedSecretInput{KeyId: &at.name, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, PublicKey: public}
	k, want := w.m.use("DeriveSharedSecret", at)
	if want == nil {
		want = k.can("DeriveSharedSecret", types.KeyUsageTypeKeyAgreement, "ECDH")
	}
	in.DryRun, want = w.dryRun(want)
	if want == nil && k.spec != spec {
		want = invalid("")
	}
	out := call(w, at.region, w.s.DeriveSharedSecret, in, k, want)
	if out == nil {
		return
	}
	w.uses(k)
	w.same(k, "KeyId and KeyOrigin", []string{k.arn(), string(k.origin)}, []string{*out.KeyId, string(out.KeyOrigin)})
	if k.public == nil {
		return
	}
	theirs, err := x509.ParsePKIXPublicKey(k.public)
	if err != nil {
		w.differ(k, "its public key: %v", err)
		return
	}
	point, err := theirs.(*ecdsa.PublicKey).ECDH()
	if err != nil {
		w.differ(k, "its public key: %v", err)
		return
	}
	secret, err := peer.ECDH(point)
	if err != nil {
		w.differ(k, "its public key: %v", err)
	}
	w.same(k, "SharedSecret", secret, out.SharedSecret)
}

// newPeer is somebody to agree with.
func newPeer(w *world, spec types.KeySpec) (private *ecdh.PrivateKey, public []byte) {
	pair, err := ecdsa.GenerateKey(curves[spec], rand.Reader)
	if err == nil {
		private, err = pair.ECDH()
	}
	if err == nil {
		public, err = x509.MarshalPKIXPublicKey(&pair.PublicKey)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return private, public
}

func (w *world) encapsulate() {
	at := w.target("Encapsulate", has("ML_KEM"))
	in := &kms.EncapsulateInput{KeyId: &at.name, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem}
	k, want := w.m.use("Encapsulate", at)
	if want == nil {
		want = k.can("Encapsulate", types.KeyUsageTypeEncapsulateDecapsulate, "ML_KEM")
	}
	in.DryRun, want = w.dryRun(want)
	out := call(w, at.region, w.s.Encapsulate, in, k, want)
	if out == nil {
		return
	}
	w.uses(k)
	w.same(k, "KeyId", k.arn(), *out.KeyId)
	keep(w, &w.loot.encapsulations, &encapsulation{k.set, out.SharedSecret, out.SharedSecretCiphertextBlob})
}

func (w *world) decapsulate() {
	if len(w.loot.encapsulations) == 0 {
		return
	}
	e := pick(w, w.loot.encapsulations...)
	at := w.target("Decapsulate", func(k *key) bool { return k.set == e.set })
	if w.one(8) {
		at = w.target("Decapsulate", has("ML_KEM"))
	}
	in := &kms.DecapsulateInput{KeyId: &at.name, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, SharedSecretCiphertextBlob: e.ciphertext}
	k, want := w.m.use("Decapsulate", at)
	if want == nil {
		want = k.can("Decapsulate", types.KeyUsageTypeEncapsulateDecapsulate, "ML_KEM")
	}
	in.DryRun, want = w.dryRun(want)
	if want == nil && k.spec != e.set.spec { // the length is another
		want = invalidCiphertext
	}
	out := call(w, at.region, w.s.Decapsulate, in, k, want)
	if out == nil {
		return
	}
	w.uses(k)
	w.same(k, "KeyId and whether the secret is the one that was encapsulated", []any{k.arn(), k.set == e.set},
		[]any{*out.KeyId, bytes.Equal(out.SharedSecret, e.secret)})
}

// getPublicKey: the public key of a set is always and everywhere the same.
func (w *world) getPublicKey() {
	at := w.target("GetPublicKey", (*key).asymmetric)
	k, want := w.m.use("GetPublicKey", at)
	switch {
	case want != nil:
	case !k.asymmetric():
		want = unsupported("")
	case k.external() && k.current == nil:
		want = invalidState(k, "pending import")
	}
	out := call(w, at.region, w.s.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &at.name}, k, want)
	if out == nil {
		return
	}
	if k.public == nil {
		k.public = out.PublicKey
	}
	m := k.metadata()
	w.same(k, "GetPublicKey", &kms.GetPublicKeyOutput{
		KeyId: m.Arn, PublicKey: k.public, KeySpec: k.spec, CustomerMasterKeySpec: types.CustomerMasterKeySpec(k.spec), KeyUsage: k.usage,
		EncryptionAlgorithms: m.EncryptionAlgorithms, SigningAlgorithms: m.SigningAlgorithms,
		KeyAgreementAlgorithms: m.KeyAgreementAlgorithms, EncapsulationAlgorithms: m.EncapsulationAlgorithms,
	}, out)
}
