package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	insertRecords = `INSERT INTO records (kind, key, ref, due, version, body)`
	updateFeed    = `UPDATE feed SET revision = $1, trimmed = $1 WHERE id = 1`
)

// Restore reads a backup into a database that holds no records, in one transaction: all
// of the backup or nothing. It returns ErrBackup for one that is incomplete or was
// altered, and ErrWrongRootKey if the sealer does not have the root key of its records.
func Restore(ctx context.Context, o Options, r io.Reader) error {
	db, err := connect(ctx, o)
	if err != nil {
		return err
	}
	if err := db.restore(ctx, r); err != nil {
		return fmt.Errorf("restore: %w", errors.Join(err, db.Close()))
	}
	return db.Close()
}

func (db *DB) restore(ctx context.Context, r io.Reader) error {
	if err := db.migrate(ctx); err != nil {
		return err
	}
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(32<<20))
	if err != nil {
		return err
	}
	defer z.Close()
	g, err := db.begin(ctx)
	if err != nil {
		return err
	}
	defer g.tx.Rollback()
	if err := db.bePatient(ctx, g.tx); err != nil {
		return err
	}
	if empty, err := g.empty(); err != nil {
		return err
	} else if !empty {
		return ErrNotEmpty
	}
	if err := g.load(z); err != nil {
		return err
	}
	return g.tx.Commit()
}

// load inserts the records of a backup. Whether they open under the root key is decided
// when the backup is known to be whole, so that the error names the right culprit.
func (g *group) load(r io.Reader) error {
	in, err := newBackupReader(r)
	if err != nil {
		return err
	}
	var closed error
	err = in.each(func(records []Record) error {
		var args []any
		for _, r := range records {
			args = append(args, r.Kind, r.Key, r.Ref, dueColumn(r.Due), r.Version, r.Body)
			if err := g.db.open(&r); err != nil && closed == nil {
				closed = err
			}
		}
		return insertRows(g.ctx, g.sql, insertRecords, 6, args)
	})
	if err != nil {
		return err
	}
	if err := g.verifyCheck(); err != nil {
		return err
	}
	if closed != nil {
		return closed
	}
	_, err = g.sql.ExecContext(g.ctx, updateFeed, max(in.revision, g.revision))
	return err
}
