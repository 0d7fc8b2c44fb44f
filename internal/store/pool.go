package store

import (
	"context"
	"database/sql"
	"fmt"
)

// querier is what pools and transactions have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// pool is a pool of connections with the statements that are prepared on them. To prepare
// a statement is a third of the cost of a read in SQLite. pgx prepares by itself, so a
// pool for PostgreSQL has none.
type pool struct {
	*sql.DB
	prepared map[string]*sql.Stmt // not changed once the store is open
	idle     int                  // how many connections to a server are kept; 0 for a file
}

// forget closes the idle connections. When one of them was lost, so were the others, most
// likely, and who tries again shall not be handed the next dead one.
func (p *pool) forget() {
	if p.idle > 0 {
		p.SetMaxIdleConns(0)
		p.SetMaxIdleConns(p.idle)
	}
}

// prepare prepares statements.
func (p *pool) prepare(ctx context.Context, queries ...string) error {
	p.prepared = make(map[string]*sql.Stmt, len(queries))
	for _, q := range queries {
		s, err := p.DB.PrepareContext(ctx, q)
		if err != nil {
			return fmt.Errorf("prepare statement: %w", err)
		}
		p.prepared[q] = s
	}
	return nil
}

func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := p.prepared[query]; s != nil {
		return s.QueryContext(ctx, args...)
	}
	return p.DB.QueryContext(ctx, query, args...)
}

func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := p.prepared[query]; s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return p.DB.QueryRowContext(ctx, query, args...)
}

// poolTx is a transaction that uses the prepared statements of its pool.
type poolTx struct {
	*sql.Tx
	prepared map[string]*sql.Stmt
}

func (t poolTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := t.prepared[query]; s != nil {
		return t.Tx.StmtContext(ctx, s).ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, query, args...)
}

func (t poolTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := t.prepared[query]; s != nil {
		return t.Tx.StmtContext(ctx, s).QueryContext(ctx, args...)
	}
	return t.Tx.QueryContext(ctx, query, args...)
}

func (t poolTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := t.prepared[query]; s != nil {
		return t.Tx.StmtContext(ctx, s).QueryRowContext(ctx, args...)
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}
