package kms

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/store"
)

// eachDue hands the keys of the records of a kind that are due to f, which does what they
// are due for, and returns how many times f did. What f can't do, in the words of the errors
// (to "delete key", they could not be "deleted"), keeps nothing else from being done.
func (s *Service) eachDue(ctx context.Context, kind, todo, undone string, f func(ctx context.Context, key string) (did bool, err error)) (int, error) {
	const batch = 100
	done := 0
	failed := map[string]error{} // by the key of the record
	var first error
	for {
		limit, settled := batch+len(failed), done+len(failed)
		due, err := s.db.DueBefore(ctx, kind, s.clock.Now(), limit)
		if err != nil {
			return done, err
		}
		for _, r := range due {
			if failed[r.Key] != nil {
				continue
			}
			did, err := f(ctx, r.Key)
			if err != nil {
				failed[r.Key] = fmt.Errorf("%s %s: %w", todo, r.Key, err)
				first = cmp.Or(first, failed[r.Key])
			}
			if did {
				done++
			}
		}
		if len(due) < limit || done+len(failed) == settled {
			break
		}
	}
	if len(failed) > 1 {
		first = fmt.Errorf("%d keys could not be %s; one of them: %w", len(failed), undone, first)
	}
	return done, first
}

// readKey reads the key of a record inside a transaction; nil if there is none, or no more.
func readKey(tx *store.Tx, path string) (*key, error) {
	r, err := tx.Get(keyKind, path)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k, _, err := decodeKey(r)
	return k, err
}

// forget deletes a record that may be there.
func forget(tx *store.Tx, kind, path string) error {
	if err := tx.Delete(kind, path); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}
