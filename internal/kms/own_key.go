package kms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// ownKind is the kind of the records of keys that Keystead has for data of its own. The key
// of one is the purpose, and it is due at the next rotation. What leads callers to a key (an
// identifier, an alias, the header of a ciphertext) leads to records of keyKind, and so to
// none of these, whoever calls. It is AWS's idea of AWS owned keys.
const ownKind = "kms-own-key"

// ownRegion stands for the Region where the key material lies. It is not the name of one.
const ownRegion = "keystead"

// ownKey is a key that belongs to no account. One from the cache is shared.
type ownKey struct {
	ID       string    `json:"id"`
	Material string    `json:"material"` // the id of the current key material
	Created  time.Time `json:"created"`
	Rotated  time.Time `json:"rotated,omitzero"`

	ref     keystore.Ref
	current material.ID
}

// ownKeySize is what a cached key costs in memory.
const ownKeySize = 500

func decodeOwn(r store.Record) (*ownKey, int64, error) {
	k := new(ownKey)
	if err := json.Unmarshal(r.Body, k); err != nil {
		return nil, 0, fmt.Errorf("decode the record of own key %s: %w", r.Key, err)
	}
	id, err := material.ParseKeyID(k.ID)
	if err != nil {
		return nil, 0, fmt.Errorf("record of own key %s: %w", r.Key, err)
	}
	k.ref = keystore.NewRef(ownRegion, id)
	if k.current, err = material.ParseID(k.Material); err != nil {
		return nil, 0, fmt.Errorf("key material id of own key %s: %w", r.Key, err)
	}
	return k, ownKeySize, nil
}

// Sealer seals data of Keystead's own under a key that no account sees. A seal opens for as
// long as the database lives: the key is rotated every year, and its old material stays.
type Sealer struct {
	s       *Service
	purpose string
}

// SealerFor returns the Sealer for a purpose, which has a key of its own, in all Regions the
// same. What it is called must never change. The key is made when it is first needed.
func (s *Service) SealerFor(purpose string) *Sealer { return &Sealer{s, purpose} }

// Seal encrypts data. It opens with the same context only.
func (o *Sealer) Seal(ctx context.Context, plaintext []byte, ec map[string]string) ([]byte, error) {
	k, err := o.s.own.Get(ctx, o.purpose)
	if errors.Is(err, store.ErrNotFound) {
		k, err = o.s.makeOwn(ctx, o.purpose)
	}
	if err != nil {
		return nil, fmt.Errorf("find the key for %s: %w", o.purpose, err)
	}
	return o.s.software.Encrypt(ctx, k.ref, k.current, plaintext, ec)
}

// Open decrypts what Seal made, or returns keystore.ErrCiphertext.
func (o *Sealer) Open(ctx context.Context, sealed []byte, ec map[string]string) ([]byte, error) {
	b, err := material.ParseBlob(sealed)
	if err != nil {
		return nil, keystore.ErrCiphertext
	}
	k, err := o.s.own.Get(ctx, o.purpose)
	if errors.Is(err, store.ErrNotFound) {
		return nil, keystore.ErrCiphertext
	}
	if err != nil {
		return nil, fmt.Errorf("find the key for %s: %w", o.purpose, err)
	}
	plaintext, _, err := o.s.software.Decrypt(ctx, k.ref, b, ec)
	return plaintext, err
}

// makeOwn makes the key for a purpose, unless another call was quicker.
func (s *Service) makeOwn(ctx context.Context, purpose string) (k *ownKey, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Get(ownKind, purpose)
		if err == nil {
			k, _, err = decodeOwn(r)
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		id := material.NewKeyID()
		k = &ownKey{ID: id.String(), Created: s.clock.Now().Truncate(time.Millisecond), ref: keystore.NewRef(ownRegion, id)}
		r = store.Record{Kind: ownKind, Key: purpose}
		if err := s.renewOwn(ctx, tx, k, &r, k.Created); err != nil {
			return err
		}
		return tx.Insert(r)
	})
	return k, err
}

// rotateOwn rotates the key for a purpose.
func (s *Service) rotateOwn(ctx context.Context, purpose string) (rotated bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		rotated = false
		r, err := tx.Get(ownKind, purpose)
		if err != nil {
			return err
		}
		now := s.clock.Now().Truncate(time.Millisecond)
		if r.Due.After(now) {
			return nil // another node was quicker
		}
		k, _, err := decodeOwn(r)
		if err != nil {
			return err
		}
		k.Rotated = now
		if err := s.renewOwn(ctx, tx, k, &r, now); err != nil {
			return err
		}
		rotated = true
		return tx.Put(r)
	})
	return rotated && err == nil, err
}

// renewOwn gives k new material and writes it into its record.
func (s *Service) renewOwn(ctx context.Context, tx *store.Tx, k *ownKey, r *store.Record, now time.Time) error {
	id, err := s.software.Generate(ctx, tx, k.ref)
	if err != nil {
		return err
	}
	k.current, k.Material = id, id.String()
	r.Due = now.Add(rotationPeriod)
	r.Body, err = json.Marshal(k)
	return err
}
