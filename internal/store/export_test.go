package store

import (
	"context"
	"io"
)

// ExecWriter runs a statement on the connection that writes.
func (db *DB) ExecWriter(ctx context.Context, statement string) error {
	_, err := db.writer.DB.ExecContext(ctx, statement)
	return err
}

// ReadBackup reads a whole backup that is not compressed.
func ReadBackup(r io.Reader) (revision int64, records []Record, err error) {
	b, err := newBackupReader(r)
	if err != nil {
		return 0, nil, err
	}
	err = b.each(func(some []Record) error {
		records = append(records, some...)
		return nil
	})
	return b.revision, records, err
}

// WriteBackup writes what ReadBackup reads.
func WriteBackup(w io.Writer, revision int64, records []Record) error {
	b := newBackupWriter(w, revision)
	for i := range records {
		if err := b.write(&records[i]); err != nil {
			return err
		}
	}
	return b.close()
}

// GapLength is how long the gap of a page is that is not clear; 0 if it is.
func GapLength(number int64, page []byte) int {
	if g := gap(number, page); !isClear(g) {
		return len(g)
	}
	return 0
}
