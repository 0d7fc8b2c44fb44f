package cloudhsm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/keystead/keystead/internal/store"
)

const (
	// userKind is the kind of the records of users, by "ACCOUNT/REGION/CLUSTER/NAME".
	userKind = "cloudhsm-user"
	// loginKind is the kind of the records that say who has kmsuser logged in, by
	// "ACCOUNT/REGION/CLUSTER".
	loginKind = "cloudhsm-login"
)

// Admin is the officer of a cluster: PKCS#11's security officer.
const Admin = "admin"

// maxFailures is how many logins fail before a user is locked out.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/fix-keystore.html
const maxFailures = 5

// user is a user of a cluster that CreateCluster made. The HSMs have the passwords.
type user struct {
	Name     string    `json:"name"`
	Created  time.Time `json:"created"`
	Failures int       `json:"failures,omitempty"` // logins in a row that failed, or that nobody knows the end of
}

func userKey(ref ClusterRef, name string) string { return ref.key() + "/" + name }

func findUser(get getter, ref ClusterRef, name string) (*user, int64, error) {
	r, err := get(userKind, userKey(ref, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	u := &user{}
	if err := json.Unmarshal(r.Body, u); err != nil {
		return nil, 0, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	return u, r.Version, nil
}

func (u *user) upsert(tx *store.Tx, ref ClusterRef) error {
	body, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: userKind, Key: userKey(ref, u.Name), Body: body})
}

// users are the users of a cluster, by name.
func users(scan func(string, store.Range) ([]store.Record, error), ref ClusterRef) ([]user, error) {
	records, err := scan(userKind, store.Range{Prefix: ref.key() + "/"})
	if err != nil {
		return nil, err
	}
	all := make([]user, len(records))
	for i, r := range records {
		if err := json.Unmarshal(r.Body, &all[i]); err != nil {
			return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
		}
	}
	return all, nil
}

var (
	errNoUser    = errors.New("there is no such user")
	errLockedOut = errors.New("the user is locked out after too many failed logins: the officer must change the password")
)

// attempt counts a login before it is tried, so that neither a kill nor others who try at the
// same time win a guess.
func (s *Service) attempt(ctx context.Context, ref ClusterRef, name string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		u, _, err := findUser(tx.Get, ref, name)
		switch {
		case err != nil:
			return err
		case u == nil:
			return errNoUser
		case u.Failures >= maxFailures && name != Admin: // nobody could let the officer in again
			return errLockedOut
		}
		u.Failures++
		return u.upsert(tx, ref)
	})
}

// succeeded forgets the attempts: the password was right, or could not be tried.
func (s *Service) succeeded(ctx context.Context, ref ClusterRef, name string) error {
	return s.DB.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		u, _, err := findUser(tx.Get, ref, name)
		if u == nil || err != nil || u.Failures == 0 {
			return err
		}
		u.Failures = 0
		return u.upsert(tx, ref)
	})
}

// untried takes back the count of one attempt that did not come to the password.
func (s *Service) untried(ctx context.Context, ref ClusterRef, name string) error {
	return s.DB.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		u, _, err := findUser(tx.Get, ref, name)
		if u == nil || err != nil || u.Failures == 0 {
			return err
		}
		u.Failures--
		return u.upsert(tx, ref)
	})
}

// login says who has kmsuser logged in.
type login struct {
	Holder string    `json:"holder"`
	ID     string    `json:"id,omitempty"`   // of an operator: which one
	Until  time.Time `json:"until,omitzero"` // of an operator; a key store stays until it is disconnected
}

func keyStoreLogin() *login { return &login{Holder: byKeyStore} }

// same says whether it is the login of the same key store or operator.
func (l *login) same(o *login) bool { return l.Holder == o.Holder && l.ID == o.ID }

// holder is who has kmsuser logged in, for an operator who is kept out by it.
func (l *login) holder() string {
	if l.Holder == byKeyStore {
		return byKeyStore + ", which must be disconnected first"
	}
	return l.Holder
}

// Who has kmsuser logged in.
const (
	byKeyStore = "a key store"
	byOperator = "keystead hsm login"
)

// loginLength is how long an operator's login counts that is not renewed.
const loginLength = time.Minute

func findLogin(get getter, ref ClusterRef, now time.Time) (*login, error) {
	r, err := get(loginKind, ref.key())
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l := &login{}
	if err := json.Unmarshal(r.Body, l); err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	if l.Holder == byOperator && !now.Before(l.Until) {
		return nil, nil
	}
	return l, nil
}

func (l *login) upsert(tx *store.Tx, ref ClusterRef) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: loginKind, Key: ref.key(), Body: body})
}
