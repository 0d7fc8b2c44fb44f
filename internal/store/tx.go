package store

import (
	"errors"
	"fmt"
	"time"
)

const (
	insertRecord = `INSERT INTO records (kind, key, ref, due, version, body)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`

	updateRecord = `UPDATE records SET ref = $3, due = $4, version = $5, body = $6
		WHERE kind = $1 AND key = $2 AND version = $7`

	upsertRecord = `INSERT INTO records (kind, key, ref, due, version, body)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, key) DO UPDATE
		SET ref = excluded.ref, due = excluded.due, version = excluded.version, body = excluded.body`

	deleteRecord = `DELETE FROM records WHERE kind = $1 AND key = $2`
)

// errOver is returned by a Tx whose function has returned.
var errOver = errors.New("the transaction is over")

// Tx is a write transaction, seen by one function. What it reads is the newest there is,
// on all nodes, and stays so until the function returns. It belongs to the goroutine that
// runs the function.
type Tx struct {
	view
	group   *group
	changes []Change
	wrote   bool
	erased  bool  // something that no file may keep; see Erase
	saved   bool  // there is a savepoint to go back to
	broken  error // the first statement that failed; the group can't be committed then
	over    bool
}

// Get returns the record of that kind and key, or ErrNotFound.
func (tx *Tx) Get(kind, key string) (Record, error) {
	if err := tx.usable(); err != nil {
		return Record{}, err
	}
	r, err := tx.view.get(kind, key)
	return r, tx.note(err)
}

// Scan is DB.Scan within the transaction.
func (tx *Tx) Scan(kind string, r Range) ([]Record, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	records, err := tx.view.scan(kind, r)
	return records, tx.note(err)
}

// Count returns how many records have keys with that prefix, and opens none of them: quotas are
// looked at while all other writers wait.
func (tx *Tx) Count(kind, prefix string) (int, error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	n, err := tx.view.count(kind, Range{Prefix: prefix})
	return n, tx.note(err)
}

// ScanRef is DB.ScanRef within the transaction.
func (tx *Tx) ScanRef(kind string, r Range) ([]Record, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	records, err := tx.view.scanRef(kind, r)
	return records, tx.note(err)
}

// DueBefore is DB.DueBefore within the transaction.
func (tx *Tx) DueBefore(kind string, t time.Time, limit int) ([]Record, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	records, err := tx.view.due(kind, t, limit)
	return records, tx.note(err)
}

// Revision is the Version that records get in this transaction.
func (tx *Tx) Revision() int64 { return tx.group.revision }

// Insert adds a record, or returns ErrExists.
func (tx *Tx) Insert(r Record) error {
	return tx.store(insertRecord, r, ErrExists)
}

// Put replaces the record that was read as r, whose Version it still has, or returns
// ErrConflict.
func (tx *Tx) Put(r Record) error {
	return tx.store(updateRecord, r, ErrConflict, r.Version)
}

// Upsert writes a record whether there is one of its kind and key or not.
func (tx *Tx) Upsert(r Record) error {
	return tx.store(upsertRecord, r, nil)
}

// Delete removes a record, or returns ErrNotFound.
func (tx *Tx) Delete(kind, key string) error {
	if r := (Record{Kind: kind, Key: key}); r.validate() != nil {
		return ErrNotFound
	}
	return tx.write(kind, key, ErrNotFound, deleteRecord, kind, key)
}

// Erase is Delete for a record whose body is so secret that nothing of it may stay behind in the
// database's files, as far as the engine can see to that: DB.Scrub does so when the transaction
// has committed.
func (tx *Tx) Erase(kind, key string) error {
	err := tx.Delete(kind, key)
	tx.erased = tx.erased || err == nil
	return err
}

// store seals a record and hands it to a statement that begins with the six columns.
func (tx *Tx) store(statement string, r Record, without error, more ...any) error {
	if err := r.validate(); err != nil {
		return err
	}
	r.Version = tx.group.revision
	sealed, err := tx.db.seal(&r)
	if err != nil {
		return err
	}
	args := append([]any{r.Kind, r.Key, r.Ref, dueColumn(r.Due), r.Version, sealed}, more...)
	return tx.write(r.Kind, r.Key, without, statement, args...)
}

// write runs a statement that changes one record. It returns the error without if the
// statement found nothing to change.
func (tx *Tx) write(kind, key string, without error, statement string, args ...any) error {
	n, err := tx.exec(statement, args...)
	if err != nil {
		return fmt.Errorf("write %s %q: %w", kind, key, err)
	}
	if n == 0 {
		return without
	}
	tx.changes = append(tx.changes, Change{Revision: tx.group.revision, Kind: kind, Key: key})
	return nil
}

// exec runs a statement that changes something, and returns how many rows.
func (tx *Tx) exec(statement string, args ...any) (int64, error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	if err := tx.save(); err != nil {
		return 0, err
	}
	result, err := tx.sql.ExecContext(tx.ctx, statement, args...)
	if err != nil {
		return 0, tx.note(&sqlError{err})
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, tx.note(&sqlError{err})
	}
	tx.wrote = tx.wrote || n > 0
	return n, nil
}

// usable returns an error if the transaction is over or broken. After some errors SQLite
// is no longer in the transaction at all, and would commit at once what comes next.
func (tx *Tx) usable() error {
	if tx.over {
		return errOver
	}
	return tx.broken
}

// save sets a savepoint before the first write of a function that may have to be undone
// alone.
func (tx *Tx) save() error {
	if tx.saved || !tx.group.careful {
		return nil
	}
	if _, err := tx.sql.ExecContext(tx.ctx, `SAVEPOINT turn`); err != nil {
		return tx.note(&sqlError{fmt.Errorf("set savepoint: %w", err)})
	}
	tx.saved = true
	return nil
}

// undo takes back what the function wrote. A function that is alone is taken back with
// its group.
func (tx *Tx) undo() error {
	switch {
	case !tx.wrote || tx.group.alone:
		return tx.release()
	case !tx.saved:
		return errUndo
	}
	if _, err := tx.sql.ExecContext(tx.ctx, `ROLLBACK TO SAVEPOINT turn`); err != nil {
		return &sqlError{fmt.Errorf("roll back to savepoint: %w", err)}
	}
	return tx.release()
}

// release ends the savepoint, if there is one.
func (tx *Tx) release() error {
	if !tx.saved {
		return nil
	}
	if _, err := tx.sql.ExecContext(tx.ctx, `RELEASE SAVEPOINT turn`); err != nil {
		return &sqlError{fmt.Errorf("release savepoint: %w", err)}
	}
	return nil
}

// note remembers an error after which the transaction can't go on, whatever the function
// makes of it, and returns the error as the caller sees it.
func (tx *Tx) note(err error) error {
	var failed *sqlError
	if errors.As(err, &failed) && tx.broken == nil {
		tx.broken = err
	}
	return err
}
