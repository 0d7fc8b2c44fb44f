package kmsmodel

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// life is what each state of a key means for each operation. The states are Enabled, Disabled,
// pending (X) or replica Deletion, pendIng import, Creating, Updating, unAvailable. A dot is
// success, and else the error says that the key
//
//	d is disabled · x is pending deletion · n is not pending deletion
//	i is pending import · c is creating · u is updating · a is unavailable
//
// It is one table for keys of all kinds. What a key of this kind can't do in any state comes
// after it; the import operations alone look at the origin first.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
const life = `
                                     E D X I C U A
CancelKeyDeletion                    n n . n n n n
CreateAlias                          . . x . . . .
CreateGrant                          . d x i c . .
Decapsulate                          . d x i c . a
Decrypt                              . d x i c . a
DeleteImportedKeyMaterial            . . . . c u .
DeriveSharedSecret                   . d x i c . a
DescribeKey                          . . . . . . .
DisableKey                           . . x i c u .
DisableKeyRotation                   . d x . c . .
EnableKey                            . . x i c u .
EnableKeyRotation                    . d x . c . .
Encapsulate                          . d x i c . a
Encrypt                              . d x i c . a
GenerateDataKey                      . d x i c . a
GenerateDataKeyPair                  . d x i c . a
GenerateDataKeyPairWithoutPlaintext  . d x i c . a
GenerateDataKeyWithoutPlaintext      . d x i c . a
GenerateMac                          . d x i c . a
GetKeyLastUsage                      . . . . . . .
GetKeyRotationStatus                 . . . . . . .
GetParametersForImport               . . x . c u .
GetPublicKey                         . . x . c . a
ImportKeyMaterial                    . . x . c . .
ListAliases                          . . . . . . .
ListGrants                           . . . . . . .
ListKeyRotations                     . . . . . . .
ListResourceTags                     . . . . . . .
ReEncryptFrom                        . d x i c . a
ReEncryptTo                          . d x i c . a
ReplicateKey                         . d x i c u a
RevokeGrant                          . . . . . . .
RotateKeyOnDemand                    . d x i c . a
ScheduleKeyDeletion                  . . x . . u .
Sign                                 . d x i c . a
TagResource                          . . x . . . .
UntagResource                        . . x . . . .
UpdateAlias                          . . x . . . .
UpdateKeyDescription                 . . x . . . .
UpdatePrimaryRegion                  . d x i c . a
Verify                               . d x i c . a
VerifyMac                            . d x i c . a
`

// columns are the states in the order of the table.
var columns = []types.KeyState{
	types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingDeletion, types.KeyStatePendingImport, types.KeyStateCreating, types.KeyStateUpdating,
	types.KeyStateUnavailable,
}

// states is the table of life, by operation and state.
type states map[string]map[types.KeyState]byte

// cell is a place in the table.
type cell struct {
	op    string
	state types.KeyState
}

func readStates() states {
	table := states{}
	for line := range strings.Lines(life) {
		f := strings.Fields(line)
		if len(f) != 1+len(columns) {
			continue
		}
		table[f[0]] = map[types.KeyState]byte{}
		for i, s := range columns {
			table[f[0]][s] = f[1+i][0]
		}
	}
	return table
}

// column is the state under which the table has a key.
func column(s types.KeyState) types.KeyState {
	if s == types.KeyStatePendingReplicaDeletion {
		return types.KeyStatePendingDeletion
	}
	return s
}

// check says whether the operation fails because of the key's state.
func (m *model) check(op string, k *key) *failure {
	row, found := m.states[op]
	if !found {
		panic("kmsmodel: the table of states has no " + op)
	}
	m.asked[cell{op, column(k.now())}]++
	is := map[byte]string{'n': "not pending deletion", 'i': "pending import", 'c': "creating", 'u': "updating"}
	switch result := row[column(k.now())]; result {
	case '.':
		return nil
	case 'd':
		return fail("DisabledException", "%s is disabled.", k.arn())
	case 'x':
		if k.state == types.KeyStatePendingReplicaDeletion {
			return invalidState(k, "pending replica deletion")
		}
		return invalidState(k, "pending deletion")
	case 'a':
		return k.unavailable()
	default:
		return invalidState(k, is[result])
	}
}

// failure is an error that the model expects. An empty text is compared too; unsaid is not.
type failure struct{ code, text string }

// unsaid is the text of errors whose text AWS does not document.
const unsaid = "?"

// anyID stands for the first key material id in the text of an error, where the model can't know
// it.
const anyID = "*"

var keyMaterialID = regexp.MustCompile(`^(New key material \(id: )([0-9a-f]{64})(.*)$`)

func fail(code, format string, args ...any) *failure {
	return &failure{code, fmt.Sprintf(format, args...)}
}

func invalidState(k *key, is string) *failure {
	return fail("KMSInvalidStateException", "%s is %s.", k.arn(), is)
}

func unsupported(format string, args ...any) *failure {
	return fail("UnsupportedOperationException", format, args...)
}

func invalid(format string, args ...any) *failure {
	return fail("ValidationException", format, args...)
}

func (f *failure) String() string {
	if f == nil {
		return "success"
	}
	return fmt.Sprintf("%s %q", f.code, f.text)
}
