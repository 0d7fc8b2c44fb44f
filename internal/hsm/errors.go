package hsm

import (
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// Error is an error of a function of the module.
type Error struct {
	Function string // "C_Login"
	Code     uint   // CK_RV
}

// Name is the name of the code, such as "CKR_PIN_INCORRECT".
func (e *Error) Name() string { return wire.CodeName(e.Code) }

func (e *Error) Error() string { return e.Function + ": " + e.Name() }

// Is makes two errors with the same code equal, whatever function they come from.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Function == "" || t.Function == e.Function)
}

// Codes that callers tell apart (PKCS #11 v2.40 base, section 5.1).
const (
	codeDeviceError     = 0x30
	codeDeviceRemoved   = 0x32
	codeTokenNotPresent = 0xE0
	codeNotInitialized  = 0x190
	codePINIncorrect    = 0xA0
	codePINInvalid      = 0xA1
	codePINLenRange     = 0xA2
	codePINExpired      = 0xA3
	codePINLocked       = 0xA4
	codeUserNotLoggedIn = 0x101
	codeUserPINNotSet   = 0x102
	codeUserTypeInvalid = 0x103
)

// Errors that do not come from a function of the module.
var (
	// ErrDriver is that the driver process died, hung and was killed, or can't be started. It
	// is started again: call again.
	ErrDriver = errors.New("the HSM driver failed")
	// ErrBusy is that no session at the token became free in time.
	ErrBusy = errors.New("no free session at the HSM")
	// ErrNoToken is that no token, or more than one, matches the selector.
	ErrNoToken = errors.New("no such token")
	// ErrNoKey is that the token has no such key, or does not show it to who is logged in.
	ErrNoKey = errors.New("no such key in the HSM")
	// ErrKeyExists is that the token has a key with that id.
	ErrKeyExists = errors.New("the HSM has a key with this id")
	// ErrDecrypt is that a ciphertext does not open with the key and the additional data.
	ErrDecrypt = errors.New("the ciphertext does not open")
	// ErrRefused is that the driver does not do what would be dangerous or can't be done.
	ErrRefused = errors.New("the HSM driver refuses")
	// ErrClosed is that the module was closed.
	ErrClosed = errors.New("the HSM module is closed")
)

// responseError is the error that a response tells.
func responseError(r *wire.Response) error {
	switch r.Status {
	case wire.OK:
		return nil
	case wire.Failed:
		return &Error{r.Function, r.Code}
	case wire.Busy:
		return ErrBusy
	case wire.NoToken:
		return fmt.Errorf("%w: %s", ErrNoToken, r.Text)
	case wire.NoKey:
		return ErrNoKey
	case wire.Exists:
		return ErrKeyExists
	case wire.NotOpened:
		return ErrDecrypt
	}
	return fmt.Errorf("%w: %s", ErrRefused, r.Text)
}

// hasCode reports whether err comes from the module with one of these codes.
func hasCode(err error, codes ...uint) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	for _, code := range codes {
		if e.Code == code {
			return true
		}
	}
	return false
}
