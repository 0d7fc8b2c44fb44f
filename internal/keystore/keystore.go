// Package keystore is where key material lives. A Store works with the material of KMS keys;
// nothing above this package ever sees the bytes. A Vault also makes and removes the material
// within transactions, which only the database itself can do: in an HSM or behind a proxy that
// is the work of whoever administers the store. The one rule: a Store decides nothing. Whoever
// calls it has the decision already.
//
// Every implementation passes keystoretest.Run; that suite is the contract.
package keystore

import (
	"context"
	"errors"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// Ref says which key, in which Region, some material belongs to.
type Ref struct {
	Region string
	Key    material.KeyID
	path   string
}

// NewRef returns the Ref of a key in a Region.
func NewRef(region string, key material.KeyID) Ref {
	return Ref{region, key, region + "/" + key.String()}
}

// Path is the Ref as text, "REGION/KEY ID": what a store may name things by.
func (r Ref) Path() string { return r.path }

// Errors that every Store returns.
var (
	// ErrCiphertext means that a ciphertext does not open: not ours, altered, cut off, or
	// with another encryption context. It does not say which.
	ErrCiphertext = material.ErrCiphertext
	// ErrNoMaterial means that the key has no such key material.
	ErrNoMaterial = errors.New("no such key material")
)

// Store encrypts under the material of symmetric encryption keys: what every key store can do.
// Its methods may be called at once; a cancelled context ends a call early with the context's
// error.
type Store interface {
	// Encrypt makes a ciphertext under the key material id of ref's key, or ErrNoMaterial.
	Encrypt(ctx context.Context, ref Ref, id material.ID, plaintext []byte, ec material.EncryptionContext) ([]byte, error)
	// Decrypt opens a ciphertext of ref's key and names the material that opened it. A
	// ciphertext that does not open gives ErrCiphertext, as does one of material that the
	// key never had; a ciphertext of another key is the caller's mistake and gives
	// ErrCiphertext too. Material that is gone gives ErrCiphertext, or ErrNoMaterial where
	// the store knows that the key had it.
	Decrypt(ctx context.Context, ref Ref, b material.Blob, ec material.EncryptionContext) ([]byte, material.ID, error)
}

// Vault is the Store of the keys with Origin AWS_KMS and EXTERNAL. It keeps material of every
// spec, which was made here or outside, and hands it out as something to work with.
type Vault interface {
	Store

	// Generate makes material of ref's symmetric encryption key and keeps it when tx commits:
	// the first of a new key, or more. What was encrypted under older material goes on opening.
	Generate(ctx context.Context, tx *store.Tx, ref Ref) (material.ID, error)

	// Destroy removes all material of ref's key when tx commits. It is no error if there
	// is none.
	Destroy(ctx context.Context, tx *store.Tx, ref Ref) error

	// Keep keeps k as material of ref's key when tx commits. It is no error if the key has it
	// already. The id is what NewID gives for it.
	Keep(ctx context.Context, tx *store.Tx, ref Ref, k material.Key) (material.ID, error)

	// Key returns the key material id of ref's key, or ErrNoMaterial.
	Key(ctx context.Context, ref Ref, id material.ID) (material.Key, error)

	// Copy keeps all material of the key from as material of the key to when tx commits. Both
	// are one multi-Region key.
	Copy(ctx context.Context, tx *store.Tx, from, to Ref) error

	// Remove removes the key material id of ref's key when tx commits. It is no error if there
	// is none.
	Remove(ctx context.Context, tx *store.Tx, ref Ref, id material.ID) error
}
