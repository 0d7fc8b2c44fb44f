package xksproxy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/xks"
)

// kmsBackend uses data keys that a key of another KMS has wrapped. The wrapped ones are in the
// database, the unwrapped ones in memory, for a few minutes each.
type kmsBackend struct {
	name    string
	key     string // that wraps
	refresh time.Duration
	client  *kms.Client
	db      *store.DB

	mu   sync.Mutex
	keys map[string]*unwrapped // by the record of the external key
}

// contextName is the encryption context's name for the external key: a data key that was moved to
// another record does not unwrap.
const contextName = "keystead:xks-external-key"

// unwrapTimeout is of one call of the KMS, which may take longer than a request here: those that
// come later find its result.
const unwrapTimeout = 5 * time.Second

// refusedFor is how long a refusal stands without asking again.
const refusedFor = 3 * time.Second

// unwrapped is a data key, or why there is none.
type unwrapped struct {
	wrapped  secret.Bytes // that it is of
	material secret.Bytes
	until    time.Time // it must not be used any longer
	again    time.Time // when to ask the KMS again
	err      error
	flight   chan struct{} // closed when the call under way has ended; nil if there is none
}

func newKMSBackend(ctx context.Context, name string, c KMS, db *store.DB) (*kmsBackend, error) {
	options := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithRegion(c.Region),
		awsconfig.WithRetryer(func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 2) }),
	}
	if c.CredentialsFile != "" {
		options = append(options, awsconfig.WithSharedCredentialsFiles([]string{c.CredentialsFile}), awsconfig.WithSharedConfigFiles(nil))
	}
	if c.Profile != "" {
		options = append(options, awsconfig.WithSharedConfigProfile(c.Profile))
	}
	if c.CA != "" {
		pem, err := os.Open(c.CA)
		if err != nil {
			return nil, fmt.Errorf("read the certificate authorities: %w", err)
		}
		defer pem.Close()
		options = append(options, awsconfig.WithCustomCABundle(pem))
	}
	options = append(options, awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(unwrapTimeout)))
	cfg, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	if c.Endpoint != "" {
		cfg.BaseEndpoint = &c.Endpoint
	}
	return &kmsBackend{name: name, key: c.Key, refresh: c.Refresh, client: kms.NewFromConfig(cfg), db: db, keys: map[string]*unwrapped{}}, nil
}

func (b *kmsBackend) metadata() []byte { return newMetadata() }

func (b *kmsBackend) encrypt(ctx context.Context, k *external, metadata, plaintext, aad []byte) (xks.Sealed, error) {
	m, err := b.dataKey(ctx, k)
	if err != nil {
		return xks.Sealed{}, err
	}
	return seal(m, metadata, plaintext, aad)
}

func (b *kmsBackend) decrypt(ctx context.Context, k *external, s *xks.Sealed, aad []byte) ([]byte, error) {
	m, err := b.dataKey(ctx, k)
	if err != nil {
		return nil, err
	}
	return open(m, s, aad)
}

// attributes asks the KMS, so that a key that is disabled there is not taken for a new KMS key.
func (b *kmsBackend) attributes(ctx context.Context, k *external, fresh bool) (attributes, error) {
	if !fresh {
		return softwareAttributes, nil
	}
	_, err := b.dataKey(ctx, k)
	return softwareAttributes, err
}

// dataKey returns the data key of an external key. It never returns one that the KMS has not
// unwrapped within the time of refresh.
func (b *kmsBackend) dataKey(ctx context.Context, k *external) (secret.Bytes, error) {
	wrapped := k.material()
	for {
		b.mu.Lock()
		u := b.keys[k.record()]
		if u == nil || !u.wrapped.Equal(wrapped) {
			u = &unwrapped{wrapped: wrapped}
			b.keys[k.record()] = u
		}
		now := time.Now()
		if u.flight == nil && !now.Before(u.again) {
			u.flight = make(chan struct{})
			go b.fly(u, k.record())
		}
		material, until, err, flight := u.material, u.until, u.err, u.flight
		b.mu.Unlock()
		switch {
		case now.Before(until):
			return material, nil
		case flight == nil:
			return secret.Bytes{}, err
		}
		select {
		case <-flight:
		case <-ctx.Done():
			return secret.Bytes{}, ctx.Err()
		}
	}
}

// fly has the KMS unwrap a data key.
func (b *kmsBackend) fly(u *unwrapped, record string) {
	ctx, cancel := context.WithTimeout(context.Background(), unwrapTimeout)
	defer cancel()
	begin := time.Now()
	material, err := b.unwrap(ctx, u.wrapped, record)
	b.mu.Lock()
	defer b.mu.Unlock()
	close(u.flight)
	u.flight = nil
	answer, ok := errors.AsType[*xks.Error](err)
	switch {
	case err == nil:
		// In half of the time it is asked again, so that no request has to wait for it.
		u.material, u.err = material, nil
		u.until, u.again = begin.Add(b.refresh), begin.Add(b.refresh/2)
	case ok && answer.Name == xks.InvalidStateException: // a refusal
		u.material, u.until, u.err = secret.Bytes{}, time.Time{}, answer
		u.again = time.Now().Add(refusedFor)
	default: // the KMS is away or busy: what it has unwrapped may be used to the end of its time
		u.err = err
		u.again = time.Now().Add(time.Second)
	}
}

func (b *kmsBackend) unwrap(ctx context.Context, wrapped secret.Bytes, record string) (secret.Bytes, error) {
	out, err := b.client.Decrypt(ctx, &kms.DecryptInput{
		KeyId: &b.key, CiphertextBlob: wrapped.Expose(), EncryptionContext: map[string]string{contextName: record},
	})
	if err != nil {
		return secret.Bytes{}, upstream(err)
	}
	if len(out.Plaintext) != materialSize {
		return secret.Bytes{}, errors.New("the KMS unwraps something that is no data key")
	}
	return secret.New(out.Plaintext), nil
}

// upstream tells a refusal by the KMS, an InvalidStateException after which the key must not be
// used, from a KMS that is busy or away.
func upstream(err error) error {
	wrapped := fmt.Errorf("the KMS that wraps: %w", err)
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return wrapped
	}
	switch e.ErrorCode() {
	case "DisabledException", "KMSInvalidStateException", "NotFoundException", "AccessDeniedException", "InvalidCiphertextException",
		"IncorrectKeyException", "InvalidKeyUsageException", "KeyUnavailableException":
		return &xks.Error{Name: xks.InvalidStateException, Message: "the KMS that wraps the external key refuses: " + e.ErrorCode()}
	case "ThrottlingException", "LimitExceededException":
		return &xks.Error{Name: xks.ThrottlingException, Message: "the KMS that wraps the external key is asked too often"}
	}
	return wrapped
}

func (b *kmsBackend) create(ctx context.Context, k *external) (secret.Bytes, error) {
	return b.wrap(ctx, k.record())
}

func (b *kmsBackend) wrap(ctx context.Context, record string) (secret.Bytes, error) {
	out, err := b.client.GenerateDataKeyWithoutPlaintext(ctx, &kms.GenerateDataKeyWithoutPlaintextInput{
		KeyId: &b.key, KeySpec: types.DataKeySpecAes256, EncryptionContext: map[string]string{contextName: record},
	})
	if err != nil {
		return secret.Bytes{}, fmt.Errorf("the KMS that wraps: %w", err)
	}
	return secret.New(out.CiphertextBlob), nil
}

func (b *kmsBackend) destroy(context.Context, *external) error { return nil }

func (b *kmsBackend) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.keys)
	return nil
}

// forget drops the data keys whose time is over and that nobody has asked for since: those of keys
// that are deleted or not used.
func (b *kmsBackend) forget(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.keys, func(_ string, u *unwrapped) bool {
		return u.flight == nil && !now.Before(u.until) && !now.Before(u.again)
	})
}

// check has the KMS unwrap the health check's data key each time.
func (b *kmsBackend) check(ctx context.Context) (identity, error) {
	b.forget(time.Now())
	me := identity{"KMS", b.name, "KMS key " + b.key}
	record := "health:" + b.name // no external key's: those begin with a slash
	wrapped, err := healthMaterial(ctx, b.db, b.name, func() (secret.Bytes, error) { return b.wrap(ctx, record) })
	if err != nil {
		return me, err
	}
	m, err := b.unwrap(ctx, wrapped, record)
	if err != nil {
		return me, err
	}
	return me, roundTrip(m)
}
