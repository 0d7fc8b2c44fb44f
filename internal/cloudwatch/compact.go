package cloudwatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// maxBatches and maxBlocks bound what one transaction of the compaction moves.
const (
	maxBatches = 256
	maxBlocks  = 512
)

// errMoved says that what was to be moved has changed since it was read.
var errMoved = errors.New("cloudwatch: samples have moved meanwhile")

// maxTries bounds how often a piece of work is done anew because of errMoved.
const maxTries = 5

// compact moves the batches that are due into blocks.
func (s *Service) compact(ctx context.Context) error {
	until := s.clock.Now()
	if s.pending.Swap(0) >= maxPending {
		until = until.Add(soon)
	}
	for tries := 0; ctx.Err() == nil; {
		due, err := s.db.DueBefore(ctx, batchKind, until, 1)
		if err != nil || len(due) == 0 {
			return err
		}
		shard := due[0].Key[:strings.LastIndexByte(due[0].Key, '/')+1]
		switch err := s.compactShard(ctx, shard); {
		case errors.Is(err, errMoved):
			if tries++; tries > maxTries {
				return nil // somebody else is at it
			}
		case err != nil:
			return fmt.Errorf("compact %s: %w", shard, err)
		default:
			tries = 0
		}
	}
	return ctx.Err()
}

// target is a block that is to be written.
type target struct {
	key    string
	due    time.Time
	before store.Record // as it was read; the zero Record if there was none
	block  *block
	body   []byte // encoded
}

// targets are blocks that are to be written, by their keys.
type targets map[string]*target

func (t targets) of(tr *tier, series string, seconds int64) *target {
	key := tr.key(series, seconds)
	if t[key] == nil {
		t[key] = &target{key: key, due: tr.due(seconds), block: new(block)}
	}
	return t[key]
}

// merge adds what the blocks hold already, and encodes them.
func (s *Service) merge(ctx context.Context, t targets) error {
	for _, x := range t {
		if err := s.mergeOne(ctx, x); err != nil {
			return err
		}
		x.body = x.block.encode()
	}
	return nil
}

func (s *Service) mergeOne(ctx context.Context, x *target) error {
	r, err := s.db.Get(ctx, blockKind, x.key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	old, err := decodeBlock(r.Body)
	if err != nil {
		return s.setAside(ctx, r, err)
	}
	added := x.block
	x.before, x.block = r, old
	for _, u := range added.units {
		for _, p := range u.points {
			old.add(u.unit, p.time, p.sum)
		}
	}
	return nil
}

// write writes the blocks, unless one has changed since it was read.
func (t targets) write(tx *store.Tx) error {
	for _, x := range t {
		r := store.Record{Kind: blockKind, Key: x.key, Due: x.due, Version: x.before.Version, Body: x.body}
		write := tx.Put
		if x.before.Key == "" {
			write = tx.Insert
		}
		switch err := write(r); {
		case errors.Is(err, store.ErrExists), errors.Is(err, store.ErrConflict):
			return errMoved
		case err != nil:
			return err
		}
	}
	return nil
}

// compactShard moves some of a shard's batches in one transaction.
func (s *Service) compactShard(ctx context.Context, shard string) error {
	batches, err := s.db.Scan(ctx, batchKind, store.Range{Prefix: shard, Limit: maxBatches})
	if err != nil || len(batches) == 0 {
		return err
	}
	account, rest, _ := strings.Cut(shard, "/")
	region, _, _ := strings.Cut(rest, "/")
	place := place(account, region)
	blocks, seen, moved := targets{}, sightings{}, 0
	for ; moved < len(batches) && len(blocks) < maxBlocks; moved++ {
		entries, err := decodeBatch(account, region, batches[moved].Body)
		if err != nil {
			return s.setAside(ctx, batches[moved], err) // the others have their turn at once
		}
		for i := range entries {
			e := &entries[i]
			id := identity(&e.id)
			blocks.of(&tiers[0], seriesKey(place, id), e.time).block.add(e.unit, e.time, e.sum)
			seen.note(id, e)
		}
	}
	batches = batches[:moved]
	if err := s.merge(ctx, blocks); err != nil {
		return err
	}
	entries, err := s.catalogueEntries(ctx, seen)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		for _, b := range batches {
			if err := tx.Delete(batchKind, b.Key); err != nil {
				return moving(err)
			}
		}
		for _, r := range entries {
			if err := tx.Upsert(r); err != nil {
				return err
			}
		}
		if err := blocks.write(tx); err != nil {
			return err
		}
		return nextGeneration(tx, place)
	})
}

// moving makes errMoved of the error that something is no longer there.
func moving(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errMoved
	}
	return err
}

// generationKind is the kind of the record, one for each account and Region, whose version
// changes whenever samples move.
const generationKind = "metric-generation"

func nextGeneration(tx *store.Tx, place string) error {
	return tx.Upsert(store.Record{Kind: generationKind, Key: place})
}
