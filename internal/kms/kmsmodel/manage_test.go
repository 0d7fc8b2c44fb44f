package kmsmodel

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// operation is something that can happen; the heavier, the oftener.
type operation struct {
	weight int
	do     func(*world)
}

var operations []operation

func init() {
	operations = slices.Concat(management, storing, cryptography, importing, rotating, replicating, naming, passing)
}

var management = []operation{
	{20, (*world).createKey}, {12, (*world).enableKey}, {8, (*world).disableKey}, {14, (*world).scheduleKeyDeletion}, {5, (*world).cancelKeyDeletion},
	{40, (*world).describeKey}, {4, (*world).listKeys}, {6, (*world).getKeyLastUsage}, {6, (*world).updateKeyDescription},
}

// population is about how many keys there are at once.
const population = 18

// commonSpecs are the key specs that keys are made of; the more often, the more.
var commonSpecs = []types.KeySpec{
	types.KeySpecSymmetricDefault, types.KeySpecSymmetricDefault, types.KeySpecSymmetricDefault, types.KeySpecSymmetricDefault,
	types.KeySpecSymmetricDefault, types.KeySpecSymmetricDefault, types.KeySpecSymmetricDefault, types.KeySpecSymmetricDefault,
	types.KeySpecHmac224, types.KeySpecHmac256, types.KeySpecHmac384, types.KeySpecHmac512,
	types.KeySpecEccNistP256, types.KeySpecEccNistP256, types.KeySpecEccNistP384, types.KeySpecEccNistP521,
	types.KeySpecEccSecgP256k1, types.KeySpecEccNistEdwards25519,
	types.KeySpecMlDsa44, types.KeySpecMlDsa65, types.KeySpecMlKem512, types.KeySpecMlKem768, types.KeySpecRsa2048,
}

func (w *world) createKey() {
	if len(w.keys()) > population && !w.one(20) {
		w.describeKey()
		return
	}
	spec := pick(w, commonSpecs...)
	usages := usagesOf(spec)
	in := &kms.CreateKeyInput{KeySpec: spec, KeyUsage: pick(w, usages...), Origin: pick(w, types.OriginTypeAwsKms, types.OriginTypeAwsKms, types.OriginTypeExternal)}
	switch {
	case spec == types.KeySpecRsa2048 && !w.one(8): // they take long
		in.Origin = types.OriginTypeExternal
	case spec == types.KeySpecEccSecgP256k1: // of which we have nothing to import
		in.Origin = types.OriginTypeAwsKms
	}
	if w.one(3) {
		in.MultiRegion = new(true)
	}
	if w.one(3) {
		in.Description = new(w.text())
	}
	if w.one(3) {
		in.Tags = []types.Tag{{TagKey: new("k1"), TagValue: new(w.text())}}
	}
	switch w.IntN(30) {
	case 0:
		in.KeyUsage = pick(w, types.KeyUsageTypeEncryptDecrypt, types.KeyUsageTypeSignVerify, types.KeyUsageTypeKeyAgreement, types.KeyUsageTypeGenerateVerifyMac)
	case 1:
		in.KeyUsage = ""
	}
	usage := in.KeyUsage
	var want *failure
	switch {
	case usage == "" && spec != types.KeySpecSymmetricDefault:
		want = invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
	case usage == "":
		usage = types.KeyUsageTypeEncryptDecrypt
	case algorithms[spec][usage] == nil:
		want = invalid("KeyUsage %s is not compatible with KeySpec %s", usage, spec)
	case in.Origin == types.OriginTypeExternal && (strings.HasPrefix(string(spec), "ML_")):
		want = unsupported(unsaid)
	}
	region := pick(w, regions...)
	out := call(w, region, w.s.CreateKey, in, nil, want)
	if out == nil {
		return
	}
	s := &set{id: *out.KeyMetadata.KeyId, spec: spec, usage: usage, origin: in.Origin, multi: in.MultiRegion != nil && *in.MultiRegion, primary: region, keys: map[string]*key{}}
	k := newKey(s, region, w.m.now)
	if in.Description != nil {
		k.description = *in.Description
	}
	for _, t := range in.Tags {
		k.tags[*t.TagKey] = *t.TagValue
	}
	if s.external() {
		k.state = types.KeyStatePendingImport
	} else {
		s.current = &material{}
		s.materials = []*material{s.current}
	}
	w.m.sets = append(w.m.sets, s)
	w.at = k
	k.note("step %d: it was created in %s", w.step, region)
	if !keyID.MatchString(s.id) || strings.HasPrefix(s.id, "mrk-") != s.multi {
		w.differ(k, "the key id %s", s.id)
	}
	w.sameMetadata(k, out.KeyMetadata)
}

func newKey(s *set, region string, now time.Time) *key {
	k := &key{set: s, region: region, state: types.KeyStateEnabled, created: now, tags: map[string]string{}, aliases: map[string]bool{}}
	s.keys[region] = k
	return k
}

func usagesOf(spec types.KeySpec) (list []types.KeyUsageType) {
	for u := range algorithms[spec] {
		list = append(list, u)
	}
	slices.Sort(list)
	return list
}

// sameMetadata compares metadata.
func (w *world) sameMetadata(k *key, got *types.KeyMetadata) {
	if k.namesMaterial() && k.current != nil {
		w.learn(k, k.current, got.CurrentKeyMaterialId)
	}
	w.same(k, "KeyMetadata", k.metadata(), got)
}

// learn takes over the id of a material, which the service makes, when it first tells it. It must
// be one that the key has not had.
func (w *world) learn(k *key, mat *material, id *string) {
	if mat.id != "" || id == nil {
		return
	}
	for _, other := range k.materials {
		if other.id == *id {
			w.differ(k, "the id %s of new key material is that of another", *id)
		}
	}
	mat.id = *id
}

func (w *world) enableKey() {
	at := w.target("EnableKey", func(k *key) bool { return k.state == types.KeyStateDisabled })
	k, want := w.m.use("EnableKey", at)
	if call(w, at.region, w.s.EnableKey, &kms.EnableKeyInput{KeyId: &at.name}, k, want) != nil {
		k.state = types.KeyStateEnabled
	}
}

func (w *world) disableKey() {
	at := w.target("DisableKey")
	k, want := w.m.use("DisableKey", at)
	if call(w, at.region, w.s.DisableKey, &kms.DisableKeyInput{KeyId: &at.name}, k, want) != nil {
		k.state = types.KeyStateDisabled
	}
}

func (w *world) scheduleKeyDeletion() {
	at := w.target("ScheduleKeyDeletion")
	in := &kms.ScheduleKeyDeletionInput{KeyId: &at.name}
	days := int32(30)
	if !w.one(5) {
		days = pick[int32](w, 7, 7, 8, 15, 29, 30)
		if w.one(8) {
			days = pick[int32](w, 1, 6, 31, 365)
		}
		in.PendingWindowInDays = &days
	}
	k, want := w.m.use("ScheduleKeyDeletion", at)
	switch {
	case want != nil:
	case days < 7:
		want = invalid("1 validation error detected: Value '%d' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value greater than or equal to 7", days)
	case days > 30:
		want = invalid("1 validation error detected: Value '%d' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value less than or equal to 30", days)
	}
	out := call(w, at.region, w.s.ScheduleKeyDeletion, in, k, want)
	if out == nil {
		return
	}
	expected := &kms.ScheduleKeyDeletionOutput{KeyId: new(k.arn()), PendingWindowInDays: &days, KeyState: types.KeyStatePendingReplicaDeletion}
	if k.isPrimary() && len(k.keys) > 1 {
		k.state, k.window = types.KeyStatePendingReplicaDeletion, days
	} else {
		w.m.schedule(k, days)
		expected.KeyState, expected.DeletionDate = k.state, &k.deletion
	}
	w.same(k, "ScheduleKeyDeletion", expected, out)
}

func (w *world) cancelKeyDeletion() {
	at := w.target("CancelKeyDeletion", (*key).pendingDeletion)
	k, want := w.m.use("CancelKeyDeletion", at)
	out := call(w, at.region, w.s.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &at.name}, k, want)
	if out == nil {
		return
	}
	w.same(k, "KeyId", new(k.arn()), out.KeyId)
	k.state = w.m.rules.cancelled
	if !k.complete() { // a key that may be enabled has its material
		k.state = types.KeyStatePendingImport
	}
}

func (w *world) describeKey() {
	at := w.target("DescribeKey")
	k, want := w.m.use("DescribeKey", at)
	if out := call(w, at.region, w.s.DescribeKey, &kms.DescribeKeyInput{KeyId: &at.name}, k, want); out != nil {
		w.sameMetadata(k, out.KeyMetadata)
	}
}

func (w *world) listKeys() {
	region := pick(w, regions...)
	out := call(w, region, w.s.ListKeys, &kms.ListKeysInput{Limit: new(int32(1000))}, nil, nil)
	if out == nil {
		return
	}
	var want, got []string
	for _, k := range w.keys() {
		if k.region == region {
			want = append(want, k.id+" "+k.arn())
		}
	}
	for _, e := range out.Keys {
		got = append(got, *e.KeyId+" "+*e.KeyArn)
	}
	slices.Sort(want)
	slices.Sort(got)
	w.same(nil, "ListKeys", want, got)
}

func (w *world) getKeyLastUsage() {
	at := w.target("GetKeyLastUsage")
	k, want := w.m.use("GetKeyLastUsage", at)
	out := call(w, at.region, w.s.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: &at.name}, k, want)
	if out == nil {
		return
	}
	expected := &kms.GetKeyLastUsageOutput{KeyId: &k.id, KeyCreationDate: &k.created, TrackingStartDate: &k.created, KeyLastUsage: &types.KeyLastUsageData{}}
	if !k.used.at.IsZero() {
		expected.KeyLastUsage = &types.KeyLastUsageData{
			Operation: types.KeyLastUsageTrackingOperation(k.used.operation), Timestamp: new(k.used.at.Truncate(time.Second)),
			CloudTrailEventId: &k.used.id, KmsRequestId: &k.used.request,
		}
	}
	w.same(k, "GetKeyLastUsage", expected, out)
}

func (w *world) updateKeyDescription() {
	at := w.target("UpdateKeyDescription")
	k, want := w.m.use("UpdateKeyDescription", at)
	in := &kms.UpdateKeyDescriptionInput{KeyId: &at.name, Description: new(w.text())}
	if call(w, at.region, w.s.UpdateKeyDescription, in, k, want) != nil {
		k.description = *in.Description
	}
}
