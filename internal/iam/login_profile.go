package iam

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// loginProfileKind is the kind of the records of login profiles: that a user has a password. A
// record's key is "ACCOUNT/" and the unique id of the user.
const loginProfileKind = "iam-login-profile"

// Errors of the operations on login profiles.
var (
	ErrNoLoginProfile     = errors.New("the user has no login profile")
	ErrLoginProfileExists = errors.New("the user has a login profile already")
	// ErrPasswordChanged says that the password has changed since the profile was read.
	ErrPasswordChanged = errors.New("the password has just been changed")
	// ErrPasswordReused says that a new password is one of the last.
	ErrPasswordReused = errors.New("the password is one of the last ones")
	// ErrWrongPassword says that a name and a password do not go together, whichever of them is
	// wrong.
	ErrWrongPassword = errors.New("the name or the password is wrong")
)

// ThrottledError says that somebody has guessed too often, and when the next guess is due.
type ThrottledError struct{ After time.Duration }

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many guesses: the next in %v", e.After)
}

const (
	formerKept   = 24 // hashes of passwords: as many as a policy can ask for
	networksKept = 8
)

// LoginProfile says that a user has a password, and nothing about it.
type LoginProfile struct {
	KeyOwner
	Created       time.Time
	Changed       time.Time // when the password was set
	ResetRequired bool      // the user must change it at the next sign-in

	body loginProfileBody
}

// loginProfileBody is the body of a login profile's record. The hashes of passwords leave this
// file never, and the package neither.
type loginProfileBody struct {
	User          string         `json:"user"`
	Created       time.Time      `json:"created"`
	Changed       time.Time      `json:"changed"`
	ResetRequired bool           `json:"resetRequired,omitempty"`
	Serial        string         `json:"serial"` // of the password: another for each
	Hash          string         `json:"hash"`
	Former        []string       `json:"former,omitempty"`   // hashes of the passwords before, the last one first
	Networks      []netip.Prefix `json:"networks,omitempty"` // where the user has signed in from, the last one first
}

func loginProfileKey(account, userID string) string { return account + "/" + userID }

func decodeLoginProfile(r store.Record) (*LoginProfile, int64, error) {
	p := new(LoginProfile)
	if err := json.Unmarshal(r.Body, &p.body); err != nil {
		return nil, 0, fmt.Errorf("decode login profile record %s: %w", r.Key, err)
	}
	account, id, _ := cutKey(r.Key)
	p.KeyOwner = KeyOwner{account, p.body.User, id}
	p.Created, p.Changed, p.ResetRequired = p.body.Created, p.body.Changed, p.body.ResetRequired
	return p, int64(500 + len(r.Body)), nil
}

func (p *LoginProfile) record() (store.Record, error) {
	body, err := json.Marshal(p.body)
	return store.Record{Kind: loginProfileKind, Key: loginProfileKey(p.Account, p.UserID), Body: body}, err
}

// Parent is the password as the parent of a session.
func (p *LoginProfile) Parent() Parent { return Parent{ID: p.UserID, Password: p.body.Serial} }

// FindLoginProfile reads the login profile of a user, or returns ErrNoLoginProfile.
func (s *Service) FindLoginProfile(ctx context.Context, o KeyOwner) (*LoginProfile, error) {
	r, err := s.db.Get(ctx, loginProfileKind, loginProfileKey(o.Account, o.UserID))
	return foundLoginProfile(r, err)
}

// GetLoginProfile is FindLoginProfile inside a transaction.
func GetLoginProfile(tx *store.Tx, o KeyOwner) (*LoginProfile, error) {
	r, err := tx.Get(loginProfileKind, loginProfileKey(o.Account, o.UserID))
	return foundLoginProfile(r, err)
}

func foundLoginProfile(r store.Record, err error) (*LoginProfile, error) {
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoLoginProfile
	}
	if err != nil {
		return nil, err
	}
	p, _, err := decodeLoginProfile(r)
	return p, err
}

// NewPassword is a password on its way to be somebody's, as it is kept.
type NewPassword struct{ hash string }

// NewPassword makes what a password is kept as. It takes long, and must not be called inside a
// transaction.
func (s *Service) NewPassword(ctx context.Context, password string) (NewPassword, error) {
	hash, err := s.hasher.hash(ctx, password)
	return NewPassword{hash}, err
}

// InsertLoginProfile gives a user a password, or returns ErrLoginProfileExists.
func (s *Service) InsertLoginProfile(tx *store.Tx, o KeyOwner, w NewPassword, reset bool) (*LoginProfile, error) {
	now := s.clock.Now()
	p := &LoginProfile{KeyOwner: o, Created: now.Truncate(time.Second), Changed: now, ResetRequired: reset}
	p.body = loginProfileBody{User: o.User, Created: p.Created, Changed: now, ResetRequired: reset, Serial: rand.Text(), Hash: w.hash}
	r, err := p.record()
	if err != nil {
		return nil, err
	}
	if err := tx.Insert(r); errors.Is(err, store.ErrExists) {
		return nil, ErrLoginProfileExists
	} else if err != nil {
		return nil, err
	}
	return p, nil
}

// ChangeLoginProfile gives a user another password, which ends the sessions that began with the
// old one, and says whether it must be changed at the next sign-in; what is nil stays. It returns
// ErrPasswordChanged if the password is not the one of p any more.
func (s *Service) ChangeLoginProfile(tx *store.Tx, p *LoginProfile, w *NewPassword, reset *bool) error {
	now, err := GetLoginProfile(tx, p.KeyOwner)
	if err != nil {
		return err
	}
	b := &now.body
	if b.Serial != p.body.Serial {
		return ErrPasswordChanged
	}
	if reset != nil {
		b.ResetRequired = *reset
	}
	if w != nil {
		b.Former = append([]string{b.Hash}, b.Former...)
		b.Former = b.Former[:min(len(b.Former), formerKept)]
		b.Hash, b.Serial, b.Changed = w.hash, rand.Text(), s.clock.Now()
	}
	r, err := now.record()
	if err != nil {
		return err
	}
	return tx.Upsert(r)
}

// DeleteLoginProfile takes a user's password away, which ends the sessions that began with it. It
// returns ErrNoLoginProfile if there is none.
func DeleteLoginProfile(tx *store.Tx, o KeyOwner) error {
	err := tx.Delete(loginProfileKind, loginProfileKey(o.Account, o.UserID))
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoLoginProfile
	}
	return err
}

// RenameLoginProfile makes the login profile of a user follow it to a new name.
func RenameLoginProfile(tx *store.Tx, o KeyOwner, name string) error {
	p, err := GetLoginProfile(tx, o)
	if errors.Is(err, ErrNoLoginProfile) {
		return nil
	}
	if err != nil {
		return err
	}
	p.body.User = name
	r, err := p.record()
	if err != nil {
		return err
	}
	return tx.Upsert(r)
}

// Reused checks that a password is none of a user's last ones: the error is ErrPasswordReused.
// It takes long, and must not be called inside a transaction.
func (s *Service) Reused(ctx context.Context, p *LoginProfile, password string, last int) error {
	if last <= 0 {
		return nil
	}
	hashes := append([]string{p.body.Hash}, p.body.Former...)
	for _, hash := range hashes[:min(last, len(hashes))] {
		done, err := s.hasher.turn(ctx)
		if err != nil {
			return err
		}
		same, err := matches(hash, []byte(password))
		done()
		if err != nil {
			return err
		}
		if same {
			return ErrPasswordReused
		}
	}
	return nil
}

// Login is somebody who shows a password.
type Login struct {
	Account  string // its number, or its alias
	User     string
	Password string
	Source   netip.Addr
}

// CheckPassword verifies a password. Whatever is wrong, the account, the user or the password,
// the error is ErrWrongPassword after the same work. It is a *ThrottledError or ErrBusy if there
// was no work. What is known of the user comes with an error, too: the account, and the user if
// there is one.
func (s *Service) CheckPassword(ctx context.Context, l Login) (*LoginProfile, KeyOwner, error) {
	if !Passwords() {
		return nil, KeyOwner{}, ErrNoPasswords
	}
	owner, p, err := s.findLogin(ctx, l)
	if err != nil {
		return nil, owner, err
	}
	a := guess{account: owner.Account, user: l.User, network: networkOf(l.Source)}
	if a.account == "" {
		a.account = strings.ToLower(l.Account)
	}
	a.familiar = p != nil && slices.Contains(p.body.Networks, a.network)
	if wait := s.guesses.take(a, s.clock.Now()); wait > 0 {
		return nil, owner, &ThrottledError{wait}
	}
	right, err := s.rightPassword(ctx, p, l.Password)
	if right || err != nil {
		s.guesses.giveBack(a)
	}
	switch {
	case err != nil:
		return nil, owner, err
	case !right:
		return nil, owner, ErrWrongPassword
	}
	return p, owner, s.rememberNetwork(ctx, p, a.network)
}

// findLogin finds whose password somebody claims to know; the profile is nil if nobody has it.
func (s *Service) findLogin(ctx context.Context, l Login) (KeyOwner, *LoginProfile, error) {
	account := l.Account
	if r, err := s.db.Get(ctx, accountAliasKind, l.Account); err == nil {
		var b aliasBody
		if err := json.Unmarshal(r.Body, &b); err != nil {
			return KeyOwner{}, nil, fmt.Errorf("decode account alias record %s: %w", r.Key, err)
		}
		account = b.Account
	} else if !errors.Is(err, store.ErrNotFound) {
		return KeyOwner{}, nil, err
	}
	if _, err := s.db.Get(ctx, accountKind, account); errors.Is(err, store.ErrNotFound) {
		return KeyOwner{}, nil, nil
	} else if err != nil {
		return KeyOwner{}, nil, err
	}
	owner := KeyOwner{Account: account}
	u, err := Users.Find(ctx, s.db, account, l.User)
	if errors.Is(err, ErrNoEntity) {
		return owner, nil, nil
	}
	if err != nil {
		return owner, nil, err
	}
	owner.User, owner.UserID = u.Name, u.ID
	p, err := s.FindLoginProfile(ctx, owner)
	if errors.Is(err, ErrNoLoginProfile) {
		return owner, nil, nil
	}
	return owner, p, err
}

// rightPassword does the same work whether there is a profile or not.
func (s *Service) rightPassword(ctx context.Context, p *LoginProfile, password string) (bool, error) {
	done, err := s.hasher.strangerTurn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	hash := s.hasher.decoy()
	if p != nil {
		hash = p.body.Hash
	}
	right, err := matches(hash, []byte(password))
	return right && p != nil, err
}

// rememberNetwork notes where a user has signed in from.
func (s *Service) rememberNetwork(ctx context.Context, p *LoginProfile, network netip.Prefix) error {
	if slices.Contains(p.body.Networks, network) {
		return nil
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := GetLoginProfile(tx, p.KeyOwner)
		if errors.Is(err, ErrNoLoginProfile) || err == nil && now.body.Serial != p.body.Serial {
			return ErrWrongPassword // by now
		}
		if err != nil {
			return err
		}
		b := &now.body
		b.Networks = append([]netip.Prefix{network}, slices.DeleteFunc(b.Networks, func(n netip.Prefix) bool { return n == network })...)
		b.Networks = b.Networks[:min(len(b.Networks), networksKept)]
		r, err := now.record()
		if err != nil {
			return err
		}
		return tx.Upsert(r)
	})
}
