package cloudwatch

import (
	"context"
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/store"
)

// damagedKind is the kind of batches and blocks that can't be read, as they were found. A
// record's key is KIND/KEY of what it was.
const damagedKind = "metric-damaged"

// setAside moves a record that can't be read to where it keeps nobody from going on: neither
// the jobs, which serve all accounts, nor those who read what else there is of a metric.
func (s *Service) setAside(ctx context.Context, r store.Record, why error) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Get(r.Kind, r.Key)
		if err != nil {
			return moving(err)
		}
		if now.Version != r.Version {
			return errMoved
		}
		if err := tx.Delete(r.Kind, r.Key); err != nil {
			return err
		}
		return tx.Upsert(store.Record{Kind: damagedKind, Key: r.Kind + "/" + r.Key, Body: r.Body})
	})
	if errors.Is(err, errMoved) {
		return err
	}
	if err != nil {
		return fmt.Errorf("set %s %s aside: %w", r.Kind, r.Key, err)
	}
	s.damaged.Add(1)
	s.log.ErrorContext(ctx, "stored samples can't be read and were set aside", "kind", r.Kind, "key", r.Key, "error", why)
	return nil
}

// Damaged is how many records with samples this node has set aside since it started, because
// they can't be read.
func (s *Service) Damaged() int64 { return s.damaged.Load() }
