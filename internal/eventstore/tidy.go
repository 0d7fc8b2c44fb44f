package eventstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/store"
)

const (
	runLength  = 64  // blocks in a run
	keepSingle = 128 // blocks that are not in a run before the oldest of them get into one
	fewBlocks  = 8   // that are worth being merged before they fill a block
)

// tidy merges small blocks and gathers full ones into runs, in the logs where much has come
// since the last time.
func (s *Store) tidy(ctx context.Context) error {
	r := store.Range{Prefix: refWork, Limit: 64}
	var failed error
	for {
		heads, err := s.db.ScanRef(ctx, kindLog, r)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, record := range heads {
			// One log that is damaged does not keep the others from being tidied.
			if err := s.tidyLog(ctx, record); err != nil && !errors.Is(err, store.ErrConflict) {
				failed = errors.Join(failed, logError(record.Key, err))
			}
		}
		if len(heads) < r.Limit {
			return failed
		}
		r.AfterRef, r.After = heads[len(heads)-1].Ref, heads[len(heads)-1].Key
	}
}

// tidyLog tidies one log, beside those who append to it and read it.
func (s *Store) tidyLog(ctx context.Context, record store.Record) error {
	h, err := openHead(record, nil)
	if err != nil {
		return err
	}
	if h.Dated {
		if err := s.redate(ctx, record.Key, &h); err != nil {
			return err
		}
	}
	singles, err := s.singles(ctx, &h)
	if err != nil {
		return err
	}
	for _, group := range groups(singles) {
		if err := s.merge(ctx, record.Key, h.ID, group); err != nil {
			return err
		}
	}
	if singles, err = s.singles(ctx, &h); err != nil {
		return err
	}
	for ; len(singles) >= keepSingle; singles = singles[runLength:] {
		if err := s.gather(ctx, record.Key, h.ID, singles[:runLength]); err != nil {
			return err
		}
	}
	return s.changeHead(ctx, record.Key, h.ID, func(_ *store.Tx, now *head) error {
		now.Loose = max(0, now.Loose-h.Loose)
		now.Dated = now.Dated && now.Retention != h.Retention
		return nil
	})
}

// changeHead changes a log and its head in a transaction, unless it was deleted meanwhile.
func (s *Store) changeHead(ctx context.Context, log, id string, change func(*store.Tx, *head) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		h, err := openHead(tx.Get(kindLog, log))
		if err != nil {
			return err
		}
		if h.version == 0 || h.ID != id {
			return store.ErrConflict
		}
		if err := change(tx, &h); err != nil {
			return err
		}
		return h.put(tx, log)
	})
}

// singles are the indexes of the blocks of a log that are in no run.
func (s *Store) singles(ctx context.Context, h *head) ([]index, error) {
	var all []index
	r := store.Range{Prefix: h.ID + "/", After: indexKey(h.ID, h.Gathered), Limit: indexPage}
	for {
		records, err := s.db.Scan(ctx, kindIndex, r)
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			x, err := openIndex(record)
			if err != nil {
				return nil, err
			}
			if x.run {
				all = nil // of a pass that did not come to its end
				continue
			}
			all = append(all, x)
		}
		if len(records) < r.Limit {
			return all, nil
		}
		r.After = records[len(records)-1].Key
	}
}

// groups finds neighbours that fit into one block. Only who encrypted a block can open it: such
// blocks stay as they are. To merge often is as bad as to merge
// seldom: each group at least doubles the largest of its blocks, so that an event is written
// anew a few times only.
func groups(singles []index) [][]index {
	var all [][]index
	for from := 0; from < len(singles); {
		until, sum, largest := from, 0, 0
		for until < len(singles) && fits(&singles[from], &singles[until], sum, until-from) {
			raw := singles[until].blocks[0].raw
			sum, largest = sum+raw, max(largest, raw)
			until++
		}
		full := until < len(singles)
		if n := until - from; n >= 2 && (full || n >= fewBlocks) && sum >= 2*largest && !singles[from].blocks[0].encrypted {
			all = append(all, singles[from:until])
			from = until
			continue
		}
		from++
	}
	return all
}

// fits reports whether a block can be merged with those from first on, which are of sum bytes.
func fits(first, x *index, sum, n int) bool {
	a, b := &first.blocks[0], &x.blocks[0]
	const day = 24 * 60 * 60 * 1000
	return n < maxRun && sum+b.raw <= targetRaw && a.encrypted == b.encrypted &&
		(a.expires == 0) == (b.expires == 0) && max(a.expires-b.expires, b.expires-a.expires) <= day &&
		int(b.last()-a.first) < maxCount
}

// merge replaces blocks by one with the same events.
func (s *Store) merge(ctx context.Context, log, id string, group []index) error {
	p, err := s.merged(ctx, id, group)
	if errors.Is(err, errMoved) {
		return store.ErrConflict // the next pass sees what became of them
	}
	if err != nil {
		return err
	}
	return s.changeHead(ctx, log, id, func(tx *store.Tx, h *head) error {
		for i := range group {
			b := &group[i].blocks[0]
			if err := remove(tx, id, &group[i]); err != nil {
				return err
			}
			if err := tx.Delete(kindBlock, blockKey(id, b)); err != nil {
				return conflict(err)
			}
			h.Stored -= int64(b.stored)
		}
		h.Stored += int64(p.stored)
		x := index{log: log, blocks: []blockInfo{p.blockInfo}, bloom: p.bloom, end: p.last()}
		if err := tx.Insert(x.record(id, h.Retention)); err != nil {
			return err
		}
		return tx.Insert(store.Record{Kind: kindBlock, Key: blockKey(id, &p.blockInfo), Body: p.payload})
	})
}

// remove deletes an index that must be as it was read.
func remove(tx *store.Tx, id string, x *index) error {
	key := indexKey(id, x.end)
	r, err := tx.Get(kindIndex, key)
	if err == nil && r.Version != x.version {
		err = store.ErrConflict
	}
	if err != nil {
		return conflict(err)
	}
	return tx.Delete(kindIndex, key)
}

// conflict is the error of a record that is not as it was read.
func conflict(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return store.ErrConflict
	}
	return err
}

// merged makes the one block of a group.
func (s *Store) merged(ctx context.Context, id string, group []index) (piece, error) {
	var all []Event
	var expires int64
	raw := 0
	for i := range group {
		b := &group[i].blocks[0]
		p, err := s.block(ctx, id, b)
		if err != nil {
			return piece{}, err
		}
		events, err := p.unpack(nil, nil)
		if err != nil {
			return piece{}, fmt.Errorf("block %s: %w", blockKey(id, b), err)
		}
		all = append(all, events...)
		raw += b.raw
		expires = max(expires, b.expires)
	}
	p := newPiece(all, raw)
	p.first, p.expires = group[0].blocks[0].first, expires
	return p, nil
}

// gather makes a run of blocks.
func (s *Store) gather(ctx context.Context, log, id string, singles []index) error {
	run := index{log: log, run: true, end: singles[len(singles)-1].end}
	blooms := make([][]byte, len(singles))
	for i := range singles {
		info := singles[i].blocks[0]
		info.slot = i
		run.blocks = append(run.blocks, info)
		blooms[i] = singles[i].bloom
	}
	return s.changeHead(ctx, log, id, func(tx *store.Tx, h *head) error {
		for i := range singles {
			if err := remove(tx, id, &singles[i]); err != nil {
				return err
			}
		}
		for part := range bloomParts {
			r := store.Record{Kind: kindWords, Key: wordsKey(id, run.end, part), Body: joinPart(blooms, part)}
			if err := tx.Insert(r); err != nil {
				return err
			}
		}
		h.Gathered = run.end
		return tx.Insert(run.record(id, h.Retention))
	})
}
