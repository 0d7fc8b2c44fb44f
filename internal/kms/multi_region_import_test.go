package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// materialStates is what ListKeyRotations says of the material of a key: for each the state,
// and "here" or "missing".
func (u user) materialStates(key string) string {
	u.t.Helper()
	var list []string
	for _, e := range u.rotations(key, true) {
		where := "missing"
		if e.ImportState == types.ImportStateImported {
			where = "here"
		}
		list = append(list, string(e.KeyMaterialState)+" "+where)
	}
	return strings.Join(list, ", ")
}

// TestImportedMaterialInRegions: replicas share the ids of imported material, and each needs
// the material itself. A new one can be rotated to when all have it, whoever comes or goes.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-import.html
func TestImportedMaterialInRegions(t *testing.T) {
	const (
		current = "CURRENT here"
		old     = "NON_CURRENT here"
		waiting = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
		ready   = "PENDING_ROTATION here"
	)
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		materials := [][]byte{randomBytes(32), randomBytes(32), randomBytes(32), randomBytes(32)}
		key := u.createExternal(&kms.CreateKeyInput{MultiRegion: new(true)})
		_, err := u.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new(ireland)})
		wantOutcome(t, "ReplicateKey without material", err, "KMSInvalidStateException: "+u.keyARN(key)+" is pending import.")
		u.importer(key).must(materials[0], described("first"))

		there := u.replicate(srv, key, ireland)
		if m := there.wantState(key, "as a new replica", types.KeyStatePendingImport); *m.CurrentKeyMaterialId != *u.describe(key).CurrentKeyMaterialId || m.ExpirationModel != "" {
			t.Errorf("the new replica is %+v", m)
		}
		if e := there.rotations(key, true); len(e) != 1 || *e[0].KeyMaterialDescription != "first" || e[0].ImportState != types.ImportStatePendingImport {
			t.Errorf("the new replica has the material %+v", e)
		}
		_, err = there.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x")})
		wantOutcome(t, "Encrypt without material", err, "KMSInvalidStateException: "+there.keyARN(key)+" is pending import.")
		wantOutcome(t, "other material", there.importer(key).try(materials[1]), incorrectMaterial)
		there.importer(key).must(materials[0])
		there.wantState(key, "with its material", types.KeyStateEnabled)
		first := u.encrypt(key, "text", nil)
		opens := func(users ...user) {
			t.Helper()
			for _, u := range users {
				if text, err := u.decrypt(first, nil); text != "text" || err != nil {
					t.Errorf("in %s it decrypts to %q, %v", u.region, text, err)
				}
			}
		}
		opens(u, there)
		states := func(when string, want ...string) {
			t.Helper()
			for _, u := range []user{u, there} {
				if got := u.materialStates(key); got != strings.Join(want, ", ") {
					t.Errorf("%s the material in %s is %s, want %s", when, u.region, got, want)
				}
			}
		}

		u.importer(key).must(materials[1], asNew)
		if got := u.materialStates(key); got != current+", "+waiting+" here" {
			t.Errorf("the material is %s", got)
		}
		nothing := "KMSInvalidStateException: No available key material pending rotation for the key: " + u.keyARN(key) + "."
		wantOutcome(t, "RotateKeyOnDemand", u.rotate(key), nothing)
		there.importer(key).must(materials[1], asExisting)
		states("with both,", current, ready)
		must(t, "RotateKeyOnDemand", u.rotate(key))
		states("rotated,", old, current)
		opens(u, there)
		wantOutcome(t, "RotateKeyOnDemand", u.rotate(key), nothing)

		u.importer(key).must(materials[2], asNew)
		there.importer(key).must(materials[2], asExisting)
		states("with a third,", old, current, ready)
		far := u.replicate(srv, key, tokyo)
		far.wantState(key, "as a third key", types.KeyStatePendingImport)
		states("with a third key,", old, current, waiting+" here")
		if got := far.materialStates(key); got != "NON_CURRENT missing, CURRENT missing, "+waiting+" missing" {
			t.Errorf("the material in %s is %s", tokyo, got)
		}
		wantOutcome(t, "RotateKeyOnDemand", u.rotate(key), nothing)
		far.scheduleDeletion(key, 7)
		srv.Advance(7 * day)
		states("without the third key,", old, current, ready)
		must(t, "UpdatePrimaryRegion", u.makePrimary(key, ireland))
		srv.Advance(0)
		must(t, "RotateKeyOnDemand by the new primary", there.rotate(key))
		states("rotated,", old, old, current)
		opens(u, there)
	})
}
