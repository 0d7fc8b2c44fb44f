package material_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"os"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// storedSpecs are the specs of testdata/keys. The openssl command made these keys; they are in
// the canonical form already, so they show that this form never changes.
var storedSpecs = []types.KeySpec{
	types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096, p256, p384, p521, types.KeySpecEccNistEdwards25519,
}

func storedKey(t testing.TB, spec types.KeySpec) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/keys/" + string(spec) + ".der")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// parsed reads material that must be valid, of a key that can do what K says.
func parsed[K material.Key](t testing.TB, spec types.KeySpec, b []byte) K {
	t.Helper()
	k, err := material.Parse(material.SpecOf(spec), bytes.Clone(b))
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	can, ok := k.(K)
	if !ok {
		t.Fatalf("a key of spec %s can't do that", spec)
	}
	return can
}

func TestStoredKeysAreCanonical(t *testing.T) {
	t.Parallel()
	for _, spec := range storedSpecs {
		k := parsed[material.Asymmetric](t, spec, storedKey(t, spec))
		if k.Spec() != material.SpecOf(spec) || !bytes.Equal(k.Secret().Expose(), storedKey(t, spec)) || !bytes.Equal(k.PrivateKey().Expose(), storedKey(t, spec)) {
			t.Errorf("%s: another form than what is stored", spec)
		}
	}
}

func TestGeneratedKeysAreCanonical(t *testing.T) {
	t.Parallel()
	for _, s := range material.Specs {
		switch s.Family {
		case material.RSA, material.ECC, material.Edwards, material.HMAC:
		default:
			continue // see the tests of their own
		}
		t.Run(string(s.Name), func(t *testing.T) {
			t.Parallel()
			k := generated[material.Key](t, s.Name)
			again := parsed[material.Key](t, s.Name, k.Secret().Expose())
			if !again.Secret().Equal(k.Secret()) || k.Spec() != s {
				t.Error("a generated key is not in the canonical form")
			}
			if s.Family != material.RSA && generated[material.Key](t, s.Name).Secret().Equal(k.Secret()) {
				t.Error("two keys are the same")
			}
			if a, ok := k.(material.Asymmetric); ok && !bytes.Equal(a.PublicKey(), again.(material.Asymmetric).PublicKey()) {
				t.Error("the public key is another one after Parse")
			}
		})
	}
}

// pkcs8, ecPrivateKey and rsaPrivateKey are the structures of RFC 5958, RFC 5915 and RFC 8017.
type pkcs8 struct {
	Version   int
	Algorithm struct {
		ID         asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	Key        []byte
	Attributes asn1.RawValue  `asn1:"optional,tag:0"`
	Public     asn1.BitString `asn1:"optional,tag:1"`
}

type ecPrivateKey struct {
	Version    int
	Scalar     []byte
	Parameters asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	Public     asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

type rsaPrivateKey struct {
	Version          int
	N                *big.Int
	E                int64
	D, P, Q          *big.Int
	DP, DQ, QInverse *big.Int
}

func unmarshal[T any](t testing.TB, b []byte) T {
	t.Helper()
	var v T
	if rest, err := asn1.Unmarshal(b, &v); err != nil || len(rest) != 0 {
		t.Fatalf("%T: %v", v, err)
	}
	return v
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func bitString(b []byte) asn1.BitString { return asn1.BitString{Bytes: b, BitLength: 8 * len(b)} }

// attributes is an empty set of them.
var attributes = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true}

// recoded changes the stored key of a spec: the structure around it, and in it.
func recoded[T any](t testing.TB, spec types.KeySpec, change func(outer *pkcs8, inner *T)) []byte {
	t.Helper()
	outer := unmarshal[pkcs8](t, storedKey(t, spec))
	inner := unmarshal[T](t, outer.Key)
	outer.Key = nil
	change(&outer, &inner)
	if outer.Key == nil {
		outer.Key = marshal(t, inner)
	}
	return marshal(t, outer)
}

// crt computes the last three numbers anew.
func (k *rsaPrivateKey) crt() {
	one := big.NewInt(1)
	k.DP = new(big.Int).Mod(k.D, new(big.Int).Sub(k.P, one))
	k.DQ = new(big.Int).Mod(k.D, new(big.Int).Sub(k.Q, one))
	k.QInverse = new(big.Int).ModInverse(k.Q, k.P)
}

// totient is (p−1)(q−1), which older programs use in the place of λ(n).
func (k *rsaPrivateKey) totient() *big.Int {
	one := big.NewInt(1)
	return new(big.Int).Mul(new(big.Int).Sub(k.P, one), new(big.Int).Sub(k.Q, one))
}

// point is the public key of a stored key on a curve.
func point(t testing.TB, spec types.KeySpec) []byte {
	t.Helper()
	k, err := x509.ParsePKCS8PrivateKey(storedKey(t, spec))
	if err != nil {
		t.Fatal(err)
	}
	switch k := k.(type) {
	case *ecdsa.PrivateKey:
		b, err := k.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return b
	case ed25519.PrivateKey:
		return k.Public().(ed25519.PublicKey)
	default:
		t.Fatalf("a key of type %T", k)
		return nil
	}
}

func compressed(point []byte) []byte {
	return append([]byte{2 + point[len(point)-1]&1}, point[1:1+len(point)/2]...)
}

var otherEncodings = map[string]func(t *testing.T) (types.KeySpec, []byte){
	"RSA, the smaller prime first": func(t *testing.T) (types.KeySpec, []byte) {
		return types.KeySpecRsa2048, recoded(t, types.KeySpecRsa2048, func(_ *pkcs8, k *rsaPrivateKey) {
			k.P, k.Q = k.Q, k.P
			k.crt()
		})
	},
	"RSA, the exponent modulo φ(n)": func(t *testing.T) (types.KeySpec, []byte) {
		return types.KeySpecRsa3072, recoded(t, types.KeySpecRsa3072, func(_ *pkcs8, k *rsaPrivateKey) {
			old := k.D
			if k.D = new(big.Int).ModInverse(big.NewInt(k.E), k.totient()); k.D.Cmp(old) == 0 {
				t.Fatal("the same exponent")
			}
		})
	},
	"RSA, attributes": func(t *testing.T) (types.KeySpec, []byte) {
		return types.KeySpecRsa2048, recoded(t, types.KeySpecRsa2048, func(o *pkcs8, _ *rsaPrivateKey) { o.Attributes = attributes })
	},
	"ECC, no public key": func(t *testing.T) (types.KeySpec, []byte) {
		return p256, recoded(t, p256, func(_ *pkcs8, k *ecPrivateKey) { k.Public = asn1.BitString{} })
	},
	"ECC, the curve twice": func(t *testing.T) (types.KeySpec, []byte) {
		return p384, recoded(t, p384, func(_ *pkcs8, k *ecPrivateKey) { k.Parameters = asn1.ObjectIdentifier{1, 3, 132, 0, 34} })
	},
	"ECC, a compressed public key": func(t *testing.T) (types.KeySpec, []byte) {
		return p521, recoded(t, p521, func(_ *pkcs8, k *ecPrivateKey) { k.Public = bitString(compressed(point(t, p521))) })
	},
	"ECC, two public keys": func(t *testing.T) (types.KeySpec, []byte) {
		return p521, recoded(t, p521, func(o *pkcs8, _ *ecPrivateKey) { o.Version, o.Public = 1, bitString(point(t, p521)) })
	},
	"Ed25519, a public key": func(t *testing.T) (types.KeySpec, []byte) {
		spec := types.KeySpecEccNistEdwards25519
		return spec, recoded(t, spec, func(o *pkcs8, _ *[]byte) { o.Version, o.Public = 1, bitString(point(t, spec)) })
	},
	"Ed25519, attributes": func(t *testing.T) (types.KeySpec, []byte) {
		spec := types.KeySpecEccNistEdwards25519
		return spec, recoded(t, spec, func(o *pkcs8, _ *[]byte) { o.Attributes = attributes })
	},
}

func TestOtherEncodingsAreTheSameKey(t *testing.T) {
	t.Parallel()
	for name, encoding := range otherEncodings {
		spec, b := encoding(t)
		if bytes.Equal(b, storedKey(t, spec)) {
			t.Errorf("%s: the same encoding", name)
		}
		k, err := material.Parse(material.SpecOf(spec), b)
		if err != nil || !bytes.Equal(k.Secret().Expose(), storedKey(t, spec)) {
			t.Errorf("%s: %v, or not the same key", name, err)
		}
	}
}

// composite makes an RSA key with a factor that is a product of two primes. The numbers fit
// together in all other ways.
func composite(t *testing.T, k *rsaPrivateKey) {
	t.Helper()
	for {
		a, err := rand.Prime(rand.Reader, 512)
		if err != nil {
			t.Fatal(err)
		}
		b, err := rand.Prime(rand.Reader, 512)
		if err != nil {
			t.Fatal(err)
		}
		k.P = new(big.Int).Mul(a, b)
		k.N = new(big.Int).Mul(k.P, k.Q)
		k.D = new(big.Int).ModInverse(big.NewInt(k.E), k.totient())
		if k.D != nil && k.N.BitLen() == 2048 {
			k.crt()
			return
		}
	}
}

func TestRefusedMaterial(t *testing.T) {
	t.Parallel()
	inRSA := func(change func(*pkcs8, *rsaPrivateKey)) func(*testing.T) (types.KeySpec, []byte) {
		return func(t *testing.T) (types.KeySpec, []byte) {
			return types.KeySpecRsa2048, recoded(t, types.KeySpecRsa2048, change)
		}
	}
	inECC := func(change func(*pkcs8, *ecPrivateKey)) func(*testing.T) (types.KeySpec, []byte) {
		return func(t *testing.T) (types.KeySpec, []byte) { return p256, recoded(t, p256, change) }
	}
	inEdwards := func(change func(*pkcs8, *[]byte)) func(*testing.T) (types.KeySpec, []byte) {
		return func(t *testing.T) (types.KeySpec, []byte) {
			return types.KeySpecEccNistEdwards25519, recoded(t, types.KeySpecEccNistEdwards25519, change)
		}
	}
	add := func(x *big.Int, n int64) *big.Int { return new(big.Int).Add(x, big.NewInt(n)) }
	order, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	for name, encoding := range map[string]func(*testing.T) (types.KeySpec, []byte){
		"RSA, version 1":           inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.Version = 1 }),
		"RSA, n":                   inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.N = add(k.N, 2) }),
		"RSA, e":                   inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.E += 2 }),
		"RSA, d":                   inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.D = add(k.D, 2) }),
		"RSA, p":                   inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.P = add(k.P, 2) }),
		"RSA, an even p":           inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.P = add(k.P, 1) }),
		"RSA, q":                   inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.Q = add(k.Q, 2) }),
		"RSA, dP":                  inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.DP = add(k.DP, 2) }),
		"RSA, dQ":                  inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.DQ = add(k.DQ, 2) }),
		"RSA, qInv":                inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.QInverse = add(k.QInverse, 1) }),
		"RSA, negative":            inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.D = new(big.Int).Neg(k.D) }),
		"RSA, zero":                inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.Q = new(big.Int) }),
		"RSA, p and q the same":    inRSA(func(_ *pkcs8, k *rsaPrivateKey) { k.Q = k.P }),
		"RSA, a factor of factors": inRSA(func(_ *pkcs8, k *rsaPrivateKey) { composite(t, k) }),
		"RSA, no parameters":       inRSA(func(o *pkcs8, _ *rsaPrivateKey) { o.Algorithm.Parameters = asn1.RawValue{} }),
		"RSA, for PSS only":        inRSA(func(o *pkcs8, _ *rsaPrivateKey) { o.Algorithm.ID = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10} }),
		"RSA, as PKCS#1": func(t *testing.T) (types.KeySpec, []byte) {
			return types.KeySpecRsa2048, unmarshal[pkcs8](t, storedKey(t, types.KeySpecRsa2048)).Key
		},
		"RSA, more in it": inRSA(func(o *pkcs8, k *rsaPrivateKey) { o.Key = append(marshal(t, *k), 5, 0) }),
		"RSA of 1024 bits": func(t *testing.T) (types.KeySpec, []byte) {
			k, err := rsa.GenerateKey(rand.Reader, 1024)
			if err != nil {
				t.Fatal(err)
			}
			b, err := x509.MarshalPKCS8PrivateKey(k)
			if err != nil {
				t.Fatal(err)
			}
			return types.KeySpecRsa2048, b
		},
		"ECC, version 2":      inECC(func(_ *pkcs8, k *ecPrivateKey) { k.Version = 2 }),
		"ECC, zero":           inECC(func(_ *pkcs8, k *ecPrivateKey) { k.Scalar, k.Public = make([]byte, 32), asn1.BitString{} }),
		"ECC, the order":      inECC(func(_ *pkcs8, k *ecPrivateKey) { k.Scalar, k.Public = order.Bytes(), asn1.BitString{} }),
		"ECC, short":          inECC(func(_ *pkcs8, k *ecPrivateKey) { k.Scalar, k.Public = k.Scalar[1:], asn1.BitString{} }),
		"ECC, long":           inECC(func(_ *pkcs8, k *ecPrivateKey) { k.Scalar = append([]byte{0}, k.Scalar...) }),
		"ECC, another scalar": inECC(func(_ *pkcs8, k *ecPrivateKey) { k.Scalar[31] ^= 1 }),
		"ECC, another curve":  inECC(func(_ *pkcs8, k *ecPrivateKey) { k.Parameters = asn1.ObjectIdentifier{1, 3, 132, 0, 34} }),
		"ECC, secp256k1": inECC(func(o *pkcs8, _ *ecPrivateKey) {
			o.Algorithm.Parameters.FullBytes = marshal(t, asn1.ObjectIdentifier{1, 3, 132, 0, 10})
		}),
		"ECC, no curve":          inECC(func(o *pkcs8, _ *ecPrivateKey) { o.Algorithm.Parameters = asn1.NullRawValue }),
		"ECC, half a public key": inECC(func(_ *pkcs8, k *ecPrivateKey) { k.Public = bitString(k.Public.Bytes[:33]) }),
		"ECC, bits left over":    inECC(func(_ *pkcs8, k *ecPrivateKey) { k.Public.BitLength--; k.Public.Bytes[64] &= 0xfe }),
		"ECC, a second public key that is another": inECC(func(o *pkcs8, k *ecPrivateKey) {
			o.Version, o.Public = 1, bitString(bytes.Clone(k.Public.Bytes))
			o.Public.Bytes[64] ^= 1
		}),
		"ECC, a public key in version 0": inECC(func(o *pkcs8, k *ecPrivateKey) { o.Public = k.Public }),
		"ECC, as SEC 1":                  func(t *testing.T) (types.KeySpec, []byte) { return p256, unmarshal[pkcs8](t, storedKey(t, p256)).Key },
		"Ed25519, a short seed":          inEdwards(func(_ *pkcs8, seed *[]byte) { *seed = (*seed)[1:] }),
		"Ed25519, a long seed":           inEdwards(func(_ *pkcs8, seed *[]byte) { *seed = append(*seed, 0) }),
		"Ed25519, parameters":            inEdwards(func(o *pkcs8, _ *[]byte) { o.Algorithm.Parameters = asn1.NullRawValue }),
		"Ed25519, X25519":                inEdwards(func(o *pkcs8, _ *[]byte) { o.Algorithm.ID = asn1.ObjectIdentifier{1, 3, 101, 110} }),
		"Ed25519, another public key":    inEdwards(func(o *pkcs8, seed *[]byte) { o.Version, o.Public = 1, bitString(*seed) }),
		"Ed25519, version 2":             inEdwards(func(o *pkcs8, _ *[]byte) { o.Version = 2 }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, b := encoding(t)
			if _, err := material.Parse(material.SpecOf(spec), b); !errors.Is(err, material.ErrMaterial) {
				t.Error(err)
			}
		})
	}
}

// TestCutMaterial: of no key does a part parse, nor the key and more.
func TestCutMaterial(t *testing.T) {
	t.Parallel()
	for _, spec := range storedSpecs {
		b := storedKey(t, spec)
		for n := range b {
			if _, err := material.Parse(material.SpecOf(spec), bytes.Clone(b[:n])); !errors.Is(err, material.ErrMaterial) {
				t.Errorf("%s cut to %d bytes: %v", spec, n, err)
			}
		}
		if _, err := material.Parse(material.SpecOf(spec), append(bytes.Clone(b), 0)); !errors.Is(err, material.ErrMaterial) {
			t.Errorf("%s and a byte more: %v", spec, err)
		}
		for _, other := range storedSpecs {
			if _, err := material.Parse(material.SpecOf(other), bytes.Clone(b)); other != spec && !errors.Is(err, material.ErrMaterial) {
				t.Errorf("%s as %s: %v", spec, other, err)
			}
		}
	}
}

func TestHMACLengths(t *testing.T) {
	t.Parallel()
	for spec, shortest := range map[types.KeySpec]int{types.KeySpecHmac224: 28, types.KeySpecHmac256: 32, types.KeySpecHmac384: 48, types.KeySpecHmac512: 64} {
		if n := generated[material.Key](t, spec).Secret().Len(); n != shortest {
			t.Errorf("%s: generated with %d bytes", spec, n)
		}
		for n := range 200 {
			b := slices.Repeat([]byte{7}, n)
			k, err := material.Parse(material.SpecOf(spec), bytes.Clone(b))
			switch {
			case n < shortest || n > 128:
				if !errors.Is(err, material.ErrMaterial) {
					t.Errorf("%s with %d bytes: %v", spec, n, err)
				}
			case err != nil || !bytes.Equal(k.Secret().Expose(), b):
				t.Errorf("%s with %d bytes: %v", spec, n, err)
			}
		}
	}
}
