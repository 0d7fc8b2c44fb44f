package store

import (
	"context"
	"fmt"
)

// The fence is the number of the root key that a write needs at least. It stands in the
// row that each write transaction takes first, so that nobody can write under a root key
// that is about to be destroyed: not a node that has not heard of the new one, and not a
// write that was on its way.

const raiseFence = `UPDATE feed SET root_key = $1 WHERE id = 1 AND root_key < $1`

// raiseFence demands the active root key of this node from all writes to come.
func (db *DB) raiseFence(ctx context.Context) error {
	err := db.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(raiseFence, int64(db.sealer.Active()))
		return err
	})
	if err != nil {
		return fmt.Errorf("raise the fence for root keys: %w", err)
	}
	return nil
}

// reach returns when this node seals under a root key that a write may use. It loads the
// root keys anew if it does not.
func (db *DB) reach(ctx context.Context, fence uint32) error {
	if db.sealer.Active() >= fence {
		return nil
	}
	if err := db.sealer.Reload(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrRootKeyBehind, err)
	}
	return db.behind(fence)
}

// RootKey returns ErrRootKeyBehind while this node lacks the root key that writes need. It
// loads nothing anew; the next write does.
func (db *DB) RootKey() error { return db.behind(db.feed.fence.Load()) }

func (db *DB) behind(fence uint32) error {
	if active := db.sealer.Active(); active < fence {
		return fmt.Errorf("%w: it has root key %d (%s), and needs root key %d", ErrRootKeyBehind, active, db.sealer.Provider(), fence)
	}
	return nil
}
