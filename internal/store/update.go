package store

import (
	"context"
	"errors"
)

// Update runs f in a write transaction and returns when its changes are durable and the
// subscribers of this node know of them. If f returns an error, nothing of it is written
// and Update returns that error.
//
// The writer collects the functions that wait and commits them as one group. Each runs on
// its caller's goroutine, in turn. So f must be quick, must not wait for anything, and
// must not call Update. It may be called twice, and must have no effect but on tx and on
// variables that it sets anew each time.
//
// If ctx ends before f had its turn, f is not called; afterwards ctx has no influence. An
// error of a commit may, as with any database at a distance, hide that it took place.
func (db *DB) Update(ctx context.Context, f func(tx *Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{
		turn: make(chan *Tx),
		back: make(chan error, 1),
		gone: make(chan struct{}),
		done: make(chan error, 1),
	}
	select {
	case db.queue <- r:
		return r.await(ctx, f)
	case <-ctx.Done():
		return ctx.Err()
	case <-db.closing:
		return ErrClosed
	}
}

// request is a function that waits for the writer. The writer passes the transaction
// through turn like a baton, and gets it back through back.
type request struct {
	turn chan *Tx
	back chan error
	gone chan struct{} // closed by a caller that left before its turn
	done chan error    // the outcome; the writer does not wait for a reader

	result error // of the function's last turn; the writer's
	lost   bool  // the function panicked or ended its goroutine; the writer's
}

// errLost comes back in place of a result if the function did not return.
var errLost = errors.New("the function did not return")

func (r *request) await(ctx context.Context, f func(tx *Tx) error) error {
	left := ctx.Done()
	for {
		select {
		case tx := <-r.turn:
			left = nil
			r.run(tx, f)
		case err := <-r.done:
			return err
		case <-left:
			close(r.gone)
			return ctx.Err()
		}
	}
}

// run calls f. It gives the transaction back even if f panics or ends the goroutine, as
// t.Fatal does, and lets that go its way.
func (r *request) run(tx *Tx, f func(tx *Tx) error) {
	result := errLost
	defer func() {
		tx.over = true
		r.back <- result
	}()
	result = f(tx)
}
