package iam

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// passwordUse stands before "ACCOUNT/" and the unique id of a user where uses of access keys,
// roles and passwords are kept together.
const passwordUse = "password/"

// NotePasswordUse notes that a user has signed in with a password.
func (s *Service) NotePasswordUse(o KeyOwner, now time.Time) {
	s.NoteUse(passwordUse+loginProfileKey(o.Account, o.UserID), "signin", "", now)
}

// LastPasswordUse says when a user has signed in with a password last; ok is false if it never has.
func (s *Service) LastPasswordUse(ctx context.Context, account, userID string) (at time.Time, ok bool, err error) {
	use, ok, err := s.LastUse(ctx, passwordUse+loginProfileKey(account, userID))
	return use.Time, ok, err
}

// LastPasswordUses is LastPasswordUse for all users of an account, by their unique ids.
func (s *Service) LastPasswordUses(ctx context.Context, account string) (map[string]time.Time, error) {
	prefix := passwordUse + account + "/"
	unsaved := s.uses.of(prefix)
	records, err := s.db.Scan(ctx, keyUseKind, store.Range{Prefix: prefix})
	if err != nil {
		return nil, err
	}
	last := map[string]time.Time{}
	for _, r := range records {
		use, err := decodeUse(r)
		if err != nil {
			return nil, err
		}
		last[strings.TrimPrefix(r.Key, prefix)] = use.Time
	}
	for key, use := range unsaved {
		id := strings.TrimPrefix(key, prefix)
		if use.Time.After(last[id]) {
			last[id] = use.Time
		}
	}
	return last, nil
}

// of are the unsaved uses whose key begins with a prefix.
func (u *keyUses) of(prefix string) map[string]KeyUse {
	u.mu.Lock()
	defer u.mu.Unlock()
	found := map[string]KeyUse{}
	for key, use := range u.unsaved {
		if strings.HasPrefix(key, prefix) {
			found[key] = use
		}
	}
	return found
}

// ForgetPasswordUse removes what is known of the password of a user that is being deleted.
func ForgetPasswordUse(tx *store.Tx, o KeyOwner) error {
	err := tx.Delete(keyUseKind, passwordUse+loginProfileKey(o.Account, o.UserID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
