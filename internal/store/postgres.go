package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// bumpPostgres also hints at the change once it is committed, and has the server end a
// transaction whose node fell silent, since it keeps all others from writing.
const bumpPostgres = `WITH bumped AS (UPDATE feed SET revision = revision + 1 WHERE id = 1 RETURNING revision, root_key)
	SELECT revision, root_key FROM bumped, LATERAL (SELECT pg_notify('keystead_feed', ''),
		set_config('idle_in_transaction_session_timeout', '15000', true) OFFSET 0) AS effects`

// vacuumPostgres removes dead rows, and leaves the indexes to autovacuum: that would take long in
// a large table.
const vacuumPostgres = `VACUUM (INDEX_CLEANUP OFF, TRUNCATE OFF) records`

// openPostgres connects to a PostgreSQL database, whose encoding must be UTF8.
func openPostgres(ctx context.Context, url string) (*engine, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil { // pgx leaves the password out
		return nil, fmt.Errorf("open PostgreSQL database: %w", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	dialer := &net.Dialer{Timeout: config.ConnectTimeout, KeepAlive: 15 * time.Second}
	config.DialFunc = dialer.DialContext
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "keystead"
	}
	db := stdlib.OpenDB(*config)
	connections := max(8, 4*runtime.GOMAXPROCS(0))
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	both := &pool{DB: db, idle: connections}
	e := &engine{
		name:        "PostgreSQL",
		writer:      both,
		reader:      both,
		isolation:   &sql.TxOptions{Isolation: sql.LevelReadCommitted},
		snapshot:    &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		bump:        bumpPostgres,
		patient:     `SET LOCAL idle_in_transaction_session_timeout = 0`,
		orderedText: `TEXT COLLATE "C"`,
		dialect:     goose.DialectPostgres,
		migrating:   []goose.ProviderOption{goose.WithSessionLocker(advisoryLock{})},
		scrub: func(ctx context.Context) error {
			_, err := db.ExecContext(ctx, vacuumPostgres)
			return err
		},
		listen: func(ctx context.Context, log *slog.Logger, f *feed) {
			listen(ctx, config, log, f)
		},
	}
	if err := checkEncoding(ctx, db); err != nil {
		return nil, fmt.Errorf("open PostgreSQL database: %w", errors.Join(err, e.close()))
	}
	return e, nil
}

func checkEncoding(ctx context.Context, db *sql.DB) error {
	var encoding string
	if err := db.QueryRowContext(ctx, `SHOW server_encoding`).Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("its encoding is %s, and must be UTF8", encoding)
	}
	return nil
}

// advisoryLock lets one node at a time migrate the schema.
type advisoryLock struct{}

// migrationLock is "keystead" in the bytes of a number.
const migrationLock int64 = 0x6b65797374656164

func (advisoryLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, migrationLock)
	return err
}

func (advisoryLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, migrationLock)
	return err
}
