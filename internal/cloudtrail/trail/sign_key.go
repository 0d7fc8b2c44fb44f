package trail

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/keystead/keystead/internal/cloudtrail/digest"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// signKeyKind is the kind of the key pairs that sign digests: by "ACCOUNT/REGION/FINGERPRINT",
// the account being the trail's and the Region that of the events.
const signKeyKind = "digest-key"

// signKeyLife is how long a key pair signs. Its public key is kept for ever: files are verified
// years later.
const signKeyLife = 180 * 24 * time.Hour

// signKeyBits is the size of AWS's keys.
const signKeyBits = 2048

// signKey is a key pair. The record is sealed like all others.
type signKey struct {
	Private []byte    `json:"private"` // PKCS #1
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`

	fingerprint string
	key         *rsa.PrivateKey
}

func decodeSignKey(r store.Record) (*signKey, error) {
	k := &signKey{}
	err := json.Unmarshal(r.Body, k)
	if err == nil {
		k.key, err = x509.ParsePKCS1PrivateKey(k.Private)
	}
	if err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	k.fingerprint = digest.Fingerprint(&k.key.PublicKey)
	return k, nil
}

func signKeys(r reader, account, region string) ([]*signKey, error) {
	records, err := r.scan(signKeyKind, store.Range{Prefix: account + "/" + region + "/"})
	if err != nil {
		return nil, err
	}
	all := make([]*signKey, len(records))
	for i, found := range records {
		if all[i], err = decodeSignKey(found); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b *signKey) int { return a.From.Compare(b.From) })
	return all, nil
}

// at is the key of a time.
func at(all []*signKey, t time.Time) *signKey {
	for _, k := range slices.Backward(all) {
		if !t.Before(k.From) && t.Before(k.Until) {
			return k
		}
	}
	return nil
}

// signKeyAt returns the key pair that signs the digest of a time, and makes it if it must.
func (s *Service) signKeyAt(ctx context.Context, account, region string, t time.Time) (*signKey, error) {
	all, err := signKeys(inDB{ctx, s.db}, account, region)
	if err != nil {
		return nil, err
	}
	if k := at(all, t); k != nil {
		return k, nil
	}
	made, err := rsa.GenerateKey(rand.Reader, signKeyBits)
	if err != nil {
		return nil, fmt.Errorf("make a key pair for digests: %w", err)
	}
	k := &signKey{Private: x509.MarshalPKCS1PrivateKey(made), From: t.Truncate(24 * time.Hour), key: made}
	k.Until, k.fingerprint = k.From.Add(signKeyLife), digest.Fingerprint(&made.PublicKey)
	body, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	chosen := k
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		chosen = k
		all, err := signKeys(inTx{tx}, account, region)
		if err != nil {
			return err
		}
		if other := at(all, t); other != nil { // made by another node
			chosen = other
			return nil
		}
		return tx.Insert(store.Record{Kind: signKeyKind, Key: account + "/" + region + "/" + k.fingerprint, Body: body})
	})
	return chosen, err
}

// signKeyNamed returns the key pair with a fingerprint.
func (s *Service) signKeyNamed(ctx context.Context, account, region, fingerprint string) (*signKey, error) {
	r, err := s.db.Get(ctx, signKeyKind, account+"/"+region+"/"+fingerprint)
	if err != nil {
		return nil, err
	}
	return decodeSignKey(r)
}

// ListPublicKeys lists the public keys that verify digests of a time.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
func (s *Service) ListPublicKeys(ctx context.Context, c *iam.Caller, in *cloudtrail.ListPublicKeysInput) (*cloudtrail.ListPublicKeysOutput, error) {
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	if err := authorize(c, "ListPublicKeys", "*", nil); err != nil {
		return nil, err
	}
	if in.NextToken != nil && *in.NextToken != "" {
		return nil, &types.InvalidTokenException{Message: new("The token is not valid.")}
	}
	from, until := s.now(), s.now()
	if in.EndTime != nil {
		until = *in.EndTime
		from = until
	}
	if in.StartTime != nil {
		from = *in.StartTime
	}
	if from.After(until) {
		return nil, &types.InvalidTimeRangeException{Message: new("The start time must be before the end time.")}
	}
	all, err := signKeys(inDB{ctx, s.db}, c.Principal.Account, c.Region)
	if err != nil {
		return nil, err
	}
	out := &cloudtrail.ListPublicKeysOutput{PublicKeyList: []types.PublicKey{}}
	for _, k := range all {
		if k.From.After(until) || k.Until.Before(from) {
			continue
		}
		out.PublicKeyList = append(out.PublicKeyList, types.PublicKey{
			Fingerprint: &k.fingerprint, Value: digest.PublicKeyDER(&k.key.PublicKey), ValidityStartTime: &k.From, ValidityEndTime: &k.Until,
		})
	}
	return out, nil
}

// PublicKeys returns all public keys of an account's digests in a Region, by their
// fingerprints.
func PublicKeys(ctx context.Context, db *store.DB, account, region string) (map[string]*rsa.PublicKey, error) {
	all, err := signKeys(inDB{ctx, db}, account, region)
	if err != nil {
		return nil, err
	}
	keys := make(map[string]*rsa.PublicKey, len(all))
	for _, k := range all {
		keys[k.fingerprint] = &k.key.PublicKey
	}
	return keys, nil
}

// errNoSignKey is for a digest that was promised under a key that is gone.
var errNoSignKey = errors.New("the key pair of the digest is gone")
