package kms_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// outOfRange is the answer to a NumberOfBytes that is too small or too large.
func outOfRange(n int, than string, limit int) string {
	return fmt.Sprintf("ValidationException: 1 validation error detected: Value '%d' at 'numberOfBytes' failed to satisfy constraint: "+
		"Member must have value %s than or equal to %d", n, than, limit)
}

func TestDataKeys(t *testing.T) {
	const either = "ValidationException: Please specify either number of bytes or key spec."
	cases := []struct {
		name  string
		spec  types.DataKeySpec
		bytes *int32
		size  int // of the data key, or
		want  string
	}{
		{"AES_128", types.DataKeySpecAes128, nil, 16, "ok"},
		{"AES_256", types.DataKeySpecAes256, nil, 32, "ok"},
		{"1 byte", "", new(int32(1)), 1, "ok"},
		{"64 bytes", "", new(int32(64)), 64, "ok"},
		{"1,024 bytes", "", new(int32(1024)), 1024, "ok"},
		{"no size", "", nil, 0, either},
		{"two sizes", types.DataKeySpecAes256, new(int32(32)), 0, either},
		{"0 bytes", "", new(int32(0)), 0, outOfRange(0, "greater", 1)},
		{"1,025 bytes", "", new(int32(1025)), 0, outOfRange(1025, "less", 1024)},
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u, ctx := root(t, srv), t.Context()
		key := u.key()
		material := *u.describe(key).CurrentKeyMaterialId
		ec := map[string]string{"purpose": "test"}
		for _, c := range cases {
			with, err := u.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: c.spec, NumberOfBytes: c.bytes, EncryptionContext: ec})
			wantOutcome(t, "GenerateDataKey, "+c.name, err, c.want)
			without, err := u.GenerateDataKeyWithoutPlaintext(ctx, &kms.GenerateDataKeyWithoutPlaintextInput{
				KeyId: &key, KeySpec: c.spec, NumberOfBytes: c.bytes, EncryptionContext: ec,
			})
			wantOutcome(t, "GenerateDataKeyWithoutPlaintext, "+c.name, err, c.want)
			if c.want != "ok" {
				continue
			}
			if *with.KeyId != u.keyARN(key) || *without.KeyId != u.keyARN(key) || *with.KeyMaterialId != material || *without.KeyMaterialId != material {
				t.Errorf("%s: key %s and %s, material %s and %s", c.name, *with.KeyId, *without.KeyId, *with.KeyMaterialId, *without.KeyMaterialId)
			}
			shown, err := u.decrypt(with.CiphertextBlob, ec)
			must(t, "Decrypt", err)
			if len(with.Plaintext) != c.size || shown != string(with.Plaintext) {
				t.Errorf("%s: %d bytes, which decrypt to %d; want %d", c.name, len(with.Plaintext), len(shown), c.size)
			}
			hidden, err := u.decrypt(without.CiphertextBlob, ec)
			must(t, "Decrypt", err)
			if len(hidden) != c.size || c.size >= 16 && (hidden == shown || hidden == string(make([]byte, c.size))) {
				t.Errorf("%s: without plaintext, it decrypts to %d bytes that are not random; want %d", c.name, len(hidden), c.size)
			}
			_, err = u.decrypt(with.CiphertextBlob, nil)
			wantOutcome(t, "Decrypt without the context", err, invalidCiphertext)
		}
	})
}

func TestGenerateRandom(t *testing.T) {
	refused := []struct {
		in   kms.GenerateRandomInput
		want string
	}{
		{kms.GenerateRandomInput{}, "ValidationException: NumberOfBytes is required."},
		{kms.GenerateRandomInput{NumberOfBytes: new(int32(0))}, outOfRange(0, "greater", 1)},
		{kms.GenerateRandomInput{NumberOfBytes: new(int32(1025))}, outOfRange(1025, "less", 1024)},
		{kms.GenerateRandomInput{NumberOfBytes: new(int32(1)), CustomKeyStoreId: new("cks-1")},
			"CustomKeyStoreNotFoundException: Custom key store cks-1 is not found."},
		{kms.GenerateRandomInput{NumberOfBytes: new(int32(1)), Recipient: &types.RecipientInfo{AttestationDocument: []byte("x"), KeyEncryptionAlgorithm: types.KeyEncryptionMechanismRsaesOaepSha256}}, noDocument},
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		for _, n := range []int32{1, 16, 1024} {
			a, err := u.GenerateRandom(t.Context(), &kms.GenerateRandomInput{NumberOfBytes: &n})
			must(t, "GenerateRandom", err)
			b, err := u.GenerateRandom(t.Context(), &kms.GenerateRandomInput{NumberOfBytes: &n})
			must(t, "GenerateRandom", err)
			if len(a.Plaintext) != int(n) || len(b.Plaintext) != int(n) || n >= 16 && bytes.Equal(a.Plaintext, b.Plaintext) {
				t.Errorf("%d and %d bytes that are not random; want %d", len(a.Plaintext), len(b.Plaintext), n)
			}
		}
		for _, c := range refused {
			_, err := u.GenerateRandom(t.Context(), &c.in)
			wantOutcome(t, "GenerateRandom", err, c.want)
		}
	})
}
