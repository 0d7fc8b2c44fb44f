package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// keyUseKind is the kind of the records of the last use of access keys, of roles and of passwords.
// A record's key is the access key id, "role/" and the unique id of the role, or "password/", the
// account, "/" and the unique id of the user.
const keyUseKind = "iam-access-key-use"

// KeyUse is when and for what an access key was used last.
type KeyUse struct {
	Time    time.Time `json:"time"`
	Service string    `json:"service"` // signing name
	Region  string    `json:"region"`
}

// keyUses collects the uses of access keys until they are saved, so that no call waits for
// the database because of them. It has an entry for each access key that was used since.
type keyUses struct {
	mu      sync.Mutex
	unsaved map[string]KeyUse // by access key id
}

// NoteUse notes that a long-term access key was used, as its signature proved.
func (s *Service) NoteUse(id, service, region string, now time.Time) {
	now = now.UTC().Truncate(time.Second)
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	old, known := s.uses.unsaved[id]
	switch {
	case known && (old.Time.After(now) || old == KeyUse{now, service, region}):
		return
	case s.uses.unsaved == nil:
		s.uses.unsaved = map[string]KeyUse{}
	}
	// The strings may be parts of a whole request.
	s.uses.unsaved[strings.Clone(id)] = KeyUse{now, strings.Clone(service), strings.Clone(region)}
}

// usesPerWrite is how many uses one transaction writes.
const usesPerWrite = 100

// SaveUses writes down what NoteUse has collected. Each node does so for itself. A use stays
// collected until it is written, so that LastUse finds it in one place or the other.
func (s *Service) SaveUses(ctx context.Context) error {
	s.uses.mu.Lock()
	unsaved := maps.Clone(s.uses.unsaved)
	s.uses.mu.Unlock()
	for part := range slices.Chunk(slices.Collect(maps.Keys(unsaved)), usesPerWrite) {
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			for _, id := range part {
				if err := saveUse(tx, id, unsaved[id]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("save the last use of access keys: %w", err)
		}
		s.uses.drop(part, unsaved)
	}
	return nil
}

// drop forgets the uses that were saved, but those that there are newer ones of.
func (u *keyUses) drop(ids []string, saved map[string]KeyUse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, id := range ids {
		if u.unsaved[id] == saved[id] {
			delete(u.unsaved, id)
		}
	}
}

// saveUse writes the use of an access key that there still is, of a role or of a password, if it
// is the last one.
func saveUse(tx *store.Tx, id string, use KeyUse) error {
	if !strings.HasPrefix(id, roleUse) && !strings.HasPrefix(id, passwordUse) {
		if _, err := tx.Get(accessKeyKind, id); errors.Is(err, store.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
	r, err := tx.Get(keyUseKind, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil {
		saved, err := decodeUse(r)
		if err != nil || use == saved || use.Time.Before(saved.Time) {
			return err
		}
	}
	body, err := json.Marshal(use)
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: keyUseKind, Key: id, Body: body})
}

// LastUse says when an access key was used last; ok is false if it never was. What other
// nodes have not saved yet it does not know.
func (s *Service) LastUse(ctx context.Context, id string) (use KeyUse, ok bool, err error) {
	s.uses.mu.Lock()
	use, ok = s.uses.unsaved[id]
	s.uses.mu.Unlock()
	r, err := s.db.Get(ctx, keyUseKind, id)
	if errors.Is(err, store.ErrNotFound) {
		return use, ok, nil
	}
	if err != nil {
		return KeyUse{}, false, err
	}
	saved, err := decodeUse(r)
	if err != nil || !ok || use.Time.Before(saved.Time) {
		use = saved
	}
	return use, err == nil, err
}

func decodeUse(r store.Record) (use KeyUse, err error) {
	if err := json.Unmarshal(r.Body, &use); err != nil {
		return use, fmt.Errorf("decode the record of the last use of access key %s: %w", r.Key, err)
	}
	return use, nil
}
