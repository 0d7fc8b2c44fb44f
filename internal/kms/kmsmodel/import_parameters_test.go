package kmsmodel

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// token is what GetParametersForImport gave.
type token struct {
	set       *set
	region    string
	algorithm types.AlgorithmSpec
	public    []byte
	bytes     []byte
	until     time.Time
}

// getParametersForImport makes an RSA key, which takes long.
func (w *world) getParametersForImport() {
	at := w.target("GetParametersForImport", imports)
	k, want := w.m.useForImport("GetParametersForImport", at)
	in := &kms.GetParametersForImportInput{KeyId: &at.name, WrappingKeySpec: types.WrappingKeySpecRsa2048, WrappingAlgorithm: types.AlgorithmSpecRsaAesKeyWrapSha256}
	switch {
	case k == nil:
	case !k.asymmetric():
		in.WrappingAlgorithm = pick(w, types.AlgorithmSpecRsaesOaepSha256, types.AlgorithmSpecRsaesOaepSha1)
	case k.spec == types.KeySpecRsa2048 && w.one(10):
		in.WrappingAlgorithm = types.AlgorithmSpecRsaesOaepSha256
		if want == nil {
			want = unsupported(unsaid)
		}
	}
	out := call(w, at.region, w.s.GetParametersForImport, in, k, want)
	if out == nil {
		return
	}
	t := &token{k.set, k.region, in.WrappingAlgorithm, out.PublicKey, out.ImportToken, w.m.now.Add(day)}
	w.same(k, "GetParametersForImport", &kms.GetParametersForImportOutput{
		KeyId: new(k.arn()), ImportToken: t.bytes, PublicKey: t.public, ParametersValidTo: &t.until,
	}, out)
	w.tokens = append(slices.DeleteFunc(w.tokens, func(old *token) bool { return old.until.Add(30 * day).Before(w.m.now) }), t)
}

// token picks one for a key, mostly a valid one; nil if there is none.
func (w *world) token(k *key) *token {
	if len(w.tokens) > 0 && w.one(12) {
		return pick(w, w.tokens...)
	}
	var own []*token
	for _, t := range w.tokens {
		if t.of(k) && (w.m.now.Before(t.until) || w.one(10)) {
			own = append(own, t)
		}
	}
	if len(own) == 0 {
		return nil
	}
	return pick(w, own...)
}

func (t *token) of(k *key) bool { return k != nil && t.set == k.set && t.region == k.region }

// newMaterial makes material of a spec, as it is before it is wrapped.
func (w *world) newMaterial(spec types.KeySpec) (private, public []byte) {
	var pair any
	var err error
	switch spec {
	case types.KeySpecEccNistP256, types.KeySpecEccNistP384, types.KeySpecEccNistP521:
		pair, err = ecdsa.GenerateKey(curves[spec], rand.Reader)
	case types.KeySpecEccNistEdwards25519:
		_, pair, err = ed25519.GenerateKey(rand.Reader)
	case types.KeySpecRsa2048:
		pair = pick(w, rsaKeys()...)
	default:
		sizes := map[types.KeySpec]int{
			types.KeySpecSymmetricDefault: 32, types.KeySpecHmac224: 28, types.KeySpecHmac256: 32, types.KeySpecHmac384: 48, types.KeySpecHmac512: 64,
		}
		b := make([]byte, sizes[spec])
		_, _ = rand.Read(b)
		return b, nil
	}
	if err == nil {
		private, err = x509.MarshalPKCS8PrivateKey(pair)
	}
	if err == nil {
		public, err = x509.MarshalPKIXPublicKey(pair.(crypto.Signer).Public())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return private, public
}

// rsaKeys are a few for all, as they take long to make.
var rsaKeys = sync.OnceValue(func() (list []*rsa.PrivateKey) {
	for range 3 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic("kmsmodel: " + err.Error())
		}
		list = append(list, k)
	}
	return list
})
