package kms

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/store"
)

// rotationKind is the kind of the records of when keys are rotated. The key of one is that
// of the key's record, and it is due at the next rotation.
const rotationKind = "kms-rotation"

// rotationPeriod is how long AWS managed keys, and those of the service, use the same
// material.
const rotationPeriod = 365 * day

func rotationRecord(ref keystore.Ref, due time.Time) store.Record {
	return store.Record{Kind: rotationKind, Key: ref.Path(), Due: due, Body: []byte("{}")}
}

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
// event too many, of material that never was; but no material comes without one.
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
		r, err := tx.Get(keyKind, path)
		if errors.Is(err, store.ErrNotFound) {
			return tx.Delete(rotationKind, path)
		}
		if err != nil {
			return err
		}
		k, _, err := decodeKey(r)
		if err != nil {
			return err
		}
		before := k.Material
		if err := s.renew(ctx, tx, k, now); err != nil {
			return err
		}
		schedule.Due = now.Add(rotationPeriod)
		if err := tx.Put(schedule); err != nil {
			return err
		}
		rotated = true
		return s.journal.Record(rotatedEvent(k, before))
	})
	return rotated && err == nil, err
}

// renew gives k new material and stores it.
func (s *Service) renew(ctx context.Context, tx *store.Tx, k *key, now time.Time) error {
	id, err := s.storeOf(k).Generate(ctx, tx, k.ref)
	if err != nil {
		return err
	}
	k.setCurrent(id, keyMaterial{Rotated: now, By: types.RotationTypeAutomatic})
	r, err := k.record()
	if err != nil {
		return err
	}
	return tx.Put(r)
}

// rotatedEvent is the record of a rotation.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-rotatekey.html
func rotatedEvent(k *key, before string) *cloudtrail.Event {
	e := internalEvent("RotateKey", k, k.findMaterial(k.Material).Rotated)
	e.ServiceEventDetails = []cloudtrail.Field{
		{Name: "rotationType", Value: string(types.RotationTypeAutomatic)}, {Name: "keyOrigin", Value: string(k.Origin)},
		{Name: "previousKeyMaterialId", Value: before}, {Name: "currentKeyMaterialId", Value: k.Material}, {Name: "keyId", Value: k.id},
	}
	return e
}
