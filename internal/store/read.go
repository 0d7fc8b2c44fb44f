package store

import (
	"context"
	"time"
)

// Get returns the record of that kind and key, or ErrNotFound.
func (db *DB) Get(ctx context.Context, kind, key string) (Record, error) {
	return db.view(ctx).get(kind, key)
}

// Scan returns records in the order of their keys.
func (db *DB) Scan(ctx context.Context, kind string, r Range) ([]Record, error) {
	return db.view(ctx).scan(kind, r)
}

// ScanRef returns the records that have a Ref, in the order of Ref and Key. Prefix is a
// prefix of the Ref: end refs with a character that does not occur in them, such as "/",
// to find those of one value alone.
func (db *DB) ScanRef(ctx context.Context, kind string, r Range) ([]Record, error) {
	return db.view(ctx).scanRef(kind, r)
}

// DueBefore returns the records that are due at t or earlier, the earliest first, and not
// more than limit unless limit is 0.
func (db *DB) DueBefore(ctx context.Context, kind string, t time.Time, limit int) ([]Record, error) {
	return db.view(ctx).due(kind, t, limit)
}

// view reads what is committed.
func (db *DB) view(ctx context.Context) view { return view{db, ctx, db.reader} }
