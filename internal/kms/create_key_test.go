package kms_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

func TestKeyMetadata(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		srv.Advance(10 * time.Hour) // the date is the service's
		before := time.Now().Add(10*time.Hour - time.Second)
		out, err := u.CreateKey(t.Context(), &kms.CreateKeyInput{Description: new("für mich")})
		must(t, "CreateKey", err)
		m := out.KeyMetadata
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(*m.KeyId) {
			t.Errorf("key id %s", *m.KeyId)
		}
		if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(*m.CurrentKeyMaterialId) {
			t.Errorf("key material id %s", *m.CurrentKeyMaterialId)
		}
		if m.CreationDate.Before(before) || m.CreationDate.After(before.Add(time.Minute)) || m.CreationDate.Nanosecond()%1e6 != 0 {
			t.Errorf("creation date %v", m.CreationDate)
		}
		want := &types.KeyMetadata{
			AWSAccountId: new("000000000000"), KeyId: m.KeyId, Arn: new(u.keyARN(*m.KeyId)), CreationDate: m.CreationDate,
			Enabled: true, Description: new("für mich"), KeyUsage: types.KeyUsageTypeEncryptDecrypt, KeyState: types.KeyStateEnabled,
			Origin: types.OriginTypeAwsKms, KeyManager: types.KeyManagerTypeCustomer, KeySpec: types.KeySpecSymmetricDefault,
			CustomerMasterKeySpec: types.CustomerMasterKeySpecSymmetricDefault, MultiRegion: new(false),
			EncryptionAlgorithms: []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecSymmetricDefault},
			CurrentKeyMaterialId: m.CurrentKeyMaterialId,
		}
		same := func(what string, got *types.KeyMetadata) {
			t.Helper()
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(types.KeyMetadata{})); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		same("CreateKey", m)
		same("DescribeKey", u.describe(*m.KeyId))

		u.disable(*m.KeyId)
		want.Enabled, want.KeyState = false, types.KeyStateDisabled
		same("disabled", u.describe(*m.KeyId))
		want.DeletionDate, want.KeyState = new(u.scheduleDeletion(*m.KeyId, 9)), types.KeyStatePendingDeletion
		same("pending deletion", u.describe(*m.KeyId))
		_, err = u.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: m.KeyId})
		must(t, "CancelKeyDeletion", err)
		want.DeletionDate, want.KeyState = nil, types.KeyStateDisabled
		same("deletion cancelled", u.describe(*m.KeyId))
		_, err = u.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: m.KeyId})
		must(t, "EnableKey", err)
		want.Enabled, want.KeyState = true, types.KeyStateEnabled
		same("enabled", u.describe(*m.KeyId))

		for _, text := range []string{"new", "", strings.Repeat("ü", 8192), "\x00\"\\\u2028<>&"} {
			_, err := u.UpdateKeyDescription(t.Context(), &kms.UpdateKeyDescriptionInput{KeyId: m.KeyId, Description: &text})
			must(t, "UpdateKeyDescription", err)
			want.Description = &text
			same("described", u.describe(*m.KeyId))
		}
		_, err = u.UpdateKeyDescription(t.Context(), &kms.UpdateKeyDescriptionInput{KeyId: m.KeyId, Description: new(strings.Repeat("x", 8193))})
		if !strings.HasSuffix(outcome(err), "at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192") {
			t.Errorf("a description of 8,193 characters: %.100s", outcome(err))
		}
		same("refused description", u.describe(*m.KeyId))
	})
}

func TestRefusedKeys(t *testing.T) {
	const twoSpecs = "ValidationException: You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated."
	const noUsage = "ValidationException: You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
	symmetric := types.KeySpecSymmetricDefault
	cases := []struct {
		in   kms.CreateKeyInput
		want string
	}{
		{kms.CreateKeyInput{CustomerMasterKeySpec: types.CustomerMasterKeySpecSymmetricDefault}, "ok"},
		{kms.CreateKeyInput{KeySpec: symmetric, KeyUsage: types.KeyUsageTypeEncryptDecrypt, Origin: types.OriginTypeAwsKms, MultiRegion: new(false)}, "ok"},
		{kms.CreateKeyInput{KeySpec: symmetric, CustomerMasterKeySpec: types.CustomerMasterKeySpecSymmetricDefault}, twoSpecs},
		{kms.CreateKeyInput{KeySpec: symmetric, KeyUsage: types.KeyUsageTypeSignVerify},
			"ValidationException: KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT"},
		{kms.CreateKeyInput{KeyUsage: types.KeyUsageTypeGenerateVerifyMac},
			"ValidationException: KeyUsage GENERATE_VERIFY_MAC is not compatible with KeySpec SYMMETRIC_DEFAULT"},
		{kms.CreateKeyInput{KeySpec: types.KeySpecRsa2048}, noUsage},
		{kms.CreateKeyInput{KeySpec: types.KeySpecHmac256}, noUsage},
		{kms.CreateKeyInput{CustomKeyStoreId: new("cks-0123456789abcdef0")}, "CustomKeyStoreNotFoundException: Custom key store cks-0123456789abcdef0 is not found."},
		{kms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeKeyAgreement},
			"ValidationException: KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048"},
		{kms.CreateKeyInput{KeySpec: types.KeySpecEccSecgP256k1, KeyUsage: types.KeyUsageTypeKeyAgreement},
			"ValidationException: KeyUsage KEY_AGREEMENT is not compatible with KeySpec ECC_SECG_P256K1"},
		{kms.CreateKeyInput{KeySpec: types.KeySpecSm2, KeyUsage: types.KeyUsageTypeSignVerify},
			"UnsupportedOperationException: KeySpec SM2 is not supported in this Region."},
		{kms.CreateKeyInput{KeySpec: types.KeySpecMlDsa44, KeyUsage: types.KeyUsageTypeSignVerify, Origin: types.OriginTypeExternal},
			"UnsupportedOperationException: Origin EXTERNAL is not valid for KeySpec ML_DSA_44."},
		{kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm}, "ValidationException: You must specify CustomKeyStoreId for a KMS key with Origin AWS_CLOUDHSM."},
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		for _, c := range cases {
			_, err := u.CreateKey(t.Context(), &c.in)
			wantOutcome(t, "CreateKey", err, c.want)
		}
		if keys, _, _, err := u.listKeys(nil, nil); err != nil || len(keys) != 2 {
			t.Errorf("%d keys, %v; want the 2 that were not refused", len(keys), err)
		}
	})
}
