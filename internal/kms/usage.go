package kms

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// usageKind is the kind of the records of the last use of keys. The key of one is that of the
// key's record.
const usageKind = "kms-key-usage"

// keyUse is a successful cryptographic operation with a key. The zero keyUse is none.
type keyUse struct {
	Operation types.KeyLastUsageTrackingOperation `json:"operation"`
	Time      time.Time                           `json:"time"`
	EventID   string                              `json:"eventId"` // of the record in the journal
	RequestID string                              `json:"requestId"`
}

// used notes that the operation that c calls has succeeded with these keys. Every operation
// that uses key material says so, once, when nothing can fail any more; a dry run does not.
func (s *Service) used(c *iam.Caller, keys ...*key) {
	e := c.Event
	if e.ID == "" {
		e.ID = cloudtrail.NewID()
	}
	u := keyUse{types.KeyLastUsageTrackingOperation(e.Name), e.Time.UTC().Truncate(time.Millisecond), e.ID, e.RequestID}
	for _, k := range keys {
		s.uses.note(k.ref.Path(), u)
	}
	counted := callKey{key: keys[0].arn, operation: e.Name}
	if len(keys) > 1 { // ReEncrypt
		counted.destination = keys[1].arn
	}
	s.calls.add(counted, 1)
}

// The uses of keys that are not saved yet are spread over shards, so that calls with different
// keys don't wait for each other.
const (
	useShards = 64
	manyUses  = 512  // in a shard: from here on they are saved early
	mostUses  = 2048 // in a shard: further keys find no room
)

// keyUses collects the last uses of keys until they are saved, so that no call waits for the
// database because of them. It has an entry for each key that was used since.
type keyUses struct {
	shards [useShards]useShard
	seed   maphash.Seed
	early  chan struct{} // has a token if it is time to save
}

type useShard struct {
	mu      sync.Mutex
	unsaved map[string]keyUse // by the key of the key's record
	lost    int               // how many found no room
	_       [40]byte          // so that the locks of two shards are not in one cache line
}

func newKeyUses() *keyUses {
	u := &keyUses{seed: maphash.MakeSeed(), early: make(chan struct{}, 1)}
	for i := range u.shards {
		u.shards[i].unsaved = map[string]keyUse{}
	}
	return u
}

// shard is where the uses of a key are, by the key of its record.
func (u *keyUses) shard(path string) *useShard {
	return &u.shards[maphash.String(u.seed, path)%useShards]
}

// note keeps a use of a key if it is the last one. A call that began earlier may end later.
func (u *keyUses) note(path string, use keyUse) {
	s := u.shard(path)
	s.mu.Lock()
	old, known := s.unsaved[path]
	switch {
	case known && old.Time.After(use.Time):
	case !known && len(s.unsaved) >= mostUses:
		s.lost++
	default:
		s.unsaved[path] = use
	}
	many := !known && len(s.unsaved) >= manyUses
	s.mu.Unlock()
	if many {
		select {
		case u.early <- struct{}{}:
		default: // it has been said already
		}
	}
}

// of is the last use of a key that is not saved yet.
func (u *keyUses) of(path string) keyUse {
	s := u.shard(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unsaved[path]
}

// lastUse is the last use of k that this node knows of, its own or a saved one. get reads the
// database, inside a transaction or not. What is not saved is asked for first: it is forgotten
// only after it was saved.
func (s *Service) lastUse(k *key, get func(kind, key string) (store.Record, error)) (keyUse, error) {
	use := s.uses.of(k.ref.Path())
	r, err := get(usageKind, k.ref.Path())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return keyUse{}, fmt.Errorf("last use of key %s: %w", k.id, err)
	}
	if err == nil {
		saved, err := decodeUse(r)
		if err != nil {
			return keyUse{}, err
		}
		if use.Time.Before(saved.Time) {
			use = saved
		}
	}
	if use.Time.Before(k.Created) { // not saved, and of a replica that was here before and is gone
		return keyUse{}, nil
	}
	return use, nil
}

func decodeUse(r store.Record) (use keyUse, err error) {
	if err := json.Unmarshal(r.Body, &use); err != nil {
		return use, fmt.Errorf("decode the record of the last use of key %s: %w", r.Key, err)
	}
	return use, nil
}
