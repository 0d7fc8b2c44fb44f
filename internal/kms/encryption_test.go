package kms_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/quick"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

const (
	invalidCiphertext = "InvalidCiphertextException"
	incorrectKey      = "IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation."
	badGrantToken     = "InvalidGrantTokenException: Invalid grant token."
	noDocument        = "ValidationException: The attestation document is not valid: it is not a COSE_Sign1 message."
)

func TestEncryptDecrypt(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		material := u.describe(key).CurrentKeyMaterialId
		for _, size := range []int{1, 15, 16, 17, 32, 4095, 4096} {
			plaintext := bytes.Repeat([]byte{0xa5}, size)
			e, err := u.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: plaintext})
			must(t, "Encrypt", err)
			if *e.KeyId != u.keyARN(key) || e.EncryptionAlgorithm != types.EncryptionAlgorithmSpecSymmetricDefault {
				t.Errorf("Encrypt answers key %s, algorithm %s", *e.KeyId, e.EncryptionAlgorithm)
			}
			if len(e.CiphertextBlob) > 6144 || size >= 8 && bytes.Contains(e.CiphertextBlob, plaintext[:8]) {
				t.Errorf("the ciphertext of %d bytes has %d, or shows them", size, len(e.CiphertextBlob))
			}
			d, err := u.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: e.CiphertextBlob})
			must(t, "Decrypt", err)
			if !bytes.Equal(d.Plaintext, plaintext) || *d.KeyId != u.keyARN(key) || *d.KeyMaterialId != *material ||
				d.EncryptionAlgorithm != types.EncryptionAlgorithmSpecSymmetricDefault || d.CiphertextForRecipient != nil {
				t.Errorf("Decrypt answers %d bytes, key %s, material %s, algorithm %s", len(d.Plaintext), *d.KeyId, *d.KeyMaterialId, d.EncryptionAlgorithm)
			}
		}
		if bytes.Equal(u.encrypt(key, "same", nil), u.encrypt(key, "same", nil)) {
			t.Error("one plaintext has one ciphertext")
		}
	})
}

// TestContextThroughTheAPI seals with each of many contexts and opens with each: only the
// same set of pairs opens a ciphertext, in whatever order they come.
func TestContextThroughTheAPI(t *testing.T) {
	contexts := []map[string]string{
		nil, {"a": "bc"}, {"ab": "c"}, {"abc": ""}, {"": "abc"}, {"a": "b", "c": ""}, {"a": "b", "": "c"}, {"A": "bc"}, {"a": "bC"},
		{"aws-crypto-public-key": "x"}, {"aws-crypto-public-key": "y"}, {"é": "1"}, {"e\u0301": "1"}, {"a": `{"b":"c"}`},
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		for i, sealed := range contexts {
			blob := u.encrypt(key, "text", sealed)
			for j, opened := range contexts {
				want := invalidCiphertext
				if i == j {
					want = "ok"
				}
				if _, err := u.decrypt(blob, opened); outcome(err) != want {
					t.Errorf("sealed with %q, opened with %q: %v, want %s", sealed, opened, err, want)
				}
			}
		}
		_, err := u.decrypt(u.encrypt(key, "text", map[string]string{}), nil)
		wantOutcome(t, "the empty context and the absent one", err, "ok")

		again := func(ec map[string]string) bool {
			blob := u.encrypt(key, "text", ec) // Go walks a map in another order each time
			text, err := u.decrypt(blob, ec)
			return err == nil && text == "text"
		}
		anyContext := func(ec map[string]string) bool { return again(utf8Only(ec)) }
		if err := quick.Check(anyContext, &quick.Config{MaxCount: 30}); err != nil {
			t.Error(err)
		}
		long := map[string]string{"k": strings.Repeat("v", 8191)}
		if !again(long) {
			t.Error("a context of 8,192 bytes does not open again")
		}
		long["k"] += "v"
		_, err = u.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x"), EncryptionContext: long})
		wantOutcome(t, "a context of 8,193 bytes", err, "ValidationException: The encryption context has 8193 bytes; the limit is 8192.")
	})
}

// utf8Only is a context that survives JSON and is short enough.
func utf8Only(ec map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range ec {
		out[strings.ToValidUTF8(k[:min(len(k), 40)], "?")] = strings.ToValidUTF8(v[:min(len(v), 40)], "?")
	}
	return out
}

func TestDamagedCiphertext(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, other := u.key(), u.key()
		ec := map[string]string{"a": "b"}
		blob := u.encrypt(key, "text", ec)
		refuse := func(what string, b []byte) {
			t.Helper()
			for _, name := range []*string{nil, &key} {
				_, err := u.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: b, EncryptionContext: ec, KeyId: name})
				wantOutcome(t, "Decrypt, "+what, err, invalidCiphertext)
			}
			_, err := u.ReEncrypt(t.Context(), &kms.ReEncryptInput{CiphertextBlob: b, SourceEncryptionContext: ec, DestinationKeyId: &other})
			wantOutcome(t, "ReEncrypt, "+what, err, invalidCiphertext)
		}
		for bit := range len(blob) * 8 {
			changed := bytes.Clone(blob)
			changed[bit/8] ^= 1 << (bit % 8)
			refuse("a bit flipped", changed)
			if t.Failed() {
				t.Fatalf("it was bit %d of byte %d of %d", bit%8, bit/8, len(blob))
			}
		}
		for n := 1; n < len(blob); n++ {
			refuse("cut off", blob[:n])
		}
		refuse("longer", append(bytes.Clone(blob), 0))
		refuse("twice", append(bytes.Clone(blob), blob...))
		refuse("not ours", bytes.Repeat([]byte("AQICAHh"), 100))
		refuse("zeros", make([]byte, 6144))
	})
}
