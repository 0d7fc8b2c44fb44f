package material_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/wycheproof"
)

const (
	p256 = types.KeySpecEccNistP256
	p384 = types.KeySpecEccNistP384
	p521 = types.KeySpecEccNistP521
)

func TestWycheproofVerify(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		name      string
		spec      types.KeySpec
		algorithm types.SigningAlgorithmSpec
		valid     int // as many as verify, so that none gets lost
	}{
		{"ecdsa_secp256r1_sha256", p256, types.SigningAlgorithmSpecEcdsaSha256, 174},
		{"ecdsa_secp384r1_sha384", p384, types.SigningAlgorithmSpecEcdsaSha384, 194},
		{"ecdsa_secp521r1_sha512", p521, types.SigningAlgorithmSpecEcdsaSha512, 232},
		{"ecdsa_secp256k1_sha256", types.KeySpecEccSecgP256k1, types.SigningAlgorithmSpecEcdsaSha256, 168},
		{"ed25519", types.KeySpecEccNistEdwards25519, types.SigningAlgorithmSpecEd25519Sha512, 88},
		{"rsa_signature_2048_sha256", types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, 9},
		{"rsa_signature_3072_sha384", types.KeySpecRsa3072, types.SigningAlgorithmSpecRsassaPkcs1V15Sha384, 7},
		{"rsa_signature_4096_sha512", types.KeySpecRsa4096, types.SigningAlgorithmSpecRsassaPkcs1V15Sha512, 7},
		{"rsa_pss_2048_sha256_mgf1_32", types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPssSha256, 63},
		{"rsa_pss_2048_sha384_mgf1_48", types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPssSha384, 95},
		{"rsa_pss_3072_sha256_mgf1_32", types.KeySpecRsa3072, types.SigningAlgorithmSpecRsassaPssSha256, 63},
		{"rsa_pss_4096_sha512_mgf1_64", types.KeySpecRsa4096, types.SigningAlgorithmSpecRsassaPssSha512, 132},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			valid := 0
			for _, g := range wycheproof.Read(t, f.name) {
				k, err := material.Verifier(material.SpecOf(f.spec), g.Public)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range g.Tests {
					err := k.Verify(f.algorithm, types.MessageTypeRaw, v.Message, v.Sig)
					if err == nil {
						valid++
					}
					if v.Valid() != (err == nil) && v.Result != "acceptable" || err != nil && !errors.Is(err, material.ErrSignature) {
						t.Errorf("%d, %s (%s): %v", v.ID, v.Comment, v.Result, err)
					}
				}
			}
			if valid != f.valid {
				t.Errorf("%d signatures verify, not %d", valid, f.valid)
			}
		})
	}
}

// TestWycheproofSalt has signatures whose salts are not as long as the hash, but for one.
func TestWycheproofSalt(t *testing.T) {
	t.Parallel()
	for _, g := range wycheproof.Read(t, "rsa_pss_2048_sha256_mgf1_0") {
		k, err := material.Verifier(material.SpecOf(types.KeySpecRsa2048), g.Public)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range g.Tests {
			err := k.Verify(types.SigningAlgorithmSpecRsassaPssSha256, types.MessageTypeRaw, v.Message, v.Sig)
			if v.Comment == "s_len changed to 32" != (err == nil) || err != nil && !errors.Is(err, material.ErrSignature) {
				t.Errorf("%d, %s: %v", v.ID, v.Comment, err)
			}
		}
	}
}

func TestWycheproofSignPKCS1(t *testing.T) {
	t.Parallel()
	algorithms := map[string]types.SigningAlgorithmSpec{
		"SHA-256": types.SigningAlgorithmSpecRsassaPkcs1V15Sha256,
		"SHA-384": types.SigningAlgorithmSpecRsassaPkcs1V15Sha384,
		"SHA-512": types.SigningAlgorithmSpecRsassaPkcs1V15Sha512,
	}
	for name, spec := range map[string]types.KeySpec{
		"rsa_pkcs1_2048_sig_gen": types.KeySpecRsa2048, "rsa_pkcs1_3072_sig_gen": types.KeySpecRsa3072, "rsa_pkcs1_4096_sig_gen": types.KeySpecRsa4096,
	} {
		signed := 0
		for _, g := range wycheproof.Read(t, name) {
			a, ok := algorithms[g.Hash]
			if !ok {
				continue
			}
			if small(t, g.Private) {
				if _, err := material.Parse(material.SpecOf(spec), g.Private); !errors.Is(err, material.ErrMaterial) {
					t.Errorf("%s: a key with a small exponent: %v", name, err)
				}
				continue
			}
			k := parsed[material.Signer](t, spec, g.Private)
			for _, v := range g.Tests {
				sig, err := k.Sign(a, types.MessageTypeRaw, v.Message)
				if err != nil || !bytes.Equal(sig, v.Sig) {
					t.Errorf("%s %d: %v", name, v.ID, err)
				}
				signed++
			}
		}
		if signed != 24 {
			t.Errorf("%s: %d signatures, not 24", name, signed)
		}
	}
}

// small reports whether the public exponent of an RSA key is one that FIPS 186-5 rules out.
func small(t *testing.T, pkcs8 []byte) bool {
	k, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		t.Fatal(err)
	}
	return k.(*rsa.PrivateKey).E < 65537
}

func TestWycheproofOAEP(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		name      string
		spec      types.KeySpec
		algorithm types.EncryptionAlgorithmSpec
	}{
		{"rsa_oaep_2048_sha1_mgf1sha1", types.KeySpecRsa2048, types.EncryptionAlgorithmSpecRsaesOaepSha1},
		{"rsa_oaep_2048_sha256_mgf1sha256", types.KeySpecRsa2048, types.EncryptionAlgorithmSpecRsaesOaepSha256},
		{"rsa_oaep_3072_sha256_mgf1sha256", types.KeySpecRsa3072, types.EncryptionAlgorithmSpecRsaesOaepSha256},
		{"rsa_oaep_4096_sha256_mgf1sha256", types.KeySpecRsa4096, types.EncryptionAlgorithmSpecRsaesOaepSha256},
	} {
		for _, g := range wycheproof.Read(t, f.name) {
			k := parsed[material.Decrypter](t, f.spec, g.Private)
			for _, v := range g.Tests {
				p, err := k.Decrypt(f.algorithm, v.CT)
				valid := v.Valid() && len(v.Label) == 0 // AWS uses none
				if valid && (err != nil || !bytes.Equal(p, v.Message)) || !valid && !errors.Is(err, material.ErrCiphertext) {
					t.Errorf("%s %d, %s: %x, %v", f.name, v.ID, v.Comment, p, err)
				}
			}
		}
	}
}

func TestWycheproofThreePrimes(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]types.KeySpec{
		"rsa_three_primes_oaep_2048_sha1_mgf1sha1": types.KeySpecRsa2048, "rsa_three_primes_oaep_4096_sha256_mgf1sha256": types.KeySpecRsa4096,
	} {
		for _, g := range wycheproof.Read(t, name) {
			if _, err := material.Parse(material.SpecOf(spec), g.Private); !errors.Is(err, material.ErrMaterial) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestWycheproofAgree(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]types.KeySpec{"ecdh_secp256r1": p256, "ecdh_secp384r1": p384, "ecdh_secp521r1": p521} {
		agreed := 0
		for _, g := range wycheproof.Read(t, name) {
			for _, v := range g.Tests {
				k := parsed[material.Agreer](t, spec, v.Private)
				shared, err := k.Agree(v.Public)
				switch {
				case err == nil && (v.Invalid() || !bytes.Equal(shared, v.Shared)):
					t.Errorf("%s %d, %s: %x", name, v.ID, v.Comment, shared)
				case err != nil && (v.Valid() || !errors.Is(err, material.ErrPublicKey)):
					t.Errorf("%s %d, %s: %v", name, v.ID, v.Comment, err)
				case err == nil:
					agreed++
				}
			}
		}
		if agreed < 300 {
			t.Errorf("%s: only %d secrets", name, agreed)
		}
	}
}

func TestWycheproofMAC(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]types.KeySpec{
		"hmac_sha224": types.KeySpecHmac224, "hmac_sha256": types.KeySpecHmac256, "hmac_sha384": types.KeySpecHmac384, "hmac_sha512": types.KeySpecHmac512,
	} {
		s := material.SpecOf(spec)
		checked := 0
		for _, g := range wycheproof.Read(t, name) {
			for _, v := range g.Tests {
				if len(v.Key) < s.Bits/8 {
					if _, err := material.Parse(s, v.Key); !errors.Is(err, material.ErrMaterial) {
						t.Errorf("%s %d: a key of %d bytes: %v", name, v.ID, len(v.Key), err)
					}
					continue
				}
				mac := parsed[material.Authenticator](t, spec, v.Key).MAC(v.Message)
				if bytes.Equal(mac[:g.TagSize/8], v.Tag) != v.Valid() {
					t.Errorf("%s %d, %s: %x", name, v.ID, v.Comment, mac)
				}
				checked++
			}
		}
		if checked < 80 {
			t.Errorf("%s: only %d MACs", name, checked)
		}
	}
}
