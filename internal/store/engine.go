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
	writer    *sql.DB
	reader    *sql.DB
	isolation *sql.TxOptions // of a write transaction
	snapshot  *sql.TxOptions // of a transaction that reads a snapshot

	bump        string // adds one to the revision and returns it
	orderedText string // the type that ORDERED_TEXT stands for
	dialect     goose.Dialect
	migrating   []goose.ProviderOption

	// listen hints at changes of other nodes until ctx ends; nil if the engine can't.
	listen func(ctx context.Context, log *slog.Logger, f *feed)
}

func (e *engine) close() error {
	err := e.reader.Close()
	if e.writer != e.reader {
		err = errors.Join(err, e.writer.Close())
	}
	return err
}
