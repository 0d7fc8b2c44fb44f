package kmsmodel

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

type encapsulation struct {
	set                *set
	secret, ciphertext []byte
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
