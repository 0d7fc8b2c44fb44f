package kms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"

	"github.com/keystead/keystead/internal/store"
)

// usesPerWrite is how many uses one transaction writes.
const usesPerWrite = 200

// unsavedUse is a use on its way to the database.
type unsavedUse struct {
	shard *useShard
	path  string // of the key's record
	use   keyUse
}

// ManyUses has a token when so many keys were used that SaveUses should not wait for its time.
func (s *Service) ManyUses() <-chan struct{} { return s.uses.early }

// SaveUses writes down which keys were used last when. Each node does so for itself; the last
// use of all nodes stays. A kill loses what was not saved yet, and nothing else.
func (s *Service) SaveUses(ctx context.Context) error {
	var batch []unsavedUse
	lost := 0
	// Where one can't be saved, it is not always the same ones that come after it.
	first := rand.IntN(useShards)
	for i := range useShards {
		shard := &s.uses.shards[(first+i)%useShards]
		unsaved, n := shard.snapshot()
		lost += n
		for path, use := range unsaved {
			batch = append(batch, unsavedUse{shard, path, use})
			if len(batch) < usesPerWrite {
				continue
			}
			if err := s.saveUses(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if lost > 0 {
		s.log.WarnContext(ctx, "more keys were used at once than there is room to note: their last use is not up to date", "uses", lost)
	}
	return s.saveUses(ctx, batch)
}

// snapshot copies what is not saved, and says how many uses were lost since.
func (s *useShard) snapshot() (unsaved map[string]keyUse, lost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lost, s.lost = s.lost, 0
	if len(s.unsaved) == 0 {
		return nil, lost
	}
	return maps.Clone(s.unsaved), lost
}

// saveUses writes uses, and forgets those that there are no newer ones of.
func (s *Service) saveUses(ctx context.Context, batch []unsavedUse) error {
	if len(batch) == 0 {
		return nil
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		for i := range batch {
			if err := saveUse(tx, batch[i].path, batch[i].use); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save the last use of keys: %w", err)
	}
	for i := range batch {
		b := &batch[i]
		b.shard.mu.Lock()
		if b.shard.unsaved[b.path] == b.use {
			delete(b.shard.unsaved, b.path)
		}
		b.shard.mu.Unlock()
	}
	return nil
}

// saveUse writes the use of a key that there still is, if it is the last one. A key that is
// deleted takes the record of its use along, so one with such a record is there.
func saveUse(tx *store.Tx, path string, use keyUse) error {
	r, err := tx.Get(usageKind, path)
	switch {
	case errors.Is(err, store.ErrNotFound):
		// A replica that was here before may have been used, and be gone.
		if k, err := readKey(tx, path); err != nil || k == nil || use.Time.Before(k.Created) {
			return err
		}
	case err != nil:
		return err
	default:
		if saved, err := decodeUse(r); err != nil || !use.Time.After(saved.Time) {
			return err
		}
	}
	body, err := json.Marshal(use)
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: usageKind, Key: path, Body: body})
}
