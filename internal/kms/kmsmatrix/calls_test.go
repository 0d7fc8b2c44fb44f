package kmsmatrix

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// calls has a valid call of each operation, with a key that may be the wrong one for it.
var calls = map[string]func(w *world, s *subject) error{
	"CancelKeyDeletion": func(w *world, s *subject) error {
		return last(call(w, s.region, w.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &s.id}))
	},
	"CreateAlias": func(w *world, s *subject) error {
		return last(call(w, s.region, w.CreateAlias, &kms.CreateAliasInput{AliasName: new("alias/new"), TargetKeyId: &s.id}))
	},
	"CreateGrant": func(w *world, s *subject) error {
		return last(call(w, s.region, w.CreateGrant, &kms.CreateGrantInput{
			KeyId: &s.id, GranteePrincipal: new(root), Operations: []types.GrantOperation{types.GrantOperationDescribeKey},
		}))
	},
	"CreateKey": func(w *world, s *subject) error { return last(call(w, s.region, w.CreateKey, &kms.CreateKeyInput{})) },
	"Decapsulate": func(w *world, s *subject) error {
		return last(call(w, s.region, w.Decapsulate, &kms.DecapsulateInput{
			KeyId: &s.id, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, SharedSecretCiphertextBlob: s.capsule,
		}))
	},
	"Decrypt": func(w *world, s *subject) error {
		return last(call(w, s.region, w.Decrypt, &kms.DecryptInput{KeyId: &s.id, CiphertextBlob: s.blob, EncryptionAlgorithm: s.encryption()}))
	},
	"DeleteAlias": func(w *world, s *subject) error {
		return last(call(w, s.region, w.DeleteAlias, &kms.DeleteAliasInput{AliasName: &s.alias}))
	},
	"DeleteImportedKeyMaterial": func(w *world, s *subject) error {
		return last(call(w, s.region, w.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &s.id}))
	},
	"DeriveSharedSecret": func(w *world, s *subject) error {
		return last(call(w, s.region, w.DeriveSharedSecret, &kms.DeriveSharedSecretInput{
			KeyId: &s.id, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, PublicKey: s.peer,
		}))
	},
	"DescribeKey": func(w *world, s *subject) error {
		return last(call(w, s.region, w.DescribeKey, &kms.DescribeKeyInput{KeyId: &s.id}))
	},
	"DisableKey": func(w *world, s *subject) error {
		return last(call(w, s.region, w.DisableKey, &kms.DisableKeyInput{KeyId: &s.id}))
	},
	"DisableKeyRotation": func(w *world, s *subject) error {
		return last(call(w, s.region, w.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &s.id}))
	},
	"EnableKey": func(w *world, s *subject) error {
		return last(call(w, s.region, w.EnableKey, &kms.EnableKeyInput{KeyId: &s.id}))
	},
	"EnableKeyRotation": func(w *world, s *subject) error {
		return last(call(w, s.region, w.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &s.id}))
	},
	"Encapsulate": func(w *world, s *subject) error { return last(call(w, s.region, w.Encapsulate, s.encapsulateInput())) },
	"Encrypt": func(w *world, s *subject) error {
		return last(call(w, s.region, w.Encrypt, &kms.EncryptInput{KeyId: &s.id, Plaintext: []byte("text"), EncryptionAlgorithm: s.encryption()}))
	},
	"GenerateDataKey": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &s.id, KeySpec: types.DataKeySpecAes256}))
	},
	"GenerateDataKeyPair": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GenerateDataKeyPair, &kms.GenerateDataKeyPairInput{KeyId: &s.id, KeyPairSpec: types.DataKeyPairSpecEccNistP256}))
	},
	"GenerateDataKeyPairWithoutPlaintext": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GenerateDataKeyPairWithoutPlaintext, &kms.GenerateDataKeyPairWithoutPlaintextInput{
			KeyId: &s.id, KeyPairSpec: types.DataKeyPairSpecEccNistP256,
		}))
	},
	"GenerateDataKeyWithoutPlaintext": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GenerateDataKeyWithoutPlaintext, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &s.id, NumberOfBytes: new(int32(32))}))
	},
	"GenerateMac": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GenerateMac, &kms.GenerateMacInput{KeyId: &s.id, Message: []byte("m"), MacAlgorithm: s.macAlgorithm()}))
	},
	"GenerateRandom": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GenerateRandom, &kms.GenerateRandomInput{NumberOfBytes: new(int32(1))}))
	},
	"GetKeyLastUsage": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: &s.id}))
	},
	"GetKeyPolicy": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &s.id}))
	},
	"GetKeyRotationStatus": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &s.id}))
	},
	"GetParametersForImport": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GetParametersForImport, &kms.GetParametersForImportInput{
			KeyId: &s.id, WrappingAlgorithm: types.AlgorithmSpecRsaAesKeyWrapSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
		}))
	},
	"GetPublicKey": func(w *world, s *subject) error {
		return last(call(w, s.region, w.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &s.id}))
	},
	"ImportKeyMaterial": func(w *world, s *subject) error { return last(call(w, s.region, w.ImportKeyMaterial, s.importInput())) },
	"ListAliases": func(w *world, s *subject) error {
		return last(call(w, s.region, w.ListAliases, &kms.ListAliasesInput{KeyId: &s.id}))
	},
	"ListGrants": func(w *world, s *subject) error {
		return last(call(w, s.region, w.ListGrants, &kms.ListGrantsInput{KeyId: &s.id}))
	},
	"ListKeyPolicies": func(w *world, s *subject) error {
		return last(call(w, s.region, w.ListKeyPolicies, &kms.ListKeyPoliciesInput{KeyId: &s.id}))
	},
	"ListKeyRotations": func(w *world, s *subject) error {
		return last(call(w, s.region, w.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: &s.id}))
	},
	"ListKeys": func(w *world, s *subject) error { return last(call(w, s.region, w.ListKeys, &kms.ListKeysInput{})) },
	"ListResourceTags": func(w *world, s *subject) error {
		return last(call(w, s.region, w.ListResourceTags, &kms.ListResourceTagsInput{KeyId: &s.id}))
	},
	"ListRetirableGrants": func(w *world, s *subject) error {
		return last(call(w, s.region, w.ListRetirableGrants, &kms.ListRetirableGrantsInput{RetiringPrincipal: new(root)}))
	},
	"PutKeyPolicy": func(w *world, s *subject) error {
		const policy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + root + `"},"Action":"kms:*","Resource":"*"}}`
		return last(call(w, s.region, w.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &s.id, Policy: new(policy)}))
	},
	"ReEncrypt": func(w *world, s *subject) error {
		return last(call(w, s.region, w.ReEncrypt, &kms.ReEncryptInput{
			CiphertextBlob: s.blob, SourceKeyId: &s.id, SourceEncryptionAlgorithm: s.encryption(), DestinationKeyId: &s.other,
		}))
	},
	"ReEncryptTo": func(w *world, s *subject) error {
		blob := must(w, s.region, w.Encrypt, &kms.EncryptInput{KeyId: &s.other, Plaintext: []byte("text")}).CiphertextBlob
		return last(call(w, s.region, w.ReEncrypt, &kms.ReEncryptInput{
			CiphertextBlob: blob, DestinationKeyId: &s.id, DestinationEncryptionAlgorithm: s.encryption(),
		}))
	},
	"ReplicateKey": func(w *world, s *subject) error {
		return last(call(w, s.region, w.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &s.id, ReplicaRegion: new("sa-east-1")}))
	},
	"RetireGrant": func(w *world, s *subject) error {
		return last(call(w, s.region, w.RetireGrant, &kms.RetireGrantInput{KeyId: &s.arn, GrantId: &s.grant}))
	},
	"RevokeGrant": func(w *world, s *subject) error {
		return last(call(w, s.region, w.RevokeGrant, &kms.RevokeGrantInput{KeyId: &s.id, GrantId: &s.grant}))
	},
	"RotateKeyOnDemand": func(w *world, s *subject) error {
		return last(call(w, s.region, w.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &s.id}))
	},
	"ScheduleKeyDeletion": func(w *world, s *subject) error {
		return last(call(w, s.region, w.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &s.id}))
	},
	"Sign": func(w *world, s *subject) error { return last(call(w, s.region, w.Sign, s.signInput())) },
	"TagResource": func(w *world, s *subject) error {
		return last(call(w, s.region, w.TagResource, &kms.TagResourceInput{KeyId: &s.id, Tags: []types.Tag{{TagKey: new("a"), TagValue: new("b")}}}))
	},
	"UntagResource": func(w *world, s *subject) error {
		return last(call(w, s.region, w.UntagResource, &kms.UntagResourceInput{KeyId: &s.id, TagKeys: []string{"a"}}))
	},
	"UpdateAlias": func(w *world, s *subject) error {
		return last(call(w, s.region, w.UpdateAlias, &kms.UpdateAliasInput{AliasName: &s.spare, TargetKeyId: &s.id}))
	},
	"UpdateKeyDescription": func(w *world, s *subject) error {
		return last(call(w, s.region, w.UpdateKeyDescription, &kms.UpdateKeyDescriptionInput{KeyId: &s.id, Description: new("new")}))
	},
	"UpdatePrimaryRegion": func(w *world, s *subject) error {
		return last(call(w, s.region, w.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &s.id, PrimaryRegion: new(there)}))
	},
	"Verify": func(w *world, s *subject) error {
		in := s.signInput()
		return last(call(w, s.region, w.Verify, &kms.VerifyInput{
			KeyId: &s.id, Message: in.Message, MessageType: in.MessageType, SigningAlgorithm: in.SigningAlgorithm, Signature: s.signature,
		}))
	},
	"VerifyMac": func(w *world, s *subject) error {
		return last(call(w, s.region, w.VerifyMac, &kms.VerifyMacInput{KeyId: &s.id, Message: []byte("m"), MacAlgorithm: s.macAlgorithm(), Mac: s.mac}))
	},
}

func last[T any](_ T, err error) error { return err }

// first is the first algorithm of the key for a usage, or one that it does not have.
func (s *subject) first(u types.KeyUsageType, otherwise string) string {
	if list := material.SpecOf(s.spec).Algorithms(u); s.usage == u {
		return list[0]
	}
	return otherwise
}

func (s *subject) encryption() types.EncryptionAlgorithmSpec {
	return types.EncryptionAlgorithmSpec(s.first(types.KeyUsageTypeEncryptDecrypt, string(types.EncryptionAlgorithmSpecSymmetricDefault)))
}

func (s *subject) macAlgorithm() types.MacAlgorithmSpec {
	return types.MacAlgorithmSpec(s.first(types.KeyUsageTypeGenerateVerifyMac, string(types.MacAlgorithmSpecHmacSha256)))
}

func (s *subject) signInput() *kms.SignInput {
	a := s.first(types.KeyUsageTypeSignVerify, string(types.SigningAlgorithmSpecEcdsaSha256))
	return &kms.SignInput{KeyId: &s.id, Message: []byte("m"), MessageType: types.MessageTypeRaw, SigningAlgorithm: types.SigningAlgorithmSpec(a)}
}

func (s *subject) encapsulateInput() *kms.EncapsulateInput {
	return &kms.EncapsulateInput{KeyId: &s.id, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem}
}
