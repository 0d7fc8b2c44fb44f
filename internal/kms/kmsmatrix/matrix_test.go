package kmsmatrix

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/store/storetest"
)

// rows are the lines of the table.
func rows() (all [][]string) {
	for line := range strings.Lines(strings.TrimSpace(table)) {
		all = append(all, strings.Fields(line))
	}
	return all
}

// reads are the operations that change nothing. Nor do calls that are refused.
var reads = map[string]bool{
	"Decapsulate": true, "Decrypt": true, "DeriveSharedSecret": true, "DescribeKey": true, "Encapsulate": true, "Encrypt": true, "GenerateDataKey": true,
	"GenerateDataKeyPair": true, "GenerateDataKeyPairWithoutPlaintext": true, "GenerateDataKeyWithoutPlaintext": true, "GenerateMac": true,
	"GenerateRandom": true, "GetKeyLastUsage": true, "GetKeyPolicy": true, "GetKeyRotationStatus": true, "GetParametersForImport": true,
	"GetPublicKey": true, "ListAliases": true, "ListGrants": true, "ListKeyPolicies": true, "ListKeyRotations": true, "ListKeys": true,
	"ListResourceTags": true, "ListRetirableGrants": true, "ReEncrypt": true, "ReEncryptTo": true, "Sign": true, "Verify": true, "VerifyMac": true,
}

// customKeyStores are the operations that are not about keys.
var customKeyStores = []string{
	"ConnectCustomKeyStore", "CreateCustomKeyStore", "DeleteCustomKeyStore", "DescribeCustomKeyStores", "DisconnectCustomKeyStore", "UpdateCustomKeyStore",
}

// TestComplete compares the table with the operations that the SDK has.
func TestComplete(t *testing.T) {
	t.Parallel()
	var inTable, inSDK []string
	for _, row := range rows() {
		inTable = append(inTable, row[0])
		if len(row) != 2+len(columns) || rules[row[1]] == nil || calls[row[0]] == nil {
			t.Errorf("the row %v is not complete", row)
		}
	}
	for m := range reflect.TypeFor[*kms.Client]().Methods() {
		if m.Name != "Options" {
			inSDK = append(inSDK, m.Name)
		}
	}
	want := slices.Sorted(slices.Values(append(slices.Clone(inSDK), "ReEncryptTo")))
	if got := slices.Sorted(slices.Values(append(inTable, customKeyStores...))); !slices.Equal(got, want) {
		t.Errorf("the table has\n%v\nwant\n%v", got, want)
	}
	if names := slices.Sorted(maps.Keys(calls)); len(names) != len(inTable) {
		t.Errorf("%d calls for %d rows", len(names), len(inTable))
	}
}

// TestMatrix makes each call of the table on a key of each kind in each state. A call that
// changes something is undone before the next.
func TestMatrix(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		w := newWorld(t, fresh(t))
		made := 0
		for _, k := range kinds() {
			made += w.kind(k)
		}
		t.Logf("%d calls", made)
	})
}

// kind makes all calls on a key of a kind, and returns how many.
func (w *world) kind(k kind) (made int) {
	empty := w.records()
	s := w.newSubject(k)
	w.furnish(s)
	enabled := w.records()
	for _, state := range k.states() {
		w.restore(enabled)
		w.bring(s, state)
		before := w.records()
		for _, row := range rows() {
			if row[0] == "GetParametersForImport" && expected(row, k, state) == ok && !k.symmetric() {
				continue // which takes a fifth of a second, and is the same for all specs
			}
			want := strings.ReplaceAll(expected(row, k, state), "<key>", s.arn)
			if got := outcome(calls[row[0]](w, s)); got != want {
				w.Errorf("%s on %+v, %s:\n got %s\nwant %s", row[0], k, state, got, want)
			}
			made++
			if want == ok && !reads[row[0]] {
				w.restore(before)
			}
		}
		w.wantSame(before)
	}
	w.restore(empty)
	return made
}
