package kms_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// null is the answer to a call without a member that it needs.
func null(member string) string {
	return "ValidationException: 1 validation error detected: Value null at '" + member + "' failed to satisfy constraint: Member must not be null"
}

// trial is a call by its input, and what must come of it.
type trial struct {
	name string
	in   any
	want string
}

func (u user) try(trials []trial) {
	u.t.Helper()
	for _, c := range trials {
		wantOutcome(u.t, c.name, call(u.t.Context(), u.Client, c.in), c.want)
	}
}

// call calls the operation that an input is of.
func call(ctx context.Context, c *kms.Client, in any) (err error) {
	switch in := in.(type) {
	case *kms.EncryptInput:
		_, err = c.Encrypt(ctx, in)
	case *kms.DecryptInput:
		_, err = c.Decrypt(ctx, in)
	case *kms.ReEncryptInput:
		_, err = c.ReEncrypt(ctx, in)
	case *kms.GenerateDataKeyInput:
		_, err = c.GenerateDataKey(ctx, in)
	case *kms.DescribeKeyInput:
		_, err = c.DescribeKey(ctx, in)
	default:
		panic("kms_test: add this input to call")
	}
	return err
}

// TestRefusedInputs has what the cryptographic operations refuse beyond states and
// identifiers.
func TestRefusedInputs(t *testing.T) {
	const rsa = types.EncryptionAlgorithmSpecRsaesOaepSha256
	const algorithm = "InvalidKeyUsageException: Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT."
	const tooMuch = "ValidationException: 1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"
	tokens := []string{"AQ=="}
	attested := &types.RecipientInfo{AttestationDocument: []byte("x"), KeyEncryptionAlgorithm: types.KeyEncryptionMechanismRsaesOaepSha256}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, other := u.key(), u.key()
		blob, text := u.encrypt(key, "text", nil), []byte("x")
		ec := map[string]string{"a": "b"}
		u.try([]trial{
			{"Encrypt with a grant token", &kms.EncryptInput{KeyId: &key, Plaintext: text, GrantTokens: tokens}, badGrantToken},
			{"Encrypt by RSA", &kms.EncryptInput{KeyId: &key, Plaintext: text, EncryptionAlgorithm: rsa}, algorithm},
			{"Encrypt by RSA, dry", &kms.EncryptInput{KeyId: &key, Plaintext: text, EncryptionAlgorithm: rsa, DryRun: new(true)}, algorithm},
			{"Encrypt too much", &kms.EncryptInput{KeyId: &key, Plaintext: make([]byte, 4097)}, tooMuch},
			{"Decrypt with a grant token", &kms.DecryptInput{CiphertextBlob: blob, GrantTokens: tokens}, badGrantToken},
			{"Decrypt for a recipient", &kms.DecryptInput{CiphertextBlob: blob, Recipient: attested}, noDocument},
			{"Decrypt by RSA", &kms.DecryptInput{CiphertextBlob: blob, KeyId: &key, EncryptionAlgorithm: rsa}, algorithm},
			{"Decrypt by RSA without a key", &kms.DecryptInput{CiphertextBlob: blob, EncryptionAlgorithm: rsa}, null("keyId")},
			{"Decrypt nothing", &kms.DecryptInput{KeyId: &key}, null("ciphertextBlob")},
			{"Decrypt with another key", &kms.DecryptInput{CiphertextBlob: blob, KeyId: &other}, incorrectKey},
			{"Decrypt with another key, dry", &kms.DecryptInput{CiphertextBlob: blob, KeyId: &other, DryRun: new(true)}, incorrectKey},
			{"Decrypt with another key and context", &kms.DecryptInput{CiphertextBlob: blob, KeyId: &other, EncryptionContext: ec}, incorrectKey},
			{"Decrypt with another key's ARN", &kms.DecryptInput{CiphertextBlob: blob, KeyId: new(u.keyARN(other))}, incorrectKey},
			{"Decrypt with another key's alias", &kms.DecryptInput{CiphertextBlob: blob, KeyId: new(u.alias(other))}, incorrectKey},
			{"ReEncrypt with a grant token", &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &other, GrantTokens: tokens}, badGrantToken},
			{"ReEncrypt from RSA without a key", &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &other, SourceEncryptionAlgorithm: rsa}, null("sourceKeyId")},
			{"ReEncrypt to RSA", &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &other, DestinationEncryptionAlgorithm: rsa}, algorithm},
			{"ReEncrypt nothing", &kms.ReEncryptInput{DestinationKeyId: &other}, null("ciphertextBlob")},
			{"ReEncrypt from another key", &kms.ReEncryptInput{CiphertextBlob: blob, SourceKeyId: &other, DestinationKeyId: &key}, incorrectKey},
			{"GenerateDataKey with a grant token", &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256, GrantTokens: tokens}, badGrantToken},
			{"GenerateDataKey for a recipient", &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256, Recipient: attested}, noDocument},
			{"DescribeKey with a grant token", &kms.DescribeKeyInput{KeyId: &key, GrantTokens: tokens}, badGrantToken},
		})
	})
}

func TestDryRunModifiers(t *testing.T) {
	const only = "ValidationException: DryRunModifiers is only valid with DryRun."
	ignore := []types.DryRunModifierType{types.DryRunModifierTypeIgnoreCiphertext}
	dry := new(true)
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, other, disabled := u.key(), u.key(), u.key()
		u.disable(disabled)
		isDisabled := "DisabledException: " + u.keyARN(disabled) + " is disabled."
		blob := u.encrypt(key, "text", nil)
		u.try([]trial{
			{"Decrypt no ciphertext", &kms.DecryptInput{KeyId: &key, DryRun: dry, DryRunModifiers: ignore}, dryRun},
			{"Decrypt garbage", &kms.DecryptInput{KeyId: &key, CiphertextBlob: []byte("garbage"), DryRun: dry, DryRunModifiers: ignore}, dryRun},
			{"Decrypt with another key", &kms.DecryptInput{KeyId: &other, CiphertextBlob: blob, DryRun: dry, DryRunModifiers: ignore}, dryRun},
			{"Decrypt without a key", &kms.DecryptInput{CiphertextBlob: blob, DryRun: dry, DryRunModifiers: ignore}, null("keyId")},
			{"Decrypt with a disabled key", &kms.DecryptInput{KeyId: &disabled, DryRun: dry, DryRunModifiers: ignore}, isDisabled},
			{"Decrypt in earnest", &kms.DecryptInput{KeyId: &key, CiphertextBlob: blob, DryRunModifiers: ignore}, only},
			{"Decrypt in earnest, said so", &kms.DecryptInput{KeyId: &key, CiphertextBlob: blob, DryRun: new(false), DryRunModifiers: ignore}, only},
			{"Decrypt without modifier", &kms.DecryptInput{KeyId: &key, DryRun: dry}, null("ciphertextBlob")},
			{"ReEncrypt no ciphertext", &kms.ReEncryptInput{SourceKeyId: &key, DestinationKeyId: &other, DryRun: dry, DryRunModifiers: ignore}, dryRun},
			{"ReEncrypt to a disabled key", &kms.ReEncryptInput{SourceKeyId: &key, DestinationKeyId: &disabled, DryRun: dry, DryRunModifiers: ignore}, isDisabled},
			{"ReEncrypt without source key", &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &other, DryRun: dry, DryRunModifiers: ignore}, null("sourceKeyId")},
		})
	})
}
