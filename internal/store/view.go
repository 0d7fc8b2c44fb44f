package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	selectRecord = `SELECT kind, key, ref, due, version, body FROM records `

	getRecord = selectRecord + `WHERE kind = $1 AND key = $2`

	scanByKey = selectRecord + `WHERE kind = $1 AND key >= $2 AND key < $3
		ORDER BY key LIMIT $4`

	countByKey = `SELECT count(*) FROM records WHERE kind = $1 AND key >= $2 AND key < $3`

	scanByRef = selectRecord + `WHERE kind = $1 AND ref <> '' AND (ref, key) >= ($2, $3) AND ref < $4
		ORDER BY ref, key LIMIT $5`

	scanByDue = selectRecord + `WHERE kind = $1 AND due <= $2
		ORDER BY due, key LIMIT $3`
)

// view reads records, inside a write transaction or out of it.
type view struct {
	db  *DB
	ctx context.Context
	sql querier
}

// sqlError is an error of a statement, as against what a statement found.
type sqlError struct{ err error }

func (e *sqlError) Error() string { return e.err.Error() }
func (e *sqlError) Unwrap() error { return e.err }

func (v view) get(kind, key string) (Record, error) {
	if probe := (Record{Kind: kind, Key: key}); probe.validate() != nil {
		return Record{}, ErrNotFound // no such record can be written
	}
	r, err := scanRecord(v.sql.QueryRowContext(v.ctx, getRecord, kind, key))
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, ErrNotFound
	}
	if err != nil {
		return Record{}, &sqlError{fmt.Errorf("read %s %q: %w", kind, key, err)}
	}
	if err := v.db.open(&r); err != nil {
		return Record{}, err
	}
	return r, nil
}

func (v view) scan(kind string, r Range) ([]Record, error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	return v.opened(kind, scanByKey, kind, r.first(), end(r.Prefix), r.limit())
}

func (v view) count(kind string, r Range) (n int, err error) {
	if err := r.validate(); err != nil {
		return 0, err
	}
	err = v.sql.QueryRowContext(v.ctx, countByKey, kind, r.first(), end(r.Prefix)).Scan(&n)
	if err != nil {
		return 0, &sqlError{fmt.Errorf("count %s: %w", kind, err)}
	}
	return n, nil
}

func (v view) scanRef(kind string, r Range) ([]Record, error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	ref, key := r.firstRef()
	return v.opened(kind, scanByRef, kind, ref, key, end(r.Prefix), r.limit())
}

func (v view) due(kind string, t time.Time, n int) ([]Record, error) {
	return v.opened(kind, scanByDue, kind, t.UnixMicro(), limit(n))
}

// empty reports whether there are no records at all.
func (v view) empty() (bool, error) {
	var some bool
	err := v.sql.QueryRowContext(v.ctx, `SELECT EXISTS (SELECT 1 FROM records)`).Scan(&some)
	if err != nil {
		return false, &sqlError{fmt.Errorf("look for records: %w", err)}
	}
	return !some, nil
}

// opened runs a query for records and opens each.
func (v view) opened(kind, query string, args ...any) ([]Record, error) {
	records, err := v.sealed(query, args...)
	if err != nil {
		return nil, &sqlError{fmt.Errorf("scan %s: %w", kind, err)}
	}
	for i := range records {
		if err := v.db.open(&records[i]); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// sealed runs a query for records and leaves their bodies as they are stored.
func (v view) sealed(query string, args ...any) ([]Record, error) {
	rows, err := v.sql.QueryContext(v.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records []Record
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, rows.Err()
}

// scanRecord reads a row of selectRecord.
func scanRecord(row interface{ Scan(...any) error }) (Record, error) {
	var r Record
	var due sql.NullInt64
	err := row.Scan(&r.Kind, &r.Key, &r.Ref, &due, &r.Version, &r.Body)
	if due.Valid {
		r.Due = time.UnixMicro(due.Int64).UTC()
	}
	return r, err
}

// dueColumn is a time as it is stored: NULL for the zero time.
func dueColumn(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}
