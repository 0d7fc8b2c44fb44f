// Package software is the key store of keys with Origin AWS_KMS: the material lies in
// the database as sealed records and is used in this process. The one rule: unsealed
// material is held only in the cache here, which the database's change feed empties.
package software

import (
	"context"
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// recordKind is the kind of the records. A record's key is "REGION/KEY ID/SHORT MATERIAL ID".
const recordKind = "kms-material"

// The layout of a record's body: version(1) ‖ key material id(32) ‖ key material.
const (
	bodyVersion = 1
	bodyHeader  = 1 + len(material.ID{})
)

// entrySize is what a cached entry costs in memory, measured with a million of them.
const entrySize = 400

// Store implements keystore.Store.
type Store struct {
	cache *store.Cache[entry]
}

type entry struct {
	id    material.ID
	bytes secret.Bytes
}

// New returns the store over db. Its cache of unsealed material holds at most cacheBytes.
func New(db *store.DB, cacheBytes int64) *Store {
	return &Store{store.NewCache(db, recordKind, cacheBytes, decode)}
}

// CacheStats tells of the cached key material.
func (s *Store) CacheStats() store.CacheStats { return s.cache.Stats() }

func decode(r store.Record) (entry, int64, error) {
	if len(r.Body) <= bodyHeader || r.Body[0] != bodyVersion {
		return entry{}, 0, fmt.Errorf("key material record %s has an unknown form", r.Key)
	}
	return entry{material.ID(r.Body[1:bodyHeader]), secret.New(r.Body[bodyHeader:])}, entrySize, nil
}

func prefix(ref keystore.Ref) string { return ref.Path() + "/" }

// Generate implements keystore.Store.
func (s *Store) Generate(ctx context.Context, tx *store.Tx, ref keystore.Ref) (material.ID, error) {
	m := material.NewSymmetric()
	id := material.NewID(ref.Key, m)
	body := make([]byte, 0, bodyHeader+m.Len())
	body = append(body, bodyVersion)
	body = append(body, id[:]...)
	body = append(body, m.Expose()...)
	if err := tx.Insert(store.Record{Kind: recordKind, Key: prefix(ref) + id.Short().String(), Body: body}); err != nil {
		return material.ID{}, fmt.Errorf("keep key material: %w", err)
	}
	return id, nil
}

// find returns the cached material; absent is the error for material that the key does not have.
func (s *Store) find(ctx context.Context, ref keystore.Ref, short material.ShortID, absent error) (entry, error) {
	e, err := s.cache.Get(ctx, ref.Path()+"/"+short.String())
	if errors.Is(err, store.ErrNotFound) {
		return entry{}, absent
	}
	return e, err
}

// Encrypt implements keystore.Store.
func (s *Store) Encrypt(ctx context.Context, ref keystore.Ref, id material.ID, plaintext []byte, ec material.EncryptionContext) ([]byte, error) {
	e, err := s.find(ctx, ref, id.Short(), keystore.ErrNoMaterial)
	if err != nil {
		return nil, err
	}
	if e.id != id {
		return nil, keystore.ErrNoMaterial
	}
	return material.Encrypt(e.bytes, ref.Key, id, plaintext, ec)
}

// Decrypt implements keystore.Store.
func (s *Store) Decrypt(ctx context.Context, ref keystore.Ref, b material.Blob, ec material.EncryptionContext) ([]byte, material.ID, error) {
	if b.Key() != ref.Key {
		return nil, material.ID{}, keystore.ErrCiphertext
	}
	e, err := s.find(ctx, ref, b.Material(), keystore.ErrCiphertext)
	if err != nil {
		return nil, material.ID{}, err
	}
	p, err := b.Open(e.bytes, ec)
	return p, e.id, err
}

// Destroy implements keystore.Store.
func (s *Store) Destroy(ctx context.Context, tx *store.Tx, ref keystore.Ref) error {
	const page = 100
	for {
		records, err := tx.Scan(recordKind, store.Range{Prefix: prefix(ref), Limit: page})
		if err != nil {
			return fmt.Errorf("find key material to destroy: %w", err)
		}
		for _, r := range records {
			if err := tx.Delete(recordKind, r.Key); err != nil {
				return fmt.Errorf("destroy key material: %w", err)
			}
		}
		if len(records) < page {
			return nil
		}
	}
}
