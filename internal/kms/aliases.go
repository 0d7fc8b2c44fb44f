package kms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// aliasKind is the kind of alias records. A record's key is "REGION/ACCOUNT/alias/NAME",
// and its Ref is the key of the record of the key that the alias stands for.
const aliasKind = "kms-alias"

const (
	aliasPrefix    = "alias/"
	reservedPrefix = "alias/aws/"
	aliasesPerKey  = 50 // a resource quota of AWS KMS
)

// alias is another name of a key. One from the cache is shared and must not be changed.
type alias struct {
	Target  string    `json:"target"` // key id
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// aliasSize is what a cached alias costs in memory.
const aliasSize = 300

func aliasKey(region, account, name string) string { return accountRef(region, account) + name }

func aliasARN(region, account, name string) string {
	return "arn:" + iam.Partition(region) + ":kms:" + region + ":" + account + ":" + name
}

func decodeAlias(r store.Record) (*alias, int64, error) {
	a := new(alias)
	if err := json.Unmarshal(r.Body, a); err != nil {
		return nil, 0, fmt.Errorf("decode alias record %s: %w", r.Key, err)
	}
	return a, aliasSize, nil
}

// record returns the record of an alias of the key k.
func (a *alias) record(name string, k *key, version int64) (store.Record, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return store.Record{}, fmt.Errorf("encode alias %s: %w", name, err)
	}
	return store.Record{Kind: aliasKind, Key: aliasKey(k.ref.Region, k.Account, name), Ref: k.ref.Path(), Version: version, Body: body}, nil
}

// CreateAlias gives a key another name.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
func (s *Service) CreateAlias(ctx context.Context, c *iam.Caller, in *kms.CreateAliasInput) (*kms.CreateAliasOutput, error) {
	if err := checkAliasName(*in.AliasName); err != nil {
		return nil, err
	}
	if err := s.authorizeAlias(ctx, c, opCreateAlias, *in.AliasName); err != nil {
		return nil, err
	}
	a := &ask{op: opCreateAlias, name: *in.TargetKeyId}
	t, err := s.resolveAliasTarget(ctx, c, a)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, c, func(tx *store.Tx) error {
		k, err := s.open(tx, a, t)
		if err != nil {
			return err
		}
		if err := roomForAlias(tx, k); err != nil {
			return err
		}
		now := s.clock.Now().Truncate(time.Millisecond)
		r, err := (&alias{Target: k.id, Created: now, Updated: now}).record(*in.AliasName, k, 0)
		if err != nil {
			return err
		}
		if err := tx.Insert(r); errors.Is(err, store.ErrExists) {
			return errAliasExists(aliasARN(c.Region, c.Principal.Account, *in.AliasName))
		} else if err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &kms.CreateAliasOutput{}, nil
}

// UpdateAlias lets an alias stand for another key of the same usage and type.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html
func (s *Service) UpdateAlias(ctx context.Context, c *iam.Caller, in *kms.UpdateAliasInput) (*kms.UpdateAliasOutput, error) {
	if err := checkAliasName(*in.AliasName); err != nil {
		return nil, err
	}
	if err := s.authorizeAlias(ctx, c, opUpdateAlias, *in.AliasName); err != nil {
		return nil, err
	}
	to, from := &ask{op: opUpdateAlias, name: *in.TargetKeyId}, &ask{op: opUpdateAliasFrom}
	from.begin(ctx, s, c)
	t, err := s.resolveAliasTarget(ctx, c, to)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, c, func(tx *store.Tx) error {
		a, r, err := openAlias(c, tx, *in.AliasName)
		if err != nil {
			return err
		}
		next, err := s.open(tx, to, t)
		if err != nil {
			return err
		}
		old, err := s.open(tx, from, target{region: c.Region, account: c.Principal.Account, id: a.Target})
		if err != nil {
			return err
		}
		switch {
		case old.Usage != next.Usage:
			return errAliasTarget(*in.AliasName, "key usage", string(old.Usage), string(next.Usage))
		case old.spec.Asymmetric() != next.spec.Asymmetric(): // HMAC keys have a usage of their own
			return errAliasTarget(*in.AliasName, "key type", keyType(old), keyType(next))
		}
		if old.id != next.id {
			if err := roomForAlias(tx, next); err != nil {
				return err
			}
		}
		a.Target, a.Updated = next.id, s.clock.Now().Truncate(time.Millisecond)
		changed, err := a.record(*in.AliasName, next, r.Version)
		if err != nil {
			return err
		}
		return tx.Put(changed)
	})
	if err != nil {
		return nil, err
	}
	return &kms.UpdateAliasOutput{}, nil
}

// keyType is the type of a key as far as aliases go.
func keyType(k *key) string {
	if k.spec.Asymmetric() {
		return "ASYMMETRIC"
	}
	return "SYMMETRIC"
}

// DeleteAlias removes an alias; the key stays.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html
func (s *Service) DeleteAlias(ctx context.Context, c *iam.Caller, in *kms.DeleteAliasInput) (*kms.DeleteAliasOutput, error) {
	if err := checkAliasName(*in.AliasName); err != nil {
		return nil, err
	}
	if err := s.authorizeAlias(ctx, c, opDeleteAlias, *in.AliasName); err != nil {
		return nil, err
	}
	from := &ask{op: opDeleteAlias}
	from.begin(ctx, s, c)
	err := s.update(ctx, c, func(tx *store.Tx) error {
		a, r, err := openAlias(c, tx, *in.AliasName)
		if err != nil {
			return err
		}
		if _, err := s.open(tx, from, target{region: c.Region, account: c.Principal.Account, id: a.Target}); err != nil {
			return err
		}
		return tx.Delete(aliasKind, r.Key)
	})
	if err != nil {
		return nil, err
	}
	return &kms.DeleteAliasOutput{}, nil
}

// ListAliases lists the aliases of the account in the Region, or of one key.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html
func (s *Service) ListAliases(ctx context.Context, c *iam.Caller, in *kms.ListAliasesInput) (*kms.ListAliasesOutput, error) {
	if err := s.authorizeAccount(ctx, c, "ListAliases"); err != nil {
		return nil, err
	}
	p, err := newPage(in.Limit, in.Marker, 50, 100)
	if err != nil {
		return nil, err
	}
	scan, r := s.db.Scan, store.Range{Prefix: accountRef(c.Region, c.Principal.Account), After: p.after, Limit: p.limit + 1}
	if in.KeyId != nil {
		path, err := s.pathOf(ctx, c, &ask{op: opListAliases, name: *in.KeyId})
		if err != nil {
			return nil, err
		}
		scan, r.Prefix = s.db.ScanRef, path
		if r.After != "" {
			r.AfterRef = path
		}
	}
	records, err := scan(ctx, aliasKind, r)
	if err != nil {
		return nil, err
	}
	if in.KeyId == nil {
		records = withPredefined(records, r.Prefix, p.after)
	}
	out := &kms.ListAliasesOutput{Aliases: []types.AliasListEntry{}}
	records, out.Truncated, out.NextMarker = cut(p, records, byKey)
	for _, r := range records {
		e, err := aliasEntry(c, r)
		if err != nil {
			return nil, err
		}
		out.Aliases = append(out.Aliases, e)
	}
	return out, nil
}

func aliasEntry(c *iam.Caller, r store.Record) (types.AliasListEntry, error) {
	name := strings.TrimPrefix(r.Key, accountRef(c.Region, c.Principal.Account))
	e := types.AliasListEntry{AliasArn: new(aliasARN(c.Region, c.Principal.Account, name)), AliasName: &name}
	if r.Body == nil { // predefined
		return e, nil
	}
	a, _, err := decodeAlias(r)
	if err != nil {
		return types.AliasListEntry{}, err
	}
	e.TargetKeyId, e.CreationDate, e.LastUpdatedDate = &a.Target, &a.Created, &a.Updated
	return e, nil
}

// withPredefined adds the aliases of AWS managed keys that are not there yet, which every
// account has, to the records of a page. They have no body.
func withPredefined(records []store.Record, prefix, after string) []store.Record {
	known := make(map[string]bool, len(records))
	for _, r := range records {
		known[r.Key] = true
	}
	for _, m := range managedServices {
		if key := prefix + reservedPrefix + m.alias; key > after && !known[key] {
			records = append(records, store.Record{Key: key})
		}
	}
	slices.SortFunc(records, func(a, b store.Record) int { return strings.Compare(a.Key, b.Key) })
	return records
}

// checkAliasName refuses the names that no customer may write.
func checkAliasName(name string) error {
	rest, found := strings.CutPrefix(name, aliasPrefix)
	switch {
	case !found:
		return errValidation(`Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`)
	case rest == "":
		return &types.InvalidAliasNameException{Message: new("Alias has no name: " + name)}
	case strings.Contains(rest, ":"): // which the API model allows
		return errValidation("%s contains invalid characters for an alias", name)
	case strings.HasPrefix(name, reservedPrefix):
		return errNotAuthorized()
	}
	return nil
}

// authorizeAlias makes the decision on the alias, which the caller's own policies make
// alone; that on the key comes in addition. By its name an alias is of the caller's account.
func (s *Service) authorizeAlias(ctx context.Context, c *iam.Caller, op operation, name string) error {
	arn := aliasARN(c.Region, c.Principal.Account, name)
	if err := (&ask{op: op}).authorize(ctx, s, c, arn); err != nil {
		return err
	}
	noteResource(c, cloudtrail.Resource{AccountID: c.Principal.Account, Type: "AWS::KMS::Alias", ARN: arn})
	return nil
}

// resolveAliasTarget is resolve for the key that an alias is to stand for, which no other
// alias can name.
func (s *Service) resolveAliasTarget(ctx context.Context, c *iam.Caller, a *ask) (target, error) {
	if _, isAlias, err := parseName(c, a.name); err == nil && isAlias {
		return target{}, errValidation("Aliases must refer to keys. Not aliases")
	}
	a.begin(ctx, s, c)
	return s.resolve(a)
}

func openAlias(c *iam.Caller, tx *store.Tx, name string) (*alias, store.Record, error) {
	r, err := tx.Get(aliasKind, aliasKey(c.Region, c.Principal.Account, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, r, errAliasNotFound(aliasARN(c.Region, c.Principal.Account, name))
	}
	if err != nil {
		return nil, r, err
	}
	a, _, err := decodeAlias(r)
	return a, r, err
}

func roomForAlias(tx *store.Tx, k *key) error {
	records, err := tx.ScanRef(aliasKind, store.Range{Prefix: k.ref.Path(), Limit: aliasesPerKey})
	if err != nil {
		return err
	}
	if len(records) >= aliasesPerKey {
		return errLimit("The key %s has %d aliases, which is the limit.", k.arn, aliasesPerKey)
	}
	return nil
}
