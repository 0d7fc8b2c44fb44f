package kmsmodel

import (
	"bytes"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// wraps says whether data keys can be encrypted under k.
func (m *model) wraps(op string, at target, context map[string]string) (*key, *failure) {
	k, f := m.use(op, at)
	switch {
	case f != nil:
	case k.custom() && strings.HasPrefix(op, "GenerateDataKeyPair"):
		f = k.notValid()
	case encrypts(k) && !k.symmetric():
		f = fail("InvalidKeyUsageException", "%s key KeySpec is %s which is not valid for %s.", k.arn(), k.spec, op)
	default:
		f = k.encrypts(op, symmetricDefault, context)
	}
	return k, f
}

// size is how long a data key is to be. Now and then the caller does not say so well.
func (w *world) size(want *failure) (spec types.DataKeySpec, bytes *int32, n int, _ *failure) {
	switch w.IntN(20) {
	case 0:
		spec, bytes = types.DataKeySpecAes256, new(int32(32))
		fallthrough
	case 1:
		if want == nil {
			want = invalid("Please specify either number of bytes or key spec.")
		}
		return spec, bytes, 0, want
	case 2, 3, 4:
		n = 1 + w.IntN(1024)
		return "", new(int32(n)), n, want
	case 5, 6:
		return types.DataKeySpecAes128, nil, 16, want
	}
	return types.DataKeySpecAes256, nil, 32, want
}

func (w *world) generateDataKey() {
	at, context := w.target("GenerateDataKey", encrypts), w.context(symmetricDefault)
	k, want := w.m.wraps("GenerateDataKey", at, context)
	in := &kms.GenerateDataKeyInput{KeyId: &at.name, EncryptionContext: context}
	var n int
	in.KeySpec, in.NumberOfBytes, n, want = w.size(want)
	in.DryRun, want = w.dryRun(want)
	out := call(w, at.region, w.s.GenerateDataKey, in, k, want)
	if out == nil {
		return
	}
	w.same(k, "length of the data key", n, len(out.Plaintext))
	w.wrapped(k, out.KeyId, out.KeyMaterialId, out.CiphertextBlob, context, out.Plaintext)
}

func (w *world) generateDataKeyWithoutPlaintext() {
	at, context := w.target("GenerateDataKeyWithoutPlaintext", encrypts), w.context(symmetricDefault)
	k, want := w.m.wraps("GenerateDataKeyWithoutPlaintext", at, context)
	in := &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &at.name, EncryptionContext: context}
	in.KeySpec, in.NumberOfBytes, _, want = w.size(want)
	in.DryRun, want = w.dryRun(want)
	if out := call(w, at.region, w.s.GenerateDataKeyWithoutPlaintext, in, k, want); out != nil {
		w.wrapped(k, out.KeyId, out.KeyMaterialId, out.CiphertextBlob, context, nil)
	}
}

func (w *world) pairSpec() types.DataKeyPairSpec {
	return pick(w, types.DataKeyPairSpecEccNistP256, types.DataKeyPairSpecEccNistEdwards25519, types.DataKeyPairSpecEccSecgP256k1, types.DataKeyPairSpecMlKem768)
}

func (w *world) generateDataKeyPair() {
	at, context := w.target("GenerateDataKeyPair", encrypts), w.context(symmetricDefault)
	k, want := w.m.wraps("GenerateDataKeyPair", at, context)
	in := &kms.GenerateDataKeyPairInput{KeyId: &at.name, EncryptionContext: context, KeyPairSpec: w.pairSpec()}
	in.DryRun, want = w.dryRun(want)
	if out := call(w, at.region, w.s.GenerateDataKeyPair, in, k, want); out != nil {
		w.same(k, "KeyPairSpec", in.KeyPairSpec, out.KeyPairSpec)
		w.wrapped(k, out.KeyId, out.KeyMaterialId, out.PrivateKeyCiphertextBlob, context, out.PrivateKeyPlaintext)
	}
}

func (w *world) generateDataKeyPairWithoutPlaintext() {
	at, context := w.target("GenerateDataKeyPairWithoutPlaintext", encrypts), w.context(symmetricDefault)
	k, want := w.m.wraps("GenerateDataKeyPairWithoutPlaintext", at, context)
	in := &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: &at.name, EncryptionContext: context, KeyPairSpec: w.pairSpec()}
	in.DryRun, want = w.dryRun(want)
	if out := call(w, at.region, w.s.GenerateDataKeyPairWithoutPlaintext, in, k, want); out != nil {
		w.wrapped(k, out.KeyId, out.KeyMaterialId, out.PrivateKeyCiphertextBlob, context, nil)
	}
}

// wrapped compares what all data keys have in their answers.
func (w *world) wrapped(k *key, arn, id *string, blob []byte, context map[string]string, plaintext []byte) {
	want := []*string{new(k.arn()), nil}
	if k.namesMaterial() {
		w.learn(k, k.current, id)
		want[1] = &k.current.id
	}
	w.same(k, "KeyId and KeyMaterialId", want, []*string{arn, id})
	w.uses(k)
	w.keepCiphertext(k, symmetricDefault, bytes.Clone(blob), context, plaintext)
}
