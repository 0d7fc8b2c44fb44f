package kms

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/store"
)

// What related keys share is the same in all of them after each call: it changes in one
// transaction. What is left to the background is that a key which a call made, or whose part
// it changed, is ready.

// syncKind is the kind of the records of keys that are not ready yet: in the states Creating
// and Updating. The key of one is that of the key's record; it is due at once.
const syncKind = "kms-synchronization"

func scheduleSynchronization(tx *store.Tx, k *key, now time.Time) error {
	return tx.Upsert(store.Record{Kind: syncKind, Key: k.ref.Path(), Due: now, Body: []byte("{}")})
}

// synchronizeSoon asks for a run of the job.
func (s *Service) synchronizeSoon() {
	select {
	case s.unsynchronized <- struct{}{}:
	default: // it has been asked for already
	}
}

// Unsynchronized has a token when a key waits for SynchronizeDueKeys.
func (s *Service) Unsynchronized() <-chan struct{} { return s.unsynchronized }

// SynchronizeDueKeys lets new replicas, and the keys of a multi-Region key whose primary has
// changed, be ready, and returns how many there were. A kill at any point leaves each as it
// was, or ready.
func (s *Service) SynchronizeDueKeys(ctx context.Context) (int, error) {
	return s.eachDue(ctx, syncKind, "synchronize key", "synchronized", s.synchronize)
}

// synchronize lets the key of a record be ready, unless it has come to another state by now.
// The event is written inside the transaction, before it commits, as that of a rotation.
func (s *Service) synchronize(ctx context.Context, path string) (bool, error) {
	done := false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		done = false
		if err := tx.Delete(syncKind, path); errors.Is(err, store.ErrNotFound) {
			return nil // another node was quicker
		} else if err != nil {
			return err
		}
		k, err := readKey(tx, path)
		if err != nil || k == nil {
			return err
		}
		due := k.rotationDue()
		if k.State == types.KeyStateCreating || k.State == types.KeyStateUpdating {
			k.State = types.KeyStateEnabled
			if !k.imported() {
				k.State = types.KeyStatePendingImport
			}
		}
		if err := put(tx, k, due); err != nil {
			return err
		}
		done = true
		if k.primary() {
			return nil
		}
		return s.journal.Record(synchronizedEvent(k, s.clock.Now()))
	})
	return done && err == nil, err
}

// synchronizedEvent is the record that a replica has what its primary has. It is one of the
// primary.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-synchronize-multi-region-key.html
func synchronizedEvent(k *key, now time.Time) *cloudtrail.Event {
	primary := keyARN(k.MultiRegion.Primary, k.Account, k.id)
	e := internalEvent("SynchronizeMultiRegionKey", k, now)
	e.Region, e.Type, e.RequestID, e.ResponseElements = k.MultiRegion.Primary, apiCall, cloudtrail.NewID(), keyElement(primary)
	e.Resources[0].ARN = primary
	return e
}

// keyElement is what records have as the response of a call that answers nothing.
func keyElement(arn string) []byte { return []byte(`{"keyId":"` + arn + `"}`) }
