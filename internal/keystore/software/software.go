// Package software is the key store of keys with Origin AWS_KMS or EXTERNAL: the material
// lies in the database as sealed records and is used in this process. The one rule: unsealed
// material is held only in the cache here, which the database's change feed empties.
package software

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// recordKind is the kind of the records. A record's key is "REGION/KEY ID/SHORT MATERIAL ID".
const recordKind = "kms-material"

// The layouts of a record's body. Version 1 is material of a SYMMETRIC_DEFAULT key, version 2
// of any other:
//
//	version(1) ‖ key material id(32) ‖ key material
//	version(1) ‖ key material id(32) ‖ length of the key spec's name(1) ‖ key spec ‖ key material
const (
	versionSymmetric = 1
	versionAny       = 2

	bodyHeader = 1 + len(material.ID{})
)

// entrySizes are what a cached entry costs in memory. That of a symmetric key was measured with
// a million of them; the others are what the heap grew by for a thousand.
var entrySizes = map[material.Family]int64{
	material.Symmetric: 450, material.HMAC: 500, material.ECC: 2000, material.SECG: 1500, material.Edwards: 1200,
	material.RSA: 9000, material.MLDSA: 120_000, material.MLKEM: 30_000,
}

// Store implements keystore.Vault.
type Store struct {
	cache *store.Cache[entry]
}

type entry struct {
	id  material.ID
	key material.Key
}

// New returns the store over db. Its cache of unsealed material holds at most cacheBytes.
func New(db *store.DB, cacheBytes int64) *Store {
	return &Store{store.NewCache(db, recordKind, cacheBytes, decode)}
}

// CacheStats tells of the cached key material.
func (s *Store) CacheStats() store.CacheStats { return s.cache.Stats() }

func decode(r store.Record) (entry, int64, error) {
	k, err := decodeKey(r.Body)
	if err != nil {
		return entry{}, 0, fmt.Errorf("key material record %s: %w", r.Key, err)
	}
	return entry{material.ID(r.Body[1:bodyHeader]), k}, entrySizes[k.Spec().Family], nil
}

var errForm = errors.New("it has an unknown form")

// decodeKey reads the body of a record, which it keeps.
func decodeKey(body []byte) (material.Key, error) {
	if len(body) <= bodyHeader {
		return nil, errForm
	}
	rest, spec := body[bodyHeader:], types.KeySpecSymmetricDefault
	switch body[0] {
	case versionSymmetric:
	case versionAny:
		n := int(rest[0])
		if len(rest) <= 1+n {
			return nil, errForm
		}
		spec, rest = types.KeySpec(rest[1:1+n]), rest[1+n:]
	default:
		return nil, errForm
	}
	s := material.SpecOf(spec)
	if s == nil {
		return nil, errForm
	}
	return material.Load(s, rest)
}

// encodeKey makes the body of a record.
func encodeKey(id material.ID, k material.Key) []byte {
	m, spec := k.Secret().Expose(), string(k.Spec().Name)
	body := make([]byte, 0, bodyHeader+1+len(spec)+len(m))
	if k.Spec().Family == material.Symmetric {
		body = append(append(body, versionSymmetric), id[:]...)
	} else {
		body = append(append(body, versionAny), id[:]...)
		body = append(append(body, byte(len(spec))), spec...)
	}
	return append(body, m...)
}

func recordKey(ref keystore.Ref, id material.ShortID) string { return ref.Path() + "/" + id.String() }

func prefix(ref keystore.Ref) string { return ref.Path() + "/" }

// Generate implements keystore.Vault.
func (s *Store) Generate(ctx context.Context, tx *store.Tx, ref keystore.Ref) (material.ID, error) {
	k, err := material.Generate(material.SpecOf(types.KeySpecSymmetricDefault))
	if err != nil {
		return material.ID{}, err
	}
	return s.Keep(ctx, tx, ref, k)
}

// Keep implements keystore.Vault.
func (s *Store) Keep(_ context.Context, tx *store.Tx, ref keystore.Ref, k material.Key) (material.ID, error) {
	id := material.NewID(ref.Key, k.Secret())
	if err := tx.Upsert(store.Record{Kind: recordKind, Key: recordKey(ref, id.Short()), Body: encodeKey(id, k)}); err != nil {
		return material.ID{}, fmt.Errorf("keep key material: %w", err)
	}
	return id, nil
}

// Key implements keystore.Vault.
func (s *Store) Key(ctx context.Context, ref keystore.Ref, id material.ID) (material.Key, error) {
	e, err := s.find(ctx, ref, id.Short(), keystore.ErrNoMaterial)
	if err != nil {
		return nil, err
	}
	if e.id != id {
		return nil, keystore.ErrNoMaterial
	}
	return e.key, nil
}

// find returns the cached material; absent is the error for material that the key does not have.
func (s *Store) find(ctx context.Context, ref keystore.Ref, short material.ShortID, absent error) (entry, error) {
	e, err := s.cache.Get(ctx, recordKey(ref, short))
	if errors.Is(err, store.ErrNotFound) {
		return entry{}, absent
	}
	return e, err
}

// Encrypt implements keystore.Store.
func (s *Store) Encrypt(ctx context.Context, ref keystore.Ref, id material.ID, plaintext []byte, ec material.EncryptionContext) ([]byte, error) {
	k, err := s.Key(ctx, ref, id)
	if err != nil {
		return nil, err
	}
	return material.Encrypt(k.Secret(), ref.Key, id, plaintext, ec)
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
	p, err := b.Open(e.key.Secret(), ec)
	return p, e.id, err
}

// Destroy implements keystore.Vault.
func (s *Store) Destroy(_ context.Context, tx *store.Tx, ref keystore.Ref) error {
	return each(tx, ref, func(r store.Record) error {
		if err := tx.Erase(recordKind, r.Key); err != nil {
			return fmt.Errorf("destroy key material: %w", err)
		}
		return nil
	})
}

// Remove implements keystore.Vault.
func (s *Store) Remove(_ context.Context, tx *store.Tx, ref keystore.Ref, id material.ID) error {
	if err := tx.Erase(recordKind, recordKey(ref, id.Short())); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("remove key material: %w", err)
	}
	return nil
}

// Copy implements keystore.Vault.
func (s *Store) Copy(_ context.Context, tx *store.Tx, from, to keystore.Ref) error {
	return each(tx, from, func(r store.Record) error {
		short := strings.TrimPrefix(r.Key, prefix(from))
		if err := tx.Upsert(store.Record{Kind: recordKind, Key: prefix(to) + short, Body: r.Body}); err != nil {
			return fmt.Errorf("copy key material: %w", err)
		}
		return nil
	})
}

// each hands the records of ref's key to f, which may delete them.
func each(tx *store.Tx, ref keystore.Ref, f func(store.Record) error) error {
	const page = 100
	after := ""
	for {
		records, err := tx.Scan(recordKind, store.Range{Prefix: prefix(ref), After: after, Limit: page})
		if err != nil {
			return fmt.Errorf("find key material: %w", err)
		}
		for _, r := range records {
			if err := f(r); err != nil {
				return err
			}
			after = r.Key
		}
		if len(records) < page {
			return nil
		}
	}
}
