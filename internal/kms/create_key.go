package kms

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// CreateKey makes a symmetric encryption key with material of its own.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
func (s *Service) CreateKey(ctx context.Context, c *iam.Caller, in *kms.CreateKeyInput) (*kms.CreateKeyOutput, error) {
	if err := fillCreateKey(in); err != nil {
		return nil, err
	}
	k := newKey(c.Principal.Account, c.Region, s.clock.Now())
	if err := s.authorizeCreation(ctx, c, k, in); err != nil {
		return nil, err
	}
	if err := supported(in); err != nil {
		return nil, err
	}
	if err := s.describe(ctx, c, k, in); err != nil {
		return nil, err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		id, err := s.storeOf(k).Generate(ctx, tx, k.ref)
		if err != nil {
			return err
		}
		k.current, k.Material = id, id.String()
		r, err := k.record()
		if err != nil {
			return err
		}
		return tx.Insert(r)
	})
	if err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	note(c, k)
	return &kms.CreateKeyOutput{KeyMetadata: k.metadata()}, nil
}

// fillCreateKey puts the defaults into the input, so that the record of the call has
// them, and refuses what can't be made.
func fillCreateKey(in *kms.CreateKeyInput) error {
	old := &in.CustomerMasterKeySpec //lint:ignore SA1019 clients of old send it, and the record of the call has it
	if in.KeySpec != "" && *old != "" {
		return errValidation("You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.")
	}
	if in.KeySpec == "" {
		in.KeySpec = types.KeySpec(*old)
	}
	if in.KeySpec == "" {
		in.KeySpec = types.KeySpecSymmetricDefault
	}
	*old = types.CustomerMasterKeySpec(in.KeySpec)
	if in.Origin == "" {
		in.Origin = types.OriginTypeAwsKms
	}
	if in.KeyUsage == "" {
		if in.KeySpec != types.KeySpecSymmetricDefault {
			return errValidation("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
		}
		in.KeyUsage = types.KeyUsageTypeEncryptDecrypt
	}
	if in.Description == nil {
		in.Description = new("")
	}
	if in.MultiRegion == nil {
		in.MultiRegion = new(false)
	}
	return nil
}

// authorizeCreation makes the decision on a key that is not there yet: by the caller's own
// policies. Tags need a permission of their own, on the key that is to be.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html
func (s *Service) authorizeCreation(ctx context.Context, c *iam.Caller, k *key, in *kms.CreateKeyInput) error {
	spec, usage := policy.Single(string(in.KeySpec)), policy.Single(string(in.KeyUsage))
	further := []condition{
		{"kms:customermasterkeyspec", spec}, {"kms:customermasterkeyusage", usage},
		{"kms:keyspec", spec}, {"kms:keyusage", usage}, {"kms:keyorigin", policy.Single(string(in.Origin))},
		{"kms:multiregion", policy.Single(strconv.FormatBool(*in.MultiRegion))},
	}
	if *in.MultiRegion {
		further = append(further, condition{"kms:multiregionkeytype", policy.Single(string(types.MultiRegionKeyTypePrimary))})
	}
	further = append(further, bypassing(in.BypassPolicyLockoutSafetyCheck)...)
	create := ask{op: opCreateKey, newTags: in.Tags, further: further}
	if err := create.authorize(ctx, s, c, "*"); err != nil || len(in.Tags) == 0 {
		return err
	}
	tag := ask{op: opTagResource, newTags: in.Tags, further: further}
	return tag.authorize(ctx, s, c, k.arn)
}

// supported refuses the keys that this version can't make.
func supported(in *kms.CreateKeyInput) error {
	switch {
	case !slices.Contains(usages(in.KeySpec), in.KeyUsage):
		return errValidation("KeyUsage %s is not compatible with KeySpec %s", in.KeyUsage, in.KeySpec)
	case in.CustomKeyStoreId != nil:
		return errStoreNotFound(*in.CustomKeyStoreId)
	case in.KeySpec != types.KeySpecSymmetricDefault:
		return errUnsupported("KeySpec %s is not supported.", in.KeySpec)
	case in.Origin != types.OriginTypeAwsKms:
		return errUnsupported("Origin %s is not supported.", in.Origin)
	case *in.MultiRegion:
		return errUnsupported("MultiRegion keys are not supported.")
	case in.XksKeyId != nil:
		return errValidation("XksKeyId is only valid with Origin EXTERNAL_KEY_STORE.")
	}
	return nil
}

// usages are what a key of a spec can be for.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
func usages(spec types.KeySpec) []types.KeyUsageType {
	const (
		encrypt     = types.KeyUsageTypeEncryptDecrypt
		sign        = types.KeyUsageTypeSignVerify
		agree       = types.KeyUsageTypeKeyAgreement
		mac         = types.KeyUsageTypeGenerateVerifyMac
		encapsulate = types.KeyUsageTypeEncapsulateDecapsulate
	)
	family, _, _ := strings.Cut(string(spec), "_")
	switch {
	case family == "SYMMETRIC":
		return []types.KeyUsageType{encrypt}
	case family == "RSA":
		return []types.KeyUsageType{encrypt, sign}
	case spec == types.KeySpecEccNistP256, spec == types.KeySpecEccNistP384, spec == types.KeySpecEccNistP521:
		return []types.KeyUsageType{sign, agree}
	case family == "SM2":
		return []types.KeyUsageType{encrypt, sign, agree}
	case family == "HMAC":
		return []types.KeyUsageType{mac}
	case strings.HasPrefix(string(spec), "ML_KEM_"):
		return []types.KeyUsageType{encapsulate}
	default: // the other curves, ML_DSA
		return []types.KeyUsageType{sign}
	}
}

// describe takes over what the caller says of the new key.
func (s *Service) describe(ctx context.Context, c *iam.Caller, k *key, in *kms.CreateKeyInput) error {
	k.Spec, k.Usage, k.Origin, k.Description = in.KeySpec, in.KeyUsage, in.Origin, *in.Description
	if in.Policy != nil {
		p, err := s.newPolicy(ctx, *in.Policy)
		if err != nil {
			return err
		}
		if err := s.setPolicy(ctx, c, k, p, in.BypassPolicyLockoutSafetyCheck); err != nil {
			return err
		}
	}
	return k.setTags(in.Tags)
}
