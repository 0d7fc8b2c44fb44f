package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/keystead/keystead/internal/seal"
)

const (
	selectPage = selectRecord + `WHERE (kind, key) > ($1, $2) ORDER BY kind, key LIMIT $3`
	updateBody = `UPDATE records SET body = $4 WHERE kind = $1 AND key = $2 AND version = $3`
)

const resealPage = 64

// Reseal seals every record anew that is not under the active root key, and returns how
// many. Others may read and write meanwhile. When it returns without an error, nothing is
// sealed under another root key, and nothing will be: all nodes that write need the
// active one (see fence.go). A record keeps its version, so nobody notices.
func (db *DB) Reseal(ctx context.Context) (n int, err error) {
	if err := db.raiseFence(ctx); err != nil {
		return 0, err
	}
	for {
		found, err := db.resealAll(ctx)
		n += found
		if err != nil || found == 0 {
			return n, err
		}
	}
}

// resealAll goes over all records once, a page at a time.
func (db *DB) resealAll(ctx context.Context) (n int, err error) {
	var last Record
	for {
		page, err := db.view(ctx).sealed(selectPage, last.Kind, last.Key, resealPage)
		if err != nil {
			return n, fmt.Errorf("reseal: %w", err)
		}
		if len(page) == 0 {
			return n, nil
		}
		last = page[len(page)-1]
		found, err := db.resealPage(ctx, page)
		n += found
		if err != nil {
			return n, fmt.Errorf("reseal: %w", err)
		}
	}
}

// resealPage seals those records of a page anew that are not under the active root key,
// in one transaction.
func (db *DB) resealPage(ctx context.Context, page []Record) (n int, err error) {
	old := slices.DeleteFunc(page, db.current)
	if len(old) == 0 {
		return 0, nil
	}
	err = db.Update(ctx, func(tx *Tx) error {
		n = 0
		for _, r := range old {
			changed, err := tx.reseal(r.Kind, r.Key)
			if err != nil {
				return err
			}
			n += int(changed)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// current reports whether a record is sealed under the active root key.
func (db *DB) current(r Record) bool {
	number, ok := seal.Number(r.Body)
	return ok && number == db.sealer.Active()
}

// reseal seals a record anew unless it has gone or is under the active root key. All of it
// happens behind the fence, as with any write: what was sealed before the transaction
// might be under a root key that another node, which rotates too, has retired since.
func (tx *Tx) reseal(kind, key string) (int64, error) {
	found, err := tx.sealed(getRecord, kind, key)
	if err != nil {
		return 0, tx.note(&sqlError{fmt.Errorf("read %s %q: %w", kind, key, err)})
	}
	if len(found) == 0 || tx.db.current(found[0]) {
		return 0, nil
	}
	r := found[0]
	if err := tx.db.open(&r); err != nil {
		return 0, err
	}
	sealed, err := tx.db.seal(&r)
	if err != nil {
		return 0, err
	}
	return tx.exec(updateBody, kind, key, r.Version, sealed)
}
