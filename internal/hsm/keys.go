package hsm

import (
	"context"
	"fmt"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// GenerateAES makes an AES key of 256 bits at the token whose CKA_ID is the bytes of id. It
// is private, sensitive and can't be extracted. If the driver dies meanwhile, the key may be
// there or not: Keys tells.
func (t *Token) GenerateAES(ctx context.Context, id, label string) error {
	_, err := t.do(ctx, &wire.Request{Op: wire.OpGenerate, Key: KeyRef{ID: id, Label: label}})
	return err
}

// Keys lists the secret keys of the token that the filter takes, also those that others
// made and those of other kinds.
func (t *Token) Keys(ctx context.Context, f Filter) ([]Key, error) {
	parts, err := t.do(ctx, &wire.Request{Op: wire.OpKeys, Key: KeyRef(f)})
	if err != nil {
		return nil, err
	}
	var keys []Key
	for _, r := range parts {
		keys = append(keys, r.Keys...)
	}
	return keys, nil
}

// Destroy destroys the AES key with that id.
func (t *Token) Destroy(ctx context.Context, id string) error {
	_, err := t.do(ctx, &wire.Request{Op: wire.OpDestroy, Key: KeyRef{ID: id}})
	return err
}

// Encrypt seals plaintext with AES-GCM inside the token. The driver draws the initialization
// vector, or takes the one that the token insists on making.
func (t *Token) Encrypt(ctx context.Context, k KeyRef, aad, plaintext []byte) (Sealed, error) {
	parts, err := t.do(ctx, &wire.Request{Op: wire.OpEncrypt, Key: k, AAD: aad, Data: plaintext})
	if err != nil {
		return Sealed{}, err
	}
	r := parts[0]
	if len(r.IV) != 12 && len(r.IV) != 16 || len(r.Tag) != 16 || len(r.Data) != len(plaintext) {
		return Sealed{}, fmt.Errorf("%w: a ciphertext of the wrong size", ErrDriver)
	}
	return Sealed{IV: r.IV, Ciphertext: r.Data, Tag: r.Tag}, nil
}

// Decrypt opens what Encrypt made with the same additional data. ErrDecrypt is that it does
// not open; an error of the token itself is never taken for that.
func (t *Token) Decrypt(ctx context.Context, k KeyRef, s Sealed, aad []byte) ([]byte, error) {
	parts, err := t.do(ctx, &wire.Request{Op: wire.OpDecrypt, Key: k, AAD: aad, IV: s.IV, Data: s.Ciphertext, Tag: s.Tag})
	if err != nil {
		return nil, err
	}
	if len(parts[0].Data) != len(s.Ciphertext) {
		return nil, fmt.Errorf("%w: a plaintext of the wrong size", ErrDriver)
	}
	return parts[0].Data, nil
}

// Random returns n bytes of the token's random number generator.
func (t *Token) Random(ctx context.Context, n int) ([]byte, error) {
	if n < 0 || n > wire.MaxData {
		return nil, fmt.Errorf("%w: %d random bytes at a time", ErrRefused, n)
	}
	parts, err := t.do(ctx, &wire.Request{Op: wire.OpRandom, N: uint(n)})
	if err != nil {
		return nil, err
	}
	if len(parts[0].Data) != n {
		return nil, fmt.Errorf("%w: %d random bytes instead of %d", ErrDriver, len(parts[0].Data), n)
	}
	return parts[0].Data, nil
}
