package store

import (
	"context"
	"fmt"

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

// resealPage replaces bodies in one transaction. A record that was written since it was
// read is left alone.
func (db *DB) resealPage(ctx context.Context, page []Record) (n int, err error) {
	old, err := db.sealedBefore(page)
	if err != nil || len(old) == 0 {
		return 0, err
	}
	err = db.Update(ctx, func(tx *Tx) error {
		n = 0
		for _, r := range old {
			changed, err := tx.exec(updateBody, r.Kind, r.Key, r.Version, r.Body)
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

// sealedBefore returns those records of a page that are not under the active root key,
// sealed under it.
func (db *DB) sealedBefore(page []Record) ([]Record, error) {
	active := db.sealer.Active()
	var old []Record
	for _, r := range page {
		if number, ok := seal.Number(r.Body); ok && number == active {
			continue
		}
		if err := db.open(&r); err != nil {
			return nil, err
		}
		sealed, err := db.seal(&r)
		if err != nil {
			return nil, err
		}
		r.Body = sealed
		old = append(old, r)
	}
	return old, nil
}
