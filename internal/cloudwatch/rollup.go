package cloudwatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// maxRolled is how many blocks one transaction rolls up.
const maxRolled = 64

// rollUp moves blocks that have been kept for long enough into the next tier, and forgets what
// is older than all tiers, and metrics that have had no samples for long.
func (s *Service) rollUp(ctx context.Context) error {
	for tries := 0; ctx.Err() == nil; {
		due, err := s.db.DueBefore(ctx, blockKind, s.clock.Now(), maxRolled)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			return s.forget(ctx)
		}
		switch err := s.rollBlocks(ctx, due); {
		case errors.Is(err, errMoved):
			if tries++; tries > maxTries {
				return nil // somebody else is at it
			}
		case err != nil:
			return fmt.Errorf("roll up: %w", err)
		default:
			tries = 0
		}
	}
	return ctx.Err()
}

func (s *Service) rollBlocks(ctx context.Context, due []store.Record) error {
	blocks, places := targets{}, map[string]bool{}
	for i := range due {
		if blocks[due[i].Key] != nil { // those before it move into it: it has its turn afterwards
			due = due[:i]
			break
		}
		series, n, ok := parseBlockKey(due[i].Key)
		if !ok {
			return s.setAside(ctx, due[i], errDamaged)
		}
		places[series[:strings.LastIndexByte(series[:len(series)-1], '/')+1]] = true
		if n+1 == len(tiers) {
			continue
		}
		b, err := decodeBlock(due[i].Body)
		if err != nil {
			return s.setAside(ctx, due[i], err) // the others have their turn at once
		}
		b.rollInto(blocks, &tiers[n+1], series)
	}
	if err := s.merge(ctx, blocks); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		for i := range due {
			now, err := tx.Get(blockKind, due[i].Key)
			if err != nil {
				return moving(err)
			}
			if now.Version != due[i].Version {
				return errMoved
			}
			if err := tx.Delete(blockKind, due[i].Key); err != nil {
				return err
			}
		}
		if err := blocks.write(tx); err != nil {
			return err
		}
		for p := range places {
			if err := nextGeneration(tx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// rollInto adds the samples to the blocks of a coarser tier.
func (b *block) rollInto(blocks targets, t *tier, series string) {
	for _, u := range b.units {
		for _, p := range u.points {
			seconds := floor(p.time, int64(t.step/time.Second))
			blocks.of(t, series, seconds).block.add(u.unit, seconds, p.sum)
		}
	}
}

// forget removes the metrics that are no longer listed.
func (s *Service) forget(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := s.db.DueBefore(ctx, catalogueKind, s.clock.Now(), maxRolled)
		if err != nil || len(due) == 0 {
			return err
		}
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			for i := range due {
				now, err := tx.Get(catalogueKind, due[i].Key)
				if errors.Is(err, store.ErrNotFound) || err == nil && now.Version != due[i].Version {
					continue
				}
				if err == nil {
					err = tx.Delete(catalogueKind, due[i].Key)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
