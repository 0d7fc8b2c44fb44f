package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
)

// Vault is what lies under the service: the root key and the database. Commands that
// work on the data without serving it open only this.
type Vault struct {
	Sealer *seal.Sealer
	DB     *store.DB
	IAM    *iam.Service
}

// pollInterval bounds how long a server does not see what another process did to its
// database, such as a command that revokes an access key. PostgreSQL tells sooner.
const pollInterval = 200 * time.Millisecond

// OpenVault opens the root key and the database that a configuration names. Unless create
// is set, both must exist.
func OpenVault(ctx context.Context, cfg Config, clk *clock.Clock, log *slog.Logger, create bool) (*Vault, error) {
	url, err := cfg.DatabaseURL()
	if err != nil {
		return nil, err
	}
	sealer, err := openSealer(ctx, cfg, url, create)
	if err != nil {
		return nil, err
	}
	if path, missing := missingFile(url); missing && !create {
		return nil, fmt.Errorf("there is no database %s: is this the right data directory?", path)
	}
	db, err := store.Open(ctx, store.Options{URL: url, Sealer: sealer, Logger: log, Staleness: cfg.Staleness, PollInterval: pollInterval})
	if err != nil {
		return nil, explain(err)
	}
	return &Vault{Sealer: sealer, DB: db, IAM: iam.New(db, clk, sealer)}, nil
}

// Close closes the database.
func (v *Vault) Close() error { return v.DB.Close() }

// missingFile reports whether a database URL names a file that does not exist.
func missingFile(url string) (path string, missing bool) {
	path, isFile := strings.CutPrefix(url, "sqlite://")
	if !isFile {
		return "", false
	}
	_, err := os.Stat(path)
	return path, err != nil
}

// openSealer opens the root key. It makes one only where nothing could need an older one:
// on a first start. A database without its root key is an error that changes nothing.
func openSealer(ctx context.Context, cfg Config, url string, create bool) (*seal.Sealer, error) {
	p, err := cfg.SealProvider()
	if err != nil {
		return nil, err
	}
	exists, err := p.Exists()
	if err != nil {
		return nil, err
	}
	path, missing := missingFile(url)
	switch {
	case exists:
		return seal.Open(ctx, p)
	case path != "" && !missing:
		return nil, fmt.Errorf("the database %s exists, but its root key (%s) does not: put the root key back; nothing was changed", path, p.Name())
	case !create:
		return nil, fmt.Errorf("the root key (%s) does not exist: is this the right data directory?", p.Name())
	}
	return seal.Create(ctx, p)
}

// Restore fills the empty database of a configuration from a backup. The root key must be
// in place already.
func Restore(ctx context.Context, cfg Config, log *slog.Logger, backup io.Reader) error {
	p, err := cfg.SealProvider()
	if err != nil {
		return err
	}
	sealer, err := seal.Open(ctx, p)
	if err != nil {
		return fmt.Errorf("the backup's root key must be in place first: %w", err)
	}
	url, err := cfg.DatabaseURL()
	if err != nil {
		return err
	}
	return explain(store.Restore(ctx, store.Options{URL: url, Sealer: sealer, Logger: log}, backup))
}

// explain says what to do about a root key that does not fit. A node that was started on
// the database of others without a root key has just made itself one.
func explain(err error) error {
	if errors.Is(err, store.ErrWrongRootKey) {
		return fmt.Errorf("%w: put the root key in its place that the database or backup was made with; nodes on one database share it", err)
	}
	return err
}

// RotateRootKey replaces the root key: it adds a new one, makes it the active one, seals
// every record anew and retires the others. Each step leaves a state in which every
// record opens, so that an interrupted rotation is finished by the next. It returns how
// many records were sealed anew.
func (v *Vault) RotateRootKey(ctx context.Context) (int, error) {
	if len(v.Sealer.Fingerprints()) == 1 {
		if _, err := v.Sealer.AddKey(ctx); err != nil {
			return 0, fmt.Errorf("add a root key: %w", err)
		}
	}
	newest := uint32(0)
	for number := range v.Sealer.Fingerprints() {
		newest = max(newest, number)
	}
	if v.Sealer.Active() != newest {
		if err := v.Sealer.Activate(ctx, newest); err != nil {
			return 0, fmt.Errorf("activate root key %d: %w", newest, err)
		}
	}
	n, err := v.DB.Reseal(ctx)
	if err != nil {
		return n, fmt.Errorf("seal records anew: %w", err)
	}
	var errs []error
	for number := range v.Sealer.Fingerprints() {
		if number != newest {
			errs = append(errs, v.Sealer.Retire(ctx, number))
		}
	}
	return n, errors.Join(errs...)
}
