package kms

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
)

// ListKeyRotations lists the rotations of a key that are over, or all of its material, the
// oldest first.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html
func (s *Service) ListKeyRotations(ctx context.Context, c *iam.Caller, in *kms.ListKeyRotationsInput) (*kms.ListKeyRotationsOutput, error) {
	k, err := s.use(ctx, c, &ask{op: opListKeyRotations, name: *in.KeyId})
	if err != nil {
		return nil, err
	}
	if k.Spec != types.KeySpecSymmetricDefault {
		return nil, errNoRotation()
	}
	if k.custom() {
		return nil, errOrigin(k.arn, k.Origin)
	}
	p, err := newPage(in.Limit, in.Marker, 100, 1000)
	if err != nil {
		return nil, err
	}
	first := 0
	if p.after != "" { // only an entry that waits for its rotation can go meanwhile
		i := slices.IndexFunc(k.Materials, func(m keyMaterial) bool { return m.ID == p.after })
		if i < 0 {
			return nil, errMarker()
		}
		first = i + 1
	}
	listed := slices.DeleteFunc(slices.Clone(k.Materials[first:]), func(m keyMaterial) bool {
		return in.IncludeKeyMaterial != types.IncludeKeyMaterialAllKeyMaterial && m.Rotated.IsZero()
	})
	out := &kms.ListKeyRotationsOutput{Rotations: []types.RotationsListEntry{}}
	listed, out.Truncated, out.NextMarker = cut(p, listed, func(m keyMaterial) string { return m.ID })
	for i := range listed {
		out.Rotations = append(out.Rotations, k.rotationEntry(&listed[i]))
	}
	return out, nil
}

// rotationEntry is a material as ListKeyRotations shows it.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_RotationsListEntry.html
func (k *key) rotationEntry(m *keyMaterial) types.RotationsListEntry {
	e := types.RotationsListEntry{KeyId: &k.arn, KeyMaterialId: &m.ID, KeyMaterialState: m.State, RotationType: m.By}
	if !m.Rotated.IsZero() {
		e.RotationDate = &m.Rotated
	}
	if k.Origin != types.OriginTypeExternal {
		return e
	}
	if m.Description != "" {
		e.KeyMaterialDescription = &m.Description
	}
	if m.Missing {
		e.ImportState = types.ImportStatePendingImport
		return e
	}
	e.ImportState, e.ExpirationModel = types.ImportStateImported, types.ExpirationModelTypeKeyMaterialDoesNotExpire
	if !m.ValidTo.IsZero() {
		e.ExpirationModel, e.ValidTo = types.ExpirationModelTypeKeyMaterialExpires, &m.ValidTo
	}
	return e
}
