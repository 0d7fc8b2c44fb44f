package kmsmodel

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// replicating is what is for multi-Region keys only.
var replicating = []operation{{22, (*world).replicateKey}, {18, (*world).updatePrimaryRegion}}

// leads says whether the key is a multi-Region primary key.
func (k *key) leads() bool { return k.multi && k.isPrimary() }

func (k *key) leading() *failure {
	if !k.leads() {
		return unsupported("%s is not a multi-region primary key.", k.arn())
	}
	return nil
}

// region picks a Region other than that of a key, mostly one that has a related key or has none.
func (w *world) region(at target, related bool) string {
	k, _ := w.m.find(at.region, at.name, false)
	list := slices.DeleteFunc(slices.Clone(regions), func(r string) bool { return k == nil || r == k.region || (k.keys[r] != nil) != related })
	if len(list) == 0 || w.one(8) {
		list = regions
	}
	return pick(w, list...)
}

func (w *world) replicateKey() {
	at := w.target("ReplicateKey", (*key).leads)
	in := &kms.ReplicateKeyInput{KeyId: &at.name, ReplicaRegion: new(w.region(at, false))}
	tags := map[string]string{}
	if w.one(3) {
		tags["k1"] = w.text()
		in.Tags = []types.Tag{{TagKey: new("k1"), TagValue: new(tags["k1"])}}
	}
	if w.one(3) {
		in.Description = new(w.text())
	}
	k, want := w.m.use("ReplicateKey", at)
	if want == nil {
		want = k.leading()
	}
	switch {
	case want != nil:
	case *in.ReplicaRegion == k.region:
		want = invalid(unsaid)
	case k.keys[*in.ReplicaRegion] != nil:
		want = fail("AlreadyExistsException", unsaid)
	}
	out := call(w, at.region, w.s.ReplicateKey, in, k, want)
	if out == nil {
		return
	}
	r := newKey(k.set, *in.ReplicaRegion, w.m.now)
	r.state, r.unready, r.tags = types.KeyStateCreating, true, tags
	if in.Description != nil {
		r.description = *in.Description
	}
	r.note("step %d: it was replicated from %s", w.step, k.region)
	w.at = r
	w.m.record("CreateKey", r)
	expected := r.metadata()
	expected.CurrentKeyMaterialId = nil // as recorded from AWS
	w.same(r, "ReplicaKeyMetadata", expected, out.ReplicaKeyMetadata)
	got := map[string]string{}
	for _, t := range out.ReplicaTags {
		got[*t.TagKey] = *t.TagValue
	}
	if !maps.Equal(tags, got) {
		w.differ(r, "ReplicaTags are %v, want %v", got, tags)
	}
}

func (w *world) updatePrimaryRegion() {
	at := w.target("UpdatePrimaryRegion", func(k *key) bool { return k.leads() && len(k.keys) > 1 })
	in := &kms.UpdatePrimaryRegionInput{KeyId: &at.name, PrimaryRegion: new(w.region(at, true))}
	k, want := w.m.use("UpdatePrimaryRegion", at)
	if want == nil {
		want = k.leading()
	}
	var r *key
	switch {
	case want != nil:
	case *in.PrimaryRegion == k.region:
		want = invalid(unsaid)
	default:
		r, want = w.m.use("UpdatePrimaryRegion", target{*in.PrimaryRegion, k.id})
	}
	if call(w, at.region, w.s.UpdatePrimaryRegion, in, k, want) == nil {
		return
	}
	r.note("step %d: it became the primary", w.step)
	w.m.record("UpdatePrimaryRegion", r)
	k.primary = r.region
	for _, k := range []*key{k, r} {
		k.state, k.unready = types.KeyStateUpdating, true
	}
}
