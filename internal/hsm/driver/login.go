//go:build cgo

package driver

import (
	"unsafe"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// text is b as a string without a copy that nobody could wipe.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func userType(u wire.User) (uint, error) {
	switch u {
	case wire.Officer:
		return pkcs11.CKU_SO, nil
	case wire.CryptoUser:
		return pkcs11.CKU_USER, nil
	}
	return 0, refused("a login needs a role")
}

// login logs the user in for all sessions of this process. The PIN is always checked by the
// token: who is logged in already is logged out first, unless the request is a repetition
// of a login that was good.
func (t *token) login(q *wire.Request, r *wire.Response) error {
	kind, err := userType(q.User)
	if err != nil {
		return err
	}
	t.gate.Lock()
	defer t.gate.Unlock()
	return t.session(q, r, func(s pkcs11.SessionHandle) error {
		if t.user != 0 && !(q.Again && t.user == q.User) {
			_ = t.leave(s) // the login says what is wrong
		}
		err := t.p.Login(s, kind, text(q.PIN))
		switch {
		case isCode(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN) && q.Again:
			err = nil
		case isCode(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN):
			// Some modules share a login between programs, or remember one that ended otherwise.
			_ = t.leave(s)
			err = t.p.Login(s, kind, text(q.PIN))
		}
		if err != nil {
			return in("C_Login", err)
		}
		t.user = q.User
		return nil
	})
}

// leave logs out. It may be that nobody is logged in any more.
func (t *token) leave(s pkcs11.SessionHandle) error {
	t.user = 0
	t.handles.forget()
	return t.p.Logout(s)
}

func (t *token) logout(q *wire.Request, r *wire.Response) error {
	t.gate.Lock()
	defer t.gate.Unlock()
	return t.session(q, r, func(s pkcs11.SessionHandle) error {
		err := t.leave(s)
		if isCode(err, pkcs11.CKR_USER_NOT_LOGGED_IN) {
			return nil
		}
		return in("C_Logout", err)
	})
}
