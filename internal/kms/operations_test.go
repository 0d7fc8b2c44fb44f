package kms_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// operation is one way to call an operation on a key. The tests of states and of
// identifiers walk the table of them.
type operation struct {
	name                       string
	enabled, disabled, pending string     // what comes of it in each state; see results
	takes                      identifier // in its input
	dry                        bool       // it has DryRun
	call                       func(context.Context, *kms.Client, situation) error
}

const dryRun = "DryRunOperationException: The request would have succeeded, but the DryRun option is set."

// results are what a state can lead to; %s is the ARN of the key.
var results = map[string]string{
	"ok":          "ok",
	"disabled":    "DisabledException: %s is disabled.",
	"pending":     "KMSInvalidStateException: %s is pending deletion.",
	"not pending": "KMSInvalidStateException: %s is not pending deletion.",
	"origin":      "UnsupportedOperationException: %s origin is AWS_KMS which is not valid for this operation.",
}

// identifier says in which forms an operation takes the name of the key.
type identifier int

const (
	none    identifier = iota // the key is found by other means
	keys                      // id and ARN
	aliases                   // these, alias name and alias ARN
)

// situation is what an operation is called with.
type situation struct {
	key    string // the identifier of the key that the call is about
	blob   []byte // a ciphertext of that key
	alias  string // an alias of that key
	grant  string // the id of a grant on that key
	other  string // the id of an enabled key
	others string // an alias of the other key
	dryRun bool
}

// operations has the matrix of operations and states.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
var operations = []operation{
	{"CancelKeyDeletion", "not pending", "not pending", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: &s.key})
		return err
	}},
	{"CreateAlias", "ok", "ok", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: new(newAlias()), TargetKeyId: &s.key})
		return err
	}},
	{"CreateGrant", "ok", "disabled", "pending", keys, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.CreateGrant(ctx, &kms.CreateGrantInput{
			KeyId: &s.key, GranteePrincipal: new("arn:aws:iam::000000000000:root"), Operations: []types.GrantOperation{types.GrantOperationEncrypt}, DryRun: &s.dryRun,
		})
		return err
	}},
	{"Decrypt", "ok", "disabled", "pending", aliases, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: s.blob, KeyId: &s.key, DryRun: &s.dryRun})
		return err
	}},
	{"Decrypt by the ciphertext alone", "ok", "disabled", "pending", none, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: s.blob, DryRun: &s.dryRun})
		return err
	}},
	{"DeleteAlias", "ok", "ok", "ok", none, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: &s.alias})
		return err
	}},
	{"DeleteImportedKeyMaterial", "origin", "origin", "origin", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.DeleteImportedKeyMaterial(ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: &s.key})
		return err
	}},
	{"DescribeKey", "ok", "ok", "ok", aliases, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &s.key})
		return err
	}},
	{"DisableKey", "ok", "ok", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &s.key})
		return err
	}},
	{"DisableKeyRotation", "ok", "disabled", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.DisableKeyRotation(ctx, &kms.DisableKeyRotationInput{KeyId: &s.key})
		return err
	}},
	{"EnableKey", "ok", "ok", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.EnableKey(ctx, &kms.EnableKeyInput{KeyId: &s.key})
		return err
	}},
	{"EnableKeyRotation", "ok", "disabled", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: &s.key})
		return err
	}},
	{"Encrypt", "ok", "disabled", "pending", aliases, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.Encrypt(ctx, &kms.EncryptInput{KeyId: &s.key, Plaintext: []byte("x"), DryRun: &s.dryRun})
		return err
	}},
	{"GenerateDataKey", "ok", "disabled", "pending", aliases, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &s.key, KeySpec: types.DataKeySpecAes256, DryRun: &s.dryRun})
		return err
	}},
	{"GenerateDataKeyPair", "ok", "disabled", "pending", aliases, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.GenerateDataKeyPair(ctx, &kms.GenerateDataKeyPairInput{KeyId: &s.key, KeyPairSpec: types.DataKeyPairSpecEccNistEdwards25519, DryRun: &s.dryRun})
		return err
	}},
	{"GenerateDataKeyPairWithoutPlaintext", "ok", "disabled", "pending", aliases, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.GenerateDataKeyPairWithoutPlaintext(ctx, &kms.GenerateDataKeyPairWithoutPlaintextInput{
			KeyId: &s.key, KeyPairSpec: types.DataKeyPairSpecEccNistEdwards25519, DryRun: &s.dryRun,
		})
		return err
	}},
	{"GenerateDataKeyWithoutPlaintext", "ok", "disabled", "pending", aliases, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.GenerateDataKeyWithoutPlaintext(ctx, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &s.key, KeySpec: types.DataKeySpecAes256, DryRun: &s.dryRun})
		return err
	}},
	{"GetKeyLastUsage", "ok", "ok", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.GetKeyLastUsage(ctx, &kms.GetKeyLastUsageInput{KeyId: &s.key})
		return err
	}},
	{"GetKeyPolicy", "ok", "ok", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &s.key})
		return err
	}},
	{"GetKeyRotationStatus", "ok", "ok", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &s.key})
		return err
	}},
	{"GetParametersForImport", "origin", "origin", "origin", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.GetParametersForImport(ctx, &kms.GetParametersForImportInput{
			KeyId: &s.key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
		})
		return err
	}},
	{"ImportKeyMaterial", "origin", "origin", "origin", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.ImportKeyMaterial(ctx, &kms.ImportKeyMaterialInput{KeyId: &s.key, ImportToken: []byte("x"), EncryptedKeyMaterial: []byte("x")})
		return err
	}},
	{"ListAliases", "ok", "ok", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.ListAliases(ctx, &kms.ListAliasesInput{KeyId: &s.key})
		return err
	}},
	{"ListGrants", "ok", "ok", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.ListGrants(ctx, &kms.ListGrantsInput{KeyId: &s.key})
		return err
	}},
	{"ListKeyPolicies", "ok", "ok", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.ListKeyPolicies(ctx, &kms.ListKeyPoliciesInput{KeyId: &s.key})
		return err
	}},
	{"ListKeyRotations", "ok", "ok", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.ListKeyRotations(ctx, &kms.ListKeyRotationsInput{KeyId: &s.key})
		return err
	}},
	{"ListResourceTags", "ok", "ok", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: &s.key})
		return err
	}},
	{"PutKeyPolicy", "ok", "ok", "ok", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: &s.key, Policy: new(openPolicy)})
		return err
	}},
	{"ReEncrypt from", "ok", "disabled", "pending", aliases, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.ReEncrypt(ctx, &kms.ReEncryptInput{CiphertextBlob: s.blob, SourceKeyId: &s.key, DestinationKeyId: &s.other, DryRun: &s.dryRun})
		return err
	}},
	{"ReEncrypt from, by the ciphertext alone", "ok", "disabled", "pending", none, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.ReEncrypt(ctx, &kms.ReEncryptInput{CiphertextBlob: s.blob, DestinationKeyId: &s.other, DryRun: &s.dryRun})
		return err
	}},
	{"ReEncrypt to", "ok", "disabled", "pending", aliases, true, func(ctx context.Context, c *kms.Client, s situation) error {
		out, err := c.Encrypt(ctx, &kms.EncryptInput{KeyId: &s.other, Plaintext: []byte("x")})
		if err != nil {
			return err
		}
		_, err = c.ReEncrypt(ctx, &kms.ReEncryptInput{CiphertextBlob: out.CiphertextBlob, DestinationKeyId: &s.key, DryRun: &s.dryRun})
		return err
	}},
	{"RetireGrant", "ok", "ok", "ok", keys, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.RetireGrant(ctx, &kms.RetireGrantInput{KeyId: &s.key, GrantId: &s.grant, DryRun: &s.dryRun})
		return err
	}},
	{"RevokeGrant", "ok", "ok", "ok", keys, true, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.RevokeGrant(ctx, &kms.RevokeGrantInput{KeyId: &s.key, GrantId: &s.grant, DryRun: &s.dryRun})
		return err
	}},
	{"RotateKeyOnDemand", "ok", "disabled", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: &s.key})
		return err
	}},
	{"ScheduleKeyDeletion", "ok", "ok", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &s.key})
		return err
	}},
	{"TagResource", "ok", "ok", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.TagResource(ctx, &kms.TagResourceInput{KeyId: &s.key, Tags: []types.Tag{{TagKey: new("k"), TagValue: new("v")}}})
		return err
	}},
	{"UntagResource", "ok", "ok", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.UntagResource(ctx, &kms.UntagResourceInput{KeyId: &s.key, TagKeys: []string{"k"}})
		return err
	}},
	{"UpdateAlias to", "ok", "ok", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.UpdateAlias(ctx, &kms.UpdateAliasInput{AliasName: &s.others, TargetKeyId: &s.key})
		return err
	}},
	{"UpdateAlias from", "ok", "ok", "ok", none, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.UpdateAlias(ctx, &kms.UpdateAliasInput{AliasName: &s.alias, TargetKeyId: &s.other})
		return err
	}},
	{"UpdateKeyDescription", "ok", "ok", "pending", keys, false, func(ctx context.Context, c *kms.Client, s situation) error {
		_, err := c.UpdateKeyDescription(ctx, &kms.UpdateKeyDescriptionInput{KeyId: &s.key, Description: new("new")})
		return err
	}},
}

// openPolicy is a key policy that lets everybody do everything.
const openPolicy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}`
