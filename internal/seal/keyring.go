package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/keystead/keystead/internal/kdf"
	"github.com/keystead/keystead/internal/secret"
)

const (
	rootKeySize = 32 // bytes
	maxRootKeys = 8  // in one keyring; a rotation needs two
)

// Keyring is a set of root keys, numbered from 1, of which one is active: new bytes are
// sealed under it, and the others only open what they once sealed. A Keyring never
// changes; the methods that change one return another.
type Keyring struct {
	revision uint64 // 1 for a new keyring, one more with each change; a provider saves only the next one
	active   uint32
	next     uint32 // the number of the next new key; a number is never used twice
	keys     []*rootKey
}

// rootKey is one root key. Its bytes lie in locked memory outside of the heap, which goes
// back when the rootKey does, so nothing may hold the bytes longer than the rootKey.
type rootKey struct {
	number uint32
	bytes  secret.Bytes
}

// newRootKey copies b into locked memory.
func newRootKey(number uint32, b []byte) *rootKey {
	mem, free := lockedMemory(len(b))
	copy(mem, b)
	k := &rootKey{number, secret.New(mem)}
	runtime.AddCleanup(k, func(mem []byte) { free(mem) }, mem)
	return k
}

// derive returns a 256-bit key for one purpose and salt. Like all that touches the bytes, it
// keeps the rootKey alive until it is done with them.
func (k *rootKey) derive(purpose string, salt []byte) []byte {
	defer runtime.KeepAlive(k)
	return kdf.CounterHMACSHA256(k.bytes.Expose(), "keystead/"+purpose, salt, 256)
}

// clone returns a copy of the bytes, which the caller wipes.
func (k *rootKey) clone() []byte {
	defer runtime.KeepAlive(k)
	return bytes.Clone(k.bytes.Expose())
}

func (k *rootKey) equal(o *rootKey) bool {
	defer runtime.KeepAlive(o)
	defer runtime.KeepAlive(k)
	return k.bytes.Equal(o.bytes)
}

// NewKeyring makes a keyring with one new random key, which is active.
func NewKeyring() *Keyring {
	return (&Keyring{next: 1}).add().activate(1).succeed(0)
}

// Active is the number of the key that seals.
func (r *Keyring) Active() uint32 { return r.active }

// Fingerprints has for each key of the keyring, by number, a short name derived from it,
// with which people can compare the keys of two machines.
func (r *Keyring) Fingerprints() map[uint32]string {
	prints := make(map[uint32]string, len(r.keys))
	for _, k := range r.keys {
		prints[k.number] = hex.EncodeToString(k.derive("fingerprint", nil)[:8])
	}
	return prints
}

// key returns the key of that number, or nil.
func (r *Keyring) key(number uint32) *rootKey {
	for _, k := range r.keys {
		if k.number == number {
			return k
		}
	}
	return nil
}

// add returns the keyring with one more random key.
func (r *Keyring) add() *Keyring {
	b := make([]byte, rootKeySize)
	rand.Read(b)
	defer clear(b)
	keys := append(slices.Clone(r.keys), newRootKey(r.next, b))
	return &Keyring{r.revision, r.active, r.next + 1, keys}
}

// activate returns the keyring with another key active, which it must have.
func (r *Keyring) activate(number uint32) *Keyring {
	return &Keyring{r.revision, number, r.next, r.keys}
}

// remove returns the keyring without one of its keys, which must not be active.
func (r *Keyring) remove(number uint32) *Keyring {
	keys := slices.DeleteFunc(slices.Clone(r.keys), func(k *rootKey) bool { return k.number == number })
	return &Keyring{r.revision, r.active, r.next, keys}
}

// succeed returns the keyring as the successor of the one with that revision.
func (r *Keyring) succeed(revision uint64) *Keyring {
	return &Keyring{revision + 1, r.active, r.next, r.keys}
}

// continues reports whether r is old or a later state of it. It protects the keys in use
// from a root key file that was replaced by an old or foreign one.
func (r *Keyring) continues(old *Keyring) bool {
	for _, k := range r.keys {
		if was := old.key(k.number); was != nil && !k.equal(was) {
			return false
		}
	}
	return r.revision >= old.revision && r.next >= old.next
}

// check tells what is wrong with a keyring that came from outside.
func (r *Keyring) check() error {
	switch {
	case len(r.keys) == 0:
		return errors.New("it has no keys")
	case len(r.keys) > maxRootKeys:
		return fmt.Errorf("it has %d keys, more than %d", len(r.keys), maxRootKeys)
	case r.revision == 0:
		return errors.New("it has no revision")
	case r.key(r.active) == nil:
		return fmt.Errorf("the active key, number %d, is missing", r.active)
	}
	for i, k := range r.keys {
		if k.number == 0 || k.number >= r.next {
			return fmt.Errorf("key number %d is out of range", k.number)
		}
		if k.bytes.Len() != rootKeySize {
			return fmt.Errorf("key number %d has %d bytes, not %d", k.number, k.bytes.Len(), rootKeySize)
		}
		if i > 0 && k.number <= r.keys[i-1].number {
			return fmt.Errorf("key number %d is out of order", k.number)
		}
	}
	return nil
}
