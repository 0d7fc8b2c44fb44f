package kms

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/keystead/keystead/internal/store"
)

// grantCount is how many grants a key has.
func grantCount(tx *store.Tx, path string) (int, error) {
	r, err := tx.Get(grantCountKind, path)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(string(r.Body))
	if err != nil {
		return 0, fmt.Errorf("decode the number of grants of %s: %w", path, err)
	}
	return n, nil
}

func setGrantCount(tx *store.Tx, path string, n int) error {
	if n > 0 {
		return tx.Upsert(store.Record{Kind: grantCountKind, Key: path, Body: []byte(strconv.Itoa(n))})
	}
	if err := tx.Delete(grantCountKind, path); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// deleteGrant removes a grant that was read in the transaction.
func deleteGrant(tx *store.Tx, g *grant) error {
	n, err := grantCount(tx, g.path)
	if err != nil {
		return err
	}
	if err := setGrantCount(tx, g.path, n-1); err != nil {
		return err
	}
	return deleteGrantRecords(tx, g)
}

func deleteGrantRecords(tx *store.Tx, g *grant) error {
	if g.Name != "" {
		if err := tx.Delete(grantNameKind, g.nameKey()); err != nil {
			return fmt.Errorf("delete the name of a grant: %w", err)
		}
	}
	return tx.Delete(grantKind, g.path+"/"+g.id)
}

// abandonGrants leaves the grants of a key that is deleted in the same transaction to
// deleteAbandonedGrants: there may be too many for one transaction. Without their key
// nobody can find them, and no replica of the same id comes into being before they are gone.
func (s *Service) abandonGrants(tx *store.Tx, k *key) error {
	r, err := tx.Get(grantCountKind, k.ref.Path())
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r.Due = s.clock.Now()
	return tx.Put(r)
}

// deleteAbandonedGrants deletes the grants of deleted keys. A kill at any point leaves the
// rest for the next time.
func (s *Service) deleteAbandonedGrants(ctx context.Context) error {
	due, err := s.db.DueBefore(ctx, grantCountKind, s.clock.Now(), 0)
	if err != nil {
		return err
	}
	for _, r := range due {
		if failed := s.deleteGrantsOf(ctx, r.Key); failed != nil {
			err = fmt.Errorf("delete the grants of %s: %w", r.Key, failed)
		}
	}
	return err
}

func (s *Service) deleteGrantsOf(ctx context.Context, path string) error {
	const batch = 500
	for done := false; !done; {
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			records, err := tx.Scan(grantKind, store.Range{Prefix: path + "/", Limit: batch})
			if err != nil {
				return err
			}
			for _, r := range records {
				g, err := decodeGrant(r)
				if err != nil {
					return err
				}
				if err := deleteGrantRecords(tx, g); err != nil {
					return err
				}
			}
			if done = len(records) < batch; done {
				return setGrantCount(tx, path, 0)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
