package kms

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/store"
)

// expiryKind is the kind of the records of when imported key material expires. The key of one
// is that of the key's record, and it is due when the first of the key's materials expires. Only
// keys with material that expires have one.
const expiryKind = "kms-expiry"

// ExpireDueMaterial deletes the imported key material whose time is over, and returns how many
// keys had some. A key that is used meanwhile does not wait for this: see Service.cached. A kill
// at any point leaves each key with its material or without.
func (s *Service) ExpireDueMaterial(ctx context.Context) (int, error) {
	return s.eachDue(ctx, expiryKind, "delete expired key material of key", "rid of expired key material", s.expireMaterial)
}

// expireMaterial deletes what has expired of the key of a record. The events are written inside
// the transaction, before it commits: after a crash in between they stand twice in the journal,
// but no material goes without one.
func (s *Service) expireMaterial(ctx context.Context, path string) (bool, error) {
	did, recorded := false, false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		did = false
		k, err := readKey(tx, path)
		if err != nil {
			return err
		}
		if k == nil { // its deletion was quicker
			return forget(tx, expiryKind, path)
		}
		now := s.clock.Now()
		expired := k.expired(now)
		if len(expired) == 0 { // another call was quicker, perhaps on another node
			return scheduleExpiry(tx, k)
		}
		if err := s.removeMaterial(ctx, tx, k, expired...); err != nil {
			return err
		}
		r, err := k.record()
		if err != nil {
			return err
		}
		did = true
		if err := tx.Put(r); err != nil || recorded {
			return err
		}
		recorded = true
		return s.recordExpiry(k, expired, now)
	})
	return did && err == nil, err
}

// expired are the ids of the materials of k whose time is over.
func (k *key) expired(now time.Time) (ids []string) {
	for i := range k.Materials {
		if m := &k.Materials[i]; !m.Missing && !m.ValidTo.IsZero() && !now.Before(m.ValidTo) {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// recordExpiry records that materials of k were deleted.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-deleteexpiredkeymaterial.html
func (s *Service) recordExpiry(k *key, ids []string, now time.Time) error {
	for _, id := range ids {
		e := internalEvent("DeleteExpiredKeyMaterial", k, now)
		e.ServiceEventDetails = []cloudtrail.Field{{Name: "keyId", Value: k.id}}
		if k.Spec == types.KeySpecSymmetricDefault {
			e.ServiceEventDetails = append(e.ServiceEventDetails, cloudtrail.Field{Name: "keyMaterialId", Value: id})
		}
		if err := s.journal.Record(e); err != nil {
			return err
		}
	}
	return nil
}
