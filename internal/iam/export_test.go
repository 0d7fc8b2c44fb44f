package iam

import (
	"net/netip"
	"time"
)

// UnpackToken is unpackToken. It returns the token packed again.
func UnpackToken(body []byte) ([]byte, error) {
	t, err := unpackToken(body)
	if err != nil {
		return nil, err
	}
	return packToken(t)
}

// SessionKeyID and SessionKeyAccount are sessionKeyID and its reverse.
var (
	SessionKeyID      = sessionKeyID
	SessionKeyAccount = sessionKeyAccount
)

// StandardPasswordPolicy is what holds where an account has no policy of its own.
func StandardPasswordPolicy() PasswordPolicy { return standardPasswordPolicy }

// NewHasher returns a function that makes hashes at little cost.
func NewHasher() func(password string) string {
	h := newHasher(cheapHashCost)
	return func(password string) string { return h.encode([]byte(password)) }
}

// Matches is matches.
func Matches(hash, password string) (bool, error) { return matches(hash, []byte(password)) }

// TakeTurns keeps everybody from verifying passwords, which cost little then, until release.
func TakeTurns(s *Service) (release func()) {
	s.HashCheaply()
	for range cap(s.hasher.turns) {
		s.hasher.turns <- struct{}{}
	}
	return func() {
		for range cap(s.hasher.turns) {
			<-s.hasher.turns
		}
	}
}

// Guesses are guesses at passwords.
type Guesses struct{ g *guesses }

// NewGuesses returns Guesses.
func NewGuesses() Guesses { return Guesses{newGuesses()} }

func (g Guesses) of(account, user, source string, familiar bool) guess {
	return guess{account, user, networkOf(netip.MustParseAddr(source)), familiar}
}

// Take is guesses.take.
func (g Guesses) Take(account, user, source string, familiar bool, now time.Time) time.Duration {
	return g.g.take(g.of(account, user, source, familiar), now)
}

// GiveBack is guesses.giveBack.
func (g Guesses) GiveBack(account, user, source string, familiar bool) {
	g.g.giveBack(g.of(account, user, source, familiar))
}
