package kms_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/wycheproof"
	"github.com/keystead/keystead/keysteadtest"
)

const (
	wrongSignature = "KMSInvalidSignatureException"
	wrongMac       = "KMSInvalidMacException"
)

var hmacFiles = []struct {
	name  string
	spec  types.KeySpec
	count int // with keys that are long enough
}{
	{"hmac_sha224", types.KeySpecHmac224, 166}, {"hmac_sha256", types.KeySpecHmac256, 168}, {"hmac_sha384", types.KeySpecHmac384, 168},
	{"hmac_sha512", types.KeySpecHmac512, 168},
}

// wantCode is wantOutcome for errors whose messages are not of interest.
func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if got, _, _ := strings.Cut(outcome(err), ":"); got != code {
		t.Errorf("%s: %s, want %s", what, outcome(err), code)
	}
}

func oaepVectors(t *testing.T) (files []vectorFile) {
	for _, f := range []struct {
		name  string
		spec  types.KeySpec
		a     types.EncryptionAlgorithmSpec
		count int
	}{
		{"rsa_oaep_2048_sha1_mgf1sha1", types.KeySpecRsa2048, types.EncryptionAlgorithmSpecRsaesOaepSha1, 36},
		{"rsa_oaep_2048_sha256_mgf1sha256", types.KeySpecRsa2048, types.EncryptionAlgorithmSpecRsaesOaepSha256, 37},
		{"rsa_oaep_3072_sha256_mgf1sha256", types.KeySpecRsa3072, types.EncryptionAlgorithmSpecRsaesOaepSha256, 37},
		{"rsa_oaep_4096_sha256_mgf1sha256", types.KeySpecRsa4096, types.EncryptionAlgorithmSpecRsaesOaepSha256, 37},
	} {
		file := vectorFile{name: f.name, count: f.count}
		for _, g := range wycheproof.Read(t, f.name) {
			for _, v := range g.Tests {
				file.vectors = append(file.vectors, vector{f.spec, types.KeyUsageTypeEncryptDecrypt, g.Private, func(t *testing.T, u user, key string) {
					out, err := u.Decrypt(t.Context(), &kms.DecryptInput{KeyId: &key, CiphertextBlob: v.CT, EncryptionAlgorithm: f.a})
					if v.Valid() && len(v.Label) == 0 { // AWS uses none
						if err != nil || !bytes.Equal(out.Plaintext, v.Message) {
							t.Errorf("%d, %s: %v", v.ID, v.Comment, err)
						}
						return
					}
					wantCode(t, fmt.Sprint(v.ID, v.Comment), err, emptyOr(v.CT, noCiphertext))
				}})
			}
		}
		files = append(files, file)
	}
	return files
}

// emptyOr is the error that an input is refused with: one that is empty is no input.
func emptyOr(b []byte, code string) string {
	if len(b) == 0 {
		return "ValidationException"
	}
	return code
}

var pkcs1Algorithms = map[string]types.SigningAlgorithmSpec{
	"SHA-256": types.SigningAlgorithmSpecRsassaPkcs1V15Sha256,
	"SHA-384": types.SigningAlgorithmSpecRsassaPkcs1V15Sha384,
	"SHA-512": types.SigningAlgorithmSpecRsassaPkcs1V15Sha512,
}

// pkcs1Vectors sign: the signatures must be the same bytes.
func pkcs1Vectors(t *testing.T) (files []vectorFile) {
	for name, spec := range map[string]types.KeySpec{
		"rsa_pkcs1_2048_sig_gen": types.KeySpecRsa2048, "rsa_pkcs1_3072_sig_gen": types.KeySpecRsa3072, "rsa_pkcs1_4096_sig_gen": types.KeySpecRsa4096,
	} {
		file := vectorFile{name: name, count: 24}
		for _, g := range wycheproof.Read(t, name) {
			a, ok := pkcs1Algorithms[g.Hash]
			if !ok || smallExponent(t, g.Private) { // see TestRefusedVectorKeys
				continue
			}
			for _, v := range g.Tests {
				file.vectors = append(file.vectors, vector{spec, types.KeyUsageTypeSignVerify, g.Private, func(t *testing.T, u user, key string) {
					signVector(t, u, key, a, v)
				}})
			}
		}
		files = append(files, file)
	}
	return files
}

// signVector signs a message in a deterministic algorithm, and verifies.
func signVector(t *testing.T, u user, key string, a types.SigningAlgorithmSpec, v wycheproof.Vector) {
	t.Helper()
	what := fmt.Sprintf("%d, %s (%s)", v.ID, v.Comment, v.Result)
	if v.Valid() && len(v.Message) > 0 {
		sig, err := u.sign(key, a, types.MessageTypeRaw, v.Message)
		if err != nil || !bytes.Equal(sig, v.Sig) {
			t.Errorf("%s: Sign: %x, %v", what, sig, err)
		}
	}
	want := "ok"
	if v.Invalid() {
		want = emptyOr(v.Sig, wrongSignature)
	}
	wantCode(t, what+": Verify", u.verify(key, a, types.MessageTypeRaw, v.Message, v.Sig), emptyOr(v.Message, want))
}

func smallExponent(t *testing.T, pkcs8 []byte) bool {
	t.Helper()
	k, err := x509.ParsePKCS8PrivateKey(pkcs8)
	must(t, "parse a key", err)
	return k.(*rsa.PrivateKey).E < 65537
}

func ecdhVectors(t *testing.T) (files []vectorFile) {
	for _, f := range []struct {
		name  string
		spec  types.KeySpec
		count int
	}{
		{"ecdh_secp256r1", types.KeySpecEccNistP256, 612}, {"ecdh_secp384r1", types.KeySpecEccNistP384, 1047}, {"ecdh_secp521r1", types.KeySpecEccNistP521, 916},
	} {
		file := vectorFile{name: f.name, count: f.count}
		for _, g := range wycheproof.Read(t, f.name) {
			for _, v := range g.Tests {
				file.vectors = append(file.vectors, vector{f.spec, types.KeyUsageTypeKeyAgreement, v.Private, func(t *testing.T, u user, key string) {
					out, err := u.DeriveSharedSecret(t.Context(), &kms.DeriveSharedSecretInput{
						KeyId: &key, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, PublicKey: v.Public,
					})
					switch {
					case err == nil && (v.Invalid() || !bytes.Equal(out.SharedSecret, v.Shared)):
						t.Errorf("%d, %s: %x", v.ID, v.Comment, out.SharedSecret)
					case err != nil && v.Valid():
						t.Errorf("%d, %s: %v", v.ID, v.Comment, err)
					case err != nil:
						wantCode(t, fmt.Sprint(v.ID, v.Comment), err, "ValidationException")
					}
				}})
			}
		}
		files = append(files, file)
	}
	return files
}

func ed25519Vectors(t *testing.T) []vectorFile {
	file := vectorFile{name: "ed25519", count: 149}
	for _, g := range wycheproof.Read(t, "ed25519") {
		for _, v := range g.Tests {
			if g.Private != nil {
				file.vectors = append(file.vectors, vector{types.KeySpecEccNistEdwards25519, types.KeyUsageTypeSignVerify, g.Private, func(t *testing.T, u user, key string) {
					signVector(t, u, key, types.SigningAlgorithmSpecEd25519Sha512, v)
				}})
			}
		}
	}
	return []vectorFile{file}
}

func hmacVectors(t *testing.T) (files []vectorFile) {
	for _, f := range hmacFiles {
		file := vectorFile{name: f.name, count: f.count}
		for _, g := range wycheproof.Read(t, f.name) {
			for _, v := range g.Tests {
				if len(v.Key) < material.SpecOf(f.spec).Bits/8 {
					continue // see TestRefusedVectorKeys
				}
				file.vectors = append(file.vectors, vector{f.spec, types.KeyUsageTypeGenerateVerifyMac, v.Key, func(t *testing.T, u user, key string) {
					macVector(t, u, key, f.spec, g.TagSize, v)
				}})
			}
		}
		files = append(files, file)
	}
	return files
}

// macVector makes and verifies a MAC. Those that are cut are none for the API.
func macVector(t *testing.T, u user, key string, spec types.KeySpec, bits int, v wycheproof.Vector) {
	t.Helper()
	what := fmt.Sprintf("%d, %s (%s)", v.ID, v.Comment, v.Result)
	a := types.MacAlgorithmSpec(material.SpecOf(spec).Algorithms(types.KeyUsageTypeGenerateVerifyMac)[0])
	if len(v.Message) > 0 {
		out, err := u.GenerateMac(t.Context(), &kms.GenerateMacInput{KeyId: &key, Message: v.Message, MacAlgorithm: a})
		must(t, what+": GenerateMac", err)
		if bytes.Equal(out.Mac[:bits/8], v.Tag) != v.Valid() {
			t.Errorf("%s: %x", what, out.Mac)
		}
	}
	want := wrongMac
	if v.Valid() && bits == material.SpecOf(spec).Bits {
		want = "ok"
	}
	_, err := u.VerifyMac(t.Context(), &kms.VerifyMacInput{KeyId: &key, Message: v.Message, MacAlgorithm: a, Mac: v.Tag})
	wantCode(t, what+": VerifyMac", err, emptyOr(v.Message, want))
}

func mlkemVectors(t *testing.T) (files []vectorFile) {
	for _, f := range []struct {
		name  string
		spec  types.KeySpec
		count int
	}{
		{"mlkem_512", types.KeySpecMlKem512, 30}, {"mlkem_768", types.KeySpecMlKem768, 31}, {"mlkem_1024", types.KeySpecMlKem1024, 32},
	} {
		file := vectorFile{name: f.name, count: f.count}
		for _, g := range wycheproof.Read(t, f.name) {
			for _, v := range g.Tests {
				file.vectors = append(file.vectors, vector{f.spec, types.KeyUsageTypeEncapsulateDecapsulate, v.Seed, func(t *testing.T, u user, key string) {
					out, err := u.Decapsulate(t.Context(), &kms.DecapsulateInput{
						KeyId: &key, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, SharedSecretCiphertextBlob: v.CT,
					})
					if v.Invalid() {
						wantCode(t, fmt.Sprint(v.ID), err, emptyOr(v.CT, noCiphertext))
					} else if err != nil || !bytes.Equal(out.SharedSecret, v.Shared) {
						t.Errorf("%d: %v", v.ID, err)
					}
				}})
			}
		}
		files = append(files, file)
	}
	return files
}

// TestRefusedVectorKeys imports the keys of vectors that the service takes none of: RSA keys with
// three primes or a small exponent, and MAC keys that are shorter than the MAC.
func TestRefusedVectorKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("it is all arithmetic")
	}
	t.Parallel()
	refused := map[types.KeySpec]map[string]bool{}
	refuse := func(spec types.KeySpec, key []byte) {
		if refused[spec] == nil {
			refused[spec] = map[string]bool{}
		}
		refused[spec][string(key)] = true
	}
	for name, spec := range map[string]types.KeySpec{
		"rsa_three_primes_oaep_2048_sha1_mgf1sha1": types.KeySpecRsa2048, "rsa_three_primes_oaep_4096_sha256_mgf1sha256": types.KeySpecRsa4096,
		"rsa_pkcs1_2048_sig_gen": types.KeySpecRsa2048, "rsa_pkcs1_3072_sig_gen": types.KeySpecRsa3072,
	} {
		for _, g := range wycheproof.Read(t, name) {
			if strings.HasPrefix(name, "rsa_three") || smallExponent(t, g.Private) {
				refuse(spec, g.Private)
			}
		}
	}
	for _, f := range hmacFiles {
		for _, g := range wycheproof.Read(t, f.name) {
			for _, v := range g.Tests {
				if n := len(v.Key); n > 0 && n < material.SpecOf(f.spec).Bits/8 { // nothing is no input of a wrapping
					refuse(f.spec, v.Key)
				}
			}
		}
	}
	srv := keysteadtest.Start(t)
	u := root(t, srv)
	for spec, keys := range refused {
		id := u.external(spec)
		i := importer{u, id, hybrid, u.parameters(id, hybrid, types.WrappingKeySpecRsa2048)}
		for k := range keys {
			wantOutcome(t, fmt.Sprintf("%s: %x", spec, k), i.try([]byte(k)), incorrectMaterial)
		}
		u.wantState(id, "after refusals", types.KeyStatePendingImport)
		t.Logf("%s: %d keys are refused", spec, len(keys))
	}
}

// TestForeignSignatures verifies all of Wycheproof's signatures, most of them malformed, with a
// key of the right spec that has not made them. Whether they are good is for internal/material to
// find out, as they come without private keys; here none may be more than an invalid signature.
func TestForeignSignatures(t *testing.T) {
	if testing.Short() {
		t.Skip("there are thousands")
	}
	t.Parallel()
	srv := keysteadtest.Start(t)
	t.Run("files", func(t *testing.T) {
		for _, f := range []struct {
			name string
			spec types.KeySpec
			a    types.SigningAlgorithmSpec
		}{
			{"ecdsa_secp256r1_sha256", types.KeySpecEccNistP256, types.SigningAlgorithmSpecEcdsaSha256},
			{"ecdsa_secp384r1_sha384", types.KeySpecEccNistP384, types.SigningAlgorithmSpecEcdsaSha384},
			{"ecdsa_secp521r1_sha512", types.KeySpecEccNistP521, types.SigningAlgorithmSpecEcdsaSha512},
			{"ecdsa_secp256k1_sha256", types.KeySpecEccSecgP256k1, types.SigningAlgorithmSpecEcdsaSha256},
			{"rsa_signature_2048_sha256", types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPkcs1V15Sha256},
			{"rsa_signature_3072_sha384", types.KeySpecRsa3072, types.SigningAlgorithmSpecRsassaPkcs1V15Sha384},
			{"rsa_signature_4096_sha512", types.KeySpecRsa4096, types.SigningAlgorithmSpecRsassaPkcs1V15Sha512},
			{"rsa_pss_2048_sha256_mgf1_32", types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPssSha256},
			{"rsa_pss_2048_sha384_mgf1_48", types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPssSha384},
			{"rsa_pss_3072_sha256_mgf1_32", types.KeySpecRsa3072, types.SigningAlgorithmSpecRsassaPssSha256},
			{"rsa_pss_4096_sha512_mgf1_64", types.KeySpecRsa4096, types.SigningAlgorithmSpecRsassaPssSha512},
		} {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				u, n := root(t, srv), 0
				key := u.importKey(f.spec, types.KeyUsageTypeSignVerify, newMaterial(t, f.spec))
				for _, g := range wycheproof.Read(t, f.name) {
					for _, v := range g.Tests {
						want := emptyOr(v.Message, emptyOr(v.Sig, wrongSignature))
						wantCode(t, fmt.Sprint(v.ID, v.Comment), u.verify(key, f.a, types.MessageTypeRaw, v.Message, v.Sig), want)
						n++
					}
				}
				t.Logf("%d signatures", n)
			})
		}
	})
}
