package seal

import (
	"context"
	"fmt"
)

// Rotation is AddKey, Activate, re-sealing of everything stored, Retire, in this order. Every
// process that shares the data must have loaded the new key before the old one is
// retired: Sealer.Reload, or the first bytes sealed under the new key, see to that.

// AddKey adds a new random root key, which is not active yet, and returns its number.
func (s *Sealer) AddKey(ctx context.Context) (uint32, error) {
	var number uint32
	err := s.change(ctx, func(r *Keyring) (*Keyring, error) {
		if len(r.keys) >= maxRootKeys {
			return nil, ErrTooManyKeys
		}
		number = r.next
		return r.add(), nil
	})
	return number, err
}

// Activate lets Seal use the root key of that number from now on. Root keys only go
// forward: a number below that of the active one gives ErrOlder.
func (s *Sealer) Activate(ctx context.Context, number uint32) error {
	return s.change(ctx, func(r *Keyring) (*Keyring, error) {
		if r.key(number) == nil {
			return nil, fmt.Errorf("root key number %d: %w", number, ErrUnknownRootKey)
		}
		if number < r.active {
			return nil, fmt.Errorf("root key number %d: %w", number, ErrOlder)
		}
		return r.activate(number), nil
	})
}

// Retire destroys the root key of that number. Whatever is still sealed under it is lost,
// so the caller has made sure that there is nothing.
func (s *Sealer) Retire(ctx context.Context, number uint32) error {
	return s.change(ctx, func(r *Keyring) (*Keyring, error) {
		if r.key(number) == nil {
			return nil, fmt.Errorf("root key number %d: %w", number, ErrUnknownRootKey)
		}
		if r.active == number {
			return nil, fmt.Errorf("root key number %d: %w", number, ErrActive)
		}
		return r.remove(number), nil
	})
}

// change replaces the keyring by what f makes of the one that is stored now.
func (s *Sealer) change(ctx context.Context, f func(*Keyring) (*Keyring, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reloadLocked(ctx); err != nil {
		return err
	}
	old := s.keyring.Load()
	r, err := f(old)
	if err != nil {
		return err
	}
	r = r.succeed(old.revision)
	if err := s.provider.Save(ctx, r); err != nil {
		return fmt.Errorf("save root keys: %w", err)
	}
	s.keyring.Store(r)
	return nil
}
