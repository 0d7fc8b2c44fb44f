package hsm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/hsm/wire"
	"github.com/keystead/keystead/internal/secret"
)

// Token is one token of a module. Its methods may be called by many goroutines.
type Token struct {
	m        *Module
	selector Selector
	turns    chan struct{}           // one for each session
	ready    atomic.Pointer[process] // the process in which login is done, or not needed

	mu    sync.Mutex // held during a login
	user  User       // who is logged in; 0: nobody
	pin   secret.Bytes
	stale error // why the PIN that was remembered is good no more
}

type tokenKey struct {
	label, serial string
	slot          uint
	hasSlot       bool
}

func keyOf(s Selector) tokenKey {
	k := tokenKey{label: s.Label, serial: s.Serial}
	if s.Slot != nil {
		k.slot, k.hasSlot = *s.Slot, true
	}
	return k
}

func newToken(m *Module, s Selector) *Token {
	return &Token{m: m, selector: s, turns: make(chan struct{}, m.c.Sessions)}
}

// repeatable are the operations that are done again in the next process after one died.
var repeatable = map[wire.Op]bool{
	wire.OpTokens: true, wire.OpInfo: true, wire.OpKeys: true,
	wire.OpEncrypt: true, wire.OpDecrypt: true, wire.OpRandom: true,
}

// private are the operations for which somebody must be logged in.
var private = map[wire.Op]bool{
	wire.OpInitPIN: true, wire.OpSetPIN: true, wire.OpGenerate: true, wire.OpKeys: true, wire.OpDestroy: true,
	wire.OpEncrypt: true, wire.OpDecrypt: true, wire.OpRandom: true,
}

// do asks the driver, and returns the parts of its answer.
func (t *Token) do(ctx context.Context, q *wire.Request) ([]*wire.Response, error) {
	q.Token = t.selector
	q.Wait = t.m.c.Wait
	var err error
	for again := false; ; again = true {
		var p *process
		if p, err = t.m.running(ctx); err != nil {
			return nil, err
		}
		if private[q.Op] && t.ready.Load() != p {
			if err = t.logInAgain(ctx, p); err != nil {
				if died(err) && !again {
					continue
				}
				return nil, err
			}
		}
		var r []*wire.Response
		r, err = t.ask(ctx, p, q)
		switch {
		case err == nil || again:
			return r, err
		case hasCode(err, codeUserNotLoggedIn) && t.forgets(p):
			// The token has lost the login: it was away, or another Token logged in anew. The
			// operation was refused before it did anything.
		case errors.Is(err, errUnsent), died(err) && repeatable[q.Op]:
		case hasCode(err, deviceCodes...) && t.m.renew(p) && repeatable[q.Op]:
		default:
			return r, err
		}
	}
}

// died reports whether the process died under a call that is not to blame for it.
func died(err error) bool { return errors.Is(err, errDied) }

// errDied and errHung are the two ways in which a process ends under a call; errUnsent is
// that it had ended, or takes no more calls, before the call was made.
var (
	errDied   = fmt.Errorf("%w: it died", ErrDriver)
	errHung   = fmt.Errorf("%w: it hung and was killed", ErrDriver)
	errUnsent = fmt.Errorf("%w before", errDied)
)

// deviceCodes say that the module has lost its device. Some modules find it again only in a
// new process.
var deviceCodes = []uint{codeDeviceError, codeDeviceRemoved, codeTokenNotPresent, codeNotInitialized}

// ask makes one call.
func (t *Token) ask(ctx context.Context, p *process, q *wire.Request) ([]*wire.Response, error) {
	if n := len(q.Data) + len(q.AAD) + len(q.PIN) + len(q.NewPIN) + len(q.Key.ID) + len(q.Key.Label); n > wire.MaxData {
		return nil, fmt.Errorf("%w: %d bytes are more than a call takes", ErrRefused, n)
	}
	if err := t.turn(ctx); err != nil {
		return nil, err
	}
	t.m.inFlight.Add(1)
	x := &call{budget: q.Wait, list: q.Op == wire.OpKeys, done: make(chan struct{}), free: func() {
		t.m.inFlight.Add(-1)
		<-t.turns
	}}
	id := p.calls.add(x)
	if id == 0 {
		x.free()
		return nil, errUnsent
	}
	q.ID = id
	if err := p.send.Send(q.Append); err != nil {
		p.end(err) // which answers the call
	}
	select {
	case <-x.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	switch {
	case x.parts == nil && x.late:
		return nil, fmt.Errorf("%w: %w", errHung, p.reason)
	case x.parts == nil:
		return nil, fmt.Errorf("%w: %w", errDied, p.reason)
	}
	t.m.calls.Add(1)
	last := x.parts[len(x.parts)-1]
	if last.Waited > 0 {
		t.m.noteWait(last.Waited)
	}
	return x.parts, responseError(last)
}

// turn waits until fewer calls than sessions are at the driver.
func (t *Token) turn(ctx context.Context) error {
	select {
	case t.turns <- struct{}{}:
		return nil
	default:
	}
	start := time.Now()
	timer := time.NewTimer(t.m.c.Wait)
	defer timer.Stop()
	select {
	case t.turns <- struct{}{}:
		t.m.noteWait(time.Since(start))
		return nil
	case <-timer.C:
		t.m.noteWait(time.Since(start))
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Module) noteWait(d time.Duration) {
	m.waits.Add(1)
	m.waitTime.Add(int64(d))
}

// Info describes the token.
func (t *Token) Info(ctx context.Context) (TokenInfo, error) {
	r, err := t.do(ctx, &wire.Request{Op: wire.OpInfo})
	if err != nil {
		return TokenInfo{}, err
	}
	if len(r[0].Tokens) != 1 {
		return TokenInfo{}, fmt.Errorf("%w: no token in its answer", ErrDriver)
	}
	return r[0].Tokens[0], nil
}

// Initialize makes a token of a free slot, or of the slot that the selector names if that
// is free (C_InitToken). It never touches a slot that has a token. Afterwards the token must
// be named by its label.
func (t *Token) Initialize(ctx context.Context, soPIN secret.Bytes, label string) error {
	_, err := t.do(ctx, &wire.Request{Op: wire.OpInitialize, PIN: soPIN.Expose(), Key: KeyRef{Label: label}})
	return err
}
