package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"

	"github.com/pressly/goose/v3"
)

// engine is what differs between the databases. All statements but these are the same.
type engine struct {
	name      string // for errors
	writer    *pool
	reader    *pool
	isolation *sql.TxOptions // of a write transaction
	snapshot  *sql.TxOptions // of a transaction that reads a snapshot

	bump        string // adds one to the revision and returns it with the fence
	patient     string // lets the transaction idle for long; "" if it may anyway
	orderedText string // the type that ORDERED_TEXT stands for
	prepares    bool   // its driver does not do so by itself
	dialect     goose.Dialect
	migrating   []goose.ProviderOption

	// scrub removes from the database's files what deleted records have left there.
	scrub func(ctx context.Context) error

	// listen hints at changes of other nodes until ctx ends; nil if the engine can't.
	listen func(ctx context.Context, log *slog.Logger, f *feed)
}

// prepare prepares what is run often, if the engine asks for it.
func (e *engine) prepare(ctx context.Context) error {
	if !e.prepares {
		return nil
	}
	reads := []string{getRecord, scanByKey, scanByRef, scanByDue, selectRevision, selectFeed}
	writes := append([]string{e.bump, insertRecord, updateRecord, upsertRecord, deleteRecord}, reads...)
	if err := e.reader.prepare(ctx, reads...); err != nil {
		return err
	}
	return e.writer.prepare(ctx, writes...)
}

func (e *engine) close() error {
	err := e.reader.Close()
	if e.writer != e.reader {
		err = errors.Join(err, e.writer.Close())
	}
	return err
}
