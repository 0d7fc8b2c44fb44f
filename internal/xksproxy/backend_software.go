package xksproxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/xks"
)

// softwareBackend uses keys whose material is in the database.
type softwareBackend struct {
	name, version string
	db            *store.DB
}

func (b *softwareBackend) metadata() []byte { return newMetadata() }

func (b *softwareBackend) encrypt(_ context.Context, k *external, metadata, plaintext, aad []byte) (xks.Sealed, error) {
	return seal(k.material(), metadata, plaintext, aad)
}

func (b *softwareBackend) decrypt(_ context.Context, k *external, s *xks.Sealed, aad []byte) ([]byte, error) {
	return open(k.material(), s, aad)
}

func (b *softwareBackend) attributes(context.Context, *external, bool) (attributes, error) {
	return softwareAttributes, nil
}

func (b *softwareBackend) create(context.Context, *external) (secret.Bytes, error) {
	return newMaterial(), nil
}

func (b *softwareBackend) destroy(context.Context, *external) error { return nil }
func (b *softwareBackend) close() error                             { return nil }

// check reads its key from the database each time: what can't be read or unsealed can't be used.
func (b *softwareBackend) check(ctx context.Context) (identity, error) {
	me := identity{vendor, b.name, "Keystead " + b.version + " software keys"}
	material, err := healthMaterial(ctx, b.db, b.name, func() (secret.Bytes, error) { return newMaterial(), nil })
	if err != nil {
		return me, err
	}
	if err := b.db.Fresh(); err != nil {
		return me, err
	}
	return me, roundTrip(material)
}

// healthKind is the kind of the records of keys that health checks use.
const healthKind = "xks-health-key"

// healthMaterial returns what is kept of a backend's key for health checks. make makes it if there
// is none.
func healthMaterial(ctx context.Context, db *store.DB, name string, create func() (secret.Bytes, error)) (secret.Bytes, error) {
	r, err := db.Get(ctx, healthKind, name)
	if err == nil {
		return secret.New(r.Body), nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return secret.Bytes{}, err
	}
	m, err := create()
	if err != nil {
		return secret.Bytes{}, err
	}
	err = db.Update(ctx, func(tx *store.Tx) error {
		return tx.Upsert(store.Record{Kind: healthKind, Key: name, Body: bytes.Clone(m.Expose())})
	})
	return m, err
}

// roundTrip encrypts and decrypts with a key of the health check.
func roundTrip(material secret.Bytes) error {
	probe, aad := newMaterial().Expose(), []byte("health")
	s, err := seal(material, newMetadata(), probe, aad)
	if err != nil {
		return err
	}
	p, err := open(material, &s, aad)
	if err != nil {
		return err
	}
	if !bytes.Equal(p, probe) {
		return fmt.Errorf("%w: another plaintext came back", errProbe)
	}
	return nil
}

var errProbe = errors.New("the health check's key does not work")
