package xksproxy

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/xks"
)

const vendor = "Keystead"

// health answers GetHealthStatus with the last result of the deep check.
func (p *Proxy) health(c *call, body []byte) (_ []byte, err error) {
	if c.meta, err = xks.ParseHealthRequest(body); err != nil {
		return nil, err
	}
	if c.store.Disabled {
		return nil, errStoreDisabled
	}
	ekmVendor, ekm := c.store.backend.ekm(time.Now())
	h := xks.Health{
		FleetSize: int64(p.setup.Load().cfg.FleetSize), Vendor: vendor, Model: "Keystead XKS proxy " + p.version,
		EKMVendor: ekmVendor, EKMs: []xks.EKM{ekm},
	}
	return h.Append(nil), nil
}

var (
	errStoreDisabled = &xks.Error{Name: xks.InvalidStateException, Message: "the external key store is disabled"}
	errKeyDisabled   = &xks.Error{Name: xks.InvalidStateException, Message: "the external key is disabled"}
	errOtherBackend  = &xks.Error{Name: xks.InvalidStateException, Message: "the external key was made in another backend"}
	errThrottled     = &xks.Error{Name: xks.ThrottlingException, Message: "the quota of the external key store is exceeded"}
)

func (p *Proxy) keyMetadata(ctx context.Context, c *call, body []byte) (_ []byte, err error) {
	if c.meta, err = xks.ParseMetadataRequest(body); err != nil {
		return nil, err
	}
	k, err := p.admit(ctx, c)
	if err != nil {
		return nil, err
	}
	if c.store.Disabled {
		return nil, errStoreDisabled
	}
	a, err := c.store.backend.attributes(ctx, k, true)
	if err != nil {
		return nil, err
	}
	m := xks.KeyMetadata{Spec: a.spec, Status: xks.StatusEnabled, Usage: []string{}}
	for _, u := range a.usage {
		if k.allows(u) {
			m.Usage = append(m.Usage, u)
		}
	}
	if k.disabled() {
		m.Status = xks.StatusDisabled
	}
	return m.Append(nil), nil
}

// admit applies the quota, finds the key, and asks the rules.
func (p *Proxy) admit(ctx context.Context, c *call) (*external, error) {
	if !c.store.limit.take(c.begin) {
		return nil, errThrottled
	}
	k, err := p.key(ctx, c.store, c.key)
	if err != nil {
		return nil, err
	}
	rule, ok := authorize(c.store.rules(k.declared), &c.meta)
	if !ok {
		return nil, &xks.Error{Name: xks.AccessDeniedException, Message: "no allow rule fits the request"}
	}
	c.rule = rule
	return k, nil
}

// key finds an external key of a store.
func (p *Proxy) key(ctx context.Context, t *tenant, id string) (*external, error) {
	k := &external{prefix: t.Prefix, id: id, declared: t.keys[id]}
	var err error
	k.kept, err = p.keys.Get(ctx, k.record())
	switch {
	case errors.Is(err, store.ErrNotFound):
		if label, ckaID := k.names(); label == "" && ckaID == "" {
			return nil, errKeyNotFound
		}
	case err != nil:
		return nil, err
	case k.kept.Backend != t.Backend:
		return nil, errOtherBackend
	}
	return k, nil
}

// usable checks that a key may be used in all of the given ways now.
func (p *Proxy) usable(ctx context.Context, c *call, k *external, usage ...string) error {
	a, err := c.store.backend.attributes(ctx, k, false)
	if err != nil {
		return err
	}
	if a.spec != xks.KeySpecAES256 {
		return &xks.Error{Name: xks.InvalidKeyUsageException, Message: "the external key is no 256-bit AES key"}
	}
	for _, u := range usage {
		if !slices.Contains(a.usage, u) || !k.allows(u) {
			return &xks.Error{Name: xks.InvalidKeyUsageException, Message: "the external key may not be used to " + u}
		}
	}
	switch {
	case c.store.Disabled:
		return errStoreDisabled
	case k.disabled():
		return errKeyDisabled
	}
	return nil
}

// fit checks sizes.
func fit(text, aad []byte) error {
	switch {
	case len(text) > xks.MaxPlaintext:
		return &xks.Error{Name: xks.UnsupportedOperationException, Message: "the plaintext or ciphertext is longer than 4300 bytes"}
	case len(aad) > xks.MaxAAD:
		return &xks.Error{Name: xks.UnsupportedOperationException, Message: "additionalAuthenticatedData is longer than 8192 bytes"}
	}
	return nil
}

func (p *Proxy) encrypt(ctx context.Context, c *call, body []byte) ([]byte, error) {
	in, err := xks.ParseEncryptRequest(body)
	c.meta = in.RequestMetadata
	if err != nil {
		return nil, err
	}
	k, err := p.admit(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := fit(in.Plaintext, in.AAD); err != nil {
		return nil, err
	}
	usage := []string{xks.UsageEncrypt, xks.UsageDecrypt}
	if !in.CDIV {
		usage = usage[:1]
	}
	if err := p.usable(ctx, c, k, usage...); err != nil {
		return nil, err
	}
	b := c.store.backend
	metadata := b.metadata()
	aad := xks.AppendAAD(make([]byte, 0, 3+len(in.AAD)+len(metadata)), in.AAD, metadata)
	sealed, err := b.encrypt(ctx, k, metadata, in.Plaintext, aad)
	if err != nil {
		return nil, err
	}
	out := xks.EncryptResponse{Sealed: sealed}
	if in.CDIV {
		// In this order: a value that is changed after the decryption would not be noticed, and
		// one that is changed before it does not decrypt.
		cdiv := xks.CDIV(in.AAD, &sealed)
		out.CDIV = cdiv[:]
		if err := p.prove(ctx, b, k, &sealed, aad, in.Plaintext); err != nil {
			return nil, err
		}
	}
	return out.Append(nil), nil
}

// errNotProven is an answer of the backend that does not decrypt to what it was made from.
var errNotProven = errors.New("the ciphertext that the backend made does not decrypt to its plaintext")

// prove decrypts what encrypt made.
func (p *Proxy) prove(ctx context.Context, b backend, k *external, s *xks.Sealed, aad, want []byte) error {
	got, err := b.decrypt(ctx, k, s, aad)
	defer clear(got)
	if answer, ok := errors.AsType[*xks.Error](err); ok && answer.Name == xks.InvalidCiphertextException {
		return errNotProven
	}
	if err == nil && !slices.Equal(got, want) {
		err = errNotProven
	}
	return err
}

func (p *Proxy) decrypt(ctx context.Context, c *call, body []byte) ([]byte, error) {
	in, err := xks.ParseDecryptRequest(body)
	c.meta = in.RequestMetadata
	if err != nil {
		return nil, err
	}
	k, err := p.admit(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := fit(in.Ciphertext, in.AAD); err != nil {
		return nil, err
	}
	if err := p.usable(ctx, c, k, xks.UsageDecrypt); err != nil {
		return nil, err
	}
	aad := xks.AppendAAD(make([]byte, 0, 3+len(in.AAD)+len(in.Metadata)), in.AAD, in.Metadata)
	plaintext, err := c.store.backend.decrypt(ctx, k, &in.Sealed, aad)
	if err != nil {
		return nil, err
	}
	defer clear(plaintext)
	// Room at once, so that growing leaves no copies behind.
	return xks.AppendDecryptResponse(make([]byte, 0, 32+len(plaintext)*4/3), plaintext), nil
}
