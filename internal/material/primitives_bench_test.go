package material_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// These benchmarks are what operations of the service cost without the service.

func BenchmarkGenerate(b *testing.B) {
	for _, s := range material.Specs {
		b.Run(string(s.Name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				generated[material.Key](b, s.Name)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, spec := range storedSpecs {
		stored := storedKey(b, spec)
		b.Run(string(spec), func(b *testing.B) {
			for b.Loop() {
				if _, err := material.Load(material.SpecOf(spec), slices.Clone(stored)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, spec := range storedSpecs {
		stored := storedKey(b, spec)
		b.Run(string(spec), func(b *testing.B) {
			for b.Loop() {
				parsed[material.Key](b, spec, stored)
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	benchSignatures(b, func(k material.Signer, a types.SigningAlgorithmSpec, m types.MessageType, message, _ []byte) error {
		_, err := k.Sign(a, m, message)
		return err
	})
}

func BenchmarkVerify(b *testing.B) { benchSignatures(b, material.Signer.Verify) }

func benchSignatures(b *testing.B, call func(k material.Signer, a types.SigningAlgorithmSpec, m types.MessageType, message, signature []byte) error) {
	for _, spec := range storedSpecs {
		k := parsed[material.Signer](b, spec, storedKey(b, spec))
		for _, name := range k.Spec().Algorithms(types.KeyUsageTypeSignVerify) {
			a, m, message := types.SigningAlgorithmSpec(name), types.MessageTypeRaw, make([]byte, 64)
			if !material.TakesMessage(a, m) {
				m = types.MessageTypeDigest
			}
			signature, err := k.Sign(a, m, message)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(string(spec)+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if err := call(k, a, m, message, signature); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkEncryptRSA(b *testing.B) {
	benchOAEP(b, func(k material.Decrypter, a types.EncryptionAlgorithmSpec, plaintext, _ []byte) error {
		_, err := k.Encrypt(a, plaintext)
		return err
	})
}

func BenchmarkDecryptRSA(b *testing.B) {
	benchOAEP(b, func(k material.Decrypter, a types.EncryptionAlgorithmSpec, _, ciphertext []byte) error {
		_, err := k.Decrypt(a, ciphertext)
		return err
	})
}

func benchOAEP(b *testing.B, call func(k material.Decrypter, a types.EncryptionAlgorithmSpec, plaintext, ciphertext []byte) error) {
	for _, spec := range []types.KeySpec{types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096} {
		k := parsed[material.Decrypter](b, spec, storedKey(b, spec))
		a, plaintext := types.EncryptionAlgorithmSpecRsaesOaepSha256, make([]byte, 32)
		ciphertext, err := k.Encrypt(a, plaintext)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(spec), func(b *testing.B) {
			for b.Loop() {
				if err := call(k, a, plaintext, ciphertext); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDeriveSharedSecret(b *testing.B) {
	for _, spec := range []types.KeySpec{p256, p384, p521} {
		k := parsed[material.Agreer](b, spec, storedKey(b, spec))
		peer := generated[material.Agreer](b, spec).PublicKey()
		b.Run(string(spec), func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Agree(peer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGenerateMac(b *testing.B) {
	for _, spec := range []types.KeySpec{types.KeySpecHmac224, types.KeySpecHmac256, types.KeySpecHmac384, types.KeySpecHmac512} {
		k := generated[material.Authenticator](b, spec)
		message := make([]byte, 64)
		b.Run(string(spec), func(b *testing.B) {
			for b.Loop() {
				k.MAC(message)
			}
		})
	}
}
