package material_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

const (
	secg          = types.KeySpecEccSecgP256k1
	secgAlgorithm = types.SigningAlgorithmSpecEcdsaSha256
)

// der joins hexadecimal digits; spaces are for the reader.
func der(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The parts of private keys: an algorithm, the scalar 1, and its point, the generator.
const (
	secgAlgorithmID = "3010 06072a8648ce3d0201 06052b8104000a"
	secgOne         = "0000000000000000000000000000000000000000000000000000000000000001"
	secgX           = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	secgY           = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
	secgMinusY      = "b7c52588d95c3b9aa25b0403f1eef75702e84bb7597aabe663b82f6f04ef2777"
	secgOrder       = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
)

// secgCanonical is the private key 1 in the form of Secret.
const secgCanonical = "308184 020100" + secgAlgorithmID + "046d 306b 020101 0420" + secgOne + "a144 034200 04" + secgX + secgY

// TestSECGMaterial: the encodings of one key, all of which are the same material.
func TestSECGMaterial(t *testing.T) {
	t.Parallel()
	for name, digits := range map[string]string{
		"canonical":                    secgCanonical,
		"without the public key":       "303e 020100" + secgAlgorithmID + "0427 3025 020101 0420" + secgOne,
		"compressed public key":        "3064 020100" + secgAlgorithmID + "044d 304b 020101 0420" + secgOne + "a124 032200 02" + secgX,
		"the curve again":              "3047 020100" + secgAlgorithmID + "0430 302e 020101 0420" + secgOne + "a007 06052b8104000a",
		"public key in version 1 (v2)": "308182 020101" + secgAlgorithmID + "0427 3025 020101 0420" + secgOne + "8142 00 04" + secgX + secgY,
	} {
		k, err := material.Parse(material.SpecOf(secg), der(t, digits))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(k.Secret().Expose(), der(t, secgCanonical)) {
			t.Errorf("%s: the material is %x", name, k.Secret().Expose())
		}
		spki := der(t, "3056"+secgAlgorithmID+"034200 04"+secgX+secgY)
		if a := k.(material.Asymmetric); !bytes.Equal(a.PublicKey(), spki) || !a.PrivateKey().Equal(k.Secret()) || k.Spec().Name != secg {
			t.Errorf("%s: the public key is %x", name, a.PublicKey())
		}
	}
}

func TestSECGInvalidMaterial(t *testing.T) {
	t.Parallel()
	head := "303e 020100" + secgAlgorithmID + "0427 3025 020101 0420"
	for name, digits := range map[string]string{
		"none":                       "",
		"empty public key":           "304c 020100" + secgAlgorithmID + "0435 3033 020101 0420" + secgOne + "a007 06052b8104000a" + "a103 030100",
		"bare scalar":                secgOne,
		"0":                          head + strings.Repeat("00", 32),
		"the order":                  head + secgOrder,
		"above the order":            head + strings.Repeat("ff", 32),
		"33 bytes":                   "303f 020100" + secgAlgorithmID + "0428 3026 020101 0421 00" + secgOne,
		"31 bytes":                   "303d 020100" + secgAlgorithmID + "0426 3024 020101 041f" + secgOne[2:],
		"another public key":         strings.Replace(secgCanonical, secgY, secgMinusY, 1),
		"off the curve":              strings.Replace(secgCanonical, secgY, secgX, 1),
		"compressed, the other":      "3064 020100" + secgAlgorithmID + "044d 304b 020101 0420" + secgOne + "a124 032200 03" + secgX,
		"hybrid public key":          strings.Replace(secgCanonical, "04"+secgX, "06"+secgX, 1),
		"P-256":                      strings.Replace(secgCanonical, secgAlgorithmID, "3013 06072a8648ce3d0201 06082a8648ce3d030107", 1),
		"one byte more":              secgCanonical + "00",
		"one byte less":              secgCanonical[:len(secgCanonical)-2],
		"bare ECPrivateKey":          "302e 020101 0420" + secgOne + "a007 06052b8104000a",
		"version 2 of ECPrivateKey":  "303e 020100" + secgAlgorithmID + "0427 3025 020102 0420" + secgOne,
		"another curve in the key":   "304a 020100" + secgAlgorithmID + "0433 3031 020101 0420" + secgOne + "a00a 06082a8648ce3d030107",
		"SubjectPublicKeyInfo":       "3056" + secgAlgorithmID + "034200 04" + secgX + secgY,
		"key of P-256 with its name": "3041 020100 3013 06072a8648ce3d0201 06082a8648ce3d030107 0427 3025 020101 0420" + secgOne,
	} {
		if _, err := material.Parse(material.SpecOf(secg), der(t, digits)); !errors.Is(err, material.ErrMaterial) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSECG signs messages and digests.
func TestSECG(t *testing.T) {
	t.Parallel()
	for range 50 {
		k, other := generated[material.Signer](t, secg), generated[material.Signer](t, secg)
		again := parsed[material.Signer](t, secg, k.Secret().Expose())
		if !bytes.Equal(again.PublicKey(), k.PublicKey()) || !again.Secret().Equal(k.Secret()) {
			t.Fatal("the material does not give the same key")
		}
		message := []byte("message")
		digest := sha256.Sum256(message)
		inputs := map[types.MessageType][]byte{types.MessageTypeRaw: message, types.MessageTypeDigest: digest[:]}
		for signed, input := range inputs {
			sig, err := k.Sign(secgAlgorithm, signed, input)
			if err != nil {
				t.Fatal(err)
			}
			for verified, input := range inputs {
				if err := again.Verify(secgAlgorithm, verified, input, sig); err != nil {
					t.Errorf("signed as %s, verified as %s: %v", signed, verified, err)
				}
				if err := other.Verify(secgAlgorithm, verified, input, sig); !errors.Is(err, material.ErrSignature) {
					t.Errorf("signed as %s, verified as %s by another key: %v", signed, verified, err)
				}
			}
		}
		if _, err := k.Sign(secgAlgorithm, types.MessageTypeDigest, digest[:31]); err == nil {
			t.Error("signs a digest of 31 bytes")
		}
		if _, err := k.Sign(types.SigningAlgorithmSpecEcdsaSha384, types.MessageTypeRaw, message); err == nil {
			t.Error("signs by ECDSA_SHA_384")
		}
	}
}

// TestSECGOpenSSL: openssl reads our keys and verifies our signatures, and the other way round.
func TestSECGOpenSSL(t *testing.T) {
	t.Parallel()
	o := newOpenSSL(t)
	message := o.file("message", []byte("message"))
	for range 5 {
		ours := generated[material.Signer](t, secg)
		key := o.file("ours.der", ours.PrivateKey().Expose())
		if got := o.run("pkey", "-inform", "DER", "-in", key, "-check", "-pubout", "-outform", "DER"); !bytes.HasSuffix(got, ours.PublicKey()) {
			t.Errorf("openssl reads the public key %x", got)
		}
		sig, err := ours.Sign(secgAlgorithm, types.MessageTypeRaw, []byte("message"))
		if err != nil {
			t.Fatal(err)
		}
		o.run("pkeyutl", "-verify", "-rawin", "-digest", "sha256", "-pubin", "-keyform", "DER", "-inkey", o.file("public.der", ours.PublicKey()), "-in", message, "-sigfile", o.file("signature", sig))

		pem := o.file("theirs.pem", o.run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"))
		full := parsed[material.Signer](t, secg, o.run("pkcs8", "-topk8", "-nocrypt", "-in", pem, "-outform", "DER"))
		bare := o.file("bare.pem", o.run("ec", "-in", pem, "-no_public"))
		for name, b := range map[string][]byte{
			"no public key":         o.run("pkcs8", "-topk8", "-nocrypt", "-in", bare, "-outform", "DER"),
			"compressed public key": o.run("pkcs8", "-topk8", "-nocrypt", "-in", o.file("c.pem", o.run("ec", "-in", pem, "-conv_form", "compressed")), "-outform", "DER"),
		} {
			if k := parsed[material.Signer](t, secg, b); !k.Secret().Equal(full.Secret()) {
				t.Errorf("%s: another key", name)
			}
		}
		explicit := o.run("pkcs8", "-topk8", "-nocrypt", "-in", o.file("e.pem", o.run("ec", "-in", pem, "-param_enc", "explicit")), "-outform", "DER")
		if _, err := material.Parse(material.SpecOf(secg), explicit); !errors.Is(err, material.ErrMaterial) {
			t.Errorf("a curve that is spelled out: %v", err)
		}
		if got := o.run("pkey", "-in", pem, "-pubout", "-outform", "DER"); !bytes.Equal(got, full.PublicKey()) {
			t.Errorf("the public key is %x for openssl", got)
		}
		theirs := o.run("pkeyutl", "-sign", "-rawin", "-digest", "sha256", "-inkey", pem, "-in", message)
		if err := full.Verify(secgAlgorithm, types.MessageTypeRaw, []byte("message"), theirs); err != nil {
			t.Errorf("the signature of openssl: %v", err)
		}
	}
}

// FuzzParseSECG: what is read has the one canonical form, which gives the same key.
func FuzzParseSECG(f *testing.F) {
	for _, digits := range []string{
		secgCanonical,
		"303e 020100" + secgAlgorithmID + "0427 3025 020101 0420" + secgOne,
		"3064 020100" + secgAlgorithmID + "044d 304b 020101 0420" + secgOne + "a124 032200 02" + secgX,
		"308182 020101" + secgAlgorithmID + "0427 3025 020101 0420" + secgOne + "8142 00 04" + secgX + secgY,
		"303e 020100" + secgAlgorithmID + "0427 3025 020101 0420" + secgOrder,
	} {
		f.Add(der(f, digits))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := material.Parse(material.SpecOf(secg), bytes.Clone(b))
		if err != nil {
			if !errors.Is(err, material.ErrMaterial) {
				t.Errorf("%x: %v", b, err)
			}
			return
		}
		again := parsed[material.Signer](t, secg, k.Secret().Expose())
		if !again.Secret().Equal(k.Secret()) || !bytes.Equal(again.PublicKey(), k.(material.Signer).PublicKey()) {
			t.Errorf("%x: the canonical form is of another key", b)
		}
	})
}

func BenchmarkSECG(b *testing.B) {
	k := generated[material.Signer](b, secg)
	digest := make([]byte, 32)
	sig, err := k.Sign(secgAlgorithm, types.MessageTypeDigest, digest)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Sign", func(b *testing.B) {
		for b.Loop() {
			_, _ = k.Sign(secgAlgorithm, types.MessageTypeDigest, digest)
		}
	})
	b.Run("Verify", func(b *testing.B) {
		for b.Loop() {
			_ = k.Verify(secgAlgorithm, types.MessageTypeDigest, digest, sig)
		}
	})
	b.Run("Parse", func(b *testing.B) {
		for b.Loop() {
			_, _ = material.Parse(material.SpecOf(secg), bytes.Clone(k.Secret().Expose()))
		}
	})
}
