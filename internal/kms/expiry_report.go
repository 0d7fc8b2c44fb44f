package kms

import (
	"context"
	"errors"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// Expiry is how long imported material of a key remains.
type Expiry struct {
	KeyARN string
	Left   time.Duration // of the material that expires first; 0 if that is due
}

// endOfTime is later than anything is due.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Expiries returns the keys with material that expires, those that expire first before the others
// and not more than limit.
func (s *Service) Expiries(ctx context.Context, limit int) ([]Expiry, error) {
	due, err := s.db.DueBefore(ctx, expiryKind, endOfTime, limit)
	if err != nil {
		return nil, err
	}
	expiries := make([]Expiry, 0, len(due))
	now := s.clock.Now()
	for _, r := range due {
		k, err := s.keys.Get(ctx, r.Key)
		if errors.Is(err, store.ErrNotFound) { // it was deleted meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		expiries = append(expiries, Expiry{k.arn, max(0, r.Due.Sub(now))})
	}
	return expiries, nil
}
