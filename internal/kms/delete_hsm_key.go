package kms

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/keystore"
	hsmstore "github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// The bounds of a run of DeleteHSMKeys. A cluster that is slow, or has many keys to delete, goes on
// in the next one.
const (
	mostDeletions = 10_000           // keys that a run looks at
	emptiedAtOnce = 16               // stores whose keys are deleted at a time
	emptyingTime  = 30 * time.Second // of the keys of one store, in wall time
	deleteTime    = 20 * time.Second // of one key
)

// DeleteHSMKeys makes the one attempt to destroy material in clusters that is to go: that of deleted
// keys, and that of which no key has come. AWS makes no second one: what remains is an orphan. A kill
// in the middle is no attempt. A cluster that does not answer is asked no more in this run, and holds
// up no other: the time of those that hang does not add up.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/delete-cmk-keystore.html
func (s *Service) DeleteHSMKeys(ctx context.Context) error {
	due, err := s.db.DueBefore(ctx, hsmDeletionKind, s.clock.Now(), mostDeletions)
	if err != nil {
		return err
	}
	byStore := map[string][]*hsmDeletion{}
	for _, r := range due {
		h, failed := decodeHSMDeletion(r)
		if failed != nil {
			err = cmp.Or(err, failed)
			continue
		}
		path := keyStoreKey(h.region, h.account, h.KeyStore)
		byStore[path] = append(byStore[path], h)
	}
	var emptying sync.WaitGroup
	failed := make(chan error, len(byStore))
	turns := make(chan struct{}, emptiedAtOnce)
	for _, keys := range byStore {
		turns <- struct{}{}
		emptying.Go(func() {
			defer func() { <-turns }()
			failed <- guarded(func() error { return s.deleteInStore(ctx, keys) })
		})
	}
	emptying.Wait()
	close(failed)
	for f := range failed {
		err = cmp.Or(err, f)
	}
	return err
}

// deleteInStore deletes the material of keys that were in one store. What can't be noted of one
// keeps no other from it.
func (s *Service) deleteInStore(ctx context.Context, keys []*hsmDeletion) (err error) {
	silent := false
	for began := time.Now(); len(keys) > 0 && time.Since(began) < emptyingTime; keys = keys[1:] {
		h := keys[0]
		if h.Deleted.IsZero() { // CreateKey may have come to an end since the list was read
			begun, failed := s.beginDestroying(ctx, h.path())
			err = cmp.Or(err, failed)
			if !begun || failed != nil {
				continue
			}
		}
		failed := errSilent
		if !silent {
			failed = s.deleteInHSM(ctx, h)
		}
		if ctx.Err() != nil { // the node ends
			return ctx.Err()
		}
		outcome := hsmDeleted
		if failed != nil {
			outcome, silent = hsmOrphaned, silent || unreachable(failed)
			s.log.WarnContext(ctx, "key material of no KMS key may remain in a CloudHSM cluster", "store", h.KeyStore, "cluster", h.Cluster, "key", h.KeyARN, "id", h.BackingKeyID, "error", failed)
		}
		err = cmp.Or(err, s.hsmKeyDeleted(ctx, h.path(), outcome))
	}
	return err
}

var errSilent = errors.New("the cluster has not answered just now")

func (s *Service) deleteInHSM(ctx context.Context, h *hsmDeletion) error {
	ctx, cancel := context.WithTimeout(ctx, deleteTime)
	defer cancel()
	id, err := material.ParseID(h.BackingKeyID)
	if err != nil {
		return err
	}
	if err := s.db.Sync(ctx); err != nil {
		return err
	}
	ks, err := s.keyStore(ctx, h.region, h.account, h.KeyStore)
	if err != nil {
		return err
	}
	if !ks.connected() {
		return errStoreState(ks, "be used")
	}
	if ks.Cluster.ID != h.Cluster { // where it is not is no proof
		return errors.New("the custom key store has another cluster by now")
	}
	session, err := s.session(ks)
	if err != nil {
		return err
	}
	defer s.overtaken(ks)
	return hsmstore.Destroy(ctx, session, id)
}

// hsmKeyDeleted ends the attempt, and records the deletion of the key.
func (s *Service) hsmKeyDeleted(ctx context.Context, path, outcome string) error {
	recorded := false
	return s.db.Update(ctx, func(tx *store.Tx) error {
		h, err := readHSMDeletion(tx, path)
		if err != nil || h == nil { // another node was quicker
			return err
		}
		if err := tx.Delete(hsmDeletionKind, path); err != nil || h.Deleted.IsZero() || recorded {
			return err
		}
		recorded = true
		return s.journal.Record(s.hsmKeyEvent(h, outcome))
	})
}

// hsmKeyEvent is the record of the deletion of a key whose material was in a cluster.
func (s *Service) hsmKeyEvent(h *hsmDeletion, outcome string) *cloudtrail.Event {
	e := s.deletedEvent(&key{Account: h.account, ref: keystore.Ref{Region: h.region}, id: h.keyID, arn: h.KeyARN})
	e.AdditionalEventData = append(backingKeys(h.KeyStore, h.Cluster, h.BackingKeyID),
		cloudtrail.Field{Name: "backingKeysDeletionStatus", Value: "[" + backingKey(h.BackingKeyID, outcome) + "]"})
	return e
}
