package kms

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// CreateKey makes a key of any spec, with material of its own unless Origin is EXTERNAL or says
// that the key is in a custom key store.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
func (s *Service) CreateKey(ctx context.Context, c *iam.Caller, in *kms.CreateKeyInput) (*kms.CreateKeyOutput, error) {
	if err := fillCreateKey(in); err != nil {
		return nil, err
	}
	id := material.NewKeyID()
	if *in.MultiRegion {
		id = material.NewMultiRegionKeyID()
	}
	k := newKey(c.Principal.Account, c.Region, id, s.clock.Now())
	if *in.MultiRegion {
		k.MultiRegion = &multiRegion{Primary: c.Region}
	}
	if err := s.authorizeCreation(ctx, c, k, in); err != nil {
		return nil, err
	}
	if err := supported(in); err != nil {
		return nil, err
	}
	ks, err := s.storeFor(ctx, c, in)
	if err != nil {
		return nil, err
	}
	if err := s.describe(ctx, c, k, in); err != nil {
		return nil, err
	}
	if ks != nil {
		err = s.createIn(ctx, c, ks, k, in.XksKeyId)
	} else {
		err = s.create(ctx, k)
	}
	if err != nil {
		return nil, err
	}
	note(c, k)
	return &kms.CreateKeyOutput{KeyMetadata: k.metadataIn(ks)}, nil
}

// create makes the material of a new key and stores both.
func (s *Service) create(ctx context.Context, k *key) error {
	m, err := s.firstMaterial(ctx, k)
	if err != nil {
		return err
	}
	if err := s.db.Update(ctx, func(tx *store.Tx) error { return s.insertKey(ctx, tx, k, m) }); err != nil {
		return fmt.Errorf("create key: %w", err)
	}
	return nil
}

// firstMaterial makes the material of a new key; nil if it is to be imported. It may take
// seconds (RSA), for which calls wait for their turn, and so must not run in a transaction.
func (s *Service) firstMaterial(ctx context.Context, k *key) (material.Key, error) {
	if k.Origin == types.OriginTypeExternal {
		k.State = types.KeyStatePendingImport
		return nil, nil
	}
	m, err := s.pairs.Key(ctx, k.Account, k.spec)
	if err != nil {
		return nil, errPair(err)
	}
	if a, ok := m.(material.Asymmetric); ok {
		k.PublicKey = a.PublicKey()
	}
	return m, nil
}

// insertKey stores a new key and its material, if it has any.
func (s *Service) insertKey(ctx context.Context, tx *store.Tx, k *key, m material.Key) error {
	if m != nil {
		id, err := s.software.Keep(ctx, tx, k.ref, m)
		if err != nil {
			return err
		}
		k.setCurrent(id, keyMaterial{})
	}
	r, err := k.record()
	if err != nil {
		return err
	}
	return tx.Insert(r)
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
		{"kms:multiregion", policy.Single(strconv.FormatBool(k.MultiRegion != nil))},
	}
	if k.MultiRegion != nil {
		further = append(further, condition{"kms:multiregionkeytype", policy.Single(string(k.multiRegionType()))})
	}
	further = append(further, bypassing(in.BypassPolicyLockoutSafetyCheck)...)
	create := ask{op: opCreateKey, newTags: in.Tags, further: further}
	if err := create.authorize(ctx, s, c, "*"); err != nil || len(in.Tags) == 0 {
		return err
	}
	tag := ask{op: opTagResource, newTags: in.Tags, further: further}
	return tag.authorize(ctx, s, c, k.arn)
}

// supported refuses the keys that can't be made.
func supported(in *kms.CreateKeyInput) error {
	spec := material.SpecOf(in.KeySpec)
	switch {
	case spec == nil: // SM2
		return errUnsupported("KeySpec %s is not supported in this Region.", in.KeySpec)
	case !slices.Contains(spec.Usages, in.KeyUsage):
		return errValidation("KeyUsage %s is not compatible with KeySpec %s", in.KeyUsage, in.KeySpec)
	case in.Origin == types.OriginTypeExternal && !spec.Importable():
		return errUnsupported("Origin EXTERNAL is not valid for KeySpec %s.", in.KeySpec)
	case in.XksKeyId != nil && in.Origin != types.OriginTypeExternalKeyStore:
		return errValidation("XksKeyId is only valid with Origin EXTERNAL_KEY_STORE.")
	}
	return checkFIPS(spec, "")
}

// describe takes over what the caller says of the new key.
func (s *Service) describe(ctx context.Context, c *iam.Caller, k *key, in *kms.CreateKeyInput) error {
	k.Spec, k.Usage, k.Origin, k.Description = in.KeySpec, in.KeyUsage, in.Origin, *in.Description
	k.spec = material.SpecOf(k.Spec)
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
