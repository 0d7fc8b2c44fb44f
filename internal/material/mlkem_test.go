package material_test

import (
	"bytes"
	"crypto/sha3"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cloudflare/circl/kem/schemes"

	"github.com/keystead/keystead/internal/material"
)

var mlkemSpecs = []types.KeySpec{types.KeySpecMlKem512, types.KeySpecMlKem768, types.KeySpecMlKem1024}

// generated is a new key.
func generated[K material.Key](t testing.TB, spec types.KeySpec) K {
	t.Helper()
	k, err := material.Generate(material.SpecOf(spec))
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return k.(K)
}

// publicBits is the bit string of a SubjectPublicKeyInfo, which must be of the algorithm id
// and without parameters.
func publicBits(t testing.TB, spki []byte, id string) []byte {
	t.Helper()
	var info struct {
		Algorithm struct{ ID asn1.ObjectIdentifier }
		Key       asn1.BitString
	}
	if rest, err := asn1.Unmarshal(spki, &info); err != nil || len(rest) != 0 {
		t.Fatalf("SubjectPublicKeyInfo: %v, %d bytes more", err, len(rest))
	}
	if info.Algorithm.ID.String() != id {
		t.Errorf("the public key is of algorithm %s, not %s", info.Algorithm.ID, id)
	}
	return info.Key.RightAlign()
}

var mlkemIDs = map[types.KeySpec]string{
	types.KeySpecMlKem512: "2.16.840.1.101.3.4.4.1", types.KeySpecMlKem768: "2.16.840.1.101.3.4.4.2", types.KeySpecMlKem1024: "2.16.840.1.101.3.4.4.3",
}

var mlkemNames = map[string]types.KeySpec{
	"ML-KEM-512": types.KeySpecMlKem512, "ML-KEM-768": types.KeySpecMlKem768, "ML-KEM-1024": types.KeySpecMlKem1024,
}

// TestMLKEMKeyGenVectors: NIST's vectors of key generation.
func TestMLKEMKeyGenVectors(t *testing.T) {
	t.Parallel()
	type group struct {
		ParameterSet string `json:"parameterSet"`
		Tests        []struct {
			TcID int      `json:"tcId"`
			D, Z hexBytes `json:",omitempty"`
		} `json:"tests"`
	}
	type result struct {
		TcID int      `json:"tcId"`
		EK   hexBytes `json:"ek"`
	}
	v := readACVP[group](t, "kem/mlkem/testdata/ML-KEM-keyGen-FIPS203", func(r result) int { return r.TcID })
	n := 0
	for _, g := range v.groups {
		spec := mlkemNames[g.ParameterSet]
		for _, c := range g.Tests {
			k := parsed[material.Asymmetric](t, spec, append(bytes.Clone(c.D), c.Z...))
			if !bytes.Equal(publicBits(t, k.PublicKey(), mlkemIDs[spec]), v.results[c.TcID].EK) {
				t.Errorf("%s, test %d: another public key", g.ParameterSet, c.TcID)
			}
			n++
		}
	}
	if n != 75 {
		t.Errorf("%d vectors", n)
	}
}

// TestMLKEMAccumulated runs 10,000 random keys, ciphertexts and invalid ciphertexts against
// the published hash of everything that must come out. The deterministic encapsulation that it
// needs is circl's.
//
// Source: https://c2sp.org/CCTV/ML-KEM
func TestMLKEMAccumulated(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the hash is of 10,000 rounds")
	}
	for name, hash := range map[string]string{
		"ML-KEM-512":  "705dcffc87f4e67e35a09dcaa31772e86f3341bd3ccf1e78a5fef99ae6a35a13",
		"ML-KEM-768":  "f959d18d3d1180121433bf0e05f11e7908cf9d03edc150b2b07cb90bef5bc1c1",
		"ML-KEM-1024": "e3bf82b013307b2e9d47dde791ff6dfc82e694e6382404abdb948b908b75bad5",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scheme, random, all := schemes.ByName(name), sha3.NewSHAKE128(), sha3.NewSHAKE128()
			seed, message, invalid := make([]byte, 64), make([]byte, 32), make([]byte, scheme.CiphertextSize())
			for range 10_000 {
				_, _ = random.Read(seed)
				_, _ = random.Read(message)
				_, _ = random.Read(invalid)
				k := parsed[material.Decapsulator](t, mlkemNames[name], seed)
				_, dk := scheme.DeriveKeyPair(seed)
				expanded, _ := dk.MarshalBinary()
				ek, err := scheme.UnmarshalBinaryPublicKey(publicBits(t, k.PublicKey(), mlkemIDs[mlkemNames[name]]))
				if err != nil {
					t.Fatal(err)
				}
				ct, want, err := scheme.EncapsulateDeterministically(ek, message)
				if err != nil {
					t.Fatal(err)
				}
				shared, err := k.Decapsulate(ct)
				if err != nil || !bytes.Equal(shared, want) {
					t.Fatalf("decapsulated to another secret: %v", err)
				}
				rejected, err := k.Decapsulate(invalid)
				if err != nil {
					t.Fatal(err)
				}
				raw, _ := ek.MarshalBinary()
				for _, b := range [][]byte{raw, expanded, ct, shared, rejected} {
					_, _ = all.Write(b)
				}
			}
			got := make([]byte, 32)
			_, _ = all.Read(got)
			if hex.EncodeToString(got) != hash {
				t.Errorf("the hash of all is %x", got)
			}
		})
	}
}

// TestMLKEM encapsulates and decapsulates with one library here and circl there.
func TestMLKEM(t *testing.T) {
	t.Parallel()
	for name, spec := range mlkemNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scheme := schemes.ByName(name)
			for range 50 {
				k := generated[material.Decapsulator](t, spec)
				again := parsed[material.Decapsulator](t, spec, k.Secret().Expose())
				if !bytes.Equal(again.PublicKey(), k.PublicKey()) || k.Spec().Name != spec || k.Secret().Len() != 64 {
					t.Fatal("the seed does not give the same key")
				}
				_, dk := scheme.DeriveKeyPair(k.Secret().Expose())
				shared, ct, err := k.Encapsulate()
				if err != nil || len(ct) != scheme.CiphertextSize() || len(shared) != 32 {
					t.Fatalf("encapsulated to %d and %d bytes: %v", len(shared), len(ct), err)
				}
				for who, decapsulate := range map[string]func() ([]byte, error){
					"ours":  func() ([]byte, error) { return again.Decapsulate(ct) },
					"circl": func() ([]byte, error) { return scheme.Decapsulate(dk, ct) },
				} {
					if got, err := decapsulate(); err != nil || !bytes.Equal(got, shared) {
						t.Errorf("%s: decapsulated to another secret: %v", who, err)
					}
				}
			}
		})
	}
}

// rejection is what FIPS 203 answers to a ciphertext that is not of the key: J(z ‖ c).
func rejection(seed, ciphertext []byte) []byte {
	return sha3.SumSHAKE256(append(bytes.Clone(seed[32:]), ciphertext...), 32)
}

// TestMLKEMInvalidCiphertexts: a wrong length is an error, everything else is rejected
// implicitly.
func TestMLKEMInvalidCiphertexts(t *testing.T) {
	t.Parallel()
	for _, spec := range mlkemSpecs {
		k := generated[material.Decapsulator](t, spec)
		_, ct, err := k.Encapsulate()
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range [][]byte{nil, {}, ct[:1], ct[:len(ct)-1], append(bytes.Clone(ct), 0), append(bytes.Clone(ct), ct...)} {
			if _, err := k.Decapsulate(bad); !errors.Is(err, material.ErrCiphertext) {
				t.Errorf("%s: %d bytes: %v", spec, len(bad), err)
			}
		}
		for i := 0; i < len(ct); i += 31 {
			bad := bytes.Clone(ct)
			bad[i] ^= 1 << (i % 8)
			if got, err := k.Decapsulate(bad); err != nil || !bytes.Equal(got, rejection(k.Secret().Expose(), bad)) {
				t.Errorf("%s: byte %d changed: not the secret of an implicit rejection: %v", spec, i, err)
			}
		}
	}
}

func TestMLKEMInvalidMaterial(t *testing.T) {
	t.Parallel()
	for _, spec := range mlkemSpecs {
		for _, n := range []int{0, 1, 32, 63, 65, 1632, 2400, 3168} {
			if _, err := material.Parse(material.SpecOf(spec), make([]byte, n)); !errors.Is(err, material.ErrMaterial) {
				t.Errorf("%s: %d bytes: %v", spec, n, err)
			}
		}
	}
}

// TestMLKEMPrivateKey compares with the form of RFC 9935, which OpenSSL 4.0 writes for the seed
// 00 01 … 3f byte for byte.
func TestMLKEMPrivateKey(t *testing.T) {
	t.Parallel()
	seed := make([]byte, 64)
	for i := range seed {
		seed[i] = byte(i)
	}
	for i, spec := range mlkemSpecs {
		k := parsed[material.Asymmetric](t, spec, seed)
		want := fmt.Sprintf("3054020100300b06096086480165030404%02x04428040%x", i+1, seed)
		if got := hex.EncodeToString(k.PrivateKey().Expose()); got != want {
			t.Errorf("%s: the private key is %s", spec, got)
		}
	}
}

// FuzzDecapsulate: no ciphertext makes an error but by its length, and those of the right
// length open or are rejected implicitly.
func FuzzDecapsulate(f *testing.F) {
	var keys []material.Decapsulator
	sizes := []int{768, 1088, 1568}
	for i, spec := range mlkemSpecs {
		k := parsed[material.Decapsulator](f, spec, bytes.Repeat([]byte{byte(i)}, 64))
		keys = append(keys, k)
		f.Add(uint8(i), make([]byte, sizes[i]))
		f.Add(uint8(i), bytes.Repeat([]byte{0xff}, sizes[i]))
		f.Add(uint8(i), []byte{})
	}
	f.Fuzz(func(t *testing.T, which uint8, ct []byte) {
		i := int(which) % len(keys)
		got, err := keys[i].Decapsulate(ct)
		switch {
		case len(ct) != sizes[i] && !errors.Is(err, material.ErrCiphertext):
			t.Errorf("%d bytes: %v", len(ct), err)
		case len(ct) == sizes[i] && (err != nil || !bytes.Equal(got, rejection(keys[i].Secret().Expose(), ct))):
			t.Errorf("not rejected implicitly: %v", err)
		}
	})
}

func BenchmarkMLKEM(b *testing.B) {
	for _, spec := range mlkemSpecs {
		k := generated[material.Decapsulator](b, spec)
		_, ct, err := k.Encapsulate()
		if err != nil {
			b.Fatal(err)
		}
		b.Run("Encapsulate/"+string(spec), func(b *testing.B) {
			for b.Loop() {
				_, _, _ = k.Encapsulate()
			}
		})
		b.Run("Decapsulate/"+string(spec), func(b *testing.B) {
			for b.Loop() {
				_, _ = k.Decapsulate(ct)
			}
		})
	}
}
