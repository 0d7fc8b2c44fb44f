package kms_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

func TestReEncrypt(t *testing.T) {
	const usual = types.EncryptionAlgorithmSpecSymmetricDefault
	one, two := map[string]string{"n": "1"}, map[string]string{"n": "2"}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		a, b := u.key(), u.key()
		for _, c := range []struct {
			name, to string
			in       kms.ReEncryptInput
		}{
			{"another key", b, kms.ReEncryptInput{DestinationKeyId: &b}},
			{"another context", a, kms.ReEncryptInput{DestinationKeyId: &a, DestinationEncryptionContext: two}},
			{"the same key and context", a, kms.ReEncryptInput{DestinationKeyId: &a, DestinationEncryptionContext: one}},
			{"by aliases", b, kms.ReEncryptInput{SourceKeyId: new(u.alias(a)), DestinationKeyId: new(u.alias(b)), DestinationEncryptionContext: two}},
			{"by ARNs", b, kms.ReEncryptInput{SourceKeyId: new(u.keyARN(a)), DestinationKeyId: new(u.keyARN(b))}},
		} {
			c.in.CiphertextBlob, c.in.SourceEncryptionContext = u.encrypt(a, "text", one), one
			out, err := u.ReEncrypt(t.Context(), &c.in)
			must(t, c.name, err)
			if *out.SourceKeyId != u.keyARN(a) || *out.KeyId != u.keyARN(c.to) {
				t.Errorf("%s: from %s to %s", c.name, *out.SourceKeyId, *out.KeyId)
			}
			if *out.SourceKeyMaterialId != *u.describe(a).CurrentKeyMaterialId || *out.DestinationKeyMaterialId != *u.describe(c.to).CurrentKeyMaterialId {
				t.Errorf("%s: material %s to %s", c.name, *out.SourceKeyMaterialId, *out.DestinationKeyMaterialId)
			}
			if out.SourceEncryptionAlgorithm != usual || out.DestinationEncryptionAlgorithm != usual {
				t.Errorf("%s: algorithms %q to %q", c.name, out.SourceEncryptionAlgorithm, out.DestinationEncryptionAlgorithm)
			}
			if text, err := u.decrypt(out.CiphertextBlob, c.in.DestinationEncryptionContext); err != nil || text != "text" {
				t.Errorf("%s: decrypts to %q, %v", c.name, text, err)
			}
		}
	})
}

// TestReEncryptOrder has calls with two things wrong. The decisions on both keys come before
// everything else, then the source is judged, and both keys before anything is opened.
func TestReEncryptOrder(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, disabled, pending := u.key(), u.key(), u.key()
		blob, locked := u.encrypt(key, "text", nil), u.encrypt(disabled, "text", nil)
		wrong := map[string]string{"not": "this"}
		u.disable(disabled)
		u.scheduleDeletion(pending, 7)
		isDisabled := "DisabledException: " + u.keyARN(disabled) + " is disabled."
		isPending := "KMSInvalidStateException: " + u.keyARN(pending) + " is pending deletion."
		u.try([]trial{
			{"wrong context", &kms.ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: wrong, DestinationKeyId: &key}, invalidCiphertext},
			{"disabled to pending", &kms.ReEncryptInput{CiphertextBlob: locked, DestinationKeyId: &pending}, isDisabled},
			{"disabled to unknown", &kms.ReEncryptInput{CiphertextBlob: locked, DestinationKeyId: new("unknown")}, invalidKeyID("unknown")},
			{"wrong context to pending", &kms.ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: wrong, DestinationKeyId: &pending}, isPending},
			{"wrong source to pending", &kms.ReEncryptInput{CiphertextBlob: locked, SourceKeyId: &key, DestinationKeyId: &pending}, incorrectKey},
			{"garbage to pending", &kms.ReEncryptInput{CiphertextBlob: []byte("garbage"), DestinationKeyId: &pending}, invalidCiphertext},
		})
	})
}
