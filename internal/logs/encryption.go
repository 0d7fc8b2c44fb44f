package logs

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// Keys is KMS as the service principal logs.REGION.amazonaws.com calls it, for the group
// whose ARN is source: as AWS does, with that ARN in the encryption context aws:logs:arn. Its
// errors are KMS's.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
type Keys interface {
	GenerateDataKey(ctx context.Context, region, key, source string) (plain, blob []byte, err error)
	Decrypt(ctx context.Context, region, source string, blob []byte) (plain []byte, err error)
}

// Bounds of a data key for writing. All that is read is decrypted by KMS, each time; for
// writing the plain key stays in memory as long, unless its KMS key changes.
const (
	writingTime  = 5 * time.Minute
	writingBytes = 1 << 30
	maxWriting   = 1000 // groups
)

// kmsKeyKind is the kind of the records of KMS keys. A record's key is REGION/ID.
const kmsKeyKind = "kms-key"

// dataKey encrypts the blocks of a group.
type dataKey struct {
	kms   string // ARN
	blob  []byte // the key as KMS encrypted it
	aead  cipher.AEAD
	until time.Time
	made  time.Time
	left  int64 // bytes
}

// writingKeys are the data keys of groups, by the groups' IDs.
type writingKeys struct {
	mu   sync.Mutex
	keys map[string]*dataKey
}

// follow drops the data keys of a KMS key that was changed: when it can't be used any more,
// the next batch finds out.
func (w *writingKeys) follow(changes []store.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, change := range changes {
		if !change.Reset && change.Kind != kmsKeyKind {
			continue
		}
		for id, k := range w.keys {
			if a, _ := iam.ParseARN(k.kms); change.Reset || a.Region+"/"+strings.TrimPrefix(a.Resource, "key/") == change.Key {
				delete(w.keys, id)
			}
		}
	}
}

// take is the data key of a group for some bytes; nil if a new one must be made.
func (w *writingKeys) take(g *group, now time.Time, bytes int) *dataKey {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := w.keys[g.ID]
	if k == nil || k.kms != g.Key || !now.Before(k.until) || now.Before(k.made) || k.left < int64(bytes) {
		return nil
	}
	k.left -= int64(bytes)
	return k
}

func (w *writingKeys) put(g *group, k *dataKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys == nil || len(w.keys) >= maxWriting {
		w.keys = map[string]*dataKey{}
	}
	w.keys[g.ID] = k
}

// newDataKey asks KMS for a data key.
func (s *Service) newDataKey(ctx context.Context, g *group) (*dataKey, error) {
	if s.keys == nil {
		return nil, ErrKey
	}
	plain, blob, err := s.keys.GenerateDataKey(ctx, g.Region, g.Key, g.arn())
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	aead, err := newAEAD(plain)
	now := s.clock.Now()
	return &dataKey{g.Key, blob, aead, now.Add(writingTime), now, writingBytes}, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealer encrypts the blocks of a batch.
func (s *Service) sealer(ctx context.Context, g *group) (func(plain []byte) ([]byte, error), error) {
	k := s.writing.take(g, s.clock.Now(), maxBatchBytes)
	if k == nil {
		var err error
		if k, err = s.newDataKey(ctx, g); err != nil {
			return nil, keyError(err)
		}
		s.writing.put(g, k)
	}
	return k.seal, nil
}

// sealedVersion begins what is sealed. It is followed by the length of the encrypted data key
// in two bytes, that key, the nonce and the text as AES-GCM encrypted it. All of it that is
// not encrypted is authenticated.
const sealedVersion = 1

const nonceSize = 12

func (k *dataKey) seal(plain []byte) ([]byte, error) {
	out := make([]byte, 0, 3+len(k.blob)+nonceSize+len(plain)+k.aead.Overhead())
	out = binary.BigEndian.AppendUint16(append(out, sealedVersion), uint16(len(k.blob)))
	out = append(out, k.blob...)
	header := len(out)
	out = out[:header+nonceSize]
	rand.Read(out[header:])
	return k.aead.Seal(out, out[header:], plain, out[:header]), nil
}

var errSealed = errors.New("an encrypted block is damaged")

// split takes apart what seal made.
func split(sealed []byte) (header, blob, nonce, text []byte, err error) {
	if len(sealed) < 3 || sealed[0] != sealedVersion {
		return nil, nil, nil, nil, errSealed
	}
	end := 3 + int(binary.BigEndian.Uint16(sealed[1:]))
	if len(sealed) < end+nonceSize {
		return nil, nil, nil, nil, errSealed
	}
	return sealed[:end], sealed[3:end], sealed[end : end+nonceSize], sealed[end+nonceSize:], nil
}

// opener decrypts the blocks of a group for one call. KMS decrypts each data key once.
func (s *Service) opener(ctx context.Context, g *group) func(sealed []byte) ([]byte, error) {
	opened := map[string]cipher.AEAD{}
	return func(sealed []byte) ([]byte, error) {
		header, blob, nonce, text, err := split(sealed)
		if err != nil {
			return nil, err
		}
		aead := opened[string(blob)]
		if aead == nil {
			if s.keys == nil {
				return nil, ErrKey
			}
			plain, err := s.keys.Decrypt(ctx, g.Region, g.arn(), blob)
			if err != nil {
				return nil, keyError(err)
			}
			aead, err = newAEAD(plain)
			clear(plain)
			if err != nil {
				return nil, err
			}
			opened[string(blob)] = aead
		}
		plain, err := aead.Open(nil, nonce, text, header)
		if err != nil {
			return nil, errSealed
		}
		return plain, nil
	}
}

// keyError marks what KMS refuses; what failed inside stays as it is.
func keyError(err error) error {
	if e, ok := errors.AsType[smithy.APIError](err); ok && e.ErrorFault() != smithy.FaultServer {
		return fmt.Errorf("%w: %s", ErrKey, e.ErrorCode())
	}
	return err
}

// unusableKey is what callers are told of ErrKey. The state of the key is for those to know
// who may ask KMS.
func unusableKey() error {
	return invalid("The KMS key that the log group's data is encrypted with can't be used. Check that the key is enabled, and that its policy allows CloudWatch Logs to use it.")
}

// readError is the error of a call that read events.
func readError(err error) error {
	if errors.Is(err, ErrKey) {
		return unusableKey()
	}
	return err
}

// tryKey finds out whether the group's KMS key can be used for it.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
func (s *Service) tryKey(ctx context.Context, g *group) error {
	a, ok := iam.ParseARN(g.Key)
	if !ok || a.Service != "kms" || a.Region != g.Region || !strings.HasPrefix(a.Resource, "key/") {
		return invalid("The specified KMS Key Id could not be found.")
	}
	k, err := s.newDataKey(ctx, g)
	e, refused := errors.AsType[smithy.APIError](err)
	switch {
	case err == nil:
		s.writing.put(g, k)
		return nil
	case errors.Is(err, ErrKey), !refused || e.ErrorFault() == smithy.FaultServer:
		return err
	case strings.HasPrefix(e.ErrorCode(), "AccessDenied"):
		return &types.AccessDeniedException{Message: new("The specified KMS key does not exist or is not allowed to be used with Arn '" + g.arn() + "'")}
	case e.ErrorCode() == "DisabledException":
		return invalid("The specified KMS Key Id is disabled.")
	}
	return invalid("The specified KMS Key Id could not be found.")
}

// AssociateKmsKey encrypts what comes into a group from now on under a KMS key.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
func (s *Service) AssociateKmsKey(ctx context.Context, c *iam.Caller, in *sdk.AssociateKmsKeyInput) (*sdk.AssociateKmsKeyOutput, error) {
	g, err := s.admitResource(ctx, c, "AssociateKmsKey", in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	with := *g
	with.Key = *in.KmsKeyId
	if err := s.tryKey(ctx, &with); err != nil {
		return nil, err
	}
	return nil, s.change(ctx, g, func(_ *store.Tx, g *group) error {
		g.Key = with.Key
		return nil
	})
}

// DisassociateKmsKey leaves what comes into a group from now on to the store's own encryption.
// What was encrypted under a KMS key stays so.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html
func (s *Service) DisassociateKmsKey(ctx context.Context, c *iam.Caller, in *sdk.DisassociateKmsKeyInput) (*sdk.DisassociateKmsKeyOutput, error) {
	g, err := s.admitResource(ctx, c, "DisassociateKmsKey", in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	return nil, s.change(ctx, g, func(_ *store.Tx, g *group) error {
		g.Key = ""
		return nil
	})
}

// admitResource is admit for a group that is named, or by its ARN as a resource.
func (s *Service) admitResource(ctx context.Context, c *iam.Caller, action string, name, resource *string) (*group, error) {
	if (name == nil) == (resource == nil) {
		return nil, invalid("Exactly one of logGroupName and resourceIdentifier must be specified.")
	}
	if name != nil {
		return s.admit(ctx, c, action, *name)
	}
	account, region, group, ok := parseGroupARN(*resource)
	if !ok { // AWS also has keys for the results of queries, which there are none of
		return nil, invalid("The specified resourceIdentifier is invalid.")
	}
	return s.admitTo(ctx, c, action, target{account, region, group}, "")
}
