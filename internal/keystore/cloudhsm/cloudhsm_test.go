package cloudhsm_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"

	service "github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/keystore/keystoretest"
	"github.com/keystead/keystead/internal/material"
)

// software is a session at HSMs of software. fail, if it is set, is how every call ends.
type software struct {
	mu   sync.Mutex
	keys map[string][]byte
	fail error
}

func (s *software) aead(id string) (cipher.AEAD, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	if s.keys[id] == nil {
		return nil, service.ErrNoKey
	}
	block, err := aes.NewCipher(s.keys[id])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (s *software) Generate(_ context.Context, id, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	s.keys[id] = key
	return nil
}

func (s *software) Destroy(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[id] == nil {
		return service.ErrNoKey
	}
	delete(s.keys, id)
	return nil
}

func (s *software) Encrypt(_ context.Context, id string, aad, plaintext []byte) (service.Sealed, error) {
	a, err := s.aead(id)
	if err != nil {
		return service.Sealed{}, err
	}
	iv := make([]byte, 12)
	_, _ = rand.Read(iv)
	b := a.Seal(nil, iv, plaintext, aad)
	return service.Sealed{IV: iv, Ciphertext: b[:len(plaintext)], Tag: b[len(plaintext):]}, nil
}

func (s *software) Decrypt(_ context.Context, id string, sealed service.Sealed, aad []byte) ([]byte, error) {
	a, err := s.aead(id)
	if err != nil {
		return nil, err
	}
	p, err := a.Open(nil, sealed.IV, slices.Concat(sealed.Ciphertext, sealed.Tag), aad)
	if err != nil {
		return nil, service.ErrDecrypt
	}
	return p, nil
}

func (s *software) Random(_ context.Context, n int) ([]byte, error) { return make([]byte, n), nil }

// keys are the keys of a test, each with its store.
type keys struct {
	session *software
	ids     map[keystore.Ref]material.ID
}

func (k *keys) of(ref keystore.Ref) cloudhsm.Key {
	return cloudhsm.Key{Session: k.session, ID: k.ids[ref]}
}

func (k *keys) Encrypt(ctx context.Context, ref keystore.Ref, id material.ID, plaintext []byte, ec material.EncryptionContext) ([]byte, error) {
	return k.of(ref).Encrypt(ctx, ref, id, plaintext, ec)
}

func (k *keys) Decrypt(ctx context.Context, ref keystore.Ref, b material.Blob, ec material.EncryptionContext) ([]byte, material.ID, error) {
	return k.of(ref).Decrypt(ctx, ref, b, ec)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	keystoretest.Run(t, func(*testing.T) keystoretest.Subject {
		k := &keys{&software{keys: map[string][]byte{}}, map[keystore.Ref]material.ID{}}
		return keystoretest.Subject{
			Store: k,
			Generate: func(t *testing.T, ref keystore.Ref) material.ID {
				id := cloudhsm.NewID()
				if err := cloudhsm.Generate(t.Context(), k.session, id, "arn"); err != nil {
					t.Fatal(err)
				}
				k.ids[ref] = id
				return id
			},
			Destroy: func(t *testing.T, ref keystore.Ref) {
				if err := cloudhsm.Destroy(t.Context(), k.session, k.ids[ref]); err != nil {
					t.Error(err)
				}
			},
		}
	})
}

// TestTrouble has a cluster that fails: what it fails with reaches the caller.
func TestTrouble(t *testing.T) {
	t.Parallel()
	s := &software{keys: map[string][]byte{}}
	k := cloudhsm.Key{Session: s, ID: cloudhsm.NewID()}
	ref := keystore.NewRef("us-east-1", material.NewKeyID())
	if err := cloudhsm.Generate(t.Context(), s, k.ID, "arn"); err != nil {
		t.Fatal(err)
	}
	raw, err := k.Encrypt(t.Context(), ref, k.ID, []byte("text"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte("text")) {
		t.Error("the ciphertext has the plaintext")
	}
	b, err := material.ParseBlob(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, fail := range []error{service.ErrUnreachable, service.ErrThrottled, context.DeadlineExceeded} {
		s.fail = fail
		if _, err := k.Encrypt(t.Context(), ref, k.ID, []byte("text"), nil); !errors.Is(err, fail) {
			t.Errorf("Encrypt: %v, want %v", err, fail)
		}
		if p, _, err := k.Decrypt(t.Context(), ref, b, nil); !errors.Is(err, fail) || p != nil {
			t.Errorf("Decrypt: %q, %v, want %v", p, err, fail)
		}
	}
}
