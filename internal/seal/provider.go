package seal

import (
	"context"
	"errors"
)

// What can be wrong with a provider's keys. The errors that providers return wrap one of
// these and name the place; none of them changes anything that is stored.
var (
	ErrMissing     = errors.New("does not exist")
	ErrExists      = errors.New("exists already")
	ErrPermissions = errors.New("can be read by others")
	ErrCorrupt     = errors.New("is damaged")
	ErrVersion     = errors.New("was written by a newer version of Keystead")
	ErrProtection  = errors.New("is protected in another way")
	ErrPassphrase  = errors.New("wrong passphrase")
	ErrConflict    = errors.New("was changed by somebody else meanwhile")
	ErrForeign     = errors.New("is an old copy or belongs to another installation")
)

// Provider keeps a keyring. Its methods may be called by several goroutines at once.
type Provider interface {
	// Name says what and where, for logs and errors: "file /var/lib/keystead/root.key".
	Name() string

	// Exists reports whether there is a keyring, without opening it.
	Exists() (bool, error)

	// Load returns the keyring, or ErrMissing. It is called again whenever bytes name an
	// unknown root key, which an outsider can bring about, so it must be cheap when
	// nothing has changed.
	Load(ctx context.Context) (*Keyring, error)

	// Save stores a keyring so that it is still there after a power failure, in one step.
	// The keyring must be a new one, else ErrExists, or the direct successor of what is
	// stored, else ErrConflict: two machines that rotate at once must not lose a key.
	Save(ctx context.Context, r *Keyring) error
}
