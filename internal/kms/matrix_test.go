package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	rules "github.com/keystead/keystead/internal/kms"
)

// matrix is the table of the developer guide with all states, also Unavailable, which no key can
// have yet. Where the answer depends on the origin of a key too, the state refuses nothing here.
// The numbers are those of the footnotes, the columns Enabled, Disabled, PendingDeletion,
// PendingImport, Unavailable, Creating, Updating. Package kmsmatrix has the other states for keys
// of every kind.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
const matrix = `
CancelKeyDeletion               4  4 ok  4  4  4  4
CreateAlias                    ok ok  3 ok ok ok ok
CreateGrant                    ok  1  3  5 ok 14 ok
Decrypt                        ok  1  3  5 11 14 ok
DeleteAlias                    ok ok ok ok ok ok ok
DeleteImportedKeyMaterial      ok ok ok ok ok 14 15
DescribeKey                    ok ok ok ok ok ok ok
DisableKey                     ok ok  3  5 ok 14 15
DisableKeyRotation             ok  1  3 ok ok 14 ok
EnableKey                      ok ok  3  5 ok 14 15
EnableKeyRotation              ok  1  3 ok ok 14 ok
Encrypt                        ok  1  3  5 11 14 ok
GenerateDataKey                ok  1  3  5 11 14 ok
GenerateDataKeyWithoutPlaintext ok 1  3  5 11 14 ok
GetKeyPolicy                   ok ok ok ok ok ok ok
GetKeyRotationStatus           ok ok ok ok ok ok ok
GetParametersForImport         ok ok ok ok ok 14 15
ImportKeyMaterial              ok ok ok ok ok 14 ok
ListAliases                    ok ok ok ok ok ok ok
ListGrants                     ok ok ok ok ok ok ok
ListKeyPolicies                ok ok ok ok ok ok ok
ListKeyRotations               ok ok ok ok ok ok ok
ListResourceTags               ok ok ok ok ok ok ok
PutKeyPolicy                   ok ok ok ok ok ok ok
ReEncryptFrom                  ok  1  3  5 11 14 ok
ReEncryptTo                    ok  1  3  5 11 14 ok
ReplicateKey                   ok  1  3  5 11 14 15
RetireGrant                    ok ok ok ok ok ok ok
RevokeGrant                    ok ok ok ok ok ok ok
RotateKeyOnDemand              ok  1  3  5 11 14 ok
ScheduleKeyDeletion            ok ok  3 ok ok ok 15
TagResource                    ok ok  3 ok ok ok ok
UntagResource                  ok ok  3 ok ok ok ok
UpdateAlias                    ok ok  3 ok ok ok ok
UpdateKeyDescription           ok ok  3 ok ok ok ok
UpdatePrimaryRegion            ok  1  3  5 11 14 ok
`

var footnotes = map[string]string{
	"ok": "ok",
	"1":  "DisabledException: KEY is disabled.",
	"3":  "KMSInvalidStateException: KEY is pending deletion.",
	"4":  "KMSInvalidStateException: KEY is not pending deletion.",
	"5":  "KMSInvalidStateException: KEY is pending import.",
	"11": "KMSInvalidStateException: KEY is unavailable.",
	"14": "KMSInvalidStateException: KEY is creating.",
	"15": "KMSInvalidStateException: KEY is updating.",
}

func TestMatrix(t *testing.T) {
	states := []types.KeyState{
		types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingDeletion, types.KeyStatePendingImport,
		types.KeyStateUnavailable, types.KeyStateCreating, types.KeyStateUpdating,
	}
	for line := range strings.Lines(strings.TrimSpace(matrix)) {
		cells := strings.Fields(line)
		for i, state := range states {
			wantOutcome(t, cells[0]+" in "+string(state), rules.StateError(cells[0], state), footnotes[cells[i+1]])
		}
		// A primary key that waits for its replicas is pending deletion, in other words.
		replica := strings.Replace(footnotes[cells[3]], "is pending", "is pending replica", 1)
		wantOutcome(t, cells[0]+" with replicas", rules.StateError(cells[0], types.KeyStatePendingReplicaDeletion), replica)
	}
}
