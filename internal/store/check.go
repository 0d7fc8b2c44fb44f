package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/seal"
)

// checkKind and checkKey name the record by which a wrong root key is known.
const checkKind, checkKey = "store", "check"

// verifyCheck returns ErrWrongRootKey if the check record does not open, and ErrNotFound
// if there is none.
func (db *DB) verifyCheck(ctx context.Context) error {
	return db.view(ctx).verifyCheck()
}

func (v view) verifyCheck() error {
	_, err := v.get(checkKind, checkKey)
	if errors.Is(err, seal.ErrSealed) || errors.Is(err, seal.ErrUnknownRootKey) {
		return fmt.Errorf("%w (checked with %s)", ErrWrongRootKey, v.db.sealer.Provider())
	}
	return err
}

// ensureCheck writes the check record into a new database.
func (db *DB) ensureCheck(ctx context.Context) error {
	err := db.verifyCheck(ctx)
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	err = db.Update(ctx, func(tx *Tx) error {
		if err := tx.verifyCheck(); !errors.Is(err, ErrNotFound) {
			return err // another node was faster
		}
		empty, err := tx.empty()
		if err != nil {
			return tx.note(err)
		}
		if !empty {
			return errors.New("there are records, but the check record is missing")
		}
		return tx.Insert(Record{Kind: checkKind, Key: checkKey, Body: []byte("keystead")})
	})
	if err != nil {
		return fmt.Errorf("write check record: %w", err)
	}
	return nil
}
