// Package storetest gives tests a store to work with, and holds the suite of what every
// store must do. Begin with New for a store, Engines for a test on both engines, and Run
// for the suite.
package storetest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
)

// New opens a store of its own on SQLite, which is closed when the test ends.
func New(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, store.Options{URL: SQLite(t), Sealer: Sealer(t)})
}

// Open opens a store, which is closed when the test ends. Its log goes nowhere unless the
// options have a Logger.
func Open(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	db, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return db
}

// Sealer returns a sealer with a root key of its own.
func Sealer(t testing.TB) *seal.Sealer {
	t.Helper()
	s, err := seal.Create(context.Background(), seal.File(filepath.Join(t.TempDir(), "root.key")))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Engines runs a test on SQLite and on PostgreSQL, or on SQLite alone if KEYSTEAD_TEST_ENGINE
// is "SQLite". The test calls fresh for the URL of an empty database, as often as it needs one.
func Engines(t *testing.T, test func(t *testing.T, fresh func(t testing.TB) string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, SQLite) })
	if os.Getenv("KEYSTEAD_TEST_ENGINE") == "SQLite" {
		return
	}
	t.Run("PostgreSQL", func(t *testing.T) { test(t, PostgreSQL) })
}

// SQLite returns the URL of an empty SQLite database.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite://" + filepath.Join(t.TempDir(), "keystead.db")
}

// PostgreSQL returns the URL of an empty database of its own, which is dropped when the
// test ends, on the server that KEYSTEAD_TEST_POSTGRES names (scripts/with-postgres
// starts one). Without a server the test is skipped, or fails if KEYSTEAD_TEST_REQUIRE is 1.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("KEYSTEAD_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("KEYSTEAD_TEST_REQUIRE") == "1" {
			t.Fatal("KEYSTEAD_TEST_POSTGRES is not set")
		}
		t.Skip("KEYSTEAD_TEST_POSTGRES is not set; see scripts/with-postgres")
	}
	name := "keystead_" + strings.ToLower(rand.Text())
	// Where the server does not wait for the disk, as in make test, copying files costs a third of
	// copying through the log. PostgreSQL 15 or newer.
	execPostgres(t, server, `CREATE DATABASE `+name+` TEMPLATE template0 ENCODING 'UTF8' STRATEGY FILE_COPY`)
	t.Cleanup(func() { execPostgres(t, server, `DROP DATABASE `+name+` WITH (FORCE)`) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func execPostgres(t testing.TB, server, statement string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
