package store

import (
	"context"
	"errors"
	"time"
)

// Get returns the record of that kind and key, or ErrNotFound.
func (db *DB) Get(ctx context.Context, kind, key string) (Record, error) {
	return read(ctx, db, func(v view) (Record, error) { return v.get(kind, key) })
}

// Scan returns records in the order of their keys.
func (db *DB) Scan(ctx context.Context, kind string, r Range) ([]Record, error) {
	return read(ctx, db, func(v view) ([]Record, error) { return v.scan(kind, r) })
}

// ScanRef returns the records that have a Ref, in the order of Ref and Key. Prefix is a
// prefix of the Ref: end refs with a character that does not occur in them, such as "/",
// to find those of one value alone.
func (db *DB) ScanRef(ctx context.Context, kind string, r Range) ([]Record, error) {
	return read(ctx, db, func(v view) ([]Record, error) { return v.scanRef(kind, r) })
}

// DueBefore returns the records that are due at t or earlier, the earliest first, and not
// more than limit unless limit is 0.
func (db *DB) DueBefore(ctx context.Context, kind string, t time.Time, limit int) ([]Record, error) {
	return read(ctx, db, func(v view) ([]Record, error) { return v.due(kind, t, limit) })
}

// view reads what is committed.
func (db *DB) view(ctx context.Context) view { return view{db, ctx, db.reader} }

// read reads a second time if the connection was lost.
func read[T any](ctx context.Context, db *DB, f func(view) (T, error)) (T, error) {
	result, err := f(db.view(ctx))
	var failed *sqlError
	if errors.As(err, &failed) && ctx.Err() == nil {
		db.reader.forget()
		return f(db.view(ctx))
	}
	return result, err
}
