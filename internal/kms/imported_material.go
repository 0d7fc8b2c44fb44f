package kms

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// The rules for what imported material a key has, which imports, deletions and expirations
// share.

// waitingMaterial returns the entry of the material that waits for its rotation; nil if none
// does.
func (k *key) waitingMaterial() *keyMaterial {
	for i := range k.Materials {
		if m := &k.Materials[i]; !m.permanent() {
			return m
		}
	}
	return nil
}

// removeMaterial removes materials of k, which has them, inside the transaction that changes k.
func (s *Service) removeMaterial(ctx context.Context, tx *store.Tx, k *key, ids ...string) error {
	keys, err := s.related(tx, k)
	if err != nil {
		return err
	}
	for _, text := range ids {
		id, err := material.ParseID(text)
		if err != nil {
			return err
		}
		for _, k := range loseMaterial(keys, text) {
			if err := s.software.Remove(ctx, tx, k.ref, id); err != nil {
				return err
			}
		}
	}
	return saveMaterials(tx, keys)
}

// loseMaterial takes note that a material of the first of keys is gone, and returns the keys
// that it must go from. What the key needs can come back; until then the key is of no use. What
// waits for its rotation is forgotten, in all Regions if it was the primary's.
func loseMaterial(keys []*key, id string) []*key {
	k := keys[0]
	m := k.findMaterial(id)
	m.Missing, m.ValidTo = true, time.Time{}
	switch {
	case m.permanent():
		switch k.State {
		case types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStateUpdating:
			k.State = types.KeyStatePendingImport
		}
	case k.MultiRegion == nil || k.primary():
		for _, k := range keys {
			k.Materials = slices.DeleteFunc(k.Materials, func(m keyMaterial) bool { return m.ID == id })
		}
		return keys
	}
	return keys[:1]
}

// saveMaterials stores what imported material the keys have, but for the record of the first,
// which the caller stores.
func saveMaterials(tx *store.Tx, keys []*key) error {
	settleWaiting(keys)
	for i, k := range keys {
		if i > 0 {
			if err := put(tx, k, k.rotationDue()); err != nil {
				return err
			}
		}
		if err := scheduleExpiry(tx, k); err != nil {
			return err
		}
	}
	return nil
}

// settleWaiting says of the material that waits for its rotation whether all related keys have
// it.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-import.html
func settleWaiting(keys []*key) {
	state := types.KeyMaterialStatePendingRotation
	for _, k := range keys {
		if m := k.waitingMaterial(); m != nil && m.Missing {
			state = types.KeyMaterialStatePendingMultiRegionImportAndRotation
		}
	}
	for _, k := range keys {
		if m := k.waitingMaterial(); m != nil {
			m.State = state
		}
	}
}

// scheduleExpiry brings the record of when material of k expires up to date.
func scheduleExpiry(tx *store.Tx, k *key) error {
	if due := k.expiry(); !due.IsZero() {
		return tx.Upsert(store.Record{Kind: expiryKind, Key: k.ref.Path(), Due: due, Body: []byte("{}")})
	}
	return forget(tx, expiryKind, k.ref.Path())
}
