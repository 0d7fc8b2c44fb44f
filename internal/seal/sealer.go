// Package seal keeps the root keys and seals bytes under them. A Provider stores the
// root keys; a Sealer turns them into a key for each purpose and message.
//
// The one rule to know: sealed bytes open only under the purpose and the associated data
// that they were sealed with, so name in them everything that must not be swapped.
// Begin reading at Sealer; the layout of sealed bytes is in format.go.
package seal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrSealed is returned for bytes that do not open: cut, changed, sealed with another
	// purpose or associated data, or under another key of the same number. It does not
	// say which.
	ErrSealed = errors.New("the sealed bytes do not open")

	// ErrUnknownRootKey is returned for bytes sealed under a root key whose number the
	// provider does not have.
	ErrUnknownRootKey = errors.New("the root key that sealed the bytes is unknown")

	// ErrActive is returned when the active root key would be retired.
	ErrActive = errors.New("the root key is active")

	// ErrOlder is returned when a root key would be activated that is older than the
	// active one: others may refuse to work with it already.
	ErrOlder = errors.New("the root key is older than the active one")

	// ErrTooManyKeys is returned when a keyring is full.
	ErrTooManyKeys = errors.New("there are too many root keys; retire one first")
)

// reloadTimeout bounds how long Open waits for a provider.
const reloadTimeout = 10 * time.Second

// Sealer seals and opens bytes with a provider's keys. It may be used by several
// goroutines at once; they wait for each other only where keys are loaded.
type Sealer struct {
	provider Provider
	keyring  atomic.Pointer[Keyring]
	mu       sync.Mutex // held while the keyring is replaced
}

// Open loads the keyring of a provider that has one.
func Open(ctx context.Context, p Provider) (*Sealer, error) {
	r, err := p.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load root keys: %w", err)
	}
	return newSealer(p, r), nil
}

// Create gives a provider without a keyring a new one. It returns ErrExists, and changes
// nothing, if there is one.
func Create(ctx context.Context, p Provider) (*Sealer, error) {
	r := NewKeyring()
	if err := p.Save(ctx, r); err != nil {
		return nil, fmt.Errorf("create root keys: %w", err)
	}
	return newSealer(p, r), nil
}

func newSealer(p Provider, r *Keyring) *Sealer {
	s := &Sealer{provider: p}
	s.keyring.Store(r)
	return s
}

// Seal encrypts and authenticates plaintext and authenticates ad, under the active root
// key. The purpose is a constant of the calling package and at least one byte long.
func (s *Sealer) Seal(purpose string, plaintext, ad []byte) ([]byte, error) {
	r := s.keyring.Load()
	return sealBytes(r.key(r.active), purpose, plaintext, ad)
}

// Open reverses Seal. Bytes under an unknown root key make it load the keyring anew,
// because another machine may have rotated it.
func (s *Sealer) Open(purpose string, sealed, ad []byte) ([]byte, error) {
	number, ok := Number(sealed)
	if !ok {
		return nil, ErrSealed
	}
	k := s.keyring.Load().key(number)
	if k == nil {
		ctx, cancel := context.WithTimeout(context.Background(), reloadTimeout)
		defer cancel()
		if err := s.Reload(ctx); err != nil {
			return nil, err
		}
		if k = s.keyring.Load().key(number); k == nil {
			return nil, fmt.Errorf("root key number %d: %w", number, ErrUnknownRootKey)
		}
	}
	return openBytes(k, purpose, sealed, ad)
}

// Reload takes over what other processes did to the keyring.
func (s *Sealer) Reload(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reloadLocked(ctx)
}

func (s *Sealer) reloadLocked(ctx context.Context) error {
	r, err := s.provider.Load(ctx)
	if err != nil {
		return fmt.Errorf("reload root keys: %w", err)
	}
	old := s.keyring.Load()
	if !r.continues(old) {
		return fmt.Errorf("reload root keys: %s %w", s.provider.Name(), ErrForeign)
	}
	if r.revision > old.revision {
		s.keyring.Store(r)
	}
	return nil
}

// Active is the number of the root key that Seal uses.
func (s *Sealer) Active() uint32 { return s.keyring.Load().Active() }

// Fingerprints names the root keys by number; see Keyring.Fingerprints.
func (s *Sealer) Fingerprints() map[uint32]string { return s.keyring.Load().Fingerprints() }

// Provider names where the root keys are kept.
func (s *Sealer) Provider() string { return s.provider.Name() }
