// Package cloudhsm is the key store of keys with Origin AWS_CLOUDHSM: their material never leaves
// the HSMs of a cluster, which work with it. The one rule: nothing is remembered here. A key is
// named by its material id in every call, and a cluster's session knows the rest.
package cloudhsm

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/secret"
)

// Session is kmsuser at a cluster: what *cloudhsm.Session can do, as far as key stores need it.
type Session interface {
	// Generate makes an AES key of 256 bits with a CKA_ID and a label, on every HSM.
	Generate(ctx context.Context, id, label string) error
	// Destroy removes a key from every HSM; cloudhsm.ErrNoKey says that none had it.
	Destroy(ctx context.Context, id string) error
	Encrypt(ctx context.Context, id string, aad, plaintext []byte) (cloudhsm.Sealed, error)
	Decrypt(ctx context.Context, id string, sealed cloudhsm.Sealed, aad []byte) ([]byte, error)
	Random(ctx context.Context, n int) ([]byte, error)
}

// Clusters is the CloudHSM service as the rules of KMS see it.
type Clusters struct{ *cloudhsm.Service }

// Session opens a session, without a call. The password is asked for whenever kmsuser must be
// logged in.
func (c Clusters) Session(cluster cloudhsm.ClusterRef, password func(context.Context) (secret.Bytes, error)) Session {
	return c.Service.Session(cluster, password)
}

// NewID makes the id of material that is to be generated. It is random: nobody outside the HSMs
// knows anything that it could be computed from. As text it is the key's CKA_ID, which CloudTrail
// calls backingKeyId.
func NewID() (id material.ID) {
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return id
}

// Generate makes the material of a key, which is labelled so that an administrator of the cluster
// finds it: with the ARN of the KMS key.
func Generate(ctx context.Context, s Session, id material.ID, arn string) error {
	return s.Generate(ctx, id.String(), arn)
}

// Destroy removes the material of a key. It is no error if there is none.
func Destroy(ctx context.Context, s Session, id material.ID) error {
	if err := s.Destroy(ctx, id.String()); err != nil && !errors.Is(err, cloudhsm.ErrNoKey) {
		return err
	}
	return nil
}

// Key is the Store of one key, whose material has the id ID in the cluster of Session.
type Key struct {
	Session Session
	ID      material.ID
}

var _ keystore.Store = Key{}

// Encrypt implements keystore.Store.
func (k Key) Encrypt(ctx context.Context, ref keystore.Ref, id material.ID, plaintext []byte, ec material.EncryptionContext) ([]byte, error) {
	if id != k.ID {
		return nil, keystore.ErrNoMaterial
	}
	sealed, err := k.Session.Encrypt(ctx, id.String(), material.OuterAAD(ref.Key, id, ec), plaintext)
	if err != nil {
		return nil, failure(err)
	}
	if len(sealed.Ciphertext) != len(plaintext) {
		return nil, errors.New("an HSM's ciphertext is not as long as its plaintext")
	}
	return material.Join(ref.Key, id, material.Sealed{IV: sealed.IV, Ciphertext: sealed.Ciphertext, Tag: sealed.Tag})
}

// Decrypt implements keystore.Store.
func (k Key) Decrypt(ctx context.Context, ref keystore.Ref, b material.Blob, ec material.EncryptionContext) ([]byte, material.ID, error) {
	if b.Key() != ref.Key || b.Material() != k.ID.Short() {
		return nil, material.ID{}, keystore.ErrCiphertext
	}
	s, err := b.Split(material.VersionHSM)
	if err != nil {
		return nil, material.ID{}, err
	}
	p, err := k.Session.Decrypt(ctx, k.ID.String(), cloudhsm.Sealed{IV: s.IV, Ciphertext: s.Ciphertext, Tag: s.Tag}, b.OuterAAD(ec))
	if err != nil {
		return nil, material.ID{}, failure(err)
	}
	return p, k.ID, nil
}

// failure puts what a session fails with into the words of key stores. What remains is the
// cluster's own trouble.
func failure(err error) error {
	switch {
	case errors.Is(err, cloudhsm.ErrNoKey):
		return keystore.ErrNoMaterial
	case errors.Is(err, cloudhsm.ErrDecrypt):
		return keystore.ErrCiphertext
	}
	return err
}
