package kms_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/asn1"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/keysteadtest"
)

// rare says whether -short leaves out a spec: of the RSA keys, which take long to make, all but
// those of 2,048 bits. They differ in their arithmetic alone.
func rare(spec types.KeySpec) bool {
	s := material.SpecOf(spec)
	return testing.Short() && s != nil && s.Family == material.RSA && s.Bits > 2048
}

// keyOf makes a key of a spec and usage.
func (u user) keyOf(spec types.KeySpec, usage types.KeyUsageType) string {
	u.t.Helper()
	out, err := u.CreateKey(u.t.Context(), &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
	must(u.t, "CreateKey "+string(spec), err)
	return *out.KeyMetadata.KeyId
}

func (u user) sign(key string, a types.SigningAlgorithmSpec, t types.MessageType, message []byte) ([]byte, error) {
	out, err := u.Sign(u.t.Context(), &kms.SignInput{KeyId: &key, Message: message, MessageType: t, SigningAlgorithm: a})
	if err != nil {
		return nil, err
	}
	return out.Signature, nil
}

func (u user) verify(key string, a types.SigningAlgorithmSpec, t types.MessageType, message, signature []byte) error {
	out, err := u.Verify(u.t.Context(), &kms.VerifyInput{KeyId: &key, Message: message, MessageType: t, SigningAlgorithm: a, Signature: signature})
	if err == nil && (!out.SignatureValid || out.SigningAlgorithm != a || !strings.HasSuffix(*out.KeyId, key)) {
		u.t.Errorf("Verify answers %+v", out)
	}
	return err
}

// digestOf is the digest that an algorithm signs.
func digestOf(a types.SigningAlgorithmSpec, message []byte) []byte {
	h := map[string]crypto.Hash{"_256": crypto.SHA256, "_384": crypto.SHA384, "_512": crypto.SHA512}[string(a[len(a)-4:])].New()
	h.Write(message)
	return h.Sum(nil)
}

// externalMu is the message representative of a message under an ML-DSA key (FIPS 204,
// algorithm 7, line 6) with a context.
func externalMu(t *testing.T, spki, context, message []byte) []byte {
	t.Helper()
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	_, err := asn1.Unmarshal(spki, &info)
	must(t, "read the public key", err)
	m := sha3.SumSHAKE256(info.Key.Bytes, 64)
	m = append(append(m, 0, byte(len(context))), context...)
	return sha3.SumSHAKE256(append(m, message...), 64)
}

// signingSpecs are the specs of keys that sign.
func signingSpecs() (names []types.KeySpec) {
	for _, s := range material.Specs {
		if len(s.Algorithms(types.KeyUsageTypeSignVerify)) > 0 {
			names = append(names, s.Name)
		}
	}
	return names
}

// TestSignAndVerify signs with every algorithm of every spec. RAW, DIGEST and
// EXTERNAL_MU of one message are the same thing.
func TestSignAndVerify(t *testing.T) {
	message := bytes.Repeat([]byte("message "), 512) // 4,096 bytes, the most
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		for _, spec := range signingSpecs() {
			if rare(spec) {
				continue
			}
			key, other := u.keyOf(spec, types.KeyUsageTypeSignVerify), u.keyOf(spec, types.KeyUsageTypeSignVerify)
			for _, name := range material.SpecOf(spec).Algorithms(types.KeyUsageTypeSignVerify) {
				a := types.SigningAlgorithmSpec(name)
				what := string(spec) + " " + name
				input := map[types.MessageType][]byte{}
				if material.TakesMessage(a, types.MessageTypeRaw) {
					input[types.MessageTypeRaw] = message
				}
				if material.TakesMessage(a, types.MessageTypeDigest) {
					input[types.MessageTypeDigest] = digestOf(a, message)
				}
				if material.TakesMessage(a, types.MessageTypeExternalMu) {
					input[types.MessageTypeExternalMu] = externalMu(t, u.publicKey(key), nil, message)
				}
				for kind, m := range input {
					signature, err := u.sign(key, a, kind, m)
					must(t, what+" Sign "+string(kind), err)
					for again, m := range input {
						must(t, what+" Verify "+string(again)+" of "+string(kind), u.verify(key, a, again, m, signature))
					}
					wrong := "KMSInvalidSignatureException"
					wantOutcome(t, what+" by another key", u.verify(other, a, kind, m, signature), wrong)
					changed := bytes.Clone(signature)
					changed[len(changed)/2] ^= 1
					wantOutcome(t, what+" changed signature", u.verify(key, a, kind, m, changed), wrong)
					wantOutcome(t, what+" cut signature", u.verify(key, a, kind, m, signature[:len(signature)-1]), wrong)
					wantOutcome(t, what+" longer signature", u.verify(key, a, kind, m, append(bytes.Clone(signature), 0)), wrong)
					m = bytes.Clone(m)
					m[0] ^= 1
					wantOutcome(t, what+" changed message", u.verify(key, a, kind, m, signature), wrong)
				}
			}
		}
	})
}

func TestRefusedSignatures(t *testing.T) {
	const (
		pss   = types.SigningAlgorithmSpecRsassaPssSha256
		p256  = types.SigningAlgorithmSpecEcdsaSha256
		pure  = types.SigningAlgorithmSpecEd25519Sha512
		ph    = types.SigningAlgorithmSpecEd25519PhSha512
		mldsa = types.SigningAlgorithmSpecMlDsaShake256
		raw   = types.MessageTypeRaw
		dig   = types.MessageTypeDigest
		mu    = types.MessageTypeExternalMu
		sign  = types.KeyUsageTypeSignVerify
	)
	d256, d512 := sha256.Sum256(nil), sha512.Sum512(nil)
	cases := []struct {
		name    string
		spec    types.KeySpec
		usage   types.KeyUsageType
		a       types.SigningAlgorithmSpec
		kind    types.MessageType
		message []byte
		want    string
	}{
		{"digest too short", types.KeySpecEccNistP256, sign, p256, dig, d256[:31], "ValidationException: Digest is invalid length for algorithm ECDSA_SHA_256."},
		{"digest too long", types.KeySpecRsa2048, sign, pss, dig, d512[:], "ValidationException: Digest is invalid length for algorithm RSASSA_PSS_SHA_256."},
		{"algorithm of another hash", types.KeySpecEccNistP384, sign, p256, raw, d256[:], "InvalidKeyUsageException: Algorithm ECDSA_SHA_256 is incompatible with key spec ECC_NIST_P384."},
		{"algorithm of another family", types.KeySpecEccNistP256, sign, pss, raw, d256[:], "InvalidKeyUsageException: Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec ECC_NIST_P256."},
		{"a key for encryption", types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt, pss, raw, d256[:], "InvalidKeyUsageException: <key> key usage is ENCRYPT_DECRYPT which is not valid for <operation>."},
		{"a key for agreement", types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement, p256, raw, d256[:], "InvalidKeyUsageException: <key> key usage is KEY_AGREEMENT which is not valid for <operation>."},
		{"a symmetric key", types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, p256, raw, d256[:], "InvalidKeyUsageException: <key> key usage is ENCRYPT_DECRYPT which is not valid for <operation>."},
		{"Ed25519 of a digest", types.KeySpecEccNistEdwards25519, sign, pure, dig, d512[:], "ValidationException: MessageType DIGEST is not valid for algorithm ED25519_SHA_512."},
		{"Ed25519ph of a message", types.KeySpecEccNistEdwards25519, sign, ph, raw, d512[:], "ValidationException: MessageType RAW is not valid for algorithm ED25519_PH_SHA_512."},
		{"μ of an elliptic curve", types.KeySpecEccNistP256, sign, p256, mu, d512[:], "ValidationException: MessageType EXTERNAL_MU is not valid for algorithm ECDSA_SHA_256."},
		{"ML-DSA of a digest", types.KeySpecMlDsa44, sign, mldsa, dig, d512[:], "ValidationException: MessageType DIGEST is not valid for algorithm ML_DSA_SHAKE_256."},
		{"μ of the wrong length", types.KeySpecMlDsa44, sign, mldsa, mu, d256[:], "ValidationException: Digest is invalid length for algorithm ML_DSA_SHAKE_256."},
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		for _, c := range cases {
			key := u.keyOf(c.spec, c.usage)
			want := func(op string) string {
				return strings.NewReplacer("<key>", u.keyARN(key), "<operation>", op).Replace(c.want)
			}
			_, err := u.sign(key, c.a, c.kind, c.message)
			wantOutcome(t, c.name+": Sign", err, want("Sign"))
			wantOutcome(t, c.name+": Verify", u.verify(key, c.a, c.kind, c.message, []byte("signature")), want("Verify"))
		}
	})
}

// TestSignDryRun makes no signature.
func TestSignDryRun(t *testing.T) {
	const dryRun = "DryRunOperationException: The request would have succeeded, but the DryRun option is set."
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.keyOf(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify)
		_, err := u.Sign(t.Context(), &kms.SignInput{KeyId: &key, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256, DryRun: new(true)})
		wantOutcome(t, "Sign", err, dryRun)
		_, err = u.Verify(t.Context(), &kms.VerifyInput{
			KeyId: &key, Message: []byte("m"), Signature: []byte("no signature"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256, DryRun: new(true),
		})
		wantOutcome(t, "Verify", err, dryRun)
	})
}
