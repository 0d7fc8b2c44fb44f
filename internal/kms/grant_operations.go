package kms

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// grantOperations is a set of the operations that grants can permit.
type grantOperations uint32

// grantable has the place of each operation in the set.
var grantable = func() map[string]grantOperations {
	places := map[string]grantOperations{}
	for i, op := range types.GrantOperation("").Values() {
		places[string(op)] = 1 << i
	}
	return places
}()

// managingGrants are the operations that a grant on any key can permit.
var managingGrants = []types.GrantOperation{
	types.GrantOperationCreateGrant, types.GrantOperationRetireGrant, types.GrantOperationDescribeKey,
}

// operationSet makes a set of a list. All members of the list are operations of the API
// model.
func operationSet(list []types.GrantOperation) (set grantOperations) {
	for _, op := range list {
		set |= grantable[string(op)]
	}
	return set
}

// operationsOf are the operations that a grant on the key can permit.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations
func operationsOf(k *key) []types.GrantOperation {
	var list []types.GrantOperation
	switch k.Usage {
	case types.KeyUsageTypeEncryptDecrypt:
		list = []types.GrantOperation{
			types.GrantOperationEncrypt, types.GrantOperationDecrypt, types.GrantOperationReEncryptFrom, types.GrantOperationReEncryptTo,
		}
		if k.Spec == types.KeySpecSymmetricDefault {
			list = append(list, types.GrantOperationGenerateDataKey, types.GrantOperationGenerateDataKeyWithoutPlaintext,
				types.GrantOperationGenerateDataKeyPair, types.GrantOperationGenerateDataKeyPairWithoutPlaintext)
		}
	case types.KeyUsageTypeSignVerify:
		list = []types.GrantOperation{types.GrantOperationSign, types.GrantOperationVerify}
	case types.KeyUsageTypeKeyAgreement:
		list = []types.GrantOperation{types.GrantOperationDeriveSharedSecret}
	case types.KeyUsageTypeGenerateVerifyMac:
		list = []types.GrantOperation{types.GrantOperationGenerateMac, types.GrantOperationVerifyMac}
	case types.KeyUsageTypeEncapsulateDecapsulate:
		list = []types.GrantOperation{types.GrantOperationEncapsulate, types.GrantOperationDecapsulate}
	}
	if k.Spec != types.KeySpecSymmetricDefault && k.Usage != types.KeyUsageTypeGenerateVerifyMac {
		list = append(list, types.GrantOperationGetPublicKey)
	}
	return append(list, managingGrants...)
}

// checkGrantOperations refuses a list with an operation that the key does not have, and an
// empty one.
func checkGrantOperations(k *key, list []types.GrantOperation) error {
	if len(list) == 0 {
		return errConstraint("Value '[]' at 'operations' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	supported := operationsOf(k)
	for _, op := range list {
		if !slices.Contains(supported, op) {
			return errValidation("The operation %s is not supported in a grant on a key with key spec %s and key usage %s.", op, k.Spec, k.Usage)
		}
	}
	return nil
}
