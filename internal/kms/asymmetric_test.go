package kms_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"hash"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/keysteadtest"
)

func (u user) publicKey(key string) []byte {
	u.t.Helper()
	out, err := u.GetPublicKey(u.t.Context(), &kms.GetPublicKeyInput{KeyId: &key})
	must(u.t, "GetPublicKey", err)
	return out.PublicKey
}

// TestPublicKeys shows the public key of a key of every asymmetric spec and usage, also when it
// is disabled, and of no other key.
func TestPublicKeys(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		for _, spec := range material.Specs {
			if rare(spec.Name) {
				continue
			}
			for _, usage := range spec.Usages {
				key := u.keyOf(spec.Name, usage)
				out, err := u.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: &key})
				if !spec.Asymmetric() {
					wantOutcome(t, string(spec.Name), err, "UnsupportedOperationException")
					continue
				}
				must(t, "GetPublicKey", err)
				m := u.describe(key)
				if *out.KeyId != *m.Arn || out.KeySpec != spec.Name || out.KeyUsage != usage || len(out.PublicKey) == 0 || m.CurrentKeyMaterialId != nil ||
					fmt.Sprint(out.EncryptionAlgorithms, out.SigningAlgorithms, out.KeyAgreementAlgorithms, out.EncapsulationAlgorithms) !=
						fmt.Sprint(m.EncryptionAlgorithms, m.SigningAlgorithms, m.KeyAgreementAlgorithms, m.EncapsulationAlgorithms) {
					t.Errorf("%s %s: %+v; DescribeKey: %+v", spec.Name, usage, out, m)
				}
				u.disable(key)
				if !bytes.Equal(u.publicKey(key), out.PublicKey) {
					t.Errorf("%s: another public key when it is disabled", spec.Name)
				}
				u.scheduleDeletion(key, 7)
				_, err = u.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: &key})
				wantOutcome(t, "pending deletion", err, "KMSInvalidStateException: "+u.keyARN(key)+" is pending deletion.")
			}
		}
	})
}

// TestRSAEncryption encrypts inside and outside, up to the limit of each key spec and algorithm.
func TestRSAEncryption(t *testing.T) {
	const (
		sha1OAEP   = types.EncryptionAlgorithmSpecRsaesOaepSha1
		sha256OAEP = types.EncryptionAlgorithmSpecRsaesOaepSha256
	)
	hashes := map[types.EncryptionAlgorithmSpec]func() hash.Hash{sha1OAEP: sha1.New, sha256OAEP: sha256.New}
	limits := []struct {
		spec  types.KeySpec
		a     types.EncryptionAlgorithmSpec
		bytes int
	}{
		{types.KeySpecRsa2048, sha1OAEP, 214}, {types.KeySpecRsa2048, sha256OAEP, 190}, {types.KeySpecRsa3072, sha1OAEP, 342},
		{types.KeySpecRsa3072, sha256OAEP, 318}, {types.KeySpecRsa4096, sha1OAEP, 470}, {types.KeySpecRsa4096, sha256OAEP, 446},
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		keys := map[types.KeySpec]string{}
		for _, c := range limits {
			if keys[c.spec] == "" {
				keys[c.spec] = u.keyOf(c.spec, types.KeyUsageTypeEncryptDecrypt)
			}
			key := keys[c.spec]
			plaintext := bytes.Repeat([]byte("p"), c.bytes)
			out, err := u.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: plaintext, EncryptionAlgorithm: c.a})
			must(t, "Encrypt", err)
			public, err := x509.ParsePKIXPublicKey(u.publicKey(key))
			must(t, "parse the public key", err)
			outside, err := rsa.EncryptOAEP(hashes[c.a](), rand.Reader, public.(*rsa.PublicKey), plaintext, nil)
			must(t, "encrypt outside", err)
			for _, blob := range [][]byte{out.CiphertextBlob, outside} {
				back, err := u.Decrypt(t.Context(), &kms.DecryptInput{KeyId: &key, CiphertextBlob: blob, EncryptionAlgorithm: c.a})
				must(t, "Decrypt", err)
				if !bytes.Equal(back.Plaintext, plaintext) || back.EncryptionAlgorithm != c.a || *back.KeyId != u.keyARN(key) || back.KeyMaterialId != nil {
					t.Errorf("%s %s: Decrypt answers %+v", c.spec, c.a, back)
				}
			}
			_, err = u.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: append(plaintext, 'p'), EncryptionAlgorithm: c.a})
			wantOutcome(t, "one byte more", err,
				fmt.Sprintf("ValidationException: Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", c.a, c.spec, c.bytes))

			// A wrong key, algorithm or block.
			decrypt := func(name string, in kms.DecryptInput, want string) {
				in.KeyId = &key
				_, err := u.Decrypt(t.Context(), &in)
				wantOutcome(t, string(c.spec)+" "+string(c.a)+": "+name, err, want)
			}
			another := map[types.EncryptionAlgorithmSpec]types.EncryptionAlgorithmSpec{sha1OAEP: sha256OAEP, sha256OAEP: sha1OAEP}[c.a]
			decrypt("another algorithm", kms.DecryptInput{CiphertextBlob: outside, EncryptionAlgorithm: another}, "InvalidCiphertextException")
			decrypt("a cut block", kms.DecryptInput{CiphertextBlob: outside[1:], EncryptionAlgorithm: c.a}, "InvalidCiphertextException")
			decrypt("no algorithm", kms.DecryptInput{CiphertextBlob: outside}, "InvalidKeyUsageException: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec "+string(c.spec)+".")
			decrypt("a context", kms.DecryptInput{CiphertextBlob: outside, EncryptionAlgorithm: c.a, EncryptionContext: map[string]string{"a": "b"}},
				"ValidationException: EncryptionContext is only valid with symmetric encryption KMS keys.")
		}
		for name, in := range map[string]kms.DecryptInput{
			"no key":          {CiphertextBlob: []byte("block"), EncryptionAlgorithm: sha256OAEP},
			"a symmetric key": {KeyId: new(u.key()), CiphertextBlob: []byte("block"), EncryptionAlgorithm: sha256OAEP},
		} {
			_, err := u.Decrypt(t.Context(), &in)
			wantOutcome(t, name, err, map[string]string{
				"no key":          "ValidationException: 1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
				"a symmetric key": "InvalidKeyUsageException: Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
			}[name])
		}
		// Data keys are for symmetric keys.
		rsaKey := keys[types.KeySpecRsa2048]
		_, err := u.GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &rsaKey, KeySpec: types.DataKeySpecAes256})
		wantOutcome(t, "GenerateDataKey", err, "InvalidKeyUsageException: "+u.keyARN(rsaKey)+" key KeySpec is RSA_2048 which is not valid for GenerateDataKey.")
	})
}

// TestReEncryptBetweenKinds takes a plaintext from a symmetric key to an RSA key and back.
func TestReEncryptBetweenKinds(t *testing.T) {
	const oaep = types.EncryptionAlgorithmSpecRsaesOaepSha256
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		symmetric, one, two := u.key(), u.keyOf(types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt), u.keyOf(types.KeySpecRsa3072, types.KeyUsageTypeEncryptDecrypt)
		ec := map[string]string{"purpose": "test"}
		there, err := u.ReEncrypt(t.Context(), &kms.ReEncryptInput{
			CiphertextBlob: u.encrypt(symmetric, "text", ec), SourceEncryptionContext: ec, DestinationKeyId: &one, DestinationEncryptionAlgorithm: oaep,
		})
		must(t, "symmetric to RSA", err)
		if there.DestinationKeyMaterialId != nil || there.SourceKeyMaterialId == nil || there.SourceEncryptionAlgorithm != types.EncryptionAlgorithmSpecSymmetricDefault ||
			there.DestinationEncryptionAlgorithm != oaep {
			t.Errorf("symmetric to RSA: %+v", there)
		}
		on, err := u.ReEncrypt(t.Context(), &kms.ReEncryptInput{
			CiphertextBlob: there.CiphertextBlob, SourceKeyId: &one, SourceEncryptionAlgorithm: oaep, DestinationKeyId: &two, DestinationEncryptionAlgorithm: oaep,
		})
		must(t, "RSA to RSA", err)
		back, err := u.ReEncrypt(t.Context(), &kms.ReEncryptInput{
			CiphertextBlob: on.CiphertextBlob, SourceKeyId: &two, SourceEncryptionAlgorithm: oaep, DestinationKeyId: &symmetric, DestinationEncryptionContext: ec,
		})
		must(t, "RSA to symmetric", err)
		if p, err := u.decrypt(back.CiphertextBlob, ec); err != nil || p != "text" {
			t.Errorf("it came back as %q, %v", p, err)
		}
		if back.SourceKeyMaterialId != nil || back.DestinationKeyMaterialId == nil {
			t.Errorf("RSA to symmetric: %+v", back)
		}
		_, err = u.ReEncrypt(t.Context(), &kms.ReEncryptInput{
			CiphertextBlob: u.encrypt(symmetric, string(make([]byte, 200)), nil), DestinationKeyId: &one, DestinationEncryptionAlgorithm: oaep,
		})
		wantOutcome(t, "too long for the destination", err, "ValidationException: Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.")
		_, err = u.ReEncrypt(t.Context(), &kms.ReEncryptInput{
			CiphertextBlob: there.CiphertextBlob, SourceKeyId: &two, SourceEncryptionAlgorithm: oaep, DestinationKeyId: &symmetric,
		})
		wantOutcome(t, "the wrong source key", err, "InvalidCiphertextException")
	})
}

// TestAgreement derives the same secret on both sides, one of them outside.
func TestAgreement(t *testing.T) {
	curves := map[types.KeySpec]ecdh.Curve{types.KeySpecEccNistP256: ecdh.P256(), types.KeySpecEccNistP384: ecdh.P384(), types.KeySpecEccNistP521: ecdh.P521()}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		derive := func(key string, peer []byte) ([]byte, error) {
			out, err := u.DeriveSharedSecret(t.Context(), &kms.DeriveSharedSecretInput{
				KeyId: &key, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, PublicKey: peer,
			})
			if err != nil {
				return nil, err
			}
			if *out.KeyId != u.keyARN(key) || out.KeyOrigin != types.OriginTypeAwsKms || out.KeyAgreementAlgorithm != types.KeyAgreementAlgorithmSpecEcdh {
				t.Errorf("DeriveSharedSecret answers %+v", out)
			}
			return out.SharedSecret, nil
		}
		for spec, curve := range curves {
			alice, bob := u.keyOf(spec, types.KeyUsageTypeKeyAgreement), u.keyOf(spec, types.KeyUsageTypeKeyAgreement)
			a, err := derive(alice, u.publicKey(bob))
			must(t, "alice", err)
			b, err := derive(bob, u.publicKey(alice))
			must(t, "bob", err)
			outside, err := curve.GenerateKey(rand.Reader)
			must(t, "outside", err)
			peer, err := x509.MarshalPKIXPublicKey(outside.PublicKey())
			must(t, "outside", err)
			c, err := derive(alice, peer)
			must(t, "alice with outside", err)
			parsed, err := x509.ParsePKIXPublicKey(u.publicKey(alice))
			must(t, "parse", err)
			point, err := parsed.(*ecdsa.PublicKey).ECDH()
			must(t, "point", err)
			d, err := outside.ECDH(point)
			must(t, "outside", err)
			if !bytes.Equal(a, b) || !bytes.Equal(c, d) || bytes.Equal(a, c) {
				t.Errorf("%s: the secrets are %x, %x and %x, %x", spec, a, b, c, d)
			}
			for other := range curves {
				if other != spec {
					_, err := derive(alice, u.publicKey(u.keyOf(other, types.KeyUsageTypeKeyAgreement)))
					wantOutcome(t, "another curve", err, "ValidationException")
				}
			}
			_, err = derive(alice, []byte("no public key"))
			wantOutcome(t, "no public key", err, "ValidationException")
		}
		signing := u.keyOf(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify)
		_, err := derive(signing, []byte("peer"))
		wantOutcome(t, "a signing key", err, "InvalidKeyUsageException: "+u.keyARN(signing)+" key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.")
	})
}
