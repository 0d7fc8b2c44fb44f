package xksproxy

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
)

// hsmBackend uses keys of a token. AES-GCM happens in it: no key material is ever here.
//
// Each message has a random IV under the one key, so a key must not have more than 2^32 of them.
type hsmBackend struct {
	name   string
	pin    secret.Bytes
	health string // label of the health check's key
	module *hsm.Module
	token  *hsm.Token

	login  login
	mu     sync.Mutex
	cached map[hsm.KeyRef]seen
}

// seen is what a key was when it was last looked at.
type seen struct {
	attributes
	at time.Time
}

const (
	// attributesGoodFor is how long usage is decided on what a key was. The token itself refuses
	// what a key may not do now.
	attributesGoodFor = time.Minute
	maxAttributes     = 10_000
)

func newHSMBackend(name string, c PKCS11, pin secret.Bytes, log *slog.Logger) *hsmBackend {
	m := hsm.New(hsm.Config{
		Driver: c.Driver, Module: c.Module, Env: c.Env, Sessions: c.Sessions, Wait: c.Wait, Timeout: c.Timeout,
		Log: log.With("backend", name),
	})
	return &hsmBackend{
		name: name, pin: pin, health: c.HealthKey, module: m,
		token:  m.Token(hsm.Selector{Label: c.Token, Serial: c.Serial, Slot: c.Slot}),
		login:  login{turn: make(chan struct{}, 1)},
		cached: map[hsm.KeyRef]seen{},
	}
}

// login is whether the crypto user is logged in. The module remembers that across restarts.
type login struct {
	turn chan struct{} // holds one token while somebody has the fields below
	done bool
	err  error     // of the last attempt
	next time.Time // before which there is no other; zero: never, the token does not take the PIN
}

// PKCS#11 return values (v3.0, section 5.1).
const (
	ckrKeyTypeInconsistent     = 0x63
	ckrKeyFunctionNotPermitted = 0x68
	ckrPinIncorrect            = 0xA0
	ckrPinLocked               = 0xA4
)

// ready logs in if nobody has yet. A PIN that the token has refused is not tried again: after a
// few attempts the token would lock it.
func (b *hsmBackend) ready(ctx context.Context) error {
	l := &b.login
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if l.done || l.err != nil && (l.next.IsZero() || time.Now().Before(l.next)) {
		return l.err
	}
	// A login that takes longer than one request may is done for those that come later.
	long, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	l.err = b.token.Login(long, hsm.CryptoUser, b.pin)
	l.done, l.next = l.err == nil, time.Now().Add(time.Second)
	if e, ok := errors.AsType[*hsm.Error](l.err); ok && e.Code >= ckrPinIncorrect && e.Code <= ckrPinLocked {
		l.err = fmt.Errorf("the token refuses the PIN, which is not tried again before the pin-file has changed: %w", l.err)
		l.next = time.Time{}
	}
	return l.err
}

func (b *hsmBackend) ref(k *external) hsm.KeyRef {
	label, id := k.names()
	return hsm.KeyRef{ID: id, Label: label}
}

func (b *hsmBackend) metadata() []byte { return nil }

func (b *hsmBackend) encrypt(ctx context.Context, k *external, _, plaintext, aad []byte) (xks.Sealed, error) {
	s, err := b.token.Encrypt(ctx, b.ref(k), aad, plaintext)
	if err != nil {
		return xks.Sealed{}, b.answer(b.ref(k), err)
	}
	if len(s.IV) != xks.IVSize && len(s.IV) != xks.LongIVSize || len(s.Tag) != xks.TagSize {
		return xks.Sealed{}, errors.New("the HSM makes an IV or a tag of a length that KMS does not take")
	}
	return xks.Sealed{IV: s.IV, Ciphertext: s.Ciphertext, Tag: s.Tag}, nil
}

func (b *hsmBackend) decrypt(ctx context.Context, k *external, s *xks.Sealed, aad []byte) ([]byte, error) {
	p, err := b.token.Decrypt(ctx, b.ref(k), hsm.Sealed{IV: s.IV, Ciphertext: s.Ciphertext, Tag: s.Tag}, aad)
	return p, b.answer(b.ref(k), err)
}

// answer tells KMS what an error of the HSM means for it. What may pass by itself stays an error
// from inside, never that of a key.
func (b *hsmBackend) answer(k hsm.KeyRef, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, hsm.ErrDecrypt):
		return errInvalidCiphertext
	case errors.Is(err, hsm.ErrBusy):
		return &xks.Error{Name: xks.ThrottlingException, Message: "no session of the HSM is free"}
	case errors.Is(err, hsm.ErrNoKey):
		b.forget(k)
		return errKeyNotFound
	}
	if e, ok := errors.AsType[*hsm.Error](err); ok && (e.Code == ckrKeyFunctionNotPermitted || e.Code == ckrKeyTypeInconsistent) {
		b.forget(k)
		return &xks.Error{Name: xks.InvalidKeyUsageException, Message: "the HSM does not allow this use of the key"}
	}
	return err
}

func (b *hsmBackend) attributes(ctx context.Context, k *external, fresh bool) (attributes, error) {
	if err := b.ready(ctx); err != nil {
		return attributes{}, err
	}
	ref := b.ref(k)
	b.mu.Lock()
	s, ok := b.cached[ref]
	b.mu.Unlock()
	if ok && !fresh && time.Since(s.at) < attributesGoodFor {
		return s.attributes, nil
	}
	found, err := b.token.Keys(ctx, hsm.Filter(ref))
	if err != nil {
		return attributes{}, b.answer(ref, err)
	}
	switch len(found) {
	case 0:
		return attributes{}, b.answer(ref, hsm.ErrNoKey)
	case 1:
	default:
		return attributes{}, fmt.Errorf("the HSM has %d keys of the same name", len(found))
	}
	s = seen{attributesOf(&found[0]), time.Now()}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.cached) >= maxAttributes {
		clear(b.cached)
	}
	b.cached[ref] = s
	return s.attributes, nil
}

func (b *hsmBackend) forget(k hsm.KeyRef) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.cached, k)
}

func attributesOf(k *hsm.Key) attributes {
	a := attributes{spec: "OTHER"}
	if k.AES {
		a.spec = fmt.Sprintf("AES_%d", k.Bits)
	}
	for _, u := range []struct {
		name string
		has  bool
	}{
		{xks.UsageEncrypt, k.Encrypt}, {xks.UsageDecrypt, k.Decrypt}, {"SIGN", k.Sign}, {"VERIFY", k.Verify},
		{"WRAP", k.Wrap}, {"UNWRAP", k.Unwrap}, {"DERIVE", k.Derive},
	} {
		if u.has {
			a.usage = append(a.usage, u.name)
		}
	}
	return a
}

// create makes a key in the HSM. Its label names the external key, its CKA_ID is random, so that
// a key of the same name that somebody makes later is another key.
func (b *hsmBackend) create(ctx context.Context, k *external) (secret.Bytes, error) {
	if err := b.ready(ctx); err != nil {
		return secret.Bytes{}, err
	}
	if k.kept.Label == "" {
		k.kept.Label = k.record()
	}
	k.kept.CKAID = []byte(newCKAID())
	return secret.Bytes{}, b.token.GenerateAES(ctx, string(k.kept.CKAID), k.kept.Label)
}

// newCKAID is a CKA_ID that no other key has.
func newCKAID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails (crypto/rand)
	return hex.EncodeToString(id)
}

func (b *hsmBackend) destroy(ctx context.Context, k *external) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	ref := b.ref(k)
	if ref.ID == "" {
		found, err := b.token.Keys(ctx, hsm.Filter(ref))
		if err != nil {
			return err
		}
		if len(found) != 1 || len(found[0].ID) == 0 {
			return fmt.Errorf("the HSM has %d keys with the label %q, or one without a CKA_ID: destroy it with the vendor's tools", len(found), ref.Label)
		}
		ref.ID = string(found[0].ID)
	}
	b.forget(b.ref(k))
	return b.token.Destroy(ctx, ref.ID)
}

// check encrypts and decrypts with a key that is for this alone, so that the HSM's log of the
// other keys has KMS's calls and no others.
func (b *hsmBackend) check(ctx context.Context) (identity, error) {
	me := identity{"unknown", b.name, "unknown"}
	info, err := b.token.Info(ctx)
	if err != nil {
		return me, err
	}
	me.vendor = strings.TrimSpace(info.Manufacturer)
	me.model = strings.Join(strings.Fields(info.Model+" "+info.Firmware+" "+info.Serial), " ")
	if err := b.ready(ctx); err != nil {
		return me, err
	}
	ref, err := b.healthKey(ctx)
	if err != nil {
		return me, fmt.Errorf("find the health check's key: %w", err)
	}
	probe, aad := newMaterial().Expose(), []byte("health")
	s, err := b.token.Encrypt(ctx, ref, aad, probe)
	if err != nil {
		return me, fmt.Errorf("encrypt with the health check's key: %w", err)
	}
	p, err := b.token.Decrypt(ctx, ref, s, aad)
	if err != nil {
		return me, fmt.Errorf("decrypt with the health check's key: %w", err)
	}
	if !bytes.Equal(p, probe) {
		return me, errProbe
	}
	return me, nil
}

// healthKey is the key of the health check. It makes one if there is none. Several proxies that share
// the token and begin at the same time may each make one: any of them does.
func (b *hsmBackend) healthKey(ctx context.Context) (hsm.KeyRef, error) {
	found, err := b.token.Keys(ctx, hsm.Filter{Label: b.health})
	if err != nil {
		return hsm.KeyRef{}, err
	}
	if len(found) > 0 {
		return hsm.KeyRef{ID: string(found[0].ID), Label: b.health}, nil
	}
	ref := hsm.KeyRef{ID: newCKAID(), Label: b.health}
	return ref, b.token.GenerateAES(ctx, ref.ID, ref.Label)
}

// close kills the driver. Requests that are still with it have come to the end of their time by
// then: see Proxy.retire.
func (b *hsmBackend) close() error { return b.module.Close() }
