package store

import (
	"context"
	"fmt"
)

const (
	updateTrimmed = `UPDATE feed SET trimmed = $1 WHERE id = 1 AND trimmed < $1`
	deleteChanges = `DELETE FROM changes WHERE revision <= $1`
)

// trimStep is how many revisions are trimmed in one transaction.
const trimStep = 5000

// Trim forgets the changes of all but the last keep revisions. A node that has not seen
// one of those that are gone starts its caches anew, so keep more than are written
// during an interruption that is worth bridging.
func (db *DB) Trim(ctx context.Context, keep int64) error {
	var revision, trimmed int64
	if err := db.reader.QueryRowContext(ctx, selectRevision).Scan(&revision); err != nil {
		return fmt.Errorf("trim change feed: %w", err)
	}
	if err := db.reader.QueryRowContext(ctx, selectTrimmed).Scan(&trimmed); err != nil {
		return fmt.Errorf("trim change feed: %w", err)
	}
	for target := revision - max(keep, 0); trimmed < target; {
		trimmed = min(trimmed+trimStep, target)
		if err := db.Update(ctx, func(tx *Tx) error { return tx.trim(trimmed) }); err != nil {
			return fmt.Errorf("trim change feed: %w", err)
		}
	}
	return nil
}

// trim says what is trimmed before it trims. Nothing of this is a change.
func (tx *Tx) trim(revision int64) error {
	for _, statement := range [...]string{updateTrimmed, deleteChanges} {
		if _, err := tx.exec(statement, revision); err != nil {
			return err
		}
	}
	return nil
}
