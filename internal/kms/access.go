package kms

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// The functions of this file are the only ones that hand out keys. Each finds the key,
// asks for the decision on it and notes it in the record of the call. All but decide and
// decideCiphertext check its state too; those are for calls that need more than one decision
// before they may tell anything of a key.

// target is a key that a caller named, before anybody looked whether it exists.
type target struct {
	region, account, id string

	alias string // the ARN of the alias of another account that the caller named; else ""
}

func (t target) arn() string { return keyARN(t.region, t.account, t.id) }

// target is what names the key.
func (k *key) target() target { return target{region: k.ref.Region, account: k.Account, id: k.id} }

// use returns the key that a names, for an operation that does not change it.
func (s *Service) use(ctx context.Context, c *iam.Caller, a *ask) (*key, error) {
	k, err := s.decide(ctx, c, a)
	if err != nil {
		return nil, err
	}
	return k, s.check(ctx, k, a.op)
}

// decide returns the key that a names, in whatever state.
func (s *Service) decide(ctx context.Context, c *iam.Caller, a *ask) (*key, error) {
	a.begin(ctx, s, c)
	if err := a.openTokens(); err != nil {
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
	k.noteCustom(c, a.op)
	return k, a.fitTokens()
}

// decideCiphertext returns the key that the header of a ciphertext names, in whatever state,
// and puts its ARN where the caller could have named it, for the record of the call.
func (s *Service) decideCiphertext(ctx context.Context, c *iam.Caller, a *ask, b material.Blob, name **string) (*key, error) {
	a.begin(ctx, s, c)
	if err := a.openTokens(); err != nil {
		return nil, err
	}
	k, err := s.cached(ctx, recordKey(c.Region, b.Key().String()))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	var arn, account string
	if k != nil {
		arn, account = k.arn, k.Account
	} else {
		arn, account = keyARN(c.Region, nobody, b.Key().String()), nobody
	}
	of := func(arn, account string, k *key) iam.Access {
		access := a.of(arn, account, k)
		access.InCiphertext = true
		return access
	}
	access := of(arn, account, k)
	if err := a.authorizeKey(&access, func() iam.Access { return of(keyARN(c.Region, nobody, b.Key().String()), nobody, nil) }); err != nil {
		return nil, err
	}
	note(c, k)
	*name = &k.arn
	k.noteCustom(c, a.op)
	return k, a.fitTokens()
}

// nobody is no account's id. It owns the keys that do not exist and that nobody named.
const nobody = "nobody"

// pathOf returns where the key is that a names, for ListAliases, which needs no permission on
// the key. It must be the caller's own.
func (s *Service) pathOf(ctx context.Context, c *iam.Caller, a *ask) (string, error) {
	a.begin(ctx, s, c)
	if err := s.db.Sync(ctx); err != nil {
		return "", err
	}
	t, err := s.resolve(a)
	if err != nil {
		return "", err
	}
	if t.account != c.Principal.Account {
		return "", a.admit(t, nil)
	}
	k, err := s.lookup(ctx, t)
	switch {
	case err != nil:
		return "", err
	case k == nil:
		return "", errKeyNotFound(t.arn())
	}
	note(c, k)
	return k.ref.Path(), nil
}

// change hands the key that a names to f, which changes it, and stores the result. f runs
// inside the transaction tx that does so, perhaps more than once.
func (s *Service) change(ctx context.Context, c *iam.Caller, a *ask, f func(tx *store.Tx, k *key) error) (*key, error) {
	a.begin(ctx, s, c)
	t, err := s.resolve(a)
	if err != nil {
		return nil, err
	}
	if err := s.expireNow(ctx, t); err != nil {
		return nil, err
	}
	var k *key
	err = s.update(ctx, c, func(tx *store.Tx) error {
		if k, err = s.open(tx, a, t); err != nil {
			return err
		}
		due := k.rotationDue()
		if err := f(tx, k); err != nil {
			return err
		}
		return put(tx, k, due)
	})
	return k, err
}

// expireNow makes sure that no imported material is there that has expired, neither of the key t
// nor of those that are one multi-Region key with it, which a change of t may depend on.
func (s *Service) expireNow(ctx context.Context, t target) error {
	k, err := s.lookup(ctx, t)
	if err != nil || k == nil || k.MultiRegion == nil || k.Origin != types.OriginTypeExternal {
		return err
	}
	for _, region := range append([]string{k.MultiRegion.Primary}, k.MultiRegion.Replicas...) {
		if _, err := s.lookup(ctx, target{region: region, account: k.Account, id: k.id}); err != nil {
			return err
		}
	}
	return nil
}

// put stores a key that has changed, and when it is rotated: that was due before the change.
func put(tx *store.Tx, k *key, due time.Time) error {
	r, err := k.record()
	if err != nil {
		return err
	}
	if err := tx.Put(r); err != nil {
		return err
	}
	return schedule(tx, k, due)
}

// update runs f in a write transaction. The decisions that f makes are in the record of the
// call once, even if f runs twice.
func (s *Service) update(ctx context.Context, c *iam.Caller, f func(tx *store.Tx) error) error {
	before := c.Event.AdditionalEventData
	return s.db.Update(ctx, func(tx *store.Tx) error {
		c.Event.AdditionalEventData = slices.Clone(before)
		return f(tx)
	})
}

// open returns the key t inside a transaction, with the decision on what a asks of it. The
// result is the caller's own.
func (s *Service) open(tx *store.Tx, a *ask, t target) (*key, error) {
	k, err := s.read(tx, t)
	if err != nil {
		return nil, err
	}
	a.tx = tx
	if err := a.admit(t, k); err != nil {
		return nil, err
	}
	if k.Manager == types.KeyManagerTypeAws { // whose policy allows none of this anyway
		return nil, errUnsupported("%s is an AWS managed key, which can't be changed.", k.arn)
	}
	return k, checkWithin(tx, k, a.op)
}

// read is lookup inside a transaction.
func (s *Service) read(tx *store.Tx, t target) (*key, error) {
	k, err := readKey(tx, recordKey(t.region, t.id))
	if err != nil || k == nil || k.Account != t.account {
		return nil, err
	}
	return k, nil
}

// lookup reads a key by way of the cache. It returns nil for a key that does not exist.
func (s *Service) lookup(ctx context.Context, t target) (*key, error) {
	k, err := s.cached(ctx, recordKey(t.region, t.id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil || k.Account != t.account {
		return nil, err
	}
	return k, nil
}

// cached reads the key of a record by way of the cache. Material whose time is over is never
// there: if nothing else has deleted it yet, this does.
func (s *Service) cached(ctx context.Context, path string) (*key, error) {
	k, err := s.keys.Get(ctx, path)
	if err != nil || k.expires.IsZero() || s.clock.Now().Before(k.expires) {
		return k, err
	}
	if _, err := s.expireMaterial(ctx, path); err != nil {
		return nil, err
	}
	if err := s.db.Sync(ctx); err != nil { // another node may have been quicker
		return nil, err
	}
	return s.keys.Get(ctx, path)
}

// to is what the caller asks for, of the key k that t names; k is nil if there is none. A
// caller from another account can't learn from the answer whether the key exists: for an
// operation that is for the key's own account only, whatever the key's policy says, it does
// not.
func (a *ask) to(t target, k *key) iam.Access {
	var arn string
	if k != nil {
		arn = k.arn
	} else {
		arn = t.arn()
	}
	access := a.of(arn, t.account, k)
	access.Named = t.alias
	if t.account != a.caller.Principal.Account && !a.op.foreign {
		access.Missing, access.Policy, access.Grants = true, nil, nil
	}
	return access
}

// admit makes the decision on the key k that t names; k is nil if there is none.
func (a *ask) admit(t target, k *key) error {
	access := a.to(t, k)
	if err := a.authorizeKey(&access, func() iam.Access {
		if t.alias != "" {
			t.id = noKey
		}
		return a.to(t, nil)
	}); err != nil {
		return err
	}
	if k == nil {
		return errKeyNotFound(access.ARN)
	}
	note(a.caller, k)
	return nil
}

// authorizeKey makes the decision on a key, of which a caller from another account learns
// nothing that the key's policy or a grant does not let it learn: the caller's own policies
// could ask for the key's tags and aliases, and deny accordingly. Such a denial is made as for
// the key that does not exist, which missing asks for.
func (a *ask) authorizeKey(access *iam.Access, missing func() iam.Access) error {
	c := a.caller
	if a.key == nil || access.Account == c.Principal.Account {
		return c.Authorize(access)
	}
	before := slices.Clone(c.Event.AdditionalEventData)
	err := c.Authorize(access)
	denied, ok := errors.AsType[*iam.Denied](err)
	if !ok || denied.Result.Layer == decision.Resource || a.opens(access) {
		return err
	}
	c.Event.AdditionalEventData = before
	*access = missing()
	return c.Authorize(access)
}

// opens says whether the key's policy or a grant allows what was denied otherwise. In doubt it
// does not.
func (a *ask) opens(access *iam.Access) bool {
	if access.Policy == nil {
		return false
	}
	r := policy.Request{
		Principal: a.caller.PolicyPrincipal(), Action: access.Action, Resource: access.ARN, Context: a.caller.ResourcePolicyContext(a),
	}
	switch access.Policy.Evaluate(&r).Outcome {
	case policy.Denied:
		return false
	case policy.NoMatch:
		_, by, err := a.FindGrant()
		return err == nil && by != policy.NoMatch
	}
	return true
}

// note puts the key into the record of the call, once.
func note(c *iam.Caller, k *key) {
	if c.Principal.Account == "" { // a service, which has none: the record is for the key's owner
		c.Event.RecipientAccountID = k.Account
	}
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
	t = target{region: c.Region, account: c.Principal.Account, id: name}
	if !strings.HasPrefix(name, "arn:") {
		if t.account == "" { // a service, which has none, and names keys by their ARNs
			return t, false, errInvalidARN(name)
		}
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

// resolveAlias finds the key that the alias t.id stands for. An alias of another account
// that does not exist stands for a key that does not exist, so that nobody can tell whether
// it does.
func (s *Service) resolveAlias(a *ask, t target) (target, error) {
	alias, err := s.aliases.Get(a.ctx, aliasKey(t.region, t.account, t.id))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return target{}, fmt.Errorf("resolve alias: %w", err)
	}
	if t.account != a.caller.Principal.Account {
		t.alias, t.id = aliasARN(t.region, t.account, t.id), noKey
	} else if err != nil {
		if id, err := s.firstUse(a, t); err != nil || id != "" {
			t.id = id
			return t, err
		}
		arn := aliasARN(t.region, t.account, t.id)
		access := a.of(arn, t.account, nil)
		if err := a.caller.Authorize(&access); err != nil {
			return target{}, err
		}
		return target{}, errAliasNotFound(arn)
	}
	if err == nil {
		t.id = alias.Target
	}
	return t, nil
}

// noKey is the id of no key.
const noKey = "00000000-0000-0000-0000-000000000000"

// splitRecordKey is the reverse of recordKey.
func splitRecordKey(s string) (region, id string, err error) {
	region, id, found := strings.Cut(s, "/")
	if !found {
		return "", "", fmt.Errorf("malformed key of a key record: %q", s)
	}
	return region, id, nil
}

// authorizeAccount decides on an action that has no key: listing, random bytes.
func (s *Service) authorizeAccount(ctx context.Context, c *iam.Caller, action string) error {
	a := ask{op: operation{action: "kms:" + action}}
	return a.authorize(ctx, s, c, "*")
}

// namedARN is the ARN of the key that a caller named, whether there is such a key or not;
// "" if the name can't be one of a key. It is for comparing names, and hands out nothing.
func (s *Service) namedARN(ctx context.Context, c *iam.Caller, name string) (string, error) {
	t, isAlias, err := parseName(c, name)
	if err != nil {
		return "", nil
	}
	if isAlias {
		alias, err := s.aliases.Get(ctx, aliasKey(t.region, t.account, t.id))
		if errors.Is(err, store.ErrNotFound) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		t.id = alias.Target
	}
	return t.arn(), nil
}
