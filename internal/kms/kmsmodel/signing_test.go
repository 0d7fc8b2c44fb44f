package kmsmodel

import (
	"bytes"
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
		in.Signature[w.IntN(64)] ^= 1 << w.IntN(8)
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
