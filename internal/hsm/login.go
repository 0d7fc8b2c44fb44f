package hsm

import (
	"bytes"
	"context"
	"fmt"

	"github.com/keystead/keystead/internal/hsm/wire"
	"github.com/keystead/keystead/internal/secret"
)

// Login logs the user in, for all sessions of this module at the token. The token checks
// the PIN, whoever is logged in already. A PIN that is good is remembered, and given again
// after the driver was started again or the token has lost the login; if the token then
// does not take it any more, it is forgotten, so that it is never tried twice: tokens lock
// a user after a few wrong PINs.
func (t *Token) Login(ctx context.Context, u User, pin secret.Bytes) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, err := t.m.running(ctx)
	if err != nil {
		return err
	}
	t.ready.Store(nil) // whatever comes of it: the one before is logged out
	if err := t.login(ctx, p, u, pin, false); err != nil {
		return err
	}
	t.forgetPIN()
	t.user, t.pin, t.stale = u, secret.New(bytes.Clone(pin.Expose())), nil
	t.ready.Store(p)
	return nil
}

func (t *Token) login(ctx context.Context, p *process, u User, pin secret.Bytes, again bool) error {
	_, err := t.ask(ctx, p, &wire.Request{Op: wire.OpLogin, Token: t.selector, Wait: t.m.c.Wait, User: u, PIN: pin.Expose(), Again: again})
	return err
}

// logInAgain does in this process the login that was done in another.
func (t *Token) logInAgain(ctx context.Context, p *process) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.ready.Load() == p:
		return nil
	case t.stale != nil:
		return t.stale
	case t.user != 0:
		err := t.login(ctx, p, t.user, t.pin, true)
		if hasCode(err, pinCodes...) {
			t.forgetPIN()
			t.stale = fmt.Errorf("log in again: %w", err)
		}
		if err != nil {
			return err
		}
	}
	t.ready.Store(p)
	return nil
}

// pinCodes say that a PIN is good no more.
var pinCodes = []uint{
	codePINIncorrect, codePINInvalid, codePINLenRange, codePINExpired, codePINLocked, codeUserPINNotSet, codeUserTypeInvalid,
}

// forgets makes the next call log in again, and reports whether there is a login to repeat.
func (t *Token) forgets(p *process) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ready.CompareAndSwap(p, nil)
	return t.user != 0
}

func (t *Token) forgetPIN() {
	t.pin.Wipe()
	t.user, t.pin = 0, secret.Bytes{}
}

// Logout logs out whoever is logged in. That nobody is, is no error.
func (t *Token) Logout(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgetPIN()
	t.stale = nil
	t.ready.Store(nil)
	p, err := t.m.running(ctx)
	if err != nil {
		return err
	}
	_, err = t.ask(ctx, p, &wire.Request{Op: wire.OpLogout, Token: t.selector, Wait: t.m.c.Wait})
	return err
}

// InitPIN sets the first PIN of the crypto user. The officer must be logged in.
func (t *Token) InitPIN(ctx context.Context, pin secret.Bytes) error {
	_, err := t.do(ctx, &wire.Request{Op: wire.OpInitPIN, PIN: pin.Expose()})
	return err
}

// SetPIN changes the PIN of who is logged in, and remembers the new one.
func (t *Token) SetPIN(ctx context.Context, old, new secret.Bytes) error {
	if _, err := t.do(ctx, &wire.Request{Op: wire.OpSetPIN, PIN: old.Expose(), NewPIN: new.Expose()}); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.user != 0 {
		t.pin.Wipe()
		t.pin = secret.New(bytes.Clone(new.Expose()))
	}
	return nil
}
