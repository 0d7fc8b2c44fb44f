package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/store"
)

// PasswordPolicy is what an account asks of the passwords of its users.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
type PasswordPolicy struct {
	MinimumLength int  `json:"minimumLength"`
	Symbols       bool `json:"symbols,omitempty"`
	Numbers       bool `json:"numbers,omitempty"`
	Uppercase     bool `json:"uppercase,omitempty"`
	Lowercase     bool `json:"lowercase,omitempty"`
	UsersChange   bool `json:"usersChange,omitempty"` // users may change their own, whatever their policies allow
	MaxAge        int  `json:"maxAge,omitempty"`      // days; 0: passwords do not expire
	Reuse         int  `json:"reuse,omitempty"`       // how many of the last passwords can't be taken again
	HardExpiry    bool `json:"hardExpiry,omitempty"`  // nobody can replace their own once it has expired

	standard bool // there is none of the account's own
}

// standardPasswordPolicy holds where an account has none of its own.
var standardPasswordPolicy = PasswordPolicy{MinimumLength: 8, standard: true}

// ErrNoPasswordPolicy says that an account has no password policy of its own.
var ErrNoPasswordPolicy = errors.New("the account has no password policy")

// passwordSymbols are the characters that count as symbols.
const passwordSymbols = "!@#$%^&*()_+-=[]{}|'"

// Violation says what a password lacks, in AWS's words.
type Violation string

func (v Violation) Error() string { return string(v) }

// Check says what a password lacks: the error is a Violation. Names are what it must not be.
func (p *PasswordPolicy) Check(password string, names ...string) error {
	if utf8.RuneCountInString(password) < p.MinimumLength {
		return Violation(fmt.Sprintf("Password should have a minimum length of %d", p.MinimumLength))
	}
	classes := []struct {
		there, asked bool
		text         string
	}{
		{strings.ContainsAny(password, passwordSymbols), p.Symbols, "symbol"},
		{strings.ContainsAny(password, "0123456789"), p.Numbers, "number"},
		{strings.ContainsFunc(password, func(r rune) bool { return 'A' <= r && r <= 'Z' }), p.Uppercase, "uppercase letter"},
		{strings.ContainsFunc(password, func(r rune) bool { return 'a' <= r && r <= 'z' }), p.Lowercase, "lowercase letter"},
	}
	count := 0
	for _, c := range classes {
		if c.there {
			count++
		} else if c.asked {
			return Violation("Password should have at least one " + c.text)
		}
	}
	if !p.standard {
		return nil
	}
	if count < 3 {
		return Violation("Password should have at least three of these: uppercase letters, lowercase letters, numbers, symbols")
	}
	for _, name := range names {
		if name != "" && strings.EqualFold(password, name) {
			return Violation("Password should not be the name of the account or of the user")
		}
	}
	return nil
}

// Expired says whether a password that was set at a time has expired.
func (p *PasswordPolicy) Expired(set, now time.Time) bool {
	return p.MaxAge > 0 && !now.Before(set.AddDate(0, 0, p.MaxAge))
}

// PasswordPolicy is the account's own, or else the standard one; own says which.
func (s *Service) PasswordPolicy(ctx context.Context, account string) (p PasswordPolicy, own bool, err error) {
	r, err := s.db.Get(ctx, accountKind, account)
	if err != nil {
		return p, false, fmt.Errorf("find account: %w", err)
	}
	a, _, err := decodeAccount(r)
	switch {
	case err != nil:
		return p, false, err
	case a.Passwords == nil:
		return standardPasswordPolicy, false, nil
	}
	return *a.Passwords, true, nil
}

// SetPasswordPolicy gives an account a password policy of its own; nil takes it away, or returns
// ErrNoPasswordPolicy.
func SetPasswordPolicy(tx *store.Tx, id string, p *PasswordPolicy) error {
	r, err := tx.Get(accountKind, id)
	if err != nil {
		return fmt.Errorf("find account: %w", err)
	}
	a, _, err := decodeAccount(r)
	if err != nil {
		return err
	}
	if p == nil && a.Passwords == nil {
		return ErrNoPasswordPolicy
	}
	a.Passwords = p
	if r.Body, err = json.Marshal(a); err != nil {
		return err
	}
	return tx.Put(r)
}

// AuthorizePasswordChange decides whether a user may change its own password. With UsersChange it
// needs no policy for that; one that denies it counts all the same.
func (p *PasswordPolicy) AuthorizePasswordChange(c *Caller, a *Access) error {
	if p.UsersChange {
		result, err := c.Decide(a)
		if err != nil {
			return err
		}
		if !result.Allowed && !result.Explicit && result.Layer == decision.Identity {
			return nil
		}
	}
	return c.Authorize(a)
}
