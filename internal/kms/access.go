package kms

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// The functions of this file are the only ones that hand out keys. Each finds the key,
// asks for the decision on it, notes it in the record of the call and checks its state.

// target is a key that a caller named, before anybody looked whether it exists.
type target struct {
	region, account, id string
}

func (t target) arn() string { return keyARN(t.region, t.account, t.id) }

// use returns the key that a names, for an operation that does not change it.
func (s *Service) use(ctx context.Context, c *iam.Caller, a *ask) (*key, error) {
	a.begin(ctx, s, c)
	if err := a.checkTokens(); err != nil {
		return nil, err
	}
	if a.op.states != cryptographic {
		// Management calls see what any node has answered; cryptographic calls work from
		// the cache, which the change feed keeps fresh.
		if err := s.db.Sync(ctx); err != nil {
			return nil, err
		}
	}
	t, err := s.resolve(a)
	if err != nil {
		return nil, err
	}
	k, err := s.lookup(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := a.admit(t, k); err != nil {
		return nil, err
	}
	return k, a.op.states.check(k)
}

// useCiphertext returns the key that the header of a ciphertext names, and puts its ARN
// where the caller could have named it, for the record of the call.
func (s *Service) useCiphertext(ctx context.Context, c *iam.Caller, a *ask, b material.Blob, name **string) (*key, error) {
	a.begin(ctx, s, c)
	if err := a.checkTokens(); err != nil {
		return nil, err
	}
	k, err := s.keys.Get(ctx, recordKey(c.Region, b.Key().String()))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	var arn, account string
	if k != nil {
		arn, account = k.arn, k.Account
	}
	access := a.access(arn, account, k)
	access.InCiphertext = true
	if err := c.Authorize(&access); err != nil {
		return nil, err
	}
	note(c, k)
	*name = &k.arn
	return k, a.op.states.check(k)
}

// change hands the key that a names to f, which changes it, and stores the result. f runs
// inside the transaction tx that does so, perhaps more than once.
func (s *Service) change(ctx context.Context, c *iam.Caller, a *ask, f func(tx *store.Tx, k *key) error) (*key, error) {
	a.begin(ctx, s, c)
	t, err := s.resolve(a)
	if err != nil {
		return nil, err
	}
	var k *key
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if k, err = s.open(tx, t); err != nil {
			return err
		}
		if err := a.admit(t, k); err != nil {
			return err
		}
		if err := a.op.states.check(k); err != nil {
			return err
		}
		if err := f(tx, k); err != nil {
			return err
		}
		r, err := k.record()
		if err != nil {
			return err
		}
		return tx.Put(r)
	})
	return k, err
}

// open reads a key inside a transaction. Like lookup, it returns nil for a key that does
// not exist, and the result is the caller's own.
func (s *Service) open(tx *store.Tx, t target) (*key, error) {
	r, err := tx.Get(keyKind, recordKey(t.region, t.id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k, _, err := decodeKey(r)
	if err != nil || k.Account != t.account {
		return nil, err
	}
	return k, nil
}

// lookup reads a key by way of the cache. It returns nil for a key that does not exist.
func (s *Service) lookup(ctx context.Context, t target) (*key, error) {
	k, err := s.keys.Get(ctx, recordKey(t.region, t.id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil || k.Account != t.account {
		return nil, err
	}
	return k, nil
}

// admit makes the decision on the key k that t names; k is nil if there is none. A caller
// from another account can't learn from the answer whether the key exists.
func (a *ask) admit(t target, k *key) error {
	var arn string
	if k != nil {
		arn = k.arn
	} else {
		arn = t.arn()
	}
	access := a.access(arn, t.account, k)
	err := a.caller.Authorize(&access)
	switch {
	case err != nil:
		return err
	case k == nil:
		return errKeyNotFound(arn)
	case t.account != a.caller.Principal.Account && !a.op.foreign:
		return errInvalidARN(arn)
	}
	note(a.caller, k)
	return nil
}

// note puts the key into the record of the call, once.
func note(c *iam.Caller, k *key) {
	noteResource(c, cloudtrail.Resource{AccountID: k.Account, Type: "AWS::KMS::Key", ARN: k.arn})
}

func noteResource(c *iam.Caller, r cloudtrail.Resource) {
	for _, known := range c.Event.Resources {
		if known == r {
			return
		}
	}
	c.Event.Resources = append(c.Event.Resources, r)
}

// resolve reads the identifier of a key: its id, its ARN, or, where the operation takes
// them, an alias name or alias ARN.
func (s *Service) resolve(a *ask) (target, error) {
	t, isAlias, err := parseName(a.caller, a.name)
	if err != nil {
		return target{}, err
	}
	if isAlias && a.op.takes == andAliases {
		return s.resolveAlias(a, t)
	}
	if _, err := material.ParseKeyID(t.id); err != nil {
		return target{}, errInvalidKeyID(a.name)
	}
	return t, nil
}

// parseName says whose key, and where, a name is for. If isAlias, the id of the result is
// the name of an alias; else it may be anything.
func parseName(c *iam.Caller, name string) (t target, isAlias bool, err error) {
	t = target{c.Region, c.Principal.Account, name}
	if !strings.HasPrefix(name, "arn:") {
		return t, strings.HasPrefix(name, aliasPrefix), nil
	}
	arn, found := iam.ParseARN(name)
	if !found || arn.Service != "kms" {
		return t, false, errInvalidARN(name)
	}
	if arn.Region != c.Region || arn.Partition != iam.Partition(c.Region) {
		return t, false, errInvalidARNRegion(arn.Region)
	}
	t.account = arn.Account
	if strings.HasPrefix(arn.Resource, aliasPrefix) {
		t.id = arn.Resource
		return t, true, nil
	}
	id, isKey := strings.CutPrefix(arn.Resource, "key/")
	if !isKey {
		return t, false, errInvalidKeyID(name)
	}
	t.id = id
	return t, false, nil
}

// resolveAlias finds the key that the alias t.id stands for.
func (s *Service) resolveAlias(a *ask, t target) (target, error) {
	alias, err := s.aliases.Get(a.ctx, aliasKey(t.region, t.account, t.id))
	if errors.Is(err, store.ErrNotFound) {
		arn := aliasARN(t.region, t.account, t.id)
		access := a.access(arn, t.account, nil)
		if err := a.caller.Authorize(&access); err != nil {
			return target{}, err
		}
		return target{}, errAliasNotFound(arn)
	}
	if err != nil {
		return target{}, fmt.Errorf("resolve alias: %w", err)
	}
	t.id = alias.Target
	return t, nil
}

// splitRecordKey is the reverse of recordKey.
func splitRecordKey(s string) (region, id string, err error) {
	region, id, found := strings.Cut(s, "/")
	if !found {
		return "", "", fmt.Errorf("malformed key of a key record: %q", s)
	}
	return region, id, nil
}

// account decides on an action that has no key: listing, creating, random bytes.
func authorizeAccount(c *iam.Caller, action string) error {
	return c.Authorize(&iam.Access{Action: "kms:" + action, ARN: "*", Account: c.Principal.Account})
}
