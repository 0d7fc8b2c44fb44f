//go:build cgo

package driver

import (
	"errors"
	"slices"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// failure is an error of a function of the module.
type failure struct {
	function string
	code     pkcs11.Error
}

func (f *failure) Error() string { return f.function + ": " + f.code.Error() }

// refused is what the driver itself does not do, with the reason.
type refused string

func (r refused) Error() string { return string(r) }

// status is an outcome that needs no more words than its kind.
type status wire.Status

func (s status) Error() string { return "see wire.Status" }

var (
	errBusy      = status(wire.Busy)
	errNoKey     = status(wire.NoKey)
	errExists    = status(wire.Exists)
	errNotOpened = status(wire.NotOpened)
)

// noToken is why there is no such token.
type noToken string

func (n noToken) Error() string { return string(n) }

// in names the function that err comes from.
func in(function string, err error) error {
	if code, ok := err.(pkcs11.Error); ok {
		return &failure{function, code}
	}
	return err
}

// describe puts err into r.
func describe(err error, r *wire.Response) {
	var (
		f *failure
		s status
		n noToken
	)
	switch {
	case errors.As(err, &f):
		r.Status, r.Function, r.Code = wire.Failed, f.function, uint(f.code)
	case errors.As(err, &s):
		r.Status = wire.Status(s)
	case errors.As(err, &n):
		r.Status, r.Text = wire.NoToken, string(n)
	default:
		r.Status, r.Text = wire.Refused, err.Error()
	}
}

// isCode reports whether err is one of these CKR_ codes.
func isCode(err error, codes ...uint) bool {
	code, ok := err.(pkcs11.Error)
	if f := (*failure)(nil); errors.As(err, &f) {
		code, ok = f.code, true
	}
	return ok && slices.Contains(codes, uint(code))
}

// codeName is the error without the prefix of the binding.
func codeName(err error) string {
	if code, ok := err.(pkcs11.Error); ok {
		return wire.CodeName(uint(code))
	}
	return err.Error()
}

// goneCodes say that the slot is not what it was.
var goneCodes = []uint{
	pkcs11.CKR_SLOT_ID_INVALID, pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_TOKEN_NOT_RECOGNIZED, pkcs11.CKR_DEVICE_REMOVED,
}

// staleCodes say that a session can't be used any more, before anything was done in it.
var staleCodes = []uint{
	pkcs11.CKR_SESSION_HANDLE_INVALID, pkcs11.CKR_SESSION_CLOSED, pkcs11.CKR_OPERATION_ACTIVE,
}

// brokenCodes say that a session is better closed.
var brokenCodes = append([]uint{
	pkcs11.CKR_DEVICE_ERROR, pkcs11.CKR_DEVICE_MEMORY, pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED, pkcs11.CKR_HOST_MEMORY,
	pkcs11.CKR_OPERATION_NOT_INITIALIZED, pkcs11.CKR_BUFFER_TOO_SMALL,
}, append(goneCodes, staleCodes...)...)
