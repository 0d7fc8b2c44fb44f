package kms_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"slices"
	"sync"

	"github.com/keystead/keystead/internal/cloudhsm"
	hsmstore "github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// hsm is what the HSMs of a cluster have, in software.
type hsm struct {
	mu     sync.Mutex
	keys   map[string][]byte // by CKA_ID
	labels map[string]string
	fails  error             // how every call ends, unless it is nil
	before func(call string) // a call has an effect
	after  func(call string) // Generate has had it
	calls  []string

	unbounded int // calls that could go on for ever
}

// Session implements rules.Clusters.
func (c *clusters) Session(ref cloudhsm.ClusterRef, password func(context.Context) (secret.Bytes, error)) hsmstore.Session {
	return &session{c.hsm(ref.ID), password}
}

// Keep implements rules.Clusters.
func (c *clusters) Keep(_ *store.Tx, ref cloudhsm.ClusterRef, id string) error {
	if !c.hsm(ref.ID).has(id) {
		return cloudhsm.ErrNoKey
	}
	return c.keep
}

// hsm is what the HSMs of a cluster have.
func (c *clusters) hsm(id string) *hsm {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hsms == nil {
		c.hsms = map[string]*hsm{}
	}
	if c.hsms[id] == nil {
		c.hsms[id] = new(hsm)
	}
	return c.hsms[id]
}

// session logs in at each call.
type session struct {
	*hsm
	password func(context.Context) (secret.Bytes, error)
}

func (s *session) begin(ctx context.Context, call string) error {
	if _, err := s.password(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.calls = append(s.calls, call)
	if _, bounded := ctx.Deadline(); !bounded {
		s.unbounded++
	}
	before := s.before
	s.mu.Unlock()
	if before != nil {
		before(call)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fails
}

// set changes what the HSMs do.
func (h *hsm) set(f func(h *hsm)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(h)
}

func (h *hsm) has(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.keys[id] != nil
}

func (h *hsm) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.keys)
}

func (s *session) Generate(ctx context.Context, id, label string) error {
	if err := s.begin(ctx, "Generate"); err != nil {
		return err
	}
	s.mu.Lock()
	if s.keys == nil {
		s.keys, s.labels = map[string][]byte{}, map[string]string{}
	}
	s.keys[id], s.labels[id] = make([]byte, 32), label
	_, _ = rand.Read(s.keys[id])
	after := s.after
	s.mu.Unlock()
	if after != nil {
		after("Generate")
	}
	return nil
}

func (s *session) Destroy(ctx context.Context, id string) error {
	if err := s.begin(ctx, "Destroy"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[id] == nil {
		return cloudhsm.ErrNoKey
	}
	delete(s.keys, id)
	return nil
}

func (s *session) aead(id string) (cipher.AEAD, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[id] == nil {
		return nil, cloudhsm.ErrNoKey
	}
	block, err := aes.NewCipher(s.keys[id])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (s *session) Encrypt(ctx context.Context, id string, aad, plaintext []byte) (cloudhsm.Sealed, error) {
	if err := s.begin(ctx, "Encrypt"); err != nil {
		return cloudhsm.Sealed{}, err
	}
	a, err := s.aead(id)
	if err != nil {
		return cloudhsm.Sealed{}, err
	}
	iv := make([]byte, 12)
	_, _ = rand.Read(iv)
	b := a.Seal(nil, iv, plaintext, aad)
	return cloudhsm.Sealed{IV: iv, Ciphertext: b[:len(plaintext)], Tag: b[len(plaintext):]}, nil
}

func (s *session) Decrypt(ctx context.Context, id string, sealed cloudhsm.Sealed, aad []byte) ([]byte, error) {
	if err := s.begin(ctx, "Decrypt"); err != nil {
		return nil, err
	}
	a, err := s.aead(id)
	if err != nil {
		return nil, err
	}
	p, err := a.Open(nil, sealed.IV, slices.Concat(sealed.Ciphertext, sealed.Tag), aad)
	if err != nil {
		return nil, cloudhsm.ErrDecrypt
	}
	return p, nil
}

func (s *session) Random(ctx context.Context, n int) ([]byte, error) {
	if err := s.begin(ctx, "Random"); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b, nil
}
