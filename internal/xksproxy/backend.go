package xksproxy

import (
	"context"
	"errors"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
)

// backend is a place of key material. Its methods may be called by several goroutines at once.
// An error that is an *xks.Error is the answer to give; any other comes from inside.
type backend interface {
	// metadata is the ciphertextMetadata of a new ciphertext, nil if there is none. It is
	// authenticated like all that a ciphertext consists of.
	metadata() []byte
	// encrypt encrypts under an external key, with the metadata that it gave. aad is the whole
	// associated data, the metadata included. It returns IV, ciphertext and tag.
	encrypt(ctx context.Context, k *external, metadata, plaintext, aad []byte) (xks.Sealed, error)
	// decrypt reverses encrypt.
	decrypt(ctx context.Context, k *external, s *xks.Sealed, aad []byte) ([]byte, error)
	// attributes is what the key itself is and allows. Without fresh they may be as old as a minute.
	attributes(ctx context.Context, k *external, fresh bool) (attributes, error)

	// create makes the material of a new key, in k's names or as what it returns to keep in the
	// database.
	create(ctx context.Context, k *external) (secret.Bytes, error)
	// destroy destroys material that is not in the database.
	destroy(ctx context.Context, k *external) error

	// check encrypts and decrypts with a key of its own.
	check(ctx context.Context) (identity, error)
	close() error
}

// identity is what the health status calls an external key manager.
type identity struct{ vendor, id, model string }

// attributes of a key: what of it can't be changed by the proxy.
type attributes struct {
	spec  string
	usage []string
}

// software keys can do both.
var softwareAttributes = attributes{xks.KeySpecAES256, []string{xks.UsageEncrypt, xks.UsageDecrypt}}

var (
	errInvalidCiphertext = &xks.Error{Name: xks.InvalidCiphertextException}
	errKeyNotFound       = &xks.Error{Name: xks.KeyNotFoundException}
)

// asAnswer returns the answer to give for an error, and what the log has to know beside it.
func asAnswer(ctx context.Context, err error) (answer *xks.Error, inside error) {
	if answer, ok := errors.AsType[*xks.Error](err); ok {
		return answer, nil
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return errGone, err
	}
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return &xks.Error{Name: xks.DependencyTimeoutException}, err
	}
	return &xks.Error{Name: xks.InternalException}, err
}
