package store

import (
	"context"
	"database/sql"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

const selectAll = selectRecord + `ORDER BY kind, key`

// Backup writes all records, as they were at one moment and sealed as they are, in a form
// that Restore reads into either engine. Others may read and write meanwhile. The backup
// is worth nothing without the root key.
func (db *DB) Backup(ctx context.Context, w io.Writer) error {
	if err := db.backup(ctx, w); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

func (db *DB) backup(ctx context.Context, w io.Writer) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	tx, err := db.reader.BeginTx(ctx, db.snapshot)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := db.bePatient(ctx, tx); err != nil {
		return err
	}
	var revision int64
	if err := tx.QueryRowContext(ctx, selectRevision).Scan(&revision); err != nil {
		return err
	}
	out := newBackupWriter(z, revision)
	if err := copyRecords(ctx, tx, out); err != nil {
		return err
	}
	if err := out.close(); err != nil {
		return err
	}
	return z.Close()
}

func copyRecords(ctx context.Context, tx *sql.Tx, out *backupWriter) error {
	rows, err := tx.QueryContext(ctx, selectAll)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return err
		}
		if err := out.write(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// bePatient lets a transaction wait for the other end of a backup.
func (e *engine) bePatient(ctx context.Context, tx *sql.Tx) error {
	if e.patient == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, e.patient)
	return err
}
