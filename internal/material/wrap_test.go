package material_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/material/materialtest"
	"github.com/keystead/keystead/internal/wycheproof"
)

// TestKeyWrapVectors opens the vectors of RFC 5649, section 6, and of Wycheproof.
func TestKeyWrapVectors(t *testing.T) {
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	kek := unhex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
	for _, v := range [][2]string{
		{"c37b7e6492584340bed12207808941155068f738", "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"},
		{"466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"},
	} {
		if p, err := material.UnwrapPadded(kek, unhex(v[1])); err != nil || hex.EncodeToString(p) != v[0] {
			t.Errorf("RFC 5649: %x, %v; want %s", p, err, v[0])
		}
	}
	valid := 0
	for _, g := range wycheproof.Read(t, "aes_kwp") {
		for _, v := range g.Tests {
			p, err := material.UnwrapPadded(v.Key, v.CT)
			switch {
			case v.Valid():
				valid++
				if err != nil || !bytes.Equal(p, v.Message) {
					t.Errorf("vector %d (%s): %x, %v", v.ID, v.Comment, p, err)
				}
				if again := materialtest.WrapPadded(t, v.Key, v.Message); !bytes.Equal(again, v.CT) {
					t.Errorf("vector %d (%s): the test wraps it as %x", v.ID, v.Comment, again)
				}
			case !errors.Is(err, material.ErrCiphertext) || p != nil:
				t.Errorf("vector %d (%s) gives %x, %v", v.ID, v.Comment, p, err)
			}
		}
	}
	if valid == 0 {
		t.Error("no vector is valid")
	}
}

// wrappings are all algorithms.
var wrappings = []types.AlgorithmSpec{
	types.AlgorithmSpecRsaesOaepSha1, types.AlgorithmSpecRsaesOaepSha256,
	types.AlgorithmSpecRsaAesKeyWrapSha1, types.AlgorithmSpecRsaAesKeyWrapSha256,
}

func TestUnwrap(t *testing.T) {
	t.Parallel()
	k, err := material.Generate(material.SpecOf(types.KeySpecRsa2048))
	if err != nil {
		t.Fatal(err)
	}
	d := k.(material.Decrypter)
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	long := make([]byte, 5000)
	_, _ = rand.Read(long)
	refused := func(a types.AlgorithmSpec, what string, wrapped []byte) {
		t.Helper()
		if p, err := material.Unwrap(d, a, wrapped); !errors.Is(err, material.ErrCiphertext) || p != nil {
			t.Errorf("%s: %s: %x, %v", a, what, p, err)
		}
	}
	for i, a := range wrappings {
		wrapped := materialtest.Wrap(t, d.PublicKey(), a, secret)
		if p, err := material.Unwrap(d, a, wrapped); err != nil || !bytes.Equal(p, secret) {
			t.Errorf("%s: %x, %v", a, p, err)
		}
		for _, at := range []int{0, 255, len(wrapped) - 1} {
			altered := slices.Clone(wrapped)
			altered[at] ^= 1
			refused(a, "altered", altered)
		}
		refused(a, "with more", append(slices.Clone(wrapped), 0))
		refused(a, "with a block more", append(slices.Clone(wrapped), make([]byte, 8)...))
		refused(a, "with less", wrapped[:len(wrapped)-1])
		refused(a, "half", wrapped[:128])
		refused(a, "nothing", nil)
		refused(a, "by another algorithm", materialtest.Wrap(t, d.PublicKey(), wrappings[(i+1)%len(wrappings)], secret))
	}
	for _, a := range wrappings[2:] {
		if p, err := material.Unwrap(d, a, materialtest.Wrap(t, d.PublicKey(), a, long)); err != nil || !bytes.Equal(p, long) {
			t.Errorf("%s of 5,000 bytes: %v", a, err)
		}
		for _, size := range []int{16, 24, 31, 33} {
			key := make([]byte, size)
			wrapped := materialtest.OAEP(t, d.PublicKey(), a, key)
			if size != 31 && size != 33 { // sizes of AES, which the guide does not name
				wrapped = append(wrapped, materialtest.WrapPadded(t, key, secret)...)
			}
			refused(a, "by a key of another size", wrapped)
		}
		refused(a, "without material", materialtest.OAEP(t, d.PublicKey(), a, secret))
	}
	for _, a := range []types.AlgorithmSpec{types.AlgorithmSpecRsaesPkcs1V15, types.AlgorithmSpecSm2pke, "", "x"} {
		refused(a, "unknown", materialtest.OAEP(t, d.PublicKey(), types.AlgorithmSpecRsaesOaepSha256, secret))
	}
}

// TestCarries has the table of the API reference.
func TestCarries(t *testing.T) {
	for _, s := range material.Specs {
		for _, a := range append(slices.Clone(wrappings), types.AlgorithmSpecRsaesPkcs1V15, types.AlgorithmSpecSm2pke) {
			for _, bits := range []int{2048, 3072, 4096} {
				want := false
				switch s.Family {
				case material.RSA:
					want = a == types.AlgorithmSpecRsaAesKeyWrapSha1 || a == types.AlgorithmSpecRsaAesKeyWrapSha256
				case material.Symmetric, material.HMAC, material.ECC, material.SECG, material.Edwards:
					want = a != types.AlgorithmSpecRsaesPkcs1V15 && a != types.AlgorithmSpecSm2pke
				}
				if s.Name == types.KeySpecEccNistP521 && bits == 2048 && (a == types.AlgorithmSpecRsaesOaepSha1 || a == types.AlgorithmSpecRsaesOaepSha256) {
					want = false
				}
				if got := material.Carries(a, bits, s); got != want {
					t.Errorf("%s by %s and RSA of %d bits: %v", s.Name, a, bits, got)
				}
			}
		}
	}
}

// FuzzUnwrapPadded: whatever opens is what wrapping gives for the result.
func FuzzUnwrapPadded(f *testing.F) {
	key := make([]byte, 32)
	for _, size := range []int{1, 7, 8, 9, 16, 32, 100} {
		f.Add(materialtest.WrapPadded(f, key, make([]byte, size)))
	}
	f.Add([]byte{})
	f.Add(make([]byte, 16))
	f.Add(make([]byte, 24))
	f.Fuzz(func(t *testing.T, wrapped []byte) {
		p, err := material.UnwrapPadded(key, wrapped)
		if err != nil {
			if !errors.Is(err, material.ErrCiphertext) || p != nil {
				t.Fatalf("%x, %v", p, err)
			}
			return
		}
		if again := materialtest.WrapPadded(t, key, p); !bytes.Equal(again, wrapped) {
			t.Errorf("%x opens to %x, which is wrapped as %x", wrapped, p, again)
		}
	})
}
