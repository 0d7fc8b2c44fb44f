package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. If there is a schema, it checks the root key
// first. Another process may be doing the same: PostgreSQL has a lock for that; with
// SQLite the loser of the race finds everything done when it tries again.
func (db *DB) migrate(ctx context.Context) error {
	const attempts = 5
	for i := 1; ; i++ {
		err := db.migrateOnce(ctx)
		if err == nil || i == attempts || ctx.Err() != nil ||
			errors.Is(err, ErrWrongRootKey) || errors.Is(err, ErrNewer) {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (db *DB) migrateOnce(ctx context.Context) error {
	provider, err := db.provider()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	version, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	sources := provider.ListSources()
	if newest := sources[len(sources)-1].Version; version > newest {
		return fmt.Errorf("schema %d, known up to %d: %w", version, newest, ErrNewer)
	}
	if version > 0 {
		if err := db.verifyCheck(ctx); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema: %w", err)
	}
	return nil
}

func (db *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := append([]goose.ProviderOption{
		goose.WithLogger(goose.NopLogger()),
		goose.WithDisableGlobalRegistry(true),
	}, db.migrating...)
	return goose.NewProvider(db.dialect, db.writer.DB, dialectFS{files, db.orderedText}, options...)
}

// dialectFS puts an engine's type for ORDERED_TEXT into the migrations.
type dialectFS struct {
	fs.FS
	orderedText string
}

// dialectFile is a migration as the engine reads it.
type dialectFile struct {
	fs.File
	*strings.Reader
}

func (f dialectFile) Read(b []byte) (int, error) { return f.Reader.Read(b) }

// Open implements fs.FS.
func (d dialectFS) Open(name string) (fs.File, error) {
	f, err := d.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	text, err := fs.ReadFile(d.FS, name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return dialectFile{f, strings.NewReader(strings.ReplaceAll(string(text), "ORDERED_TEXT", d.orderedText))}, nil
}
