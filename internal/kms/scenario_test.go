package kms_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/keysteadtest"
)

// scenario calls every operation as a client would, with success and with failure. It
// returns the names that stand for the ids it got.
func scenario(t *testing.T, srv *keysteadtest.Server) *strings.Replacer {
	u := root(t, srv)
	ctx := t.Context()
	main, other, off := u.key(), u.key(), u.key()
	created, err := u.CreateKey(ctx, &kms.CreateKeyInput{
		Description: new("of \"mine\""), Tags: tags("a=1", "b=2"), Policy: new(openPolicy), BypassPolicyLockoutSafetyCheck: true,
	})
	must(t, "CreateKey", err)
	full := *created.KeyMetadata.KeyId
	var names []string
	for i, key := range []string{main, other, off, full} {
		name := []string{"MAIN", "OTHER", "OFF", "FULL"}[i]
		names = append(names, key, name+" KEY", *u.describe(key).CurrentKeyMaterialId, name+" MATERIAL")
	}

	try(t, ctx, u.CreateKey, &kms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, Description: new("x")})
	try(t, ctx, u.DescribeKey, &kms.DescribeKeyInput{KeyId: new("alias/none")})
	try(t, ctx, u.DescribeKey, &kms.DescribeKeyInput{KeyId: new("arn:aws:kms:us-east-1:111122223333:key/12345678-1234-4234-8234-123456789abc")})
	manage(t, u, main, other)
	names = append(names, grants(t, u, main, off)...)
	names = append(names, rotations(t, u)...)
	names = append(names, multiRegion(t, srv, u)...)
	names = append(names, imports(t, u)...)
	encrypt(t, u, main, other, off)
	try(t, ctx, u.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &main, PendingWindowInDays: new(int32(6))})
	try(t, ctx, u.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &main})
	try(t, ctx, u.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &main})
	try(t, ctx, u.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &main})
	try(t, ctx, u.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &other, PendingWindowInDays: new(int32(7))})

	security := sts.NewFromConfig(srv.Config())
	try(t, ctx, security.GetCallerIdentity, &sts.GetCallerIdentityInput{})
	session, err := security.GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: new(int32(900))})
	must(t, "GetSessionToken", err)
	temporary := srv.ConfigFor(credentials(session))
	try(t, ctx, sts.NewFromConfig(temporary).GetSessionToken, &sts.GetSessionTokenInput{})
	try(t, ctx, kms.NewFromConfig(temporary).DescribeKey, &kms.DescribeKeyInput{KeyId: &main})
	srv.Advance(7 * day)
	return strings.NewReplacer(names...)
}

// manage has the operations that change a key or show what it is.
func manage(t *testing.T, u user, main, other string) {
	ctx := t.Context()
	alias := new("alias/app")
	try(t, ctx, u.CreateAlias, &kms.CreateAliasInput{AliasName: alias, TargetKeyId: &main})
	try(t, ctx, u.CreateAlias, &kms.CreateAliasInput{AliasName: alias, TargetKeyId: &other})
	try(t, ctx, u.UpdateAlias, &kms.UpdateAliasInput{AliasName: alias, TargetKeyId: new(u.keyARN(other))})
	try(t, ctx, u.UpdateAlias, &kms.UpdateAliasInput{AliasName: new("alias/none"), TargetKeyId: &main})
	try(t, ctx, u.ListAliases, &kms.ListAliasesInput{})
	try(t, ctx, u.ListAliases, &kms.ListAliasesInput{KeyId: &other, Limit: new(int32(1))})
	try(t, ctx, u.ListAliases, &kms.ListAliasesInput{Marker: new("bad")})
	try(t, ctx, u.DescribeKey, &kms.DescribeKeyInput{KeyId: alias})
	try(t, ctx, u.DeleteAlias, &kms.DeleteAliasInput{AliasName: alias})
	try(t, ctx, u.DeleteAlias, &kms.DeleteAliasInput{AliasName: new("alias/aws/x")})
	try(t, ctx, u.TagResource, &kms.TagResourceInput{KeyId: &main, Tags: tags("a=1", "b=2")})
	try(t, ctx, u.TagResource, &kms.TagResourceInput{KeyId: &main, Tags: tags("aws:a=1")})
	try(t, ctx, u.UntagResource, &kms.UntagResourceInput{KeyId: &main, TagKeys: []string{"a", "c"}})
	try(t, ctx, u.UntagResource, &kms.UntagResourceInput{KeyId: new("bad"), TagKeys: []string{"a"}})
	try(t, ctx, u.ListResourceTags, &kms.ListResourceTagsInput{KeyId: &main, Limit: new(int32(5))})
	try(t, ctx, u.ListResourceTags, &kms.ListResourceTagsInput{KeyId: &main, Limit: new(int32(51))})
	try(t, ctx, u.ListKeys, &kms.ListKeysInput{})
	try(t, ctx, u.ListKeys, &kms.ListKeysInput{Limit: new(int32(0))})
	try(t, ctx, u.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &main, Policy: new(openPolicy)})
	try(t, ctx, u.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &main, Policy: new("{}")})
	try(t, ctx, u.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &main})
	try(t, ctx, u.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &main, PolicyName: new("other")})
	try(t, ctx, u.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: &main})
	try(t, ctx, u.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: new("alias/app")})
	try(t, ctx, u.ListKeyPolicies, &kms.ListKeyPoliciesInput{KeyId: &main})
	try(t, ctx, u.ListKeyPolicies, &kms.ListKeyPoliciesInput{KeyId: new("bad")})
	try(t, ctx, u.UpdateKeyDescription, &kms.UpdateKeyDescriptionInput{KeyId: &main, Description: new("für\nmich")})
	try(t, ctx, u.UpdateKeyDescription, &kms.UpdateKeyDescriptionInput{KeyId: new("bad"), Description: new("x")})
	try(t, ctx, u.DisableKey, &kms.DisableKeyInput{KeyId: new(u.keyARN(main))})
	try(t, ctx, u.DisableKey, &kms.DisableKeyInput{KeyId: new("bad")})
	try(t, ctx, u.EnableKey, &kms.EnableKeyInput{KeyId: &main})
	try(t, ctx, u.EnableKey, &kms.EnableKeyInput{KeyId: new("bad")})
}

// grants has the operations on grants. It returns the names of their ids.
func grants(t *testing.T, u user, main, off string) []string {
	ctx := t.Context()
	account := new("arn:aws:iam::" + u.account + ":root")
	full := &kms.CreateGrantInput{
		KeyId: &main, GranteePrincipal: account, RetiringPrincipal: account, Name: new("full"),
		Operations:  []types.GrantOperation{types.GrantOperationEncrypt, types.GrantOperationRetireGrant},
		Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"Department": "IT"}},
	}
	first, token := u.grant(full)
	try(t, ctx, u.ListGrants, &kms.ListGrantsInput{KeyId: &main, GrantId: &first, Limit: new(int32(1))})
	try(t, ctx, u.ListRetirableGrants, &kms.ListRetirableGrantsInput{RetiringPrincipal: account})
	try(t, ctx, u.RetireGrant, &kms.RetireGrantInput{GrantToken: &token, DryRun: new(true)})
	try(t, ctx, u.RetireGrant, &kms.RetireGrantInput{GrantToken: &token})
	try(t, ctx, u.RetireGrant, &kms.RetireGrantInput{GrantToken: &token})
	service := &kms.CreateGrantInput{
		KeyId: new(u.keyARN(main)), GranteeServicePrincipal: new("s3.amazonaws.com"), RetiringServicePrincipal: new("s3.amazonaws.com"),
		Operations: []types.GrantOperation{types.GrantOperationDecrypt}, Constraints: &types.GrantConstraints{SourceArn: new("arn:aws:s3:::a-bucket-of-mine")},
	}
	second, _ := u.grant(service)
	service.DryRun = new(true)
	try(t, ctx, u.CreateGrant, service)
	try(t, ctx, u.CreateGrant, &kms.CreateGrantInput{KeyId: &off, GranteePrincipal: new("arn:aws:iam::000000000000:user/nobody"), Operations: full.Operations})
	try(t, ctx, u.RevokeGrant, &kms.RevokeGrantInput{KeyId: &main, GrantId: &second})
	try(t, ctx, u.RevokeGrant, &kms.RevokeGrantInput{KeyId: &main, GrantId: &second})
	try(t, ctx, u.ListGrants, &kms.ListGrantsInput{KeyId: new("bad")})
	try(t, ctx, u.ListRetirableGrants, &kms.ListRetirableGrantsInput{})
	return []string{first, "FIRST GRANT", second, "SECOND GRANT"}
}

// encrypt has the cryptographic operations.
func encrypt(t *testing.T, u user, main, other, off string) {
	ctx := t.Context()
	ec := map[string]string{"Department": "Engineering", "a": "<é>"}
	blob, locked := u.encrypt(main, "text", ec), u.encrypt(off, "text", nil)
	u.disable(off)
	try(t, ctx, u.Encrypt, &kms.EncryptInput{KeyId: &off, Plaintext: []byte("x"), GrantTokens: []string{}})
	try(t, ctx, u.Encrypt, &kms.EncryptInput{KeyId: &main, Plaintext: []byte("x"), DryRun: new(true)})
	try(t, ctx, u.Encrypt, &kms.EncryptInput{KeyId: &main, Plaintext: []byte("x"), GrantTokens: []string{"token"}})
	try(t, ctx, u.Encrypt, &kms.EncryptInput{KeyId: &main, Plaintext: make([]byte, 4097)})
	try(t, ctx, u.Decrypt, &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: ec})
	try(t, ctx, u.Decrypt, &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: ec, KeyId: &main})
	try(t, ctx, u.Decrypt, &kms.DecryptInput{CiphertextBlob: blob})
	try(t, ctx, u.Decrypt, &kms.DecryptInput{CiphertextBlob: blob, KeyId: &other})
	try(t, ctx, u.Decrypt, &kms.DecryptInput{CiphertextBlob: locked})
	try(t, ctx, u.Decrypt, &kms.DecryptInput{CiphertextBlob: []byte("garbage")})
	try(t, ctx, u.Decrypt, &kms.DecryptInput{KeyId: &main, DryRun: new(true), DryRunModifiers: []types.DryRunModifierType{types.DryRunModifierTypeIgnoreCiphertext}})
	try(t, ctx, u.Decrypt, &kms.DecryptInput{CiphertextBlob: blob, Recipient: &types.RecipientInfo{
		AttestationDocument: []byte("x"), KeyEncryptionAlgorithm: types.KeyEncryptionMechanismRsaesOaepSha256,
	}})
	try(t, ctx, u.Decrypt, &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: ec, Recipient: inEnclave(t)})
	try(t, ctx, u.ReEncrypt, &kms.ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: ec, DestinationKeyId: &other, DestinationEncryptionContext: map[string]string{"b": "2"}})
	try(t, ctx, u.ReEncrypt, &kms.ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: ec, DestinationKeyId: &off})
	try(t, ctx, u.ReEncrypt, &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &other})
	try(t, ctx, u.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &main, KeySpec: types.DataKeySpecAes256, EncryptionContext: ec})
	try(t, ctx, u.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &main, NumberOfBytes: new(int32(64))})
	try(t, ctx, u.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &main})
	try(t, ctx, u.GenerateDataKeyWithoutPlaintext, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &main, KeySpec: types.DataKeySpecAes128})
	try(t, ctx, u.GenerateDataKeyWithoutPlaintext, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &off, KeySpec: types.DataKeySpecAes128})
	try(t, ctx, u.GenerateRandom, &kms.GenerateRandomInput{NumberOfBytes: new(int32(32))})
	try(t, ctx, u.GenerateRandom, &kms.GenerateRandomInput{})
}

// try makes a call that may fail, but not without an answer.
func try[In, Out, Option any](t *testing.T, ctx context.Context, f func(context.Context, *In, ...Option) (*Out, error), in *In) {
	t.Helper()
	if _, err := f(ctx, in); strings.HasPrefix(outcome(err), "no answer") {
		t.Fatalf("%T: %v", in, err)
	}
}

// credentials are those of a session.
func credentials(s *sts.GetSessionTokenOutput) aws.Credentials {
	c := s.Credentials
	return aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}
}
