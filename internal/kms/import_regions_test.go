package kms_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// materials are what ListKeyRotations shows of a key's material: "CURRENT IMPORTED first".
func (u user) materials(key string, names map[string]string) string {
	u.t.Helper()
	out, err := u.ListKeyRotations(u.t.Context(), &kms.ListKeyRotationsInput{KeyId: &key, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial})
	must(u.t, "ListKeyRotations", err)
	var list []string
	for _, r := range out.Rotations {
		text := strings.Join([]string{string(r.KeyMaterialState), string(r.ImportState), names[*r.KeyMaterialId]}, " ")
		if r.KeyMaterialDescription != nil {
			text += " (" + *r.KeyMaterialDescription + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// TestMultiRegionImport: the primary takes new material, each replica the same, and when the
// last has it, it can become current.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-import.html
func TestMultiRegionImport(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.createExternal(&kms.CreateKeyInput{MultiRegion: new(true)})
		first, second, third := randomBytes(32), randomBytes(32), randomBytes(32)
		names := map[string]string{
			u.materialID(key, slices.Clone(first)): "first", u.materialID(key, slices.Clone(second)): "second", u.materialID(key, slices.Clone(third)): "third",
		}
		i := u.importer(key)
		a := i.must(first, described("one"))
		near, far := u.replicate(srv, key, ireland), u.replicate(srv, key, tokyo)
		want := func(when string, of user, want string) {
			t.Helper()
			if got := of.materials(key, names); got != want {
				t.Errorf("%s: the key in %s has %s, want %s", when, of.region, got, want)
			}
		}
		for _, r := range []user{near, far} {
			if m := r.wantState(key, "when it is new", types.KeyStatePendingImport); *m.CurrentKeyMaterialId != a || m.ExpirationModel != "" {
				t.Errorf("the replica is %+v", m)
			}
			want("a new replica", r, "CURRENT PENDING_IMPORT first (one)")
		}
		j, k := near.importer(key), far.importer(key)
		wantOutcome(t, "by the token of another Region", near.importer(key).try(first, func(in *kms.ImportKeyMaterialInput) { in.ImportToken = i.ImportToken }), invalidToken)
		wantOutcome(t, "other material", j.try(second), incorrectMaterial)
		wantOutcome(t, "new material", j.try(second, asNew), "UnsupportedOperationException: "+near.keyARN(key)+" is not a multi-region primary key.")
		wantOutcome(t, "a description", j.try(first, described("x")), "ValidationException: KeyMaterialDescription is only valid for the primary key of a multi-Region key.")
		j.must(first)
		k.must(first, until(time.Now().Add(30*day)))
		near.wantState(key, "with its material", types.KeyStateEnabled)
		if text, err := near.decrypt(u.encrypt(key, "text", nil), nil); err != nil || text != "text" {
			t.Errorf("in the other Region it decrypts to %q, %v", text, err)
		}

		const current = "CURRENT IMPORTED first (one), "
		b := i.must(second, asNew, described("two"))
		want("at first", u, current+"PENDING_MULTI_REGION_IMPORT_AND_ROTATION IMPORTED second (two)")
		want("at first", near, current+"PENDING_MULTI_REGION_IMPORT_AND_ROTATION PENDING_IMPORT second (two)")
		rotate := &kms.RotateKeyOnDemandInput{KeyId: &key}
		_, err := u.RotateKeyOnDemand(t.Context(), rotate)
		none := "KMSInvalidStateException: No available key material pending rotation for the key: " + u.keyARN(key) + "."
		wantOutcome(t, "RotateKeyOnDemand at first", err, none)
		j.must(second)
		want("with two", u, current+"PENDING_MULTI_REGION_IMPORT_AND_ROTATION IMPORTED second (two)")
		k.must(second, named(b))
		for _, r := range []user{u, near, far} {
			want("with all", r, current+"PENDING_ROTATION IMPORTED second (two)")
		}
		far.deleteMaterial(key, &b)
		far.wantState(key, "without what waits", types.KeyStateEnabled)
		want("when one lost it", u, current+"PENDING_MULTI_REGION_IMPORT_AND_ROTATION IMPORTED second (two)")
		_, err = u.RotateKeyOnDemand(t.Context(), rotate)
		wantOutcome(t, "RotateKeyOnDemand when one lost it", err, none)
		k.must(second)
		_, err = u.RotateKeyOnDemand(t.Context(), rotate)
		must(t, "RotateKeyOnDemand", err)
		for _, r := range []user{u, near, far} {
			want("after the rotation", r, "NON_CURRENT IMPORTED first (one), CURRENT IMPORTED second (two)")
		}

		c := i.must(third, asNew)
		j.must(third)
		u.deleteMaterial(key, &c) // the primary's goes everywhere
		for _, r := range []user{u, near, far} {
			want("when the primary lost what waited", r, "NON_CURRENT IMPORTED first (one), CURRENT IMPORTED second (two)")
			r.wantState(key, "when the primary lost what waited", types.KeyStateEnabled)
		}
		u.deleteMaterial(key, &a) // and what is permanent here only
		u.wantState(key, "without its former material", types.KeyStatePendingImport)
		near.wantState(key, "when the primary has lost material", types.KeyStateEnabled)
		srv.Advance(31 * day)
		far.wantState(key, "when its material has expired", types.KeyStatePendingImport)
		near.wantState(key, "when another's material has expired", types.KeyStateEnabled)
		want("when its material has expired", far, "NON_CURRENT PENDING_IMPORT first (one), CURRENT IMPORTED second (two)")
	})
}

// TestMultiRegionImportOfPair: a replica has the primary's public key before its material.
func TestMultiRegionImportOfPair(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, m := u.createExternal(&kms.CreateKeyInput{MultiRegion: new(true), KeySpec: types.KeySpecEccNistP256}), newMaterial(t, types.KeySpecEccNistP256)
		i := u.importer(key)
		i.must(m)
		r := u.replicate(srv, key, ireland)
		j := r.importer(key)
		r.wantState(key, "when it is new", types.KeyStatePendingImport)
		wantOutcome(t, "another pair", j.try(newMaterial(t, types.KeySpecEccNistP256)), incorrectMaterial)
		j.must(m)
		r.wantState(key, "with its material", types.KeyStateEnabled)
		useImported(t, r, key, types.KeySpecEccNistP256, m)
	})
}

// TestExpiryWhilePrimaryMoves: a key that loses its material then is not enabled afterwards.
func TestExpiryWhilePrimaryMoves(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, m := u.createExternal(&kms.CreateKeyInput{MultiRegion: new(true)}), randomBytes(32)
		i := u.importer(key)
		i.must(m, until(time.Now().Add(time.Hour)))
		r := u.replicate(srv, key, ireland)
		j := r.importer(key)
		j.must(m)
		must(t, "UpdatePrimaryRegion", u.makePrimary(key, ireland))
		srv.Advance(time.Hour + time.Minute)
		u.wantState(key, "without its material", types.KeyStatePendingImport)
		r.wantState(key, "as the primary", types.KeyStateEnabled)
		wantOutcome(t, "new material in the old primary Region", i.try(randomBytes(32), asNew), "UnsupportedOperationException: "+u.keyARN(key)+" is not a multi-region primary key.")
		b := j.must(randomBytes(32), asNew)
		if b == "" {
			t.Error("the new primary takes no new material")
		}
	})
}
