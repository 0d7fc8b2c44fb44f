package external

import (
	"context"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/xks"
)

// Key is the Store of one KMS key with Origin EXTERNAL_KEY_STORE, for one call of the KMS API. Such
// a key has two materials: one of its own, in a vault, and the external key, which is asked to
// encrypt what the first has made.
type Key struct {
	Client *Client
	Proxy  *Proxy
	Call   Call
	KeyID  string         // of the external key
	Vault  keystore.Vault // has the KMS key's own material
	ID     material.ID    // of that
}

var _ keystore.Store = Key{}

// Encrypt implements keystore.Store.
func (k Key) Encrypt(ctx context.Context, ref keystore.Ref, id material.ID, plaintext []byte, ec material.EncryptionContext) ([]byte, error) {
	own, err := k.Vault.Key(ctx, ref, id)
	if err != nil {
		return nil, err
	}
	inner, err := material.SealInner(own.Secret(), ref.Key, id, plaintext, ec)
	if err != nil {
		return nil, err
	}
	s, err := k.Client.Encrypt(ctx, k.Proxy, k.Call, k.KeyID, inner.Bytes(), inner.OuterAAD(ec))
	if err != nil {
		return nil, err
	}
	b, err := inner.Join(material.Sealed{IV: s.IV, Ciphertext: s.Ciphertext, Tag: s.Tag, Metadata: s.Metadata})
	if err != nil {
		return nil, &Error{Cause: Malformed, Name: Unreachable, Err: err}
	}
	return b, nil
}

// Decrypt implements keystore.Store. A ciphertext that does not open is an *Error if one of the
// two layers was asked; which one, its Cause says.
func (k Key) Decrypt(ctx context.Context, ref keystore.Ref, b material.Blob, ec material.EncryptionContext) ([]byte, material.ID, error) {
	if b.Key() != ref.Key || b.Material() != k.ID.Short() {
		return nil, material.ID{}, keystore.ErrCiphertext
	}
	s, err := b.Split(material.VersionExternal)
	if err != nil {
		return nil, material.ID{}, err
	}
	own, err := k.Vault.Key(ctx, ref, k.ID)
	if err != nil {
		return nil, material.ID{}, err
	}
	sealed := xks.Sealed{IV: s.IV, Ciphertext: s.Ciphertext, Tag: s.Tag}
	if len(s.Metadata) > 0 { // a proxy that has none need not know the member
		sealed.Metadata = s.Metadata
	}
	inner, err := k.Client.Decrypt(ctx, k.Proxy, k.Call, k.KeyID, sealed, b.OuterAAD(ec))
	if err != nil {
		return nil, material.ID{}, err
	}
	p, err := b.OpenInner(own.Secret(), inner, ec)
	if err != nil {
		return nil, material.ID{}, &Error{Cause: InnerCiphertext, Err: err}
	}
	return p, k.ID, nil
}
