package kms

import (
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// A row says what the state of a key means for an operation, in the order of the states.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
type row [7]outcome

// states is the order of the columns of a row.
var states = [...]types.KeyState{
	types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingDeletion, types.KeyStatePendingImport,
	types.KeyStateUnavailable, types.KeyStateCreating, types.KeyStateUpdating,
}

// outcome is what a state means for an operation.
type outcome uint8

const (
	ok          outcome = iota
	disabled            // DisabledException
	pending             // KMSInvalidStateException: is pending deletion.
	notPending          // KMSInvalidStateException: is not pending deletion.
	importing           // KMSInvalidStateException: is pending import.
	unavailable         // KMSInvalidStateException: is unavailable.
	creating            // KMSInvalidStateException: is creating.
	updating            // KMSInvalidStateException: is updating.
)

// The rows of the operations. Enabled, Disabled, PendingDeletion, PendingImport,
// Unavailable, Creating, Updating.
var (
	anyState      = row{ok, ok, ok, ok, ok, ok, ok}
	cryptographic = row{ok, disabled, pending, importing, unavailable, creating, ok}
	granting      = row{ok, disabled, pending, importing, ok, creating, ok}                         // CreateGrant
	changing      = row{ok, ok, pending, ok, ok, ok, ok}                                            // tags, aliases, description
	switching     = row{ok, ok, pending, importing, ok, creating, updating}                         // EnableKey, DisableKey
	scheduling    = row{ok, ok, pending, ok, ok, ok, updating}                                      // ScheduleKeyDeletion
	readable      = row{ok, ok, pending, ok, unavailable, creating, ok}                             // GetPublicKey
	rotating      = row{ok, disabled, pending, ok, ok, creating, ok}                                // EnableKeyRotation, DisableKeyRotation
	replicating   = row{ok, disabled, pending, importing, unavailable, creating, updating}          // ReplicateKey
	parameters    = row{ok, ok, ok, ok, ok, creating, updating}                                     // GetParametersForImport, DeleteImportedKeyMaterial
	filling       = row{ok, ok, ok, ok, ok, creating, ok}                                           // ImportKeyMaterial
	cancelling    = row{notPending, notPending, ok, notPending, notPending, notPending, notPending} // CancelKeyDeletion
)

// check returns the error that a state of k means for an operation with this row.
func (r row) check(k *key, state types.KeyState) error {
	switch r[column(state)] {
	case ok:
		return nil
	case disabled:
		return errDisabled(k.arn)
	case pending:
		if state == types.KeyStatePendingReplicaDeletion {
			return errState(k.arn, "pending replica deletion")
		}
		return errState(k.arn, "pending deletion")
	case notPending:
		return errState(k.arn, "not pending deletion")
	case importing:
		return errState(k.arn, "pending import")
	case unavailable:
		return errUnavailable(k)
	case creating:
		return errState(k.arn, "creating")
	default:
		return errState(k.arn, "updating")
	}
}

// column is where a state stands in a row. A multi-Region primary that waits for its
// replicas is pending deletion as far as the rules go.
func column(s types.KeyState) int {
	if s == types.KeyStatePendingReplicaDeletion {
		s = types.KeyStatePendingDeletion
	}
	for i, t := range states {
		if s == t {
			return i
		}
	}
	panic("kms: a key has the unknown state " + string(s))
}

// operation is what access.go needs to know of an operation on a key.
type operation struct {
	name    string // of the operation
	action  string // of policies: "kms:" and the name
	takes   identifiers
	foreign bool // a key of another account may be used
	states  row
}

// identifiers are the forms in which an operation takes the name of a key.
type identifiers bool

const (
	keysOnly   identifiers = false // key id, key ARN
	andAliases identifiers = true  // and alias name, alias ARN
)

func on(name string, takes identifiers, foreign bool, states row) operation {
	return operation{name, "kms:" + name, takes, foreign, states}
}

// The operations on keys. Columns: name, identifiers, other accounts, states.
var (
	opCancelKeyDeletion                   = on("CancelKeyDeletion", keysOnly, false, cancelling)
	opCreateAlias                         = on("CreateAlias", keysOnly, false, changing)
	opCreateGrant                         = on("CreateGrant", keysOnly, true, granting)
	opCreateKey                           = on("CreateKey", keysOnly, false, anyState)
	opDecapsulate                         = on("Decapsulate", andAliases, true, cryptographic)
	opDecrypt                             = on("Decrypt", andAliases, true, cryptographic)
	opDeleteAlias                         = on("DeleteAlias", keysOnly, false, anyState)
	opDeleteImportedKeyMaterial           = on("DeleteImportedKeyMaterial", keysOnly, false, parameters)
	opDeriveSharedSecret                  = on("DeriveSharedSecret", andAliases, true, cryptographic)
	opDescribeKey                         = on("DescribeKey", andAliases, true, anyState)
	opDisableKey                          = on("DisableKey", keysOnly, false, switching)
	opDisableKeyRotation                  = on("DisableKeyRotation", keysOnly, false, rotating)
	opEnableKey                           = on("EnableKey", keysOnly, false, switching)
	opEnableKeyRotation                   = on("EnableKeyRotation", keysOnly, false, rotating)
	opEncapsulate                         = on("Encapsulate", andAliases, true, cryptographic)
	opEncrypt                             = on("Encrypt", andAliases, true, cryptographic)
	opGenerateDataKey                     = on("GenerateDataKey", andAliases, true, cryptographic)
	opGenerateDataKeyPair                 = on("GenerateDataKeyPair", andAliases, true, cryptographic)
	opGenerateDataKeyPairWithoutPlaintext = on("GenerateDataKeyPairWithoutPlaintext", andAliases, true, cryptographic)
	opGenerateDataKeyWithoutPlaintext     = on("GenerateDataKeyWithoutPlaintext", andAliases, true, cryptographic)
	opGenerateMac                         = on("GenerateMac", andAliases, true, cryptographic)
	opGetKeyLastUsage                     = on("GetKeyLastUsage", keysOnly, false, anyState)
	opGetKeyPolicy                        = on("GetKeyPolicy", keysOnly, false, anyState)
	opGetKeyRotationStatus                = on("GetKeyRotationStatus", keysOnly, true, anyState)
	opGetParametersForImport              = on("GetParametersForImport", keysOnly, false, parameters)
	opGetPublicKey                        = on("GetPublicKey", andAliases, true, readable)
	opImportKeyMaterial                   = on("ImportKeyMaterial", keysOnly, false, filling)
	opListAliases                         = on("ListAliases", keysOnly, false, anyState)
	opListGrants                          = on("ListGrants", keysOnly, true, anyState)
	opListKeyPolicies                     = on("ListKeyPolicies", keysOnly, false, anyState)
	opListKeyRotations                    = on("ListKeyRotations", keysOnly, false, anyState)
	opListResourceTags                    = on("ListResourceTags", keysOnly, false, anyState)
	opPutKeyPolicy                        = on("PutKeyPolicy", keysOnly, false, anyState)
	opReEncryptFrom                       = on("ReEncryptFrom", andAliases, true, cryptographic)
	opReEncryptTo                         = on("ReEncryptTo", andAliases, true, cryptographic)
	opReplicateKey                        = on("ReplicateKey", keysOnly, false, replicating)
	opRetireGrant                         = on("RetireGrant", keysOnly, true, anyState)
	opRevokeGrant                         = on("RevokeGrant", keysOnly, true, anyState)
	opRotateKeyOnDemand                   = on("RotateKeyOnDemand", keysOnly, false, cryptographic)
	opScheduleKeyDeletion                 = on("ScheduleKeyDeletion", keysOnly, false, scheduling)
	opSign                                = on("Sign", andAliases, true, cryptographic)
	opTagResource                         = on("TagResource", keysOnly, false, changing)
	opUntagResource                       = on("UntagResource", keysOnly, false, changing)
	opUpdateAlias                         = on("UpdateAlias", keysOnly, false, changing)
	opUpdateAliasFrom                     = on("UpdateAlias", keysOnly, false, anyState) // the key that the alias leaves
	opUpdateKeyDescription                = on("UpdateKeyDescription", keysOnly, false, changing)
	opUpdatePrimaryRegion                 = on("UpdatePrimaryRegion", keysOnly, false, cryptographic)
	opVerify                              = on("Verify", andAliases, true, cryptographic)
	opVerifyMac                           = on("VerifyMac", andAliases, true, cryptographic)
)

// keyOperations are all of them, for those who look one up by its name.
var keyOperations = []operation{
	opCancelKeyDeletion, opCreateAlias, opCreateGrant, opDecapsulate, opDecrypt, opDeleteAlias, opDeleteImportedKeyMaterial, opDeriveSharedSecret,
	opDescribeKey, opDisableKey, opDisableKeyRotation, opEnableKey, opEnableKeyRotation, opEncapsulate, opEncrypt, opGenerateDataKey,
	opGenerateDataKeyPair, opGenerateDataKeyPairWithoutPlaintext, opGenerateDataKeyWithoutPlaintext, opGenerateMac, opGetKeyLastUsage, opGetKeyPolicy,
	opGetKeyRotationStatus, opGetParametersForImport, opGetPublicKey, opImportKeyMaterial, opListGrants, opListKeyPolicies,
	opListKeyRotations, opListResourceTags, opPutKeyPolicy, opReEncryptFrom, opReEncryptTo, opReplicateKey, opRevokeGrant,
	opRotateKeyOnDemand, opScheduleKeyDeletion, opSign, opTagResource, opUntagResource, opUpdateAlias, opUpdateKeyDescription, opUpdatePrimaryRegion,
	opVerify, opVerifyMac,
}
