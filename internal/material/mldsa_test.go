package material_test

import (
	"bytes"
	"crypto/sha3"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cloudflare/circl/sign/schemes"

	"github.com/keystead/keystead/internal/material"
)

const mldsaAlgorithm = types.SigningAlgorithmSpecMlDsaShake256

// mldsaSets are the parameter sets, as NIST calls them.
var mldsaSets = map[string]struct {
	spec              types.KeySpec
	id                string
	public, signature int
}{
	"ML-DSA-44": {types.KeySpecMlDsa44, "2.16.840.1.101.3.4.3.17", 1312, 2420},
	"ML-DSA-65": {types.KeySpecMlDsa65, "2.16.840.1.101.3.4.3.18", 1952, 3309},
	"ML-DSA-87": {types.KeySpecMlDsa87, "2.16.840.1.101.3.4.3.19", 2592, 4627},
}

// muOf is the message representative of a message with a context (FIPS 204, section 6.2).
func muOf(public, context, message []byte) []byte {
	b := append(sha3.SumSHAKE256(public, 64), 0, byte(len(context)))
	return sha3.SumSHAKE256(append(append(b, context...), message...), 64)
}

// TestMLDSAKeyGenVectors: NIST's vectors of key generation.
func TestMLDSAKeyGenVectors(t *testing.T) {
	t.Parallel()
	type group struct {
		ParameterSet string `json:"parameterSet"`
		Tests        []struct {
			TcID int      `json:"tcId"`
			Seed hexBytes `json:"seed"`
		} `json:"tests"`
	}
	type result struct {
		TcID int      `json:"tcId"`
		PK   hexBytes `json:"pk"`
	}
	v := readACVP[group](t, "sign/mldsa/testdata/ML-DSA-keyGen-FIPS204", func(r result) int { return r.TcID })
	n := 0
	for _, g := range v.groups {
		set := mldsaSets[g.ParameterSet]
		for _, c := range g.Tests {
			k := parsed[material.Asymmetric](t, set.spec, c.Seed)
			if !bytes.Equal(publicBits(t, k.PublicKey(), set.id), v.results[c.TcID].PK) || !bytes.Equal(k.Secret().Expose(), c.Seed) {
				t.Errorf("%s, test %d: another public key", g.ParameterSet, c.TcID)
			}
			n++
		}
	}
	if n != 75 {
		t.Errorf("%d vectors", n)
	}
}

// wycheproofMLDSA are Wycheproof's groups of tests, of signing from a seed or of verification.
type wycheproofMLDSA struct {
	TestGroups []struct {
		PrivateSeed hexBytes `json:"privateSeed"`
		PublicKey   hexBytes `json:"publicKey"`
		Tests       []struct {
			TcID         int      `json:"tcId"`
			Msg, Ctx, Mu hexBytes `json:",omitempty"`
			Sig          hexBytes `json:"sig"`
			Result       string   `json:"result"`
		} `json:"tests"`
	} `json:"testGroups"`
}

// TestMLDSAWycheproofSeeds verifies Wycheproof's signatures by keys from their seeds: those
// with a context by way of μ, those without in both ways.
func TestMLDSAWycheproofSeeds(t *testing.T) {
	t.Parallel()
	n := 0
	for name, file := range map[string]string{
		"ML-DSA-44": "mldsa_44_sign_seed_test.json.gz", "ML-DSA-65": "mldsa_65_seed_sign_test.json.gz", "ML-DSA-87": "mldsa_87_sign_seed_test.json.gz",
	} {
		var v wycheproofMLDSA
		readVectors(t, moduleFile(t, "github.com/cloudflare/circl", filepath.Join("sign/schemes/testdata/wycheproof", file)), &v)
		for _, g := range v.TestGroups {
			if len(g.PrivateSeed) != 32 {
				if _, err := material.Parse(material.SpecOf(mldsaSets[name].spec), g.PrivateSeed); !errors.Is(err, material.ErrMaterial) {
					t.Errorf("%s: a seed of %d bytes: %v", name, len(g.PrivateSeed), err)
				}
				continue
			}
			k := parsed[material.Signer](t, mldsaSets[name].spec, g.PrivateSeed)
			public := publicBits(t, k.PublicKey(), mldsaSets[name].id)
			for _, c := range g.Tests {
				if len(c.Ctx) > 255 || c.Result != "valid" {
					continue // no signature exists
				}
				mu := muOf(public, c.Ctx, c.Msg)
				if c.Mu != nil {
					mu = c.Mu
				}
				if err := k.Verify(mldsaAlgorithm, types.MessageTypeExternalMu, mu, c.Sig); err != nil {
					t.Errorf("%s, test %d: μ: %v", name, c.TcID, err)
				}
				if len(c.Ctx) == 0 && c.Msg != nil {
					if err := k.Verify(mldsaAlgorithm, types.MessageTypeRaw, c.Msg, c.Sig); err != nil {
						t.Errorf("%s, test %d: %v", name, c.TcID, err)
					}
				}
				n++
			}
		}
	}
	if n < 150 {
		t.Errorf("only %d signatures", n)
	}
}

// TestMLDSA signs messages as they are and as μ; each signature is one of both, for us and
// for circl.
func TestMLDSA(t *testing.T) {
	t.Parallel()
	for name, set := range mldsaSets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scheme := schemes.ByName(name)
			for i := range 10 {
				k := generated[material.Signer](t, set.spec)
				again := parsed[material.Signer](t, set.spec, k.Secret().Expose())
				public := publicBits(t, again.PublicKey(), set.id)
				if !bytes.Equal(again.PublicKey(), k.PublicKey()) || len(public) != set.public || k.Spec().Name != set.spec {
					t.Fatal("the seed does not give the same key")
				}
				theirs, err := scheme.UnmarshalBinaryPublicKey(public)
				if err != nil {
					t.Fatal(err)
				}
				message := bytes.Repeat([]byte("message "), 1+i*50)
				inputs := map[types.MessageType][]byte{types.MessageTypeRaw: message, types.MessageTypeExternalMu: muOf(public, nil, message)}
				for signed, input := range inputs {
					sig, err := k.Sign(mldsaAlgorithm, signed, input)
					if err != nil || len(sig) != set.signature {
						t.Fatalf("a signature of %d bytes: %v", len(sig), err)
					}
					if !scheme.Verify(theirs, message, sig, nil) {
						t.Errorf("circl does not verify a signature of %s", signed)
					}
					for verified, input := range inputs {
						if err := again.Verify(mldsaAlgorithm, verified, input, sig); err != nil {
							t.Errorf("signed as %s, verified as %s: %v", signed, verified, err)
						}
					}
				}
				_, private := scheme.DeriveKey(k.Secret().Expose())
				sig := scheme.Sign(private, message, nil)
				for verified, input := range inputs {
					if err := k.Verify(mldsaAlgorithm, verified, input, sig); err != nil {
						t.Errorf("signed by circl, verified as %s: %v", verified, err)
					}
				}
			}
		})
	}
}

// TestMLDSAIsHedged: two signatures of one message differ.
func TestMLDSAIsHedged(t *testing.T) {
	t.Parallel()
	k := generated[material.Signer](t, types.KeySpecMlDsa44)
	for _, mt := range []types.MessageType{types.MessageTypeRaw, types.MessageTypeExternalMu} {
		a, _ := k.Sign(mldsaAlgorithm, mt, make([]byte, 64))
		b, _ := k.Sign(mldsaAlgorithm, mt, make([]byte, 64))
		if bytes.Equal(a, b) {
			t.Errorf("%s: the signatures are the same", mt)
		}
	}
}

// TestMLDSAInvalidSignatures: both ways of verification refuse the same.
func TestMLDSAInvalidSignatures(t *testing.T) {
	t.Parallel()
	for name, set := range mldsaSets {
		k, other := generated[material.Signer](t, set.spec), generated[material.Signer](t, set.spec)
		message := []byte("message")
		sig, err := k.Sign(mldsaAlgorithm, types.MessageTypeRaw, message)
		if err != nil {
			t.Fatal(err)
		}
		refuse := func(what string, k material.Signer, message, sig []byte) {
			mu := muOf(publicBits(t, k.PublicKey(), set.id), nil, message)
			for mt, input := range map[types.MessageType][]byte{types.MessageTypeRaw: message, types.MessageTypeExternalMu: mu} {
				if err := k.Verify(mldsaAlgorithm, mt, input, sig); !errors.Is(err, material.ErrSignature) {
					t.Errorf("%s: %s: %s: %v", name, mt, what, err)
				}
			}
		}
		refuse("no signature", k, message, nil)
		refuse("one byte less", k, message, sig[:len(sig)-1])
		refuse("one byte more", k, message, append(bytes.Clone(sig), 0))
		refuse("another message", k, []byte("massage"), sig)
		refuse("another key", other, message, sig)
		for i := 0; i < len(sig); i += 97 {
			bad := bytes.Clone(sig)
			bad[i] ^= 1 << (i % 8)
			refuse(fmt.Sprintf("byte %d changed", i), k, message, bad)
		}
		// What callers have to find out before is no signature, but neither a wrong one.
		if err := k.Verify(mldsaAlgorithm, types.MessageTypeExternalMu, make([]byte, 63), sig); err == nil || errors.Is(err, material.ErrSignature) {
			t.Errorf("%s: a short μ: %v", name, err)
		}
		if _, err := k.Sign(mldsaAlgorithm, types.MessageTypeDigest, make([]byte, 64)); err == nil {
			t.Errorf("%s: signs a digest", name)
		}
	}
}

func TestMLDSAInvalidMaterial(t *testing.T) {
	t.Parallel()
	for _, set := range mldsaSets {
		for _, n := range []int{0, 31, 33, 64, 2560, 4032, 4896} {
			if _, err := material.Parse(material.SpecOf(set.spec), make([]byte, n)); !errors.Is(err, material.ErrMaterial) {
				t.Errorf("%s: %d bytes: %v", set.spec, n, err)
			}
		}
	}
}

// TestMLDSAPrivateKey compares with the form of RFC 9881, which OpenSSL 4.0 writes for the seed
// 00 01 … 1f byte for byte.
func TestMLDSAPrivateKey(t *testing.T) {
	t.Parallel()
	seed := make([]byte, 32)
	for i := range seed {
		seed[i] = byte(i)
	}
	for i, spec := range []types.KeySpec{types.KeySpecMlDsa44, types.KeySpecMlDsa65, types.KeySpecMlDsa87} {
		k := parsed[material.Asymmetric](t, spec, seed)
		want := fmt.Sprintf("3034020100300b06096086480165030403%02x04228020%x", 0x11+i, seed)
		if got := hex.EncodeToString(k.PrivateKey().Expose()); got != want {
			t.Errorf("%s: the private key is %s", spec, got)
		}
	}
}

func BenchmarkMLDSA(b *testing.B) {
	message := make([]byte, 64)
	for _, spec := range []types.KeySpec{types.KeySpecMlDsa44, types.KeySpecMlDsa65, types.KeySpecMlDsa87} {
		k := generated[material.Signer](b, spec)
		sig, err := k.Sign(mldsaAlgorithm, types.MessageTypeExternalMu, message)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("Sign/"+string(spec), func(b *testing.B) {
			for b.Loop() {
				_, _ = k.Sign(mldsaAlgorithm, types.MessageTypeRaw, message)
			}
		})
		b.Run("VerifyMu/"+string(spec), func(b *testing.B) {
			for b.Loop() {
				if err := k.Verify(mldsaAlgorithm, types.MessageTypeExternalMu, message, sig); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("Parse/"+string(spec), func(b *testing.B) {
			for b.Loop() {
				_, _ = material.Parse(material.SpecOf(spec), bytes.Clone(k.Secret().Expose()))
			}
		})
	}
}
