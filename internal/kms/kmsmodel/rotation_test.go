package kmsmodel

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

var rotating = []operation{
	{12, (*world).enableKeyRotation}, {4, (*world).disableKeyRotation}, {12, (*world).getKeyRotationStatus},
	{30, (*world).rotateKeyOnDemand}, {12, (*world).listKeyRotations},
}

// rotates says whether the rotation of a key can be set, or, on demand, be done.
func (k *key) rotates(onDemand bool) *failure {
	switch {
	case !k.symmetric():
		return unsupported("")
	case k.external() && !onDemand, k.custom():
		return k.notValid()
	case !k.isPrimary():
		return unsupported("%s is not a multi-region primary key.", k.arn())
	}
	return nil
}

func (w *world) enableKeyRotation() {
	at := w.target("EnableKeyRotation", (*key).symmetric)
	in := &kms.EnableKeyRotationInput{KeyId: &at.name}
	days := int32(365)
	if !w.one(4) {
		days = pick[int32](w, 90, 90, 91, 200, 365, 2560)
		in.RotationPeriodInDays = new(days)
	}
	k, want := w.m.use("EnableKeyRotation", at)
	if want == nil {
		want = k.rotates(false)
	}
	if call(w, at.region, w.s.EnableKeyRotation, in, k, want) != nil && k.period != days {
		k.period, k.next = days, w.m.now.Add(time.Duration(days)*day)
	}
}

func (w *world) disableKeyRotation() {
	at := w.target("DisableKeyRotation", (*key).symmetric)
	k, want := w.m.use("DisableKeyRotation", at)
	if want == nil {
		want = k.rotates(false)
	}
	if call(w, at.region, w.s.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &at.name}, k, want) != nil {
		k.period = 0
	}
}

func (w *world) getKeyRotationStatus() {
	at := w.target("GetKeyRotationStatus")
	k, want := w.m.use("GetKeyRotationStatus", at)
	if want == nil && k.custom() {
		want = k.notValid()
	}
	out := call(w, at.region, w.s.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &at.name}, k, want)
	if out == nil {
		return
	}
	expected := &kms.GetKeyRotationStatusOutput{KeyId: new(k.arn())}
	if k.period > 0 && !k.pendingDeletion() && (w.m.rules.sharesRotation || k.isPrimary()) {
		expected.KeyRotationEnabled, expected.RotationPeriodInDays, expected.NextRotationDate = true, &k.period, &k.next
	}
	w.same(k, "GetKeyRotationStatus", expected, out)
}

// onDemand is how often the key was rotated on demand.
func (s *set) onDemand() (n int) {
	for _, m := range s.materials {
		if m.by == types.RotationTypeOnDemand {
			n++
		}
	}
	return n
}

// everywhere reports whether all keys of the set have the imported material.
func (s *set) everywhere(mat *material) bool {
	for r := range s.keys {
		if _, here := mat.here[r]; !here {
			return false
		}
	}
	return true
}

func (w *world) rotateKeyOnDemand() {
	at := w.target("RotateKeyOnDemand", (*key).symmetric)
	k, want := w.m.use("RotateKeyOnDemand", at)
	if want == nil {
		want = k.rotates(true)
	}
	switch {
	case want != nil:
	case k.onDemand() >= 25:
		want = fail("LimitExceededException", "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: %s", k.arn())
	case k.period > 0 && k.next.Sub(w.m.now) <= 20*time.Minute:
		want = fail("ConflictException", unsaid)
	case k.external() && (k.pending == nil || !k.everywhere(k.pending)):
		want = fail("KMSInvalidStateException", "No available key material pending rotation for the key: %s.", k.arn())
	}
	out := call(w, at.region, w.s.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &at.name}, k, want)
	if out == nil {
		return
	}
	w.same(k, "KeyId", k.arn(), *out.KeyId)
	mat := k.pending
	if !k.external() {
		mat = &material{}
	}
	mat.by = types.RotationTypeOnDemand
	w.m.renew(k.set, mat)
}

func (w *world) listKeyRotations() {
	at := w.target("ListKeyRotations", (*key).symmetric)
	k, want := w.m.use("ListKeyRotations", at)
	switch {
	case want != nil:
	case !k.symmetric():
		want = unsupported("")
	case k.custom():
		want = k.notValid()
	}
	in := &kms.ListKeyRotationsInput{KeyId: &at.name, Limit: new(int32(1000))}
	if w.one(2) {
		in.IncludeKeyMaterial = types.IncludeKeyMaterialAllKeyMaterial
	}
	out := call(w, at.region, w.s.ListKeyRotations, in, k, want)
	if out == nil {
		return
	}
	expected := []types.RotationsListEntry{}
	for _, m := range k.materials {
		if m.rotated.IsZero() && in.IncludeKeyMaterial == "" {
			continue
		}
		if n := len(expected); n < len(out.Rotations) {
			w.learn(k, m, out.Rotations[n].KeyMaterialId)
		}
		expected = append(expected, k.rotation(m))
	}
	w.same(k, "Rotations", expected, out.Rotations)
}

// rotation is a material as ListKeyRotations shows it.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_RotationsListEntry.html
func (k *key) rotation(m *material) types.RotationsListEntry {
	e := types.RotationsListEntry{KeyId: new(k.arn()), KeyMaterialId: &m.id, KeyMaterialState: types.KeyMaterialStateNonCurrent, RotationType: m.by}
	switch {
	case m == k.current:
		e.KeyMaterialState = types.KeyMaterialStateCurrent
	case m == k.pending && k.everywhere(m):
		e.KeyMaterialState = types.KeyMaterialStatePendingRotation
	case m == k.pending:
		e.KeyMaterialState = types.KeyMaterialStatePendingMultiRegionImportAndRotation
	}
	if !m.rotated.IsZero() {
		e.RotationDate = &m.rotated
	}
	if !k.external() {
		return e
	}
	if m.description != "" {
		e.KeyMaterialDescription = &m.description
	}
	switch until, here := m.here[k.region]; {
	case !here:
		e.ImportState = types.ImportStatePendingImport
	case until.IsZero():
		e.ImportState, e.ExpirationModel = types.ImportStateImported, types.ExpirationModelTypeKeyMaterialDoesNotExpire
	default:
		e.ImportState, e.ExpirationModel, e.ValidTo = types.ImportStateImported, types.ExpirationModelTypeKeyMaterialExpires, &until
	}
	return e
}
