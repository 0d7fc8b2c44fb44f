package material_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// FuzzParse: what parses comes out in one form, which parses to itself.
func FuzzParse(f *testing.F) {
	for i, s := range material.Specs {
		for _, spec := range storedSpecs {
			if spec == s.Name {
				b := storedKey(f, spec)
				f.Add(byte(i), b)
				f.Add(byte(i), b[:len(b)/2])
				f.Add(byte(i), append(bytes.Clone(b), 0))
			}
		}
		f.Add(byte(i), make([]byte, 32))
		f.Add(byte(i), make([]byte, 64))
	}
	f.Fuzz(func(t *testing.T, i byte, b []byte) {
		s := material.Specs[int(i)%len(material.Specs)]
		k, err := material.Parse(s, bytes.Clone(b))
		if err != nil {
			return
		}
		again, err := material.Parse(s, bytes.Clone(k.Secret().Expose()))
		if err != nil || !again.Secret().Equal(k.Secret()) {
			t.Errorf("%s: the form of a key that parsed is not canonical: %v", s.Name, err)
		}
	})
}

func FuzzAgree(f *testing.F) {
	var keys []material.Agreer
	for _, spec := range []types.KeySpec{p256, p384, p521} {
		k := parsed[material.Agreer](f, spec, storedKey(f, spec))
		keys = append(keys, k)
		f.Add(k.PublicKey())
		f.Add(k.PublicKey()[:len(k.PublicKey())-1])
	}
	f.Fuzz(func(t *testing.T, peer []byte) {
		agreed := 0
		for _, k := range keys {
			switch secret, err := k.Agree(peer); {
			case err == nil && len(secret) == (k.Spec().Bits+7)/8:
				agreed++
			case err == nil || !errors.Is(err, material.ErrPublicKey):
				t.Errorf("%s: %d bytes, %v", k.Spec().Name, len(secret), err)
			}
		}
		if agreed > 1 {
			t.Error("a point on two curves")
		}
	})
}

func FuzzVerify(f *testing.F) {
	var keys []material.Signer
	for _, spec := range []types.KeySpec{types.KeySpecRsa2048, p256, p384, p521, types.KeySpecEccNistEdwards25519} {
		k := parsed[material.Signer](f, spec, storedKey(f, spec))
		keys = append(keys, k)
		a := types.SigningAlgorithmSpec(k.Spec().Algorithms(types.KeyUsageTypeSignVerify)[0])
		signature, err := k.Sign(a, types.MessageTypeRaw, []byte("a message that was signed"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(signature)
		f.Add(signature[:len(signature)-1])
		f.Add(append(bytes.Clone(signature), 0))
	}
	f.Fuzz(func(t *testing.T, signature []byte) {
		for _, k := range keys {
			for _, a := range k.Spec().Algorithms(types.KeyUsageTypeSignVerify) {
				m := types.MessageTypeRaw
				if !material.TakesMessage(types.SigningAlgorithmSpec(a), m) {
					m = types.MessageTypeDigest
				}
				// 64 bytes are a digest, and a message that nobody signed.
				if err := k.Verify(types.SigningAlgorithmSpec(a), m, make([]byte, 64), signature); !errors.Is(err, material.ErrSignature) {
					t.Errorf("%s %s: %v", k.Spec().Name, a, err)
				}
			}
		}
	})
}

func FuzzDecrypt(f *testing.F) {
	k := parsed[material.Decrypter](f, types.KeySpecRsa2048, storedKey(f, types.KeySpecRsa2048))
	for _, a := range k.Spec().Algorithms(types.KeyUsageTypeEncryptDecrypt) {
		c, err := k.Encrypt(types.EncryptionAlgorithmSpec(a), []byte("a plaintext"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c)
		f.Add(c[1:])
		f.Add(append(bytes.Clone(c), 0))
	}
	f.Fuzz(func(t *testing.T, c []byte) {
		for _, a := range k.Spec().Algorithms(types.KeyUsageTypeEncryptDecrypt) {
			p, err := k.Decrypt(types.EncryptionAlgorithmSpec(a), c)
			if err != nil && !errors.Is(err, material.ErrCiphertext) || len(p) > material.MaxPlaintext(k.Spec(), types.EncryptionAlgorithmSpec(a)) {
				t.Errorf("%s: %d bytes, %v", a, len(p), err)
			}
		}
	})
}
