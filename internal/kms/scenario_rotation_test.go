package kms_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// rotations has the operations of rotation. It returns the names of the ids.
func rotations(t *testing.T, u user) []string {
	ctx := t.Context()
	key, mac := u.key(), u.made(kms.CreateKeyInput{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac})
	names := []string{key, "ROTATED KEY", mac, "MAC KEY", *u.describe(key).CurrentKeyMaterialId, "FIRST MATERIAL"}
	try(t, ctx, u.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &key})
	try(t, ctx, u.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: new(u.keyARN(key)), RotationPeriodInDays: new(int32(90))})
	try(t, ctx, u.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &mac})
	try(t, ctx, u.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &key})
	try(t, ctx, u.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: new("bad")})
	try(t, ctx, u.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &key})
	try(t, ctx, u.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &mac})
	try(t, ctx, u.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: &key, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial, Limit: new(int32(5))})
	try(t, ctx, u.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: &mac})
	try(t, ctx, u.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &key})
	try(t, ctx, u.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &mac})
	return append(names, *u.describe(key).CurrentKeyMaterialId, "SECOND MATERIAL")
}

// multiRegion has the operations on multi-Region keys, and what comes of them. It returns the
// names of the ids.
func multiRegion(t *testing.T, srv *keysteadtest.Server, u user) []string {
	ctx := t.Context()
	key := u.primary()
	names := []string{key, "MULTI-REGION KEY", *u.describe(key).CurrentKeyMaterialId, "SHARED MATERIAL"}
	try(t, ctx, u.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new("us-west-2")})
	srv.Advance(0)
	try(t, ctx, u.ReplicateKey, &kms.ReplicateKeyInput{
		KeyId: new(u.keyARN(key)), ReplicaRegion: new("eu-west-1"), Description: new("far"), Tags: tags("a=1"), Policy: new(openPolicy), BypassPolicyLockoutSafetyCheck: true,
	})
	srv.Advance(0)
	try(t, ctx, u.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new("eu-west-1")})
	try(t, ctx, u.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &key, PrimaryRegion: new("us-west-2")})
	srv.Advance(0)
	try(t, ctx, u.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &key, PrimaryRegion: new("eu-west-1")})
	try(t, ctx, u.in("us-west-2").ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(7))})
	return names
}
