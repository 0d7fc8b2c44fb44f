package material_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// TestDigestIsNotHashedAgain: a message and its digest have the same signatures, and another
// key or message has none of them.
func TestDigestIsNotHashedAgain(t *testing.T) {
	t.Parallel()
	for _, spec := range storedSpecs {
		k := parsed[material.Signer](t, spec, storedKey(t, spec))
		var other material.Signer
		if k.Spec().Family != material.RSA {
			other = generated[material.Signer](t, spec)
		}
		for _, name := range k.Spec().Algorithms(types.KeyUsageTypeSignVerify) {
			a := types.SigningAlgorithmSpec(name)
			if !material.TakesMessage(a, types.MessageTypeRaw) || !material.TakesMessage(a, types.MessageTypeDigest) {
				continue
			}
			message := []byte("a message")
			h := map[int]crypto.Hash{32: crypto.SHA256, 48: crypto.SHA384, 64: crypto.SHA512}[material.MessageSize(a, types.MessageTypeDigest)].New()
			h.Write(message)
			digest := h.Sum(nil)
			raw, err := k.Sign(a, types.MessageTypeRaw, message)
			if err != nil {
				t.Fatal(err)
			}
			hashed, err := k.Sign(a, types.MessageTypeDigest, digest)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(k.Verify(a, types.MessageTypeRaw, message, hashed), k.Verify(a, types.MessageTypeDigest, digest, raw)); err != nil {
				t.Errorf("%s: %v", a, err)
			}
			if err := k.Verify(a, types.MessageTypeRaw, digest, raw); !errors.Is(err, material.ErrSignature) {
				t.Errorf("%s: the digest as a message: %v", a, err)
			}
			if other != nil && !errors.Is(other.Verify(a, types.MessageTypeRaw, message, raw), material.ErrSignature) {
				t.Errorf("%s: another key takes the signature", a)
			}
			for i := range raw {
				changed := bytes.Clone(raw)
				changed[i] ^= 1
				if err := k.Verify(a, types.MessageTypeRaw, message, changed); !errors.Is(err, material.ErrSignature) {
					t.Errorf("%s: byte %d changed: %v", a, i, err)
				}
			}
		}
	}
}

// TestAlgorithmsKeepToTheirMessages: what callers must not ask for is an error, and no signature.
func TestAlgorithmsKeepToTheirMessages(t *testing.T) {
	t.Parallel()
	messageTypes := []types.MessageType{types.MessageTypeRaw, types.MessageTypeDigest, types.MessageTypeExternalMu}
	for _, spec := range storedSpecs {
		k := parsed[material.Signer](t, spec, storedKey(t, spec))
		for _, a := range types.SigningAlgorithmSpec("").Values() {
			for _, mt := range messageTypes {
				message := make([]byte, 64)
				size := 0
				if material.TakesMessage(a, mt) {
					size = material.MessageSize(a, mt)
				}
				takes := k.Spec().Offers(types.KeyUsageTypeSignVerify, string(a)) && material.TakesMessage(a, mt) && (size == 0 || size == 64)
				_, err := k.Sign(a, mt, message)
				if takes != (err == nil) {
					t.Errorf("%s signs %s with %s: %v", spec, mt, a, err)
				}
				if err := k.Verify(a, mt, message, []byte("x")); errors.Is(err, material.ErrSignature) != takes || err == nil {
					t.Errorf("%s verifies %s with %s: %v", spec, mt, a, err)
				}
			}
		}
	}
}

// TestEd25519phHashesTheDigest: outside of the service, the digest is the message.
func TestEd25519phHashesTheDigest(t *testing.T) {
	t.Parallel()
	k := parsed[material.Signer](t, types.KeySpecEccNistEdwards25519, storedKey(t, types.KeySpecEccNistEdwards25519))
	digest := sha512.Sum512([]byte("a message"))
	signature, err := k.Sign(types.SigningAlgorithmSpecEd25519PhSha512, types.MessageTypeDigest, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(k.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	prehash := sha512.Sum512(digest[:])
	o := &ed25519.Options{Hash: crypto.SHA512}
	if err := ed25519.VerifyWithOptions(public.(ed25519.PublicKey), prehash[:], signature, o); err != nil {
		t.Error(err)
	}
	if ed25519.VerifyWithOptions(public.(ed25519.PublicKey), digest[:], signature, o) == nil {
		t.Error("the digest is not hashed")
	}
	if err := k.Verify(types.SigningAlgorithmSpecEd25519PhSha512, types.MessageTypeDigest, digest[:], signature); err != nil {
		t.Error(err)
	}
	if err := k.Verify(types.SigningAlgorithmSpecEd25519Sha512, types.MessageTypeRaw, digest[:], signature); !errors.Is(err, material.ErrSignature) {
		t.Error("a signature of Ed25519ph is one of Ed25519")
	}
}

// TestHighS: the other of the two signatures that each ECDSA signature comes with.
func TestHighS(t *testing.T) {
	t.Parallel()
	k := parsed[material.Signer](t, p256, storedKey(t, p256))
	order, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	b, err := k.Sign(types.SigningAlgorithmSpecEcdsaSha256, types.MessageTypeRaw, []byte("a message"))
	if err != nil {
		t.Fatal(err)
	}
	s := unmarshal[struct{ R, S *big.Int }](t, b)
	s.S.Sub(order, s.S)
	if err := k.Verify(types.SigningAlgorithmSpecEcdsaSha256, types.MessageTypeRaw, []byte("a message"), marshal(t, s)); err != nil {
		t.Error(err)
	}
}

func TestOAEPLimits(t *testing.T) {
	t.Parallel()
	limits := map[types.KeySpec][2]int{types.KeySpecRsa2048: {214, 190}, types.KeySpecRsa3072: {342, 318}, types.KeySpecRsa4096: {470, 446}}
	for spec, limit := range limits {
		k := parsed[material.Decrypter](t, spec, storedKey(t, spec))
		for i, a := range []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecRsaesOaepSha1, types.EncryptionAlgorithmSpecRsaesOaepSha256} {
			if got := material.MaxPlaintext(k.Spec(), a); got != limit[i] {
				t.Errorf("%s %s: at most %d bytes, not %d", spec, a, got, limit[i])
			}
			for _, n := range []int{0, 1, limit[i]} {
				c, err := k.Encrypt(a, bytes.Repeat([]byte{'x'}, n))
				if err != nil || len(c) != k.Spec().Bits/8 {
					t.Fatalf("%s %s: %d bytes: %v", spec, a, n, err)
				}
				if p, err := k.Decrypt(a, c); err != nil || len(p) != n {
					t.Errorf("%s %s: %d bytes come back as %d, %v", spec, a, n, len(p), err)
				}
				other := types.EncryptionAlgorithmSpecRsaesOaepSha1
				if a == other {
					other = types.EncryptionAlgorithmSpecRsaesOaepSha256
				}
				for what, wrong := range map[string][]byte{"shorter": c[:len(c)-1], "longer": append(bytes.Clone(c), 0), "after a zero": append([]byte{0}, c...), "none": nil} {
					if _, err := k.Decrypt(a, wrong); !errors.Is(err, material.ErrCiphertext) {
						t.Errorf("%s %s: a ciphertext that is %s: %v", spec, a, what, err)
					}
				}
				if _, err := k.Decrypt(other, c); !errors.Is(err, material.ErrCiphertext) {
					t.Errorf("%s: a ciphertext of %s as one of %s: %v", spec, a, other, err)
				}
			}
			if _, err := k.Encrypt(a, make([]byte, limit[i]+1)); !errors.Is(err, material.ErrLong) {
				t.Errorf("%s %s: a byte too many: %v", spec, a, err)
			}
		}
		if _, err := k.Encrypt(types.EncryptionAlgorithmSpecSymmetricDefault, nil); err == nil || errors.Is(err, material.ErrLong) {
			t.Errorf("%s: an algorithm that is not for RSA: %v", spec, err)
		}
		if _, err := k.Decrypt(types.EncryptionAlgorithmSpecSymmetricDefault, nil); err == nil || errors.Is(err, material.ErrCiphertext) {
			t.Errorf("%s: an algorithm that is not for RSA: %v", spec, err)
		}
	}
}

// TestShortCiphertext: a ciphertext that begins with a zero is one only with the zero.
func TestShortCiphertext(t *testing.T) {
	t.Parallel()
	k := parsed[material.Decrypter](t, types.KeySpecRsa2048, storedKey(t, types.KeySpecRsa2048))
	for {
		c, err := k.Encrypt(types.EncryptionAlgorithmSpecRsaesOaepSha256, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if c[0] != 0 {
			continue
		}
		if _, err := k.Decrypt(types.EncryptionAlgorithmSpecRsaesOaepSha256, c); err != nil {
			t.Error(err)
		}
		if _, err := k.Decrypt(types.EncryptionAlgorithmSpecRsaesOaepSha256, c[1:]); !errors.Is(err, material.ErrCiphertext) {
			t.Error(err)
		}
		return
	}
}

func TestPeerKeys(t *testing.T) {
	t.Parallel()
	sizes := map[types.KeySpec]int{p256: 32, p384: 48, p521: 66}
	for spec, size := range sizes {
		k := parsed[material.Agreer](t, spec, storedKey(t, spec))
		peer := generated[material.Agreer](t, spec)
		secret, err := k.Agree(peer.PublicKey())
		if err != nil || len(secret) != size {
			t.Fatalf("%s: %d bytes, %v", spec, len(secret), err)
		}
		if back, err := peer.Agree(k.PublicKey()); err != nil || !bytes.Equal(back, secret) {
			t.Errorf("%s: the two secrets differ (%v)", spec, err)
		}
		type spki struct {
			Algorithm struct{ ID, Curve asn1.ObjectIdentifier }
			Point     asn1.BitString
		}
		change := func(f func(*spki)) []byte {
			s := unmarshal[spki](t, peer.PublicKey())
			f(&s)
			return marshal(t, s)
		}
		wrong := map[string][]byte{
			"nothing":         nil,
			"garbage":         []byte("garbage"),
			"a byte more":     append(bytes.Clone(peer.PublicKey()), 0),
			"off the curve":   change(func(s *spki) { s.Point.Bytes[size] ^= 1 }),
			"infinity":        change(func(s *spki) { s.Point = bitString([]byte{0}) }),
			"compressed":      change(func(s *spki) { s.Point = bitString(compressed(s.Point.Bytes)) }),
			"X beyond field":  change(func(s *spki) { copy(s.Point.Bytes[1:], bytes.Repeat([]byte{0xff}, size)) }),
			"the point alone": change(func(*spki) {})[len(peer.PublicKey())-2*size-1:],
			"another id":      change(func(s *spki) { s.Algorithm.ID = asn1.ObjectIdentifier{1, 3, 132, 1, 12} }),
			"Ed25519":         parsed[material.Asymmetric](t, types.KeySpecEccNistEdwards25519, storedKey(t, types.KeySpecEccNistEdwards25519)).PublicKey(),
			"RSA":             parsed[material.Asymmetric](t, types.KeySpecRsa2048, storedKey(t, types.KeySpecRsa2048)).PublicKey(),
			"a private key":   storedKey(t, spec),
		}
		for other := range sizes {
			if other != spec {
				wrong[string(other)] = parsed[material.Asymmetric](t, other, storedKey(t, other)).PublicKey()
			}
		}
		for n := range peer.PublicKey() {
			if _, err := k.Agree(peer.PublicKey()[:n]); !errors.Is(err, material.ErrPublicKey) {
				t.Errorf("%s: cut to %d bytes: %v", spec, n, err)
			}
		}
		for name, b := range wrong {
			if _, err := k.Agree(b); !errors.Is(err, material.ErrPublicKey) {
				t.Errorf("%s, %s: %v", spec, name, err)
			}
		}
	}
}
