package kms

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// metadata returns the key as its record has it. DescribeKey shows what Service.metadata makes of
// that.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
func (k *key) metadata() *types.KeyMetadata {
	m := &types.KeyMetadata{
		AWSAccountId:          &k.Account,
		Arn:                   &k.arn,
		KeyId:                 &k.id,
		CreationDate:          &k.Created,
		Enabled:               k.State == types.KeyStateEnabled || k.State == types.KeyStateUpdating,
		Description:           &k.Description,
		KeyUsage:              k.Usage,
		KeyState:              k.State,
		Origin:                k.Origin,
		KeyManager:            cmp.Or(k.Manager, types.KeyManagerTypeCustomer),
		KeySpec:               k.Spec,
		CustomerMasterKeySpec: types.CustomerMasterKeySpec(k.Spec),
		MultiRegion:           new(k.MultiRegion != nil),
	}
	k.algorithms(m)
	if k.Material != "" && k.materialID() != nil {
		m.CurrentKeyMaterialId = &k.Material
	}
	if k.MultiRegion != nil {
		m.MultiRegionConfiguration = k.multiRegionConfiguration()
	}
	if k.Origin == types.OriginTypeExternal && k.imported() {
		m.ExpirationModel = types.ExpirationModelTypeKeyMaterialDoesNotExpire
		if t := k.expiry(); !t.IsZero() {
			m.ExpirationModel, m.ValidTo = types.ExpirationModelTypeKeyMaterialExpires, &t
		}
	}
	switch k.State {
	case types.KeyStatePendingDeletion:
		m.DeletionDate = &k.DeletionDate
	case types.KeyStatePendingReplicaDeletion:
		m.PendingDeletionWindowInDays = &k.WindowDays
	}
	return m
}

// algorithms lists what the key can do, under the name of its usage.
func (k *key) algorithms(m *types.KeyMetadata) {
	list := k.spec.Algorithms(k.Usage)
	switch k.Usage {
	case types.KeyUsageTypeEncryptDecrypt:
		m.EncryptionAlgorithms = named[types.EncryptionAlgorithmSpec](list)
	case types.KeyUsageTypeSignVerify:
		m.SigningAlgorithms = named[types.SigningAlgorithmSpec](list)
	case types.KeyUsageTypeGenerateVerifyMac:
		m.MacAlgorithms = named[types.MacAlgorithmSpec](list)
	case types.KeyUsageTypeKeyAgreement:
		m.KeyAgreementAlgorithms = named[types.KeyAgreementAlgorithmSpec](list)
	case types.KeyUsageTypeEncapsulateDecapsulate:
		m.EncapsulationAlgorithms = named[types.EncapsulationAlgorithmSpec](list)
	}
}

func named[T ~string](list []string) []T {
	typed := make([]T, len(list))
	for i, name := range list {
		typed[i] = T(name)
	}
	return typed
}
