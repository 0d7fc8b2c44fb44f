package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// listen wakes the follower when PostgreSQL notifies of a change. The connection is its
// own. When it was lost, changes may have gone unnoticed, and the next one may lead to
// another server that lacks the last of them: then the caches start anew.
func listen(ctx context.Context, config *pgx.ConnConfig, log *slog.Logger, f *feed) {
	const shortest, longest = 100 * time.Millisecond, 5 * time.Second
	pause, before := shortest, false
	for ctx.Err() == nil {
		connected, err := listenOnce(ctx, config, func() {
			if before {
				f.lost.Store(true)
			}
			before = true
			f.wake()
		}, f.wake)
		if ctx.Err() != nil {
			return
		}
		log.Warn("store: the connection that listens for changes is lost", "error", err)
		if connected {
			pause = shortest
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, longest)
	}
}

// listenOnce calls changed for each notification until the connection fails.
func listenOnce(ctx context.Context, config *pgx.ConnConfig, ready, changed func()) (connected bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `LISTEN keystead_feed`); err != nil {
		return false, err
	}
	ready()
	for {
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return true, err
		}
		changed()
	}
}
