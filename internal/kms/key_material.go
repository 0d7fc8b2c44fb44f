package kms

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// keyMaterial is what a key's record says of one of its key materials. The material itself is
// in the key store.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_RotationsListEntry.html
type keyMaterial struct {
	ID      string                 `json:"id"`
	State   types.KeyMaterialState `json:"state"`
	Rotated time.Time              `json:"rotated,omitzero"` // when a rotation made it current; zero for the first, and before it is
	By      types.RotationType     `json:"by,omitempty"`     // the kind of that rotation

	// Of a key with Origin EXTERNAL.
	Missing     bool      `json:"missing,omitempty"` // it was deleted, or has expired, or is not yet here (a replica)
	ValidTo     time.Time `json:"validTo,omitzero"`  // when it expires; zero means never, or that it is missing
	Description string    `json:"description,omitempty"`
}

// materialSize is about what an entry costs in the memory of a cached key.
const materialSize = 200

// permanent reports whether the key needs the material to be of use: whether something may be
// encrypted under it.
func (m *keyMaterial) permanent() bool {
	return m.State == types.KeyMaterialStateCurrent || m.State == types.KeyMaterialStateNonCurrent
}

// readMaterials completes what a record says of its materials. The record of an earlier version
// names only the current one.
func (k *key) readMaterials() (err error) {
	if k.Material == "" {
		return nil
	}
	if k.current, err = material.ParseID(k.Material); err != nil {
		return fmt.Errorf("key material id %q: %w", k.Material, err)
	}
	if len(k.Materials) == 0 {
		m := keyMaterial{ID: k.Material, State: types.KeyMaterialStateCurrent, Rotated: k.Rotated}
		if !k.Rotated.IsZero() {
			m.By = types.RotationTypeAutomatic
		}
		k.Materials, k.Rotated = []keyMaterial{m}, time.Time{}
	}
	return nil
}

// setCurrent makes the material m, which is among Materials or is new, the current one.
func (k *key) setCurrent(id material.ID, m keyMaterial) {
	for i := range k.Materials {
		if k.Materials[i].State == types.KeyMaterialStateCurrent {
			k.Materials[i].State = types.KeyMaterialStateNonCurrent
		}
	}
	m.ID, m.State = id.String(), types.KeyMaterialStateCurrent
	if old := k.findMaterial(m.ID); old != nil {
		*old = m
	} else {
		k.Materials = append(k.Materials, m)
	}
	k.current, k.Material = id, m.ID
}

// findMaterial returns the entry of a material; nil if the key never had it.
func (k *key) findMaterial(id string) *keyMaterial {
	for i := range k.Materials {
		if k.Materials[i].ID == id {
			return &k.Materials[i]
		}
	}
	return nil
}

// imported reports whether all materials that the key needs are there.
func (k *key) imported() bool {
	for i := range k.Materials {
		if m := &k.Materials[i]; m.permanent() && m.Missing {
			return false
		}
	}
	return k.Material != ""
}

// expiry is when the first of the key's materials expires; zero if none does.
func (k *key) expiry() (first time.Time) {
	for i := range k.Materials {
		if m := &k.Materials[i]; !m.Missing && !m.ValidTo.IsZero() && (first.IsZero() || m.ValidTo.Before(first)) {
			first = m.ValidTo
		}
	}
	return first
}
