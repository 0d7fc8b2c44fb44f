package kmsmatrix

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// The table: for each operation the keys that it is for, by a rule of rules, and what the
// state of a key means, in the order Enabled, Disabled, PendingDeletion, PendingImport,
// Unavailable, Creating, Updating. The numbers are the footnotes of the developer guide. What the state says
// comes before the rule, except for footnote 8.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
const table = `
CancelKeyDeletion                   any          4  4 ok  4  4  4  4
CreateAlias                         any         ok ok  3 ok ok ok ok
CreateGrant                         any         ok  1  3  5 ok 14 ok
CreateKey                           any         ok ok ok ok ok ok ok
Decapsulate                         encapsulate ok  1  3  5 10 14 ok
Decrypt                             source      ok  1  3  5 10 14 ok
DeleteAlias                         any         ok ok ok ok ok ok ok
DeleteImportedKeyMaterial           imported    ok ok ok ok ok 14 15
DeriveSharedSecret                  agree       ok  1  3  5 10 14 ok
DescribeKey                         any         ok ok ok ok ok ok ok
DisableKey                          any         ok ok  3  5 ok 14 15
DisableKeyRotation                  automatic   ok  1  3 ok ok 14 ok
EnableKey                           any         ok ok  3  5 ok 14 15
EnableKeyRotation                   automatic   ok  1  3 ok ok 14 ok
Encapsulate                         encapsulate ok  1  3  5 10 14 ok
Encrypt                             encrypt     ok  1  3  5 10 14 ok
GenerateDataKey                     symmetric   ok  1  3  5 10 14 ok
GenerateDataKeyPair                 pairs       ok  1  3  5 10 14 ok
GenerateDataKeyPairWithoutPlaintext pairs       ok  1  3  5 10 14 ok
GenerateDataKeyWithoutPlaintext     symmetric   ok  1  3  5 10 14 ok
GenerateMac                         mac         ok  1  3  5 10 14 ok
GenerateRandom                      any         ok ok ok ok ok ok ok
GetKeyLastUsage                     any         ok ok ok ok ok ok ok
GetKeyPolicy                        any         ok ok ok ok ok ok ok
GetKeyRotationStatus                status      ok ok ok ok ok ok ok
GetParametersForImport              imported    ok ok  8 ok ok 14 15
GetPublicKey                        public      ok ok  3 ok 10 14 ok
ImportKeyMaterial                   imported    ok ok  8 ok ok 14 ok
ListAliases                         any         ok ok ok ok ok ok ok
ListGrants                          any         ok ok ok ok ok ok ok
ListKeyPolicies                     any         ok ok ok ok ok ok ok
ListKeyRotations                    rotations   ok ok ok ok ok ok ok
ListKeys                            any         ok ok ok ok ok ok ok
ListResourceTags                    any         ok ok ok ok ok ok ok
ListRetirableGrants                 any         ok ok ok ok ok ok ok
PutKeyPolicy                        any         ok ok ok ok ok ok ok
ReEncrypt                           source      ok  1  3  5 10 14 ok
ReEncryptTo                         encrypt     ok  1  3  5 10 14 ok
ReplicateKey                        primary     ok  1  3  5 10 14 15
RetireGrant                         any         ok ok ok ok ok ok ok
RevokeGrant                         any         ok ok ok ok ok ok ok
RotateKeyOnDemand                   demand      ok  1  3  5 10 14 ok
ScheduleKeyDeletion                 any         ok ok  3 ok ok ok 15
Sign                                sign        ok  1  3  5 10 14 ok
TagResource                         any         ok ok  3 ok ok ok ok
UntagResource                       any         ok ok  3 ok ok ok ok
UpdateAlias                         any         ok ok  3 ok ok ok ok
UpdateKeyDescription                any         ok ok  3 ok ok ok ok
UpdatePrimaryRegion                 primary     ok  1  3  5 10 14 ok
Verify                              sign        ok  1  3  5 10 14 ok
VerifyMac                           mac         ok  1  3  5 10 14 ok
`

// columns are the states, in the order of the table.
var columns = []types.KeyState{
	types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingDeletion, types.KeyStatePendingImport,
	types.KeyStateUnavailable, types.KeyStateCreating, types.KeyStateUpdating,
}

const ok = "ok"

var footnotes = map[string]string{
	ok:   ok,
	"1":  "DisabledException: <key> is disabled.",
	"3":  "KMSInvalidStateException: <key> is pending deletion.",
	"4":  "KMSInvalidStateException: <key> is not pending deletion.",
	"5":  "KMSInvalidStateException: <key> is pending import.",
	"8":  "KMSInvalidStateException: <key> is pending deletion.",
	"10": "KMSInvalidStateException: <key> is unavailable.",
	"14": "KMSInvalidStateException: <key> is creating.",
	"15": "KMSInvalidStateException: <key> is updating.",
}

// rules say for which kinds of key an operation is: each returns how a call ends as far as the
// state of the key does not forbid it.
var rules = map[string]func(k kind, operation string) string{
	"any":         func(kind, string) string { return ok },
	"encrypt":     usage(types.KeyUsageTypeEncryptDecrypt),
	"sign":        usage(types.KeyUsageTypeSignVerify),
	"mac":         usage(types.KeyUsageTypeGenerateVerifyMac),
	"agree":       usage(types.KeyUsageTypeKeyAgreement),
	"encapsulate": usage(types.KeyUsageTypeEncapsulateDecapsulate),
	"source": func(k kind, _ string) string {
		if k.usage == types.KeyUsageTypeEncryptDecrypt {
			return ok
		}
		return "IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation."
	},
	"symmetric": forDataKeys,
	"public": func(k kind, _ string) string {
		if k.symmetric() || k.usage == types.KeyUsageTypeGenerateVerifyMac {
			return "UnsupportedOperationException"
		}
		return ok
	},
	"pairs": func(k kind, operation string) string {
		if k.custom() {
			return k.notValid()
		}
		return forDataKeys(k, operation)
	},
	"automatic": func(k kind, _ string) string {
		if k.symmetric() && k.origin != types.OriginTypeAwsKms {
			return k.notValid()
		}
		return ofPrimary(k)
	},
	"status": func(k kind, _ string) string {
		if k.custom() {
			return k.notValid()
		}
		return ok
	},
	"demand": func(k kind, _ string) string {
		if k.custom() {
			return k.notValid()
		}
		if k.symmetric() && k.origin == types.OriginTypeExternal {
			return "KMSInvalidStateException: No available key material pending rotation for the key: <key>."
		}
		return ofPrimary(k)
	},
	"rotations": func(k kind, _ string) string {
		if !k.symmetric() {
			return "UnsupportedOperationException"
		}
		if k.custom() {
			return k.notValid()
		}
		return ok
	},
	"imported": func(k kind, _ string) string {
		if k.origin != types.OriginTypeExternal {
			return k.notValid()
		}
		return ok
	},
	"primary": func(k kind, _ string) string {
		if k.part != primary {
			return notPrimary
		}
		return ok
	},
}

// forDataKeys is the rule of the keys that data keys can be encrypted under.
func forDataKeys(k kind, operation string) string {
	if k.usage == types.KeyUsageTypeEncryptDecrypt && !k.symmetric() {
		return fmt.Sprintf("InvalidKeyUsageException: <key> key KeySpec is %s which is not valid for %s.", k.spec, operation)
	}
	return usage(types.KeyUsageTypeEncryptDecrypt)(k, operation)
}

// custom says whether keys of the kind are in custom key stores.
func (k kind) custom() bool {
	return k.origin == types.OriginTypeAwsCloudhsm || k.origin == types.OriginTypeExternalKeyStore
}

// notValid is how operations end that are not for keys with the origin.
func (k kind) notValid() string {
	return fmt.Sprintf("UnsupportedOperationException: <key> origin is %s which is not valid for this operation.", k.origin)
}

const notPrimary = "UnsupportedOperationException: <key> is not a multi-region primary key."

func usage(u types.KeyUsageType) func(kind, string) string {
	return func(k kind, operation string) string {
		if k.usage != u {
			return fmt.Sprintf("InvalidKeyUsageException: <key> key usage is %s which is not valid for %s.", k.usage, operation)
		}
		return ok
	}
}

// ofPrimary is the rule of rotations: for symmetric keys, and of multi-Region ones for the
// primary.
func ofPrimary(k kind) string {
	switch {
	case !k.symmetric():
		return "UnsupportedOperationException"
	case k.part == replica:
		return notPrimary
	default:
		return ok
	}
}

// expected is how a call of an operation on a key of a kind ends in each state.
func expected(row []string, k kind, s types.KeyState) string {
	operation, rule := row[0], rules[row[1]]
	column := 0
	for i, c := range columns {
		if c == s || c == types.KeyStatePendingDeletion && s == types.KeyStatePendingReplicaDeletion {
			column = i
		}
	}
	note := row[2+column]
	want := footnotes[note]
	if byRule := rule(k, operation); note == ok || note == "8" && byRule != ok {
		want = byRule
	}
	if note == "10" && k.origin == types.OriginTypeExternalKeyStore {
		want = notConnected
	}
	if s == types.KeyStatePendingReplicaDeletion && note != "4" {
		want = strings.Replace(want, "is pending deletion.", "is pending replica deletion.", 1)
	}
	return want
}

// notConnected is what keys in external key stores have instead of footnote 10.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
const notConnected = "KMSInvalidStateException: This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again."
