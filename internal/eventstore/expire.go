package eventstore

import (
	"context"
	"errors"

	"github.com/keystead/keystead/internal/store"
)

// expireBatch is how many records one transaction of expire removes.
const expireBatch = 32

// expire removes the blocks whose time is over, and what is left of deleted logs.
func (s *Store) expire(ctx context.Context) error {
	var failed error
	for {
		due, err := s.db.DueBefore(ctx, kindIndex, s.clock.Now(), expireBatch)
		if err != nil {
			return err
		}
		progress := false
		for _, r := range due {
			done, err := s.expireIndex(ctx, r)
			// One log that is damaged does not keep the others from being emptied.
			if err != nil && !errors.Is(err, store.ErrConflict) {
				failed = err
			}
			progress = progress || done && err == nil
		}
		if len(due) < expireBatch || !progress {
			break
		}
	}
	return errors.Join(failed, s.empty(ctx))
}

// expireIndex removes what has expired of an index. It reports whether the index is no longer
// due.
func (s *Store) expireIndex(ctx context.Context, r store.Record) (done bool, err error) {
	x, err := openIndex(r)
	if err != nil {
		return false, logError(x.log, err)
	}
	id := r.Key[:len(r.Key)-len(indexKey("", 0))]
	now := s.clock.Now().UnixMilli()
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		done = false
		h, err := openHead(tx.Get(kindLog, x.log))
		if err != nil || h.ID != id { // deleted: see empty
			return err
		}
		done = true
		if err := remove(tx, id, &x); err != nil {
			return err
		}
		left := index{log: x.log, run: x.run, bloom: x.bloom, end: x.end}
		for i := range x.blocks {
			b := &x.blocks[i]
			if e := b.expiry(h.Retention); e == 0 || e > now {
				left.blocks = append(left.blocks, *b)
				continue
			}
			if err := tx.Delete(kindBlock, blockKey(id, b)); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			h.Bytes -= int64(b.raw)
			h.Stored -= int64(b.stored)
		}
		if err := left.keep(tx, id, &h); err != nil {
			return err
		}
		return h.put(tx, x.log)
	})
	return done, logError(x.log, err)
}

// keep stores what is left of an index, or removes the words of a run of which nothing is.
func (x *index) keep(tx *store.Tx, id string, h *head) error {
	if len(x.blocks) > 0 {
		return tx.Insert(x.record(id, h.Retention))
	}
	if !x.run {
		return nil
	}
	for part := range bloomParts {
		if err := tx.Delete(kindWords, wordsKey(id, x.end, part)); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// redate writes the indexes of a log anew whose retention became shorter, so that they become
// due in time.
func (s *Store) redate(ctx context.Context, log string, h *head) error {
	r := store.Range{Prefix: h.ID + "/", Limit: expireBatch}
	for {
		records, err := s.db.Scan(ctx, kindIndex, r)
		if err != nil || len(records) == 0 {
			return err
		}
		r.After = records[len(records)-1].Key
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			for _, old := range records {
				x, err := openIndex(old)
				if err != nil {
					return err
				}
				if err := tx.Put(x.record(h.ID, h.Retention)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// empty removes the blocks of deleted logs.
func (s *Store) empty(ctx context.Context) error {
	trash, err := s.db.Scan(ctx, kindTrash, store.Range{})
	if err != nil {
		return err
	}
	for _, r := range trash {
		for _, kind := range [...]string{kindIndex, kindWords, kindBlock} {
			if err := s.emptyKind(ctx, kind, r.Key); err != nil {
				return err
			}
		}
		err := s.db.Update(ctx, func(tx *store.Tx) error { return tx.Delete(kindTrash, r.Key) })
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

func (s *Store) emptyKind(ctx context.Context, kind, id string) error {
	for {
		records, err := s.db.Scan(ctx, kind, store.Range{Prefix: id + "/", Limit: expireBatch})
		if err != nil || len(records) == 0 {
			return err
		}
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			for _, r := range records {
				if err := tx.Delete(kind, r.Key); err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
