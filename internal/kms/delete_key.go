package kms

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/store"
)

// DeleteDueKeys deletes the keys whose waiting period is over, with their material,
// aliases, grants, tags and policy, and returns how many there were. It is the job behind
// ScheduleKeyDeletion; a kill at any point leaves each key either whole or gone. A key
// that can't be deleted keeps no other from it. Material in a CloudHSM cluster goes after the key:
// see DeleteHSMKeys.
func (s *Service) DeleteDueKeys(ctx context.Context) (int, error) {
	deleted, err := s.eachDue(ctx, keyKind, "delete key", "deleted", s.deleteKey)
	return deleted, cmp.Or(err, s.deleteAbandonedGrants(ctx))
}

// deleteKey deletes the key of a record unless its deletion was cancelled meanwhile. The
// DeleteKey event is written inside the transaction, before it commits: after a crash in
// between the event stands twice in the journal, but no key goes without one.
func (s *Service) deleteKey(ctx context.Context, path string) (bool, error) {
	var k *key
	recorded := false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		k = nil
		var err error
		if k, err = readKey(tx, path); err != nil || k == nil { // another node was quicker
			return err
		}
		if k.State != types.KeyStatePendingDeletion || k.DeletionDate.After(s.clock.Now()) {
			k = nil
			return nil
		}
		if err := s.software.Destroy(ctx, tx, k.ref); err != nil {
			return err
		}
		if err := deleteAliases(tx, k); err != nil {
			return err
		}
		if err := s.abandonGrants(tx, k); err != nil {
			return err
		}
		if err := deleteBelongings(tx, path); err != nil {
			return err
		}
		if err := s.leave(tx, k, s.clock.Now()); err != nil {
			return err
		}
		if err := tx.Delete(keyKind, path); err != nil {
			return err
		}
		if err := s.leaveStore(tx, k); err != nil {
			return err
		}
		if recorded || k.inHSM() { // whose event waits for the outcome in the cluster
			return nil
		}
		recorded = true
		return s.journal.Record(s.deletedEvent(k))
	})
	return k != nil && err == nil, err
}

// leaveStore takes a key that is deleted out of its custom key store.
func (s *Service) leaveStore(tx *store.Tx, k *key) error {
	if !k.custom() {
		return nil
	}
	ks, err := openKeyStore(tx, k.ref.Region, k.Account, k.KeyStore)
	if err != nil {
		return err
	}
	if err := ks.release(tx, k.storeName()); err != nil || !k.inHSM() {
		return err
	}
	return s.deleteLater(tx, ks, k)
}

// belongings are the kinds of the records that a key may have besides its own one, under the
// same key.
var belongings = [...]string{usageKind, rotationKind, expiryKind, syncKind}

func deleteBelongings(tx *store.Tx, path string) error {
	for _, kind := range belongings {
		if err := forget(tx, kind, path); err != nil {
			return err
		}
	}
	return nil
}

func deleteAliases(tx *store.Tx, k *key) error {
	// A key has no more aliases than its quota, so one page is all.
	aliases, err := tx.ScanRef(aliasKind, store.Range{Prefix: k.ref.Path(), Limit: aliasesPerKey})
	if err != nil {
		return err
	}
	for _, r := range aliases {
		if err := tx.Delete(aliasKind, r.Key); err != nil {
			return err
		}
	}
	return nil
}

// deletedEvent is the record of a deletion that the service does by itself.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-delete-key.html
func (s *Service) deletedEvent(k *key) *cloudtrail.Event {
	e := internalEvent("DeleteKey", k, s.clock.Now())
	e.ServiceEventDetails = []cloudtrail.Field{{Name: "keyId", Value: k.id}}
	e.ResponseElements = fmt.Appendf(nil, `{"keyId":"%s"}`, k.arn)
	return e
}
