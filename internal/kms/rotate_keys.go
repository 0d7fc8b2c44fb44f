package kms

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// rotationPeriod is how long the keys of the service use the same material.
const rotationPeriod = usualPeriod * day

// RotateDueKeys gives the keys whose time has come new material, and returns how many there
// were. The old material stays, and opens what was encrypted under it. A kill at any point
// leaves each key as it was, or rotated.
func (s *Service) RotateDueKeys(ctx context.Context) (int, error) {
	rotated, err := s.eachDue(ctx, rotationKind, "rotate key", "rotated", s.rotateKey)
	own, ownErr := s.eachDue(ctx, ownKind, "rotate the service's own key", "rotated", s.rotateOwn)
	return rotated + own, cmp.Or(err, ownErr)
}

// rotateKey rotates the key of a record. The event is written inside the transaction, before
// it commits: after a crash in between, or a commit that is tried again, the journal has an
// event too many, of material that never was; but no material comes without one. All keys of a
// multi-Region key are rotated together.
func (s *Service) rotateKey(ctx context.Context, path string) (bool, error) {
	rotated := false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		rotated = false
		schedule, err := tx.Get(rotationKind, path)
		now := s.clock.Now().Truncate(time.Millisecond)
		switch {
		case errors.Is(err, store.ErrNotFound), err == nil && schedule.Due.After(now):
			return nil // another node was quicker
		case err != nil:
			return err
		}
		k, err := readKey(tx, path)
		if err != nil {
			return err
		}
		if k == nil || k.rotationDue().IsZero() {
			return tx.Delete(rotationKind, path)
		}
		due := k.rotationDue()
		if err := s.renew(ctx, tx, k, now, types.RotationTypeAutomatic); err != nil {
			return err
		}
		if k.Rotation != nil {
			next := newRotation(k.Rotation.PeriodDays, now)
			if err := s.share(tx, k, func(k *key) error { k.Rotation = next; return nil }); err != nil {
				return err
			}
		}
		rotated = true
		return put(tx, k, due)
	})
	return rotated && err == nil, err
}

// renew gives k, and what is one multi-Region key with it, new material.
func (s *Service) renew(ctx context.Context, tx *store.Tx, k *key, now time.Time, by types.RotationType) error {
	m, err := material.Generate(k.spec)
	if err != nil {
		return err
	}
	return s.share(tx, k, func(k *key) error {
		id, err := s.software.Keep(ctx, tx, k.ref, m)
		if err != nil {
			return err
		}
		return s.succeed(k, id, keyMaterial{Rotated: now, By: by})
	})
}

// succeed makes a material the current one and records the rotation.
func (s *Service) succeed(k *key, id material.ID, m keyMaterial) error {
	before := k.Material
	k.setCurrent(id, m)
	return s.journal.Record(rotatedEvent(k, before))
}

// rotatedEvent is the record of a rotation.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-rotatekey.html
func rotatedEvent(k *key, before string) *cloudtrail.Event {
	m := k.findMaterial(k.Material)
	e := internalEvent("RotateKey", k, m.Rotated)
	e.ServiceEventDetails = []cloudtrail.Field{
		{Name: "rotationType", Value: string(m.By)}, {Name: "keyOrigin", Value: string(k.Origin)},
		{Name: "previousKeyMaterialId", Value: before}, {Name: "currentKeyMaterialId", Value: k.Material}, {Name: "keyId", Value: k.id},
	}
	return e
}
